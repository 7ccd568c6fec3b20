package db

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/protocol/slot"
	"sigrun/storage/value"
)

// chain is a toy value type for the tests: a header that holds the first of n
// nodes of 24 bytes: next, payload, unused.
var chain = value.Ops{
	Header: 40,
	FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool {
		a := h.Arena
		head := offheap.At[offheap.Ref](v)
		for ; *head != 0 && budget > 0; budget-- {
			next := *offheap.At[offheap.Ref](*head)
			a.Free(*head, 24)
			*head = next
		}
		return *head != 0
	},
	Clone: func(alloc *value.Allocator, from, to offheap.Ref) {
		dst := alloc.Arena
		for n := *offheap.At[offheap.Ref](from); n != 0; n = *offheap.At[offheap.Ref](n) {
			m := dst.Alloc(24)
			*offheap.At[[2]offheap.Ref](m) = [2]offheap.Ref{0, offheap.At[[2]offheap.Ref](n)[1]}
			*offheap.At[offheap.Ref](to) = m
			to = m
		}
	},
	Bytes: func(v offheap.Ref) int64 {
		n, _ := sumChain(v)
		return int64(n) * 24
	},
	Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
		seen := 0
		for n := offheap.At[offheap.Ref](v); *n != 0; n = offheap.At[offheap.Ref](*n) {
			if seen++; seen > int(at.A) {
				*n = h.Arena.Move(*n, 24)
				if at.A++; seen%budget == 0 {
					return true
				}
			}
		}
		return false
	},
}

func pushChain(a *offheap.Arena, v offheap.Ref, payload int) {
	head := offheap.At[offheap.Ref](v)
	n := a.Alloc(24)
	*offheap.At[[2]offheap.Ref](n) = [2]offheap.Ref{*head, offheap.Ref(payload)}
	*head = n
}

func sumChain(v offheap.Ref) (n, sum int) {
	for x := *offheap.At[offheap.Ref](v); x != 0; x = *offheap.At[offheap.Ref](x) {
		n, sum = n+1, sum+int(offheap.At[[2]offheap.Ref](x)[1])
	}
	return n, sum
}

const chainNodes = 100 // so that freeing one at once is too much

