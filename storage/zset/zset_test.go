package zset

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

func newAllocator(t testing.TB, hash func([]byte) uint64) *value.Allocator {
	t.Helper()
	g, err := offheap.NewRegion(8 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	if hash == nil {
		seed := maphash.MakeSeed()
		hash = func(name []byte) uint64 { return maphash.Bytes(seed, name) }
	}
	return value.NewAllocator(g.NewArena(), hash)
}

// model is a sorted set as a plain sorted slice.
type model []pair

type pair struct {
	name  string
	score float64
}

func (p pair) compare(o pair) int {
	return cmp.Or(cmp.Compare(p.score+0, o.score+0), cmp.Compare(p.name, o.name))
}

func (m *model) put(p pair) {
	m.remove(p.name)
	i, _ := slices.BinarySearchFunc(*m, p, pair.compare)
	*m = slices.Insert(*m, i, p)
}

func (m *model) remove(name string) {
	if i := m.find(name); i >= 0 {
		*m = slices.Delete(*m, i, i+1)
	}
}

func (m *model) find(name string) int {
	return slices.IndexFunc(*m, func(p pair) bool { return p.name == name })
}

func (m *model) before(less func(pair) bool) (n int) {
	for n < len(*m) && less((*m)[n]) {
		n++
	}
	return n
}

// TestModel makes random changes to sets of several sizes and to a slice.
func TestModel(t *testing.T) {
	collide := func([]byte) uint64 { return 42 }
	for _, c := range []struct {
		name   string
		hash   func([]byte) uint64
		size   int
		limits Limits
	}{
		{"small", nil, 20, Limits{1 << 20, 64}},
		{"growing", nil, 40, Limits{10, 5}},
		{"large", nil, 3000, Limits{0, 0}},
		{"colliding", collide, 150, Limits{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(c.size)))
			for range 6 {
				h := newAllocator(t, c.hash)
				testModel(t, r, h, c.size, c.limits)
			}
		})
	}
}

func testModel(t *testing.T, r *rand.Rand, h *value.Allocator, size int, l Limits) {
	var s Set
	var m model
	s.Init(h, l.Entries == 0)
	scores := []int{1, 3, size, 1 << 30}[r.IntN(4)]
	grow := 0
	for step := range 12 * size {
		if step%(3*size) == 0 {
			grow = r.IntN(4)
		}
		name := fmt.Sprint(r.IntN(size))
		score := float64(r.IntN(scores)) / 4
		if r.IntN(30) == 0 {
			score = []float64{math.Inf(1), math.Inf(-1), 0.1, -1e300}[r.IntN(4)]
		}
		f := s.Find(h, []byte(name))
		if i := m.find(name); f.Exists() != (i >= 0) || i >= 0 && f.Score != m[i].score {
			t.Fatalf("step %d: %q found %v, in the model at %d", step, name, f.Exists(), i)
		} else if i >= 0 && s.Rank(&f) != i {
			t.Fatalf("step %d: %q has rank %d, not %d", step, name, s.Rank(&f), i)
		}
		switch {
		case f.Exists() && r.IntN(4) >= grow:
			s.Remove(h, &f)
			m.remove(name)
		case f.Exists():
			s.Change(h, &f, []byte(name), score)
			m.put(pair{name, score})
		case r.IntN(8) == 0 && len(m) > 0:
			from := r.IntN(len(m))
			n := r.IntN(min(len(m)-from, 1+size/(2+r.IntN(30))) + 1)
			s.RemoveRange(h, from, n)
			m = slices.Delete(m, from, from+n)
		default:
			s.Insert(h, l, &f, []byte(name), score)
			m.put(pair{name, score})
		}
		if step%(size/4) == 0 {
			check(t, h, &s, m)
			checkBounds(t, r, &s, m, scores)
		}
	}
	var copied Set
	other := newAllocator(t, nil)
	s.Clone(other, &copied)
	check(t, other, &copied, m)
	s.Free(h)
	if used := h.Arena.Used(); used != 0 || s != (Set{}) {
		t.Errorf("%d bytes left", used)
	}
	for copied.FreeStep(other, 3) {
	}
	if used := other.Arena.Used(); used != 0 {
		t.Errorf("%d bytes of the copy left", used)
	}
}

