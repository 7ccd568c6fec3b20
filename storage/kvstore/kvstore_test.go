package kvstore

import (
	"math/rand/v2"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/protocol/slot"
	"sigrun/storage/hashtable"
)

func TestTallyAgainstModel(t *testing.T) {
	g, err := offheap.NewRegion(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	s, a := New(g), g.NewArena()
	alloc := &hashtable.Allocator{Arena: a}
	r := rand.New(rand.NewPCG(1, 2))
	var owned Owned
	var tally Tally
	tally.Init(&owned)
	var model [slot.Count][]bool
	for n := range slot.Count {
		if n/700%2 == 0 || r.IntN(30) == 0 {
			owned.Set(uint16(n), true)
		}
	}
	total := [2]int{}
	for range 3000 {
		n := uint16(r.IntN(slot.Count))
		if !tally.Owns(n) {
			continue
		}
		ttl := r.IntN(5) == 0
		ref := offheap.Ref(len(model[n])+1) * 8
		s.Table(n).Insert(alloc, r.Uint64(), ref, ttl)
		model[n] = append(model[n], ttl)
		total[All]++
		tally.Add(n, 1, 0)
		if ttl {
			total[Volatile]++
			tally.Add(n, 0, 1)
		}
	}
	for k := All; k < kinds; k++ {
		checkKind(t, s, &tally, &model, k, total[k])
	}
	for from := range slot.Count {
		want := from
		for want < slot.Count && tally.Owns(uint16(want)) {
			want++
		}
		if got := tally.RunEnd(from); got != want {
			t.Fatalf("RunEnd(%d) = %d, want %d", from, got, want)
		}
	}
}

// checkKind compares Count, Pick and Next with the model.
func checkKind(t *testing.T, s *Store, tally *Tally, model *[slot.Count][]bool, k Kind, total int) {
	t.Helper()
	if tally.Count(k) != total {
		t.Fatalf("count %d, want %d", tally.Count(k), total)
	}
	element, from := 0, 0
	for n := range model {
		here := 0
		for _, ttl := range model[n] {
			if ttl || k == All {
				here++
			}
		}
		if here == 0 {
			continue
		}
		if got, ok := tally.Next(s, k, from); !ok || int(got) != n {
			t.Fatalf("kind %d: next slot from %d is %d %v, want %d", k, from, got, ok, n)
		}
		from = n + 1
		for range here {
			if got := tally.Pick(s, k, element); int(got) != n {
				t.Fatalf("element %d is in slot %d, want %d", element, got, n)
			}
			element++
		}
	}
	if _, ok := tally.Next(s, k, from); ok || element != total {
		t.Fatal("found more slots than there are")
	}
}
