package account

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// Whatever shares keep to themselves, an account that is not over its limit is not: what its owners have is within it.
func TestNobodyIsOverUnnoticed(t *testing.T) {
	const owners, most = 8, 1 << 20
	var told []bool
	a := New(nil, func(over bool) { told = append(told, over) })
	shares, figures := make([]Share, owners), make([]int64, owners)
	for i := range shares {
		shares[i] = a.Share()
	}
	a.Limit(most)
	r := rand.New(rand.NewPCG(1, 2))
	turns := 0
	for range 100_000 {
		i := r.IntN(owners)
		figures[i] = max(figures[i]+r.Int64N(4000)-1900, 0)
		before := a.Over()
		shares[i].Note(figures[i])
		if a.Over() != before {
			turns++
		}
		sum := int64(0)
		for _, n := range figures {
			sum += n
		}
		if sum > most && !a.Over() {
			t.Fatalf("%d of %d are in use, and nobody knows", sum, most)
		}
		if sum < most-2*most/stepPart && a.Over() {
			t.Fatalf("%d of %d are in use, and that is too much", sum, most)
		}
	}
	if len(told) != turns || turns == 0 {
		t.Errorf("told %d of %d turns", len(told), turns)
	}
}

func TestPartsAreInTheWhole(t *testing.T) {
	whole := New(nil, nil)
	part := New(whole, nil)
	one, two := whole.Share(), part.Share()
	one.Tell(100)
	two.Tell(20)
	part.Add(3)
	if whole.Sum() != 123 || part.Sum() != 23 || whole.Over() {
		t.Errorf("whole %d, part %d", whole.Sum(), part.Sum())
	}
	part.Limit(100)
	two.Tell(200)
	if !part.Over() || whole.Over() || part.Excess() < 100 {
		t.Error("a part is over its own limit")
	}
	var none Share
	none.Note(1 << 40)
	if none.Drifted(1 << 50) {
		t.Error("a share of nothing has nothing to tell")
	}
}

// Many goroutines at once: when they stop, who is told of turns knows the truth.
func TestWhoIsToldKnowsTheTruth(t *testing.T) {
	for range 200 {
		var mu sync.Mutex
		known := false
		a := New(nil, func(over bool) {
			mu.Lock()
			known = over
			mu.Unlock()
		})
		a.Limit(10_000)
		var all sync.WaitGroup
		for i := range 4 {
			s := a.Share()
			all.Go(func() {
				n := int64(0)
				for j := range 200 {
					n = int64((j * 7919 * (i + 1)) % 6000)
					s.Tell(n)
				}
			})
		}
		all.Wait()
		if known != a.Over() {
			t.Fatalf("known %v, is %v", known, a.Over())
		}
	}
}