func newSpace(t testing.TB, shards int, hash func([]byte) uint64) *Space {
	t.Helper()
	g, err := offheap.NewRegion(4 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return NewSpace(Config{Region: g, Databases: 4, Shards: shards, Hash: hash, Values: [NumTypes]value.Ops{List: chain}})
}

// modelled is the model's idea of an entry.
type modelled struct {
	list     bool
	text     string
	expireAt int64
	edited   bool
}

// world is a Space beside its model.
type world struct {
	t     *testing.T
	r     *rand.Rand
	s     *Space
	d     *Database
	model map[string]modelled
}

func newWorld(t *testing.T, seed uint64, hash func([]byte) uint64) *world {
	s := newSpace(t, 4, hash)
	return &world{t, rand.New(rand.NewPCG(seed, 7)), s, s.Database(0), map[string]modelled{}}
}

func (w *world) key(name string) (Key, *Part) {
	k := w.s.Hasher().Key([]byte(name))
	return k, w.d.Part(w.s.slots.Owner(k.Slot))
}

func (w *world) name() string {
	n := w.r.IntN(400)
	if n%50 == 0 {
		return fmt.Sprintf("%0*d", 10+n*n, n) // lengths of one to three digits, and beyond the slabs
	}
	return fmt.Sprintf("{%d}k%d", n%9, n)
}

func (w *world) text() string {
	switch w.r.IntN(12) {
	case 0, 1:
		return strconv.FormatInt(int64(w.r.Uint64())>>w.r.IntN(64), 10)
	case 2:
		return string(bytes.Repeat([]byte{byte('a' + w.r.IntN(26))}, maxRaw-2+w.r.IntN(30000)))
	case 3:
		return []string{"", "-0", "007", "9223372036854775808", "-9223372036854775808", "+1", " 1", "-"}[w.r.IntN(8)]
	default:
		return string(bytes.Repeat([]byte{byte('a' + w.r.IntN(26))}, w.r.IntN(200)))
	}
}

func (w *world) at() int64 { return []int64{0, 0, 1 + int64(w.r.IntN(1000))}[w.r.IntN(3)] }

func (w *world) step() {
	name := w.name()
	k, p := w.key(name)
	e := p.Find(&k)
	w.same(name, e)
	_, present := w.model[name]
	switch op := w.r.IntN(13); {
	case op < 4:
		v := modelled{text: w.text(), expireAt: w.at()}
		e = p.SetString(&k, e, []byte(v.text), v.expireAt)
		w.model[name] = v
	case op == 4:
		n := int64(w.r.IntN(1000))
		v := modelled{text: strconv.FormatInt(n, 10), expireAt: w.at()}
		e = p.SetInt(&k, e, n, v.expireAt)
		w.model[name] = v
	case op == 5:
		e = w.newList(name, &k, p, e)
	case op == 6 && present:
		v := w.model[name]
		v.expireAt = w.at()
		e = p.SetExpire(&k, e, v.expireAt)
		w.model[name] = v
	case op < 9 && present:
		p.Delete(&k, e)
		delete(w.model, name)
		e = 0
	case op == 9 && present:
		e = w.self(name, &k, p, e)
	case op == 12:
		e = w.extend(name, &k, p, e)
	case (op == 10 || op == 11) && present:
		w.other(name, op == 10)
		e = p.Find(&k)
	}
	w.same(name, e)
	if w.r.IntN(3) == 0 {
		w.s.Step(w.r.IntN(4), 100)
	}
}

func (w *world) newList(name string, k *Key, p *Part, e Entry) Entry {
	v := modelled{list: true, text: strconv.Itoa(w.r.IntN(1000)), expireAt: w.at()}
	e = p.New(k, e, List, v.expireAt)
	sum, _ := strconv.Atoi(v.text)
	pushChain(p.arena(), e.Value(), sum)
	for range w.r.IntN(chainNodes) {
		pushChain(p.arena(), e.Value(), 0)
	}
	w.model[name] = v
	return e
}

// self stores a part of a key's own value under it.
func (w *world) self(name string, k *Key, p *Part, e Entry) Entry {
	v := w.model[name]
	if v.list {
		return e
	}
	var buf [20]byte
	text := e.String(&buf)
	from := w.r.IntN(len(text) + 1)
	to := from + w.r.IntN(len(text)-from+1)
	v = modelled{text: v.text[from:to], expireAt: w.at()}
	w.model[name] = v
	return p.SetString(k, e, text[from:to], v.expireAt)
}

// extend makes a string longer, or one out of nothing: a gap of zeros, then text.
func (w *world) extend(name string, k *Key, p *Part, e Entry) Entry {
	v := w.model[name]
	if v.list {
		return e
	}
	gap, tail := w.r.IntN(20), w.text()
	if w.r.IntN(60) == 0 {
		gap = w.r.IntN(3 * zeroFrom)
	}
	zeroTo := len(v.text) + gap
	e, bytes := p.Extend(k, e, zeroTo+len(tail), zeroTo, zeroTo, zeroTo+len(tail))
	copy(bytes[zeroTo:], tail)
	w.model[name] = modelled{text: v.text + string(make([]byte, gap)) + tail, expireAt: v.expireAt, edited: true}
	return e
}

// other copies or moves a key to another name, and perhaps another shard.
func (w *world) other(name string, move bool) {
	to := w.name()
	if to == name {
		return
	}
	sk, src := w.key(name)
	k, dst := w.key(to)
	e, old := src.Find(&sk), dst.Find(&k)
	v := w.model[name]
	e.SetAccess(77)
	if move {
		old = dst.MoveFrom(src, &sk, e, &k, old)
		delete(w.model, name)
	} else {
		v.expireAt = w.at()
		old = dst.CopyFrom(src, e, &k, old, v.expireAt)
	}
	w.model[to] = v
	w.same(to, old)
	if old.Access() != 77 {
		w.t.Fatal("the access clock was not taken along")
	}
}

// same compares an entry with the model.
func (w *world) same(name string, e Entry) {
	w.t.Helper()
	v, present := w.model[name]
	if (e != 0) != present {
		w.t.Fatalf("%.20s: found %v, present %v", name, e != 0, present)
	}
	if !present {
		return
	}
	if string(e.Key()) != name || e.ExpireAt() != v.expireAt || (e.Type() == List) != v.list {
		w.t.Fatalf("%.20s: key %.20s expire %d want %d type %d", name, e.Key(), e.ExpireAt(), v.expireAt, e.Type())
	}
	if v.list {
		if _, sum := sumChain(e.Value()); strconv.Itoa(sum) != v.text || e.Value()%8 != 0 {
			w.t.Fatalf("%.20s: sum %d, want %s", name, sum, v.text)
		}
		return
	}
	var buf [20]byte
	if string(e.String(&buf)) != v.text || e.Len() != len(v.text) {
		w.t.Fatalf("%.20s: %.30q, want %.30q", name, e.String(&buf), v.text)
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	canonical := err == nil && strconv.FormatInt(n, 10) == v.text && !v.edited
	if got, ok := e.Int(); ok != canonical || ok && got != n {
		w.t.Fatalf("%q as integer: %d %v", v.text, got, ok)
	}
	if e.Edited() != v.edited {
		w.t.Fatalf("%.20s: edited %v", name, e.Edited())
	}
}

// check walks everything and recomputes every count and sum.
func (w *world) check() {
	w.t.Helper()
	seen := map[string]bool{}
	for i := range w.s.shards {
		p := w.d.Part(i)
		count, volatile, used := 0, 0, int64(0)
		p.Each(func(e Entry) bool {
			w.same(string(e.Key()), e)
			seen[string(e.Key())] = true
			count++
			if e.ExpireAt() != 0 {
				volatile++
			}
			used += int64(e.Bytes())
			return true
		})
		slots := 0
		for n := range slot.Count {
			if p.Owns(uint16(n)) {
				used += int64(p.store.Table(uint16(n)).Bytes())
				slots += p.SlotCount(uint16(n))
			}
		}
		if p.Count() != count || slots != count || p.Volatile() != volatile || p.Used() != used {
			w.t.Fatalf("part %d: count %d/%d/%d volatile %d/%d used %d/%d", i, p.Count(), slots, count, p.Volatile(), volatile, p.Used(), used)
		}
	}
	if len(seen) != len(w.model) {
		w.t.Fatalf("%d keys, model has %d", len(seen), len(w.model))
	}
}

// drain frees all garbage, and compares what the arenas hold with what the
// parts and the values in them account for.
func (w *world) drain() {
	w.t.Helper()
	for i := range w.s.shards {
		for w.s.Step(i, 50) {
		}
		want := w.d.Part(i).Used()
		w.d.Part(i).Each(func(e Entry) bool {
			if e.Type() == List {
				n, _ := sumChain(e.Value())
				want += int64(24 * n)
			}
			return true
		})
		if got := w.s.Arena(i).Used(); got != want {
			w.t.Fatalf("arena %d holds %d bytes, accounted are %d", i, got, want)
		}
	}
}

func (w *world) moveSlots() {
	for range 20 {
		k, _ := w.key(w.name())
		if !w.s.MoveSlot(k.Slot, w.r.IntN(4), 1000) {
			w.t.Fatal("a small slot was refused")
		}
	}
}

func TestAgainstModel(t *testing.T) {
	hashes := map[string]func([]byte) uint64{
		"keyed": nil, "collide": func([]byte) uint64 { return 0 },
		"narrow": func(b []byte) uint64 { return uint64(len(b)) * 0x9E3779B97F4A7C15 },
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				w := newWorld(t, seed, hash)
				for i := range 6000 {
					w.step()
					if i%1000 == 999 {
						w.check()
						w.drain()
						w.moveSlots()
						w.check()
						w.drain()
					}
					if i == 3500 {
						w.flush()
					}
				}
			}
		})
	}
}

