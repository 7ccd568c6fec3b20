package stream

import (
	"math/rand"
	"slices"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

func newAllocator(t testing.TB) *value.Allocator {
	t.Helper()
	region, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = region.Close() })
	return value.NewAllocator(region.NewArena(), func(b []byte) uint64 { return uint64(len(b)) })
}

// check walks the whole tree: order, links, bounds and counts.
func check(t testing.TB, tr *tree) {
	t.Helper()
	if tr.root == 0 {
		if tr.count != 0 || tr.pages != 0 || tr.height != 0 {
			t.Fatalf("an empty tree has %+v", *tr)
		}
		return
	}
	var pages uint32
	var count uint64
	var last offheap.Ref
	var walk func(r offheap.Ref, level int, low, high ID)
	walk = func(r offheap.Ref, level int, low, high ID) {
		pages++
		pg, step := pageAt(r), tr.stepOf(level)
		if pg.n == 0 || pg.n > pg.room {
			t.Fatalf("a page of %d records has room for %d", pg.n, pg.room)
		}
		for i := range int(pg.n) {
			from, to := *idAt(r, i, step), high
			if level > 0 && i == 0 {
				from = low
			}
			if from.Less(low) || !from.Less(high) && from != high {
				t.Fatalf("level %d: %v is not within %v and %v", level, from, low, high)
			}
			if i+1 < int(pg.n) {
				to = *idAt(r, i+1, step)
				if !from.Less(to) {
					t.Fatalf("level %d: %v before %v", level, from, to)
				}
			}
			if level > 0 {
				walk(*child(r, i), level-1, from, to)
			}
		}
		if level == 0 {
			if pg.prev != last || last != 0 && pageAt(last).next != r {
				t.Fatal("neighbours do not know each other")
			}
			last = r
			count += uint64(pg.n)
		}
	}
	walk(tr.root, int(tr.height), ID{}, MaxID)
	if pages != tr.pages || count != tr.count || pageAt(last).next != 0 {
		t.Fatalf("%d records on %d pages, the tree says %d on %d", count, pages, tr.count, tr.pages)
	}
}

// TestTree compares a tree with a sorted slice, under mixes that grow it, shrink it and
// work at its ends.
func TestTree(t *testing.T) {
	for _, words := range []uint16{0, 1, 3} {
		h := newAllocator(t)
		var bytes uint64
		m := mem{arena: h.Arena, bytes: &bytes}
		tr := tree{words: words}
		var model []ID
		r := rand.New(rand.NewSource(int64(words) + 1))
		next := uint64(0)
		for step := range 60000 {
			phase := step / 6000 % 5
			id := ID{uint64(r.Intn(40)), uint64(r.Intn(400))}
			adds := r.Intn(10) < []int{9, 2, 9, 1, 5}[phase]
			switch {
			case adds && phase == 2:
				next++
				id = ID{100, next}
			case !adds && len(model) > 0 && r.Intn(2) == 0:
				id = model[r.Intn(len(model))]
				if phase == 1 {
					id = model[0]
				}
			}
			i, found := slices.BinarySearchFunc(model, id, compare)
			if adds {
				words, fresh := tr.insert(m, id)
				if fresh == found {
					t.Fatalf("inserting %v: fresh %v", id, fresh)
				}
				if fresh {
					if tr.words > 0 {
						*offheap.At[uint64](words) = id.Ms<<32 | id.Seq
					}
					model = slices.Insert(model, i, id)
				}
			} else {
				if tr.remove(m, id) != found {
					t.Fatalf("removing %v, which is there: %v", id, found)
				}
				if found {
					model = slices.Delete(model, i, i+1)
				}
			}
			if step%97 == 0 {
				check(t, &tr)
				compareTree(t, &tr, model, ID{uint64(r.Intn(41)), uint64(r.Intn(401))})
			}
		}
		for tr.takePage(m, forget) {
			check(t, &tr)
		}
		check(t, &tr)
		if bytes != 0 || h.Arena.Used() != 0 {
			t.Fatalf("%d bytes are left, %d of the arena", bytes, h.Arena.Used())
		}
	}
}

func compare(a, b ID) int {
	switch {
	case a.Less(b):
		return -1
	case b.Less(a):
		return 1
	}
	return 0
}

func compareTree(t *testing.T, tr *tree, model []ID, id ID) {
	t.Helper()
	i := 0
	for c := tr.first(); c.page != 0; c = tr.on(c) {
		if i == len(model) || tr.id(c) != model[i] {
			t.Fatalf("record %d is %v", i, tr.id(c))
		}
		if tr.words > 0 && *offheap.At[uint64](tr.at(c)) != model[i].Ms<<32|model[i].Seq {
			t.Fatalf("the words of %v are another one's", model[i])
		}
		i++
	}
	for c := tr.last(); c.page != 0; c = tr.back(c) {
		if i--; tr.id(c) != model[i] {
			t.Fatalf("backwards, record %d is %v", i, tr.id(c))
		}
	}
	if i != 0 {
		t.Fatalf("%d records are missing", i)
	}
	at, found := slices.BinarySearchFunc(model, id, compare)
	if c := tr.from(id); (c.page != 0) != (at < len(model)) || c.page != 0 && tr.id(c) != model[at] {
		t.Fatalf("from %v", id)
	}
	if found {
		at++
	}
	if c := tr.upTo(id); (c.page != 0) != (at > 0) || c.page != 0 && tr.id(c) != model[at-1] {
		t.Fatalf("up to %v", id)
	}
	if (tr.find(id) != 0) != found {
		t.Fatalf("find %v: %v", id, !found)
	}
}

// TestTreeFill: what only grows at its end fills its pages.
func TestTreeFill(t *testing.T) {
	h := newAllocator(t)
	var bytes uint64
	m := mem{arena: h.Arena, bytes: &bytes}
	tr := tree{words: 1}
	const n = 100000
	for i := range uint64(n) {
		tr.insert(m, ID{i, 0})
	}
	check(t, &tr)
	if most := uint64(n * (idBytes + 8) * 105 / 100); bytes > most {
		t.Errorf("%d records take %d bytes, more than %d", n, bytes, most)
	}
}
