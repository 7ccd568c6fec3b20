package tracking

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTheLeastPlaceIsGiven, whoever has left in between.
func TestTheLeastPlaceIsGiven(t *testing.T) {
	var s Seats
	r := rand.New(rand.NewPCG(1, 2))
	var taken []Seat
	for client := uint64(1); client < 20_000; client++ {
		if len(taken) > 0 && r.IntN(3) == 0 {
			for n := r.IntN(len(taken)); n > 0; n-- {
				i := r.IntN(len(taken))
				s.Leave(taken[i])
				taken = slices.Delete(taken, i, i+1)
			}
		}
		used := map[int]bool{}
		for _, one := range taken {
			used[one.Place] = true
		}
		least := 0
		for used[least] {
			least++
		}
		one := s.Take(client)
		if one.Place != least {
			t.Fatalf("client %d has place %d, and %d is free", client, one.Place, least)
		}
		taken = append(taken, one)
	}
}
