package vset

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
)

var (
	_ [HeaderSize]byte  = [unsafe.Sizeof(Set{})]byte{}
	_ [itemBytes]byte   = [unsafe.Sizeof(item{})]byte{}
	_ [recordBytes]byte = [unsafe.Sizeof(record{})]byte{}
)

func newArena(t testing.TB) *offheap.Arena {
	t.Helper()
	g, err := offheap.NewRegion(1 << 31)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g.NewArena()
}

// model is a sorted slice.
type model []item

func (m *model) place(x item) (int, bool) {
	return slices.BinarySearchFunc(*m, x, func(a, b item) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
}

// check compares an index with what it should hold and looks at how it is built.
func check(t *testing.T, s *Set, a *offheap.Arena, m model) {
	t.Helper()
	i := 0
	s.Each(func(at int64, ref offheap.Ref) bool {
		if i >= len(m) || m[i] != (item{at, ref}) {
			t.Fatalf("item %d of %d is %d, %d", i, len(m), at, ref)
		}
		i++
		return true
	})
	if i != len(m) || s.Len() != len(m) {
		t.Fatalf("%d items, says %d, want %d", i, s.Len(), len(m))
	}
	if a.Used() != s.Bytes() {
		t.Fatalf("%d bytes are used, says %d", a.Used(), s.Bytes())
	}
	at, ref, ok := s.First()
	if ok != (len(m) > 0) || ok && m[0] != (item{at, ref}) {
		t.Fatalf("the first is %d, %d, %v", at, ref, ok)
	}
	for n, r := range s.records() {
		b := items(r.block, int(r.n))
		if r.n == 0 || r.n > maxItems || b[0].before(r.least) {
			t.Fatalf("block %d of %d has %d items", n, s.n, r.n)
		}
		if n > 0 && !s.block(n - 1)[len(s.block(n-1))-1].before(r.least) {
			t.Fatalf("block %d begins before the end of the one before", n)
		}
	}
}

// TestModel makes random changes of several kinds to an index and to a sorted slice.
func TestModel(t *testing.T) {
	for name, time := range map[string]func(r *rand.Rand, step int) int64{
		"random":  func(r *rand.Rand, _ int) int64 { return r.Int64N(1 << 40) },
		"rising":  func(_ *rand.Rand, step int) int64 { return int64(step) },
		"falling": func(_ *rand.Rand, step int) int64 { return -int64(step) },
		"equal":   func(*rand.Rand, int) int64 { return 7 },
		"few":     func(r *rand.Rand, _ int) int64 { return r.Int64N(5) },
	} {
		t.Run(name, func(t *testing.T) {
			a, r := newArena(t), rand.New(rand.NewPCG(1, 9))
			var s Set
			var m model
			for phase := range 6 {
				for step := range 1500 {
					if len(m) == 0 || r.IntN(4) < 3-phase%2*2 {
						x := item{time(r, phase*1500+step), offheap.Ref(8 * (1 + r.Uint64N(1<<20)))}
						if i, twice := m.place(x); !twice {
							m = slices.Insert(m, i, x)
							s.Add(a, x.at, x.ref)
						}
					} else {
						i := r.IntN(len(m))
						if phase == 3 {
							i = 0
						}
						s.Remove(a, m[i].at, m[i].ref)
						m = slices.Delete(m, i, i+1)
					}
					if step%97 == 0 {
						check(t, &s, a, m)
						now := time(r, r.IntN(9000))
						want := 0
						for want < len(m) && m[want].at <= now {
							want++
						}
						if got := s.Due(now); got != want {
							t.Fatalf("%d are due, want %d", got, want)
						}
					}
				}
			}
			*s.Mark() = 5
			if s.Free(a); a.Used() != 0 || *s.Mark() != 5 || s.Len() != 0 {
				t.Errorf("%d bytes are left over", a.Used())
			}
		})
	}
}

// TestMemory: the 8 bytes of a time where it is kept with its thing included, an item takes
// at most 30 bytes, whatever the order in which items come.
func TestMemory(t *testing.T) {
	const n = 200000
	for name, time := range map[string]func(r *rand.Rand, i int) int64{
		"random": func(r *rand.Rand, _ int) int64 { return r.Int64N(1 << 40) },
		"rising": func(_ *rand.Rand, i int) int64 { return int64(i) },
		"equal":  func(*rand.Rand, int) int64 { return 7 },
	} {
		a, r := newArena(t), rand.New(rand.NewPCG(2, 9))
		var s Set
		type pair = item
		var all []pair
		for i := range n {
			x := item{time(r, i), offheap.Ref(8 * (i + 1))}
			all = append(all, x)
			s.Add(a, x.at, x.ref)
		}
		full := 8 + float64(s.Bytes())/n
		r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, x := range all[n/5:] {
			s.Remove(a, x.at, x.ref)
		}
		thin := 8 + float64(s.Bytes())/(n/5)
		if full > 27 || thin > 30 {
			t.Errorf("%s: %.1f bytes an item, %.1f when four of five are gone", name, full, thin)
		}
		s.Free(a)
	}
}

// TestFreeStep: a large index goes in slices.
func TestFreeStep(t *testing.T) {
	a := newArena(t)
	var s Set
	for i := range 10000 {
		s.Add(a, int64(i), offheap.Ref(8*(i+1)))
	}
	steps := 1
	for s.FreeStep(a, 4) {
		steps++
	}
	if steps < 15 || a.Used() != 0 || s != (Set{}) {
		t.Errorf("%d steps, %d bytes are left over", steps, a.Used())
	}
}

func TestRemoveAbsent(t *testing.T) {
	a := newArena(t)
	var s Set
	s.Add(a, 1, 8)
	defer func() {
		if recover() == nil {
			t.Error("an item that was not there could be removed")
		}
	}()
	s.Remove(a, 1, 16)
}

func TestNoGarbage(t *testing.T) {
	if invariants.Enabled {
		return // whose arenas keep books
	}
	a := newArena(t)
	var s Set
	i := 0
	if allocs := testing.AllocsPerRun(5000, func() {
		i++
		s.Add(a, int64(i*7919%10007), offheap.Ref(8*i))
		s.Due(100)
		if i%3 == 0 {
			at, ref, _ := s.First()
			s.Remove(a, at, ref)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzSet reads changes from bytes.
func FuzzSet(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 255, 7, 8})
	f.Add(slices.Repeat([]byte{9, 1}, 300))
	f.Fuzz(func(t *testing.T, script []byte) {
		a := newArena(t)
		var s Set
		var m model
		for i, c := range script {
			for range 40 {
				x := item{int64(c&31) * int64(i%7), offheap.Ref(8 * (1 + len(m)*13%500))}
				at, there := m.place(x)
				switch {
				case c < 160 && !there:
					s.Add(a, x.at, x.ref)
					m = slices.Insert(m, at, x)
				case len(m) > 0:
					at = int(c) * len(m) >> 8
					s.Remove(a, m[at].at, m[at].ref)
					m = slices.Delete(m, at, at+1)
				}
			}
		}
		check(t, &s, a, m)
	})
}