// check compares everything that a set says with the model, and looks at its structure.
func check(t *testing.T, h *value.Allocator, s *Set, m model) {
	t.Helper()
	if s.Len() != len(m) {
		t.Fatalf("%d members, not %d", s.Len(), len(m))
	}
	if s.Bytes() != h.Arena.Used() {
		t.Fatalf("says %d bytes, has %d", s.Bytes(), h.Arena.Used())
	}
	i := 0
	for it := s.From(0); it.Next(); i++ {
		if p := (pair{string(it.Name()), it.Score()}); p != m[i] {
			t.Fatalf("at %d: %v, not %v", i, p, m[i])
		}
	}
	for it := s.BackFrom(len(m) - 1); it.Next(); {
		i--
		if p := (pair{string(it.Name()), it.Score()}); p != m[i] {
			t.Fatalf("backwards at %d: %v, not %v", i, p, m[i])
		}
	}
	if i != 0 {
		t.Fatalf("%d members short", i)
	}
	seen := 0
	s.Each(func(name []byte, score float64) { seen++ })
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = s.Scan(cursor, 10, func([]byte, float64) { seen++ })
	}
	if seen != 2*len(m) {
		t.Fatalf("%d seen by walking and scanning %d", seen, len(m))
	}
	if s.Large() && s.tree().root != 0 {
		tr := s.tree()
		if n := checkTree(t, tr.root, int(tr.height), tr.height == 0); n != len(m) {
			t.Fatalf("%d in the tree, not %d", n, len(m))
		}
	} else if _, ok := Ordered(s.Pack()); !ok {
		t.Fatal("the listpack is out of order")
	}
}

// checkTree looks at counts, first members and fill below r.
func checkTree(t *testing.T, r offheap.Ref, height int, only bool) (members int) {
	t.Helper()
	if height == 0 {
		l := leafAt(r)
		if l.n == 0 && !only || l.n > l.room {
			t.Fatalf("a leaf has %d of %d members", l.n, l.room)
		}
		return int(l.n)
	}
	in := innerAt(r)
	if in.n == 0 || in.n > innerMost {
		t.Fatalf("an inner has %d children", in.n)
	}
	for i := range int(in.n) {
		n := checkTree(t, in.child[i], height-1, false)
		if n != int(in.counts[i]) {
			t.Fatalf("a child has %d members, its parent says %d", n, in.counts[i])
		}
		score, node := firstOf(in.child[i], height-1)
		if in.scores[i] != score || in.nodes[i] != node {
			t.Fatalf("the first member of a child is %v %v, its parent says %v %v", score, node, in.scores[i], in.nodes[i])
		}
		members += n
	}
	return members
}

func firstOf(r offheap.Ref, height int) (float64, value.Node) {
	for ; height > 0; height-- {
		r = innerAt(r).child[0]
	}
	return leafScores(r)[0], leafNodes(r)[0]
}

func checkBounds(t *testing.T, r *rand.Rand, s *Set, m model, scores int) {
	t.Helper()
	for range 10 {
		score := float64(r.IntN(scores+2)-1) / 4
		if len(m) > 0 && r.IntN(2) == 0 {
			score = m[r.IntN(len(m))].score
		}
		want := m.before(func(p pair) bool { return p.score < score })
		if n := s.Before(ByScore(score, false)); n != want {
			t.Fatalf("%d before %v, not %d", n, score, want)
		}
		want = m.before(func(p pair) bool { return p.score <= score })
		if n := s.Before(ByScore(score, true)); n != want {
			t.Fatalf("%d up to %v, not %d", n, score, want)
		}
		if scores == 1 && !slices.ContainsFunc(m, func(p pair) bool { return p.score != 0 }) {
			name := fmt.Sprint(r.IntN(1000))
			if n, want := s.Before(ByName([]byte(name), true)), m.before(func(p pair) bool { return p.name <= name }); n != want {
				t.Fatalf("%d up to %q, not %d", n, name, want)
			}
		}
	}
	if s.Before(Start()) != 0 || s.Before(End()) != len(m) {
		t.Fatal("start and end")
	}
}

// TestInOrder: members that come in order, up or down, leave full leaves behind, and what
// is taken off one end leaves no air.
func TestInOrder(t *testing.T) {
	for _, up := range []bool{true, false} {
		h := newAllocator(t, nil)
		var s Set
		s.Init(h, true)
		const n = 100_000
		for i := range n {
			score := float64(i)
			if !up {
				score = -score
			}
			name := fmt.Appendf(nil, "member:%09d", i)
			f := s.Find(h, name)
			s.Insert(h, Limits{}, &f, name, score)
		}
		if each := float64(leaves(&s)*1024) / n; each > 17 {
			t.Errorf("up %v: %.1f bytes of leaves a member", up, each)
		}
		s.RemoveRange(h, 0, n-100)
		if k := leaves(&s); k > 3 {
			t.Errorf("%d leaves for 100 members", k)
		}
		check(t, h, &s, modelOf(&s))
	}
}

func leaves(s *Set) (n int) {
	r := s.tree().root
	for range s.tree().height {
		r = innerAt(r).child[0]
	}
	for ; r != 0; r = leafAt(r).next {
		n++
	}
	return n
}

func modelOf(s *Set) (m model) {
	for it := s.From(0); it.Next(); {
		m = append(m, pair{string(it.Name()), it.Score()})
	}
	return m
}