func (w *world) flush() {
	w.t.Helper()
	w.d.Flush()
	w.model = map[string]modelled{}
	w.check()
	w.drain()
}

// fill sets n keys, a third of which expire at time 1.
func (w *world) fill(n int) {
	for i := range n {
		name := strconv.Itoa(i)
		k, p := w.key(name)
		v := modelled{text: "v" + name}
		if i%3 == 0 {
			v.expireAt = 1
		}
		p.SetString(&k, p.Find(&k), []byte(v.text), v.expireAt)
		w.model[name] = v
	}
}

func TestScanMissesNothing(t *testing.T) {
	for seed := range uint64(5) {
		w := newWorld(t, seed, nil)
		w.fill(5000)
		for n := range 10000 {
			name := fmt.Sprintf("{x}%d", n) // one large slot
			k, p := w.key(name)
			p.SetString(&k, 0, nil, 0)
			w.model[name] = modelled{}
		}
		stay := len(w.model)
		seen := map[string]bool{}
		for cursor, steps := uint64(0), 0; ; steps++ {
			n := CursorSlot(cursor)
			for i := range w.s.shards {
				if p := w.d.Part(i); p.Owns(n) {
					cursor = p.Scan(cursor, 10, func(e Entry) { seen[string(e.Key())] = true })
					break
				}
			}
			if cursor == 0 {
				break
			}
			if steps%50 == 0 { // slots travel while they are scanned
				w.s.MoveSlot(CursorSlot(cursor), w.r.IntN(4), 1<<20)
			}
			name := fmt.Sprintf("{x}new%d", steps)
			k, p := w.key(name)
			p.SetString(&k, p.Find(&k), nil, 0)
		}
		for name := range w.model {
			if !seen[name] {
				t.Fatalf("seed %d: %s of %d was not returned", seed, name, stay)
			}
		}
	}
}

