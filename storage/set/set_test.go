package set

import (
	"bytes"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"unsafe"

	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/intset"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

var _ [HeaderSize]byte = [unsafe.Sizeof(Set{})]byte{}

var usual = Limit{Ints: 512, Pack: 128, Value: 64}

func newAllocator(t testing.TB, hash func([]byte) uint64) *value.Allocator {
	t.Helper()
	g, err := offheap.NewRegion(1 << 30)
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

func text(v listpack.Value) string {
	var room [num.MaxIntLen]byte
	return string(v.Text(&room))
}

// check compares a set with the members that it should have.
func check(t *testing.T, s *Set, h *value.Allocator, model map[string]bool) {
	t.Helper()
	if s.Len() != len(model) {
		t.Fatalf("%d members, want %d", s.Len(), len(model))
	}
	seen := map[string]bool{}
	s.Each(func(v listpack.Value) bool {
		seen[text(v)] = true
		if !model[text(v)] || !s.Holds(h, v) {
			t.Fatalf("%q is there, want %v", text(v), model[text(v)])
		}
		return true
	})
	if len(seen) != len(model) {
		t.Fatalf("%d different members, want %d", len(seen), len(model))
	}
}

func member(r *rand.Rand) []byte {
	switch r.IntN(8) {
	case 0:
		return strconv.AppendInt(nil, int64(r.Uint64())>>r.IntN(64), 10)
	case 1:
		return bytes.Repeat([]byte{'x'}, r.IntN(90))
	case 2:
		return []byte([...]string{"", "-0", "007", "1.5"}[r.IntN(4)])
	case 3, 4:
		return strconv.AppendInt([]byte("e"), int64(r.IntN(300)), 10)
	}
	return strconv.AppendInt(nil, int64(r.IntN(1200)-600), 10)
}

// TestModel makes random changes to a set and to a map, over all forms.
func TestModel(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{"": nil, "colliding": func([]byte) uint64 { return 7 }} {
		t.Run(name, func(t *testing.T) {
			h := newAllocator(t, hash)
			for round := range uint64(8) {
				play(t, h, rand.New(rand.NewPCG(round, 2)), round%2 == 0)
			}
			if h.Arena.Used() != 0 {
				t.Errorf("%d bytes are left over", h.Arena.Used())
			}
		})
	}
}

func play(t *testing.T, h *value.Allocator, r *rand.Rand, integers bool) {
	m := Limit{Ints: r.IntN(600), Pack: r.IntN(200), Value: 1 + r.IntN(80)}
	var s Set
	defer s.Free(h)
	model, chance := map[string]bool{}, rng.New(r.Uint64())
	for step := range 1500 {
		v := member(r)
		if integers && step < 700 {
			v = strconv.AppendInt(nil, int64(r.IntN(1000)), 10)
		}
		if s.Has(h, v) != model[string(v)] {
			t.Fatalf("%q is a member: %v", v, !model[string(v)])
		}
		switch r.IntN(8) {
		case 0, 1:
			if s.Remove(h, v) != model[string(v)] {
				t.Fatalf("%q was removed: %v", v, !model[string(v)])
			}
			delete(model, string(v))
		case 2:
			if s.Len() > 0 {
				p := s.Random(chance)
				delete(model, text(p.Value))
				s.RemovePicked(h, p)
			}
		case 3:
			if step%50 == 0 {
				s.Rebuild(h, m)
			}
		default:
			if s.Add(h, m, v) == model[string(v)] {
				t.Fatalf("%q was added: %v", v, model[string(v)])
			}
			model[string(v)] = true
		}
		if step%25 == 0 {
			check(t, &s, h, model)
			before := h.Arena.Used()
			var twin Set
			s.Clone(h, &twin)
			check(t, &twin, h, model)
			if got := h.Arena.Used() - before; got != twin.Bytes() {
				t.Fatalf("a copy took %d bytes, says %d", got, twin.Bytes())
			}
			twin.Free(h)
		}
	}
}

// TestForms: the forms change where Valkey's do.
func TestForms(t *testing.T) {
	h := newAllocator(t, nil)
	many := func(n int) (v []string) {
		for i := range n {
			v = append(v, strconv.Itoa(i))
		}
		return v
	}
	long := string(bytes.Repeat([]byte{'x'}, 65))
	for _, c := range []struct {
		members []string
		want    string
	}{
		{many(512), "intset"}, {many(513), "hashtable"}, {[]string{"a"}, "listpack"}, {[]string{"1", "a"}, "listpack"},
		{append(many(127), "a"), "listpack"}, {append(many(128), "a"), "hashtable"}, {append([]string{"a"}, many(127)...), "listpack"},
		{append([]string{"a"}, many(128)...), "hashtable"}, {[]string{long[1:]}, "listpack"}, {[]string{long}, "hashtable"},
		{[]string{"1", long}, "hashtable"},
	} {
		var s Set
		for _, v := range c.members {
			s.Add(h, usual, []byte(v))
		}
		if s.Encoding() != c.want {
			t.Errorf("%d members: %s, want %s", len(c.members), s.Encoding(), c.want)
		}
		s.Free(h)
	}
	var s Set
	if s.Expect(h, usual, 513, []byte("1")); s.Encoding() != "hashtable" {
		t.Errorf("513 integers are to come: %s", s.Encoding())
	}
	for i := range 400 {
		s.Add(h, usual, []byte(strconv.Itoa(i)))
	}
	if s.Rebuild(h, usual); s.Encoding() != "intset" || s.Len() != 400 {
		t.Errorf("%d integers are kept as %s", s.Len(), s.Encoding())
	}
	if s.Expect(h, usual, 513, []byte("1")); s.Encoding() != "hashtable" || s.Len() != 400 {
		t.Errorf("513 more are to come: %s", s.Encoding())
	}
	s.Free(h)
}

// TestAddMember: an integer that makes the set a table comes to be its member.
func TestAddMember(t *testing.T) {
	h := newAllocator(t, nil)
	for _, m := range []Limit{{0, 3, 9}, {3, 0, 9}, {0, 0, 9}} {
		var s Set
		for i := range int64(10) {
			s.AddMember(h, m, listpack.Value{Int: 100 + i, IsInt: true})
		}
		for i := range int64(10) {
			if !s.Holds(h, listpack.Value{Int: 100 + i, IsInt: true}) || s.Len() != 10 {
				t.Errorf("%d is none of %d members", 100+i, s.Len())
			}
		}
		s.Free(h)
	}
}

// TestRaw: a small set can be built of the bytes of another one.
func TestRaw(t *testing.T) {
	h := newAllocator(t, nil)
	var s, ints, pack Set
	s.Add(h, usual, []byte("5"))
	ints.LoadInts(h, s.Raw())
	if !intset.Valid(s.Raw()) || !ints.Has(h, []byte("5")) || !ints.Integers() {
		t.Error("an intset was not loaded")
	}
	s.Add(h, usual, []byte("a"))
	pack.LoadPack(h, s.Raw())
	if !listpack.Valid(s.Raw()) || !pack.Has(h, []byte("a")) || !pack.Has(h, []byte("5")) || pack.Table() {
		t.Error("a listpack was not loaded")
	}
}

// TestScan: who is a member all the time is seen, whatever comes and goes.
func TestScan(t *testing.T) {
	h := newAllocator(t, nil)
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{20, 100, 400, 3000} {
		var s Set
		name := func(i int) []byte { return strconv.AppendInt([]byte("stays"), int64(i), 10) }
		for i := range n {
			s.Add(h, usual, name(i))
		}
		seen := map[string]bool{}
		for cursor, first := uint64(0), true; first || cursor != 0; first = false {
			cursor = s.Scan(cursor, 10, func(v listpack.Value) { seen[text(v)] = true })
			for range 40 {
				s.Add(h, usual, strconv.AppendInt([]byte("goes"), int64(r.IntN(2*n)), 10))
				s.Remove(h, strconv.AppendInt([]byte("goes"), int64(r.IntN(2*n)), 10))
			}
		}
		for i := range n {
			if !seen[string(name(i))] {
				t.Fatalf("%s of %d was not seen", name(i), n)
			}
		}
		s.Free(h)
	}
}

// TestFair draws from sets of every form, among them tables that have become sparse.
func TestFair(t *testing.T) {
	h, r := newAllocator(t, nil), rng.New(5)
	for _, c := range []struct{ most, left int }{{10, 10}, {100, 3}, {600, 9}, {1500, 40}, {1500, 2}, {5000, 100}} {
		for _, prefix := range []string{"", "m"} {
			var s Set
			for i := range c.most {
				s.Add(h, usual, strconv.AppendInt([]byte(prefix), int64(i), 10))
			}
			for s.Len() > c.left {
				s.RemovePicked(h, s.Random(r))
			}
			hits, sampled := map[string]int{}, map[string]int{}
			const each = 500
			for range each * c.left {
				hits[text(s.Random(r).Value)]++
			}
			few := max(c.left/4, 1)
			for range each * c.left / few {
				s.Sample(r, few, func(v listpack.Value) { sampled[text(v)]++ })
			}
			expectEven(t, hits, c.left, each, "Random of %d, once %d, %s", c.left, c.most, s.Encoding())
			expectEven(t, sampled, c.left, each, "Sample of %d, once %d, %s", c.left, c.most, s.Encoding())
			s.Free(h)
		}
	}
}

// expectEven is a chi-square test; it fails once in some ten thousand times by chance, which the
// seed excludes.
func expectEven(t *testing.T, hits map[string]int, kinds, each int, format string, args ...any) {
	t.Helper()
	chi, sum := 0.0, 0
	for _, n := range hits {
		d := float64(n - each)
		chi += d * d / float64(each)
		sum += n
	}
	chi += float64(kinds-len(hits)) * float64(each)
	df := float64(kinds - 1)
	if limit := df + 4*math.Sqrt(2*df) + 8; chi > limit {
		t.Errorf(format+": chi square %.1f of %d kinds, at most %.1f", append(args, chi, kinds, limit)...)
	}
}

// TestSample: a sample has no member twice and is as large as was asked for.
func TestSample(t *testing.T) {
	h, r := newAllocator(t, nil), rng.New(6)
	for _, n := range []int{1, 50, 1000} {
		var s Set
		for i := range n {
			s.Add(h, usual, strconv.AppendInt([]byte("m"), int64(i), 10))
		}
		for _, count := range []int{0, 1, n / 5, n / 2, n} {
			var got []string
			s.Sample(r, count, func(v listpack.Value) { got = append(got, text(v)) })
			slices.Sort(got)
			if len(slices.Compact(slices.Clone(got))) != count || len(got) != count {
				t.Errorf("a sample of %d has %d", count, len(got))
			}
		}
		s.Free(h)
	}
}

// TestFreeStep: a large set goes in slices.
func TestFreeStep(t *testing.T) {
	h := newAllocator(t, nil)
	var s Set
	for i := range 5000 {
		s.Add(h, usual, strconv.AppendInt([]byte("m"), int64(i), 10))
	}
	steps := 1
	for s.FreeStep(h, 64) {
		steps++
	}
	if steps < 30 || s != (Set{}) || h.Arena.Used() != 0 {
		t.Errorf("%d steps, %d bytes are left over", steps, h.Arena.Used())
	}
}

func TestNoGarbage(t *testing.T) {
	h, r := newAllocator(t, nil), rng.New(7)
	for _, n := range []int{100, 1000} {
		for _, prefix := range []string{"", "m"} {
			var s Set
			var names [][]byte
			for i := range n {
				names = append(names, strconv.AppendInt([]byte(prefix), int64(i), 10))
				s.Add(h, usual, names[i])
			}
			i := 0
			if allocs := testing.AllocsPerRun(1000, func() {
				s.Remove(h, names[i%n])
				s.Add(h, usual, names[i%n])
				p := s.Random(r)
				_ = s.Holds(h, p.Value)
				s.Each(func(v listpack.Value) bool { return v.IsInt })
				i++
			}); allocs != 0 {
				t.Errorf("%s: %v allocations", s.Encoding(), allocs)
			}
			s.Free(h)
		}
	}
}

// BenchmarkFree takes a set apart whose members do not fit into the caches.
func BenchmarkFree(b *testing.B) {
	const members = 1 << 20
	h := newAllocator(b, nil)
	for b.Loop() {
		b.StopTimer()
		var s Set
		for i := range members {
			s.Add(h, Limit{}, strconv.AppendInt([]byte("member:"), int64(i), 10))
		}
		b.StartTimer()
		for s.FreeStep(h, 64) {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/members, "ns/member")
}