// TestSparse: whatever is removed, what remains does not take many times its memory.
func TestSparse(t *testing.T) {
	h := newAllocator(t, nil)
	r := rand.New(rand.NewPCG(5, 6))
	var s Set
	s.Init(h, true)
	const n = 60_000
	for i := range n {
		name := fmt.Append(nil, i)
		f := s.Find(h, name)
		s.Insert(h, Limits{}, &f, name, r.Float64())
	}
	for s.Len() > n/20 {
		s.RemoveRange(h, r.IntN(s.Len()), 1)
	}
	if fill := float64(s.Len()) / float64(leaves(&s)*leafMost); fill < 0.25 {
		t.Errorf("leaves are %.0f %% full", 100*fill)
	}
	check(t, h, &s, modelOf(&s))
}

// TestDraft turns drafts into small and large sets.
func TestDraft(t *testing.T) {
	for _, n := range []int{0, 1, 10, 128, 129, 5000} {
		h := newAllocator(t, nil)
		r := rand.New(rand.NewPCG(7, uint64(n)))
		var s Set
		var m model
		s.Draft(h)
		for i := range n {
			name := fmt.Append(nil, i)
			f := s.Find(h, name)
			s.Insert(h, Limits{}, &f, name, 77)
			f = s.Find(h, name)
			p := pair{string(name), float64(r.IntN(10))}
			s.Change(h, &f, name, p.score)
			m.put(p)
		}
		if n > 5 {
			f := s.Find(h, []byte("3"))
			s.Remove(h, &f)
			m.remove("3")
		}
		s.Finish(h, Limits{128, 64})
		if s.Large() != (len(m) > 128) {
			t.Errorf("%d members, large %v", len(m), s.Large())
		}
		check(t, h, &s, m)
		s.Free(h)
		if used := h.Arena.Used(); used != 0 {
			t.Errorf("%d bytes left", used)
		}
	}
}

// TestNegativeZero: a listpack holds scores that are integers as such, and so no -0.
func TestNegativeZero(t *testing.T) {
	h := newAllocator(t, nil)
	for _, large := range []bool{false, true} {
		var s Set
		s.Init(h, large)
		f := s.Find(h, []byte("a"))
		s.Insert(h, Limits{9, 9}, &f, []byte("a"), math.Copysign(0, -1))
		if f = s.Find(h, []byte("a")); math.Signbit(f.Score) != large {
			t.Errorf("large %v: %v", large, f.Score)
		}
	}
}

// FuzzSet has a fuzzer choose what is done to a set and to a slice.
func FuzzSet(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 250, 6, 7, 8, 9, 10}, uint8(3))
	f.Add(bytes.Repeat([]byte{0, 1, 200, 77}, 300), uint8(40))
	f.Fuzz(func(t *testing.T, script []byte, shape uint8) {
		h := newAllocator(t, nil)
		var s Set
		var m model
		l := Limits{int(shape) & 63, 64}
		s.Init(h, shape&64 != 0)
		for i := 0; i+2 < len(script); i += 3 {
			op, name, score := script[i], fmt.Sprint(int(script[i+1])*int(shape&7)), float64(int8(script[i+2]))
			f := s.Find(h, []byte(name))
			switch {
			case op > 230 && len(m) > 0:
				from := int(script[i+1]) % len(m)
				n := min(len(m)-from, int(script[i+2]))
				s.RemoveRange(h, from, n)
				m = slices.Delete(m, from, from+n)
			case f.Exists() && op%3 == 0:
				s.Remove(h, &f)
				m.remove(name)
			case f.Exists():
				s.Change(h, &f, []byte(name), score)
				m.put(pair{name, score})
			default:
				s.Insert(h, l, &f, []byte(name), score)
				m.put(pair{name, score})
			}
		}
		check(t, h, &s, m)
		checkBounds(t, rand.New(rand.NewPCG(1, 1)), &s, m, 300)
	})
}

// TestNoGarbage: changing and reading a set leaves nothing on Go's heap.
func TestNoGarbage(t *testing.T) {
	for _, large := range []bool{false, true} {
		h := newAllocator(t, nil)
		var s Set
		s.Init(h, large)
		l := Limits{128, 64}
		names := make([][]byte, 100)
		for i := range names {
			names[i] = fmt.Append(nil, "m", i)
		}
		i := 0
		put := func() {
			name := names[i%len(names)]
			f := s.Find(h, name)
			if f.Exists() {
				s.Change(h, &f, name, float64(i%7)/8)
			} else {
				s.Insert(h, l, &f, name, float64(i%7)/3)
			}
			i++
		}
		if n := testing.AllocsPerRun(1000, func() {
			put()
			for it := s.From(0); it.Next(); {
				_, _ = it.Name(), it.Score()
			}
			if s.Len() > 50 {
				s.RemoveRange(h, 0, 1)
			}
		}); n > 0 {
			t.Errorf("large %v: %v allocations", large, n)
		}
	}
}