func TestExpireScan(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.fill(20000)
	for i := range 4 {
		p := w.d.Part(i)
		for rounds := 0; p.Volatile() > 0; rounds++ {
			if n := p.ExpireScan(0, 100, func(Entry) { t.Fatal("not due yet") }); n > 300 || n < 100 && p.Volatile() > 100 {
				t.Fatalf("a budget of 100 became %d", n)
			}
			p.ExpireScan(1, 100, func(e Entry) {
				k := w.s.Hasher().Key(bytes.Clone(e.Key()))
				delete(w.model, string(k.Name))
				p.Delete(&k, e)
			})
			if rounds > 5000 {
				t.Fatal("does not come to an end")
			}
		}
		if p.ExpireScan(1, 100, func(Entry) {}) != 0 {
			t.Fatal("visited slots that hold nothing volatile")
		}
	}
	w.check()
}

func TestRandomReachesEverything(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.fill(300)
	r := rng.New(1)
	seen, volatile := map[string]int{}, map[string]int{}
	for i := range 4 {
		p := w.d.Part(i)
		for range 300 * p.Count() {
			seen[string(p.Random(r).Key())]++
			volatile[string(p.RandomVolatile(r).Key())]++
		}
	}
	for name, v := range w.model {
		if n := seen[name]; n < 200 || n > 400 {
			t.Errorf("%s drawn %d times of 300", name, n)
		}
		if n := volatile[name]; (n > 0) != (v.expireAt != 0) {
			t.Errorf("%s drawn %d times among the volatile", name, n)
		}
	}
}

func TestFlushIsCheapAndFreesInSlices(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.fill(20000)
	before := w.s.Arena(0).Used()
	p := w.d.Part(0)
	lazy, keys := w.s.Lazy(0), p.Count()
	w.d.Flush()
	if w.s.Arena(0).Used() != before || p.Count() != 0 || p.Used() != 0 {
		t.Fatal("a flush frees at once, or leaves something")
	}
	if n := lazy.Pending.Load(); n != uint64(keys) {
		t.Errorf("%d of %d keys wait to be freed", n, keys)
	}
	steps := 0
	for ; w.s.Step(0, 100); steps++ {
	}
	if steps < 40 || w.s.Arena(0).Used() != 0 {
		t.Fatalf("%d steps, %d bytes left", steps, w.s.Arena(0).Used())
	}
	if lazy.Pending.Load() != 0 || lazy.Freed.Load() < uint64(keys) {
		t.Errorf("%d of %d freed, %d pending", lazy.Freed.Load(), keys, lazy.Pending.Load())
	}
}

