package hash

import (
	"bytes"
	"hash/maphash"
	"math/rand/v2"
	"strconv"
	"testing"
	"unsafe"

	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

var (
	_ [HeaderSize]byte = [unsafe.Sizeof(Hash{})]byte{}
	_ [timesBytes]byte = [unsafe.Sizeof(times{})]byte{}
)

var usual = Limit{Pack: 512, Value: 64}

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

type field struct {
	value string
	at    int64
}

// world is a hash beside a map.
type world struct {
	t     *testing.T
	h     *value.Allocator
	r     *rand.Rand
	m     Limit
	x     Hash
	model map[string]field
}

// put sets a field.
func (w *world) put(name, v []byte, at int64) {
	w.x.Set(w.h, w.m, w.x.Find(w.h, name), name, v, at)
	w.model[string(name)] = field{string(v), at}
}

// find compares one field.
func (w *world) find(name []byte) (f Place, there bool) {
	f = w.x.Find(w.h, name)
	want, there := w.model[string(name)]
	if f.Exists() != there || there && (text(w.x.Value(f)) != want.value || w.x.ExpireAt(f) != want.at) {
		w.t.Fatalf("%q: %v, want %v, %+v", name, f.Exists(), there, want)
	}
	return f, there
}

// check compares all fields, and what is told of those that are due at now.
func (w *world) check(x *Hash, now int64) {
	w.t.Helper()
	live, timed := 0, 0
	for _, f := range w.model {
		if f.at == Never || f.at > now {
			live++
		}
		if f.at != Never {
			timed++
		}
	}
	if x.Len() != len(w.model) || x.Live(now) != live {
		w.t.Fatalf("%d fields, %d live, want %d and %d", x.Len(), x.Live(now), len(w.model), live)
	}
	if v := x.Volatile(); v == nil && timed > 0 || v != nil && v.Len() != timed {
		w.t.Fatalf("%d fields expire, want another number", timed)
	}
	for _, of := range []struct {
		now  int64
		want int
	}{{now, live}, {Never, len(w.model)}} {
		seen := map[string]bool{}
		x.Each(of.now, func(name, v listpack.Value, at int64) bool {
			seen[text(name)] = true
			if w.model[text(name)] != (field{text(v), at}) {
				w.t.Fatalf("%q has %q, %d, want %+v", text(name), text(v), at, w.model[text(name)])
			}
			return true
		})
		if len(seen) != of.want {
			w.t.Fatalf("%d fields at %d, want %d", len(seen), of.now, of.want)
		}
	}
}

func word(r *rand.Rand, most int) []byte {
	switch r.IntN(6) {
	case 0:
		return strconv.AppendInt(nil, int64(r.Uint64())>>r.IntN(64), 10)
	case 1:
		return bytes.Repeat([]byte{'x'}, r.IntN(most))
	case 2:
		return bytes.Repeat([]byte{'y'}, 120+r.IntN(16)) // about where the length takes two bytes
	}
	return strconv.AppendInt([]byte("e"), int64(r.IntN(200)), 10)
}

// step makes one random change.
func (w *world) step(expiring bool, now int64) {
	r, name := w.r, word(w.r, 90)
	f, there := w.find(name)
	at := Never
	if expiring && r.IntN(2) == 0 {
		at = r.Int64N(1000)
	}
	switch r.IntN(10) {
	case 0, 1:
		if there {
			w.x.Delete(w.h, f)
			delete(w.model, string(name))
		}
	case 2:
		if there && expiring {
			w.x.SetExpire(w.h, f, name, at)
			w.model[string(name)] = field{w.model[string(name)].value, at}
		}
	case 3:
		if f, due, some := w.x.FirstDue(w.h, now); some {
			if at := w.model[string(due)].at; at == Never || at > now {
				w.t.Fatalf("%q is due at %d, expires at %d", due, now, at)
			}
			delete(w.model, string(due))
			w.x.Delete(w.h, f)
		}
	default:
		w.put(name, word(r, 3000), at)
	}
}

// TestModel makes random changes to a hash and to a map, over both forms.
func TestModel(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{"": nil, "colliding": func([]byte) uint64 { return 7 }} {
		t.Run(name, func(t *testing.T) {
			h := newAllocator(t, hash)
			for round := range uint64(6) {
				r := rand.New(rand.NewPCG(round, 3))
				w := &world{t: t, h: h, r: r, m: Limit{Pack: r.IntN(300), Value: 1 + r.IntN(200)}, model: map[string]field{}}
				for i := range 900 {
					now := r.Int64N(1000)
					w.step(round%3 > 0, now)
					if i%50 == 0 {
						w.check(&w.x, now)
						w.twin(now)
					}
				}
				w.x.Free(h)
			}
			if h.Arena.Used() != 0 {
				t.Errorf("%d bytes are left over", h.Arena.Used())
			}
		})
	}
}

// twin looks at a copy.
func (w *world) twin(now int64) {
	before := w.h.Arena.Used()
	var twin Hash
	w.x.Clone(w.h, &twin)
	w.check(&twin, now)
	if got := w.h.Arena.Used() - before; got != twin.Bytes() {
		w.t.Fatalf("a copy took %d bytes, says %d", got, twin.Bytes())
	}
	twin.Free(w.h)
}

// TestInPlace: a value of about the same size is written where the old one is.
func TestInPlace(t *testing.T) {
	h := newAllocator(t, nil)
	w := &world{t: t, h: h, m: Limit{}, model: map[string]field{}}
	w.put([]byte("f"), []byte("12345"), Never)
	at := w.x.Find(h, []byte("f"))
	w.put([]byte("f"), []byte("1234"), Never)
	if now := w.x.Find(h, []byte("f")); now != at {
		t.Error("a shorter value moved the field")
	}
	w.put([]byte("f"), []byte("1234"), 5)
	at = w.x.Find(h, []byte("f"))
	w.put([]byte("f"), []byte("1235"), 6)
	if now := w.x.Find(h, []byte("f")); now != at {
		t.Error("another time moved the field")
	}
	w.check(&w.x, 6)
	w.x.Free(h)
}

// TestForms: a listpack gives way where Valkey's does.
func TestForms(t *testing.T) {
	h := newAllocator(t, nil)
	long := bytes.Repeat([]byte{'x'}, 65)
	for _, c := range []struct {
		fields  int
		name, v []byte
		want    string
	}{
		{511, []byte("a"), []byte("b"), "listpack"}, {512, []byte("a"), []byte("b"), "hashtable"}, {1, long, []byte("b"), "hashtable"},
		{1, []byte("a"), long, "hashtable"}, {1, long[1:], long[1:], "listpack"},
	} {
		w := &world{t: t, h: h, m: usual, model: map[string]field{}}
		for i := range c.fields {
			w.put(strconv.AppendInt(nil, int64(i), 10), []byte("1"), Never)
		}
		w.put(c.name, c.v, Never)
		if w.x.Encoding() != c.want {
			t.Errorf("%d fields: %s, want %s", c.fields+1, w.x.Encoding(), c.want)
		}
		w.check(&w.x, 0)
		w.x.Free(h)
	}
	var x Hash
	if x.Expect(h, usual, [][]byte{[]byte("a"), long}); x.Encoding() != "hashtable" {
		t.Error("a long value was not expected")
	}
	x.Free(h)
	if x.Expect(h, Limit{Pack: 1, Value: 9}, make([][]byte, 4)); x.Encoding() != "hashtable" {
		t.Error("two fields were not expected")
	}
	x.Free(h)
}

// TestRaw: a small hash can be built of the bytes of another one.
func TestRaw(t *testing.T) {
	h := newAllocator(t, nil)
	w := &world{t: t, h: h, m: usual, model: map[string]field{}}
	w.put([]byte("a"), []byte("12"), Never)
	w.put([]byte("7"), []byte("x"), Never)
	if !listpack.Valid(w.x.Raw()) {
		t.Error("not a listpack")
	}
	var x Hash
	x.LoadPack(h, w.x.Raw())
	w.check(&x, 0)
}

// TestScan: a field that is there all the time is seen, whatever comes and goes, and one
// whose time has come is not.
func TestScan(t *testing.T) {
	h, r := newAllocator(t, nil), rand.New(rand.NewPCG(3, 4))
	name := func(prefix string, i int) []byte { return strconv.AppendInt([]byte(prefix), int64(i), 10) }
	for _, n := range []int{20, 600, 3000} {
		w := &world{t: t, h: h, m: Limit{Pack: 100, Value: 64}, model: map[string]field{}}
		for i := range n {
			w.put(name("stays", i), []byte("v"), Never)
			w.put(name("due", i), []byte("v"), 5)
		}
		seen := map[string]bool{}
		for cursor, first := uint64(0), true; first || cursor != 0; first = false {
			cursor = w.x.Scan(cursor, 10, 5, func(f, _ listpack.Value) { seen[text(f)] = true })
			for range 40 {
				w.put(name("goes", r.IntN(2*n)), []byte("v"), Never)
				if f, there := w.find(name("goes", r.IntN(2*n))); there {
					w.x.Delete(h, f)
					w.model = rebuilt(&w.x)
				}
			}
		}
		for i := range n {
			if !seen[string(name("stays", i))] || seen[string(name("due", i))] {
				t.Fatalf("field %d of %d was seen: %v, when due: %v", i, n, seen[string(name("stays", i))], seen[string(name("due", i))])
			}
		}
		w.x.Free(h)
	}
}

func rebuilt(x *Hash) map[string]field {
	m := map[string]field{}
	x.Each(Never, func(f, v listpack.Value, at int64) bool { m[text(f)] = field{text(v), at}; return true })
	return m
}

// TestFair draws from hashes of both forms, also where most fields are due.
func TestFair(t *testing.T) {
	h, r := newAllocator(t, nil), rng.New(5)
	for _, c := range []struct{ due, live int }{{0, 10}, {0, 540}, {50, 50}, {500, 5}, {300, 1}} {
		w := &world{t: t, h: h, m: usual, model: map[string]field{}}
		for i := range c.due {
			w.put(strconv.AppendInt([]byte("due"), int64(i), 10), []byte("v"), 3)
		}
		for i := range c.live {
			w.put(strconv.AppendInt([]byte("f"), int64(i), 10), []byte("v"), Never)
		}
		const each = 100
		hits, sampled := map[string]int{}, map[string]int{}
		few := max(c.live/4, 1)
		for range each * c.live {
			f, _, ok := w.x.Random(r, 3)
			if hits[text(f)]++; !ok {
				t.Fatal("nothing was drawn")
			}
		}
		for range each * c.live / few {
			w.x.Sample(r, few, 3, func(f, _ listpack.Value) { sampled[text(f)]++ })
		}
		even(t, hits, c.live, each)
		even(t, sampled, c.live, each)
		all := map[string]bool{}
		w.x.Sample(r, c.live, 3, func(f, _ listpack.Value) { all[text(f)] = true })
		if len(all) != c.live {
			t.Errorf("a sample of all %d has %d", c.live, len(all))
		}
		w.x.Free(h)
	}
	var x Hash
	if _, _, ok := x.Random(r, 0); ok {
		t.Error("something was drawn of nothing")
	}
}

// even is a chi-square test.
func even(t *testing.T, hits map[string]int, kinds, each int) {
	t.Helper()
	chi := float64(kinds-len(hits)) * float64(each)
	for _, n := range hits {
		d := float64(n - each)
		chi += d * d / float64(each)
	}
	if limit := 1.6*float64(kinds-1) + 20; chi > limit {
		t.Errorf("chi square %.1f of %d kinds, at most %.1f", chi, kinds, limit)
	}
}

// TestFreeStep: a large hash goes in slices.
func TestFreeStep(t *testing.T) {
	h := newAllocator(t, nil)
	w := &world{t: t, h: h, m: usual, model: map[string]field{}}
	for i := range 6000 {
		w.put(strconv.AppendInt([]byte("f"), int64(i), 10), []byte("v"), int64(i))
	}
	steps := 1
	for w.x.FreeStep(h, 64) {
		steps++
	}
	if steps < 30 || w.x != (Hash{}) || h.Arena.Used() != 0 {
		t.Errorf("%d steps, %d bytes are left over", steps, h.Arena.Used())
	}
}

func TestNoGarbage(t *testing.T) {
	h := newAllocator(t, nil)
	for _, n := range []int{100, 1000} {
		w := &world{t: t, h: h, m: usual, model: map[string]field{}}
		var names [][]byte
		for i := range n {
			names = append(names, strconv.AppendInt([]byte("f"), int64(i), 10))
			w.put(names[i], []byte("value"), Never)
		}
		i, v := 0, [][]byte{[]byte("v"), []byte("a somewhat longer value")}
		if allocs := testing.AllocsPerRun(1000, func() {
			name := names[i%n]
			f := w.x.Find(h, name)
			w.x.Set(h, usual, f, name, v[i%2], Never)
			w.x.Delete(h, w.x.Find(h, name))
			w.x.Set(h, usual, w.x.Find(h, name), name, v[i%2], Never)
			if n > usual.Pack {
				w.x.SetExpire(h, w.x.Find(h, name), name, int64(i))
			}
			i++
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", w.x.Encoding(), allocs)
		}
		w.x.Free(h)
	}
}