func TestHugeBlockIsFreedInSlices(t *testing.T) {
	w := newWorld(t, 1, nil)
	k, p := w.key("big")
	b := w.s.Region().AllocBlock(100 << 20)
	e := p.SetBlock(&k, 0, b, 100<<20-5, 0)
	if e.Len() != 100<<20-5 || p.Used() < 100<<20 {
		t.Fatal("the block is not the value")
	}
	p.Delete(&k, e)
	steps := 0
	for ; w.s.Step(p.shard.id, 1); steps++ {
	}
	if steps < 90 || w.s.Arena(p.shard.id).Used() != 0 {
		t.Fatalf("%d steps, %d bytes left", steps, w.s.Arena(p.shard.id).Used())
	}
	if lazy := w.s.Lazy(p.shard.id); lazy.Pending.Load() != 0 || lazy.Freed.Load() != 1 {
		t.Errorf("%d values freed later, %d pending", lazy.Freed.Load(), lazy.Pending.Load())
	}
}

func TestSwapAndExisting(t *testing.T) {
	w := newWorld(t, 1, nil)
	if w.s.Existing(1) != nil {
		t.Fatal("database 1 exists unasked")
	}
	k, p := w.key("a")
	p.SetString(&k, 0, []byte("x"), 0)
	w.s.Swap(0, 1)
	if w.s.Database(1).Part(p.shard.id).Find(&k) == 0 || w.s.Database(0).Part(p.shard.id).Find(&k) != 0 {
		t.Fatal("the databases were not exchanged")
	}
}

func TestInPlace(t *testing.T) {
	w := newWorld(t, 1, nil)
	k, p := w.key("key:000000000001")
	e := p.SetString(&k, 0, bytes.Repeat([]byte("a"), 32), 0)
	if p.SetString(&k, e, bytes.Repeat([]byte("b"), 30), 0) != e {
		t.Error("a value of the same class moved the entry")
	}
	if e.Bytes() != 56 {
		t.Errorf("entry takes %d bytes", e.Bytes())
	}
	e = p.SetExpire(&k, e, 5)
	if p.SetExpire(&k, e, 6) != e || e.ExpireAt() != 6 || e.Bytes() != 64 {
		t.Error("a new time moved the entry")
	}
}

func TestTouchIsHarmless(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.fill(1000)
	for i := range 2000 {
		k := w.s.Hasher().Key([]byte(strconv.Itoa(i)))
		w.d.TouchEntry(k.Slot, k.Hash, w.d.TouchBucket(k.Slot, k.Hash))
	}
}

func TestNoGoAllocations(t *testing.T) {
	if invariants.Enabled || offheap.RaceBuild {
		t.Skip("books are kept")
	}
	w := newWorld(t, 1, nil)
	w.fill(5000)
	name, text := make([]byte, 16), bytes.Repeat([]byte("v"), 32)
	i := uint64(0)
	n := testing.AllocsPerRun(5000, func() {
		i++
		binary.BigEndian.PutUint64(name, i)
		k := w.s.Hasher().Key(name)
		p := w.d.Part(int(k.Slot) * 4 / slot.Count)
		e := p.SetString(&k, p.Find(&k), text, 0)
		e = p.SetInt(&k, e, 12345, 0)
		e = p.SetExpire(&k, e, 99)
		e = p.SetString(&k, e, text[:5], 1)
		p.Delete(&k, e)
	})
	if n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestNewKeysBeginWithTheSpacesClock(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.s.SetBirth(0x1234567)
	k, p := w.key("a")
	e := p.SetString(&k, 0, []byte("v"), 0)
	if e.Access() != 0x234567 {
		t.Fatalf("%#x", e.Access())
	}
	w.s.SetBirth(1)
	if e = p.SetString(&k, e, []byte("longer than it was"), 5); e.Access() != 0x234567 {
		t.Fatalf("%#x after it was set again", e.Access())
	}
}

// TestExtendCopiesSeldom makes a string of small pieces: what is copied must stay
// proportional to its length.
func TestExtendCopiesSeldom(t *testing.T) {
	w := newWorld(t, 1, nil)
	k, p := w.key("a")
	var (
		e   Entry
		was []byte
	)
	moves, copied := 0, 0
	for n := 100; n <= 4<<20; n += 100 {
		to, v := p.Extend(&k, e, n, 0, 0, n)
		if e != 0 && &v[0] != &was[0] {
			moves, copied = moves+1, copied+n
		}
		e, was = to, v
	}
	if copied > 12*(4<<20) || moves > 200 {
		t.Fatalf("%d moves, %d bytes copied", moves, copied)
	}
}
