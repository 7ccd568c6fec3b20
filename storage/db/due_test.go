package db

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/storage/hash"
	"sigrun/storage/value"
)

// hashes is a Space whose keys are strings and hashes with fields that expire.
type hashes struct {
	t *testing.T
	r *rand.Rand
	s *Space
}

func (w *hashes) key() Key {
	return w.s.Hasher().Key(strconv.AppendInt([]byte("k"), int64(w.r.IntN(40)), 10))
}

func (w *hashes) part(n int, k *Key) *Part { return w.s.Database(n).Part(int(w.s.slots.Owner(k.Slot))) }

func (w *hashes) field() []byte { return strconv.AppendInt([]byte("f"), int64(w.r.IntN(6)), 10) }

func (w *hashes) time() int64 {
	if w.r.IntN(3) == 0 {
		return hash.Never
	}
	return w.r.Int64N(1000)
}

// edit changes fields of a hash, which it makes if it has to.
func (w *hashes) edit(p *Part, k *Key) {
	e := p.Find(k)
	if e == 0 || e.Type() != Hash {
		e = p.New(k, e, Hash, 0)
	}
	x, h := offheap.At[hash.Hash](e.Value()), p.Allocator()
	for range 1 + w.r.IntN(4) {
		name := w.field()
		f := x.Find(h, name)
		if f.Exists() && w.r.IntN(3) == 0 {
			x.Delete(h, f)
		} else {
			x.Set(h, hash.Limit{Pack: 4, Value: 10}, f, name, []byte("v"), w.time())
		}
	}
	p.Track(e)
	if x.Len() == 0 {
		p.Delete(k, e)
	}
}

// step does one of the things that move values about.
func (w *hashes) step() {
	k, o, n, m := w.key(), w.key(), w.r.IntN(2), w.r.IntN(2)
	p, q := w.part(n, &k), w.part(m, &o)
	e := p.Find(&k)
	switch w.r.IntN(14) {
	case 0:
		p.SetString(&k, e, []byte("text"), 0)
	case 1:
		if e != 0 {
			p.Delete(&k, e)
		}
	case 2:
		if e != 0 {
			p.SetExpire(&k, e, w.r.Int64N(3))
		}
	case 3, 4:
		if e != 0 && string(k.Name) != string(o.Name) {
			q.MoveFrom(p, &k, e, &o, q.Find(&o))
		}
	case 5:
		if e != 0 && (p != q || string(k.Name) != string(o.Name)) {
			q.CopyFrom(p, e, &o, q.Find(&o), 0)
		}
	case 6:
		w.takeBack(p, &k, e)
	case 7:
		w.reclaim(p, w.r.Int64N(1000))
	case 8:
		w.moveSlot(k.Slot)
	case 9:
		if w.r.IntN(40) == 0 {
			w.s.Database(n).Flush()
		}
	case 10:
		w.s.Swap(0, 1)
	default:
		w.edit(p, &k)
	}
}

// takeBack changes a key and puts back what it held.
func (w *hashes) takeBack(p *Part, k *Key, e Entry) {
	if e == 0 {
		return
	}
	kept := p.Keep(k, e)
	w.edit(p, k)
	if w.r.IntN(2) == 0 {
		p.Discard(kept)
	} else {
		p.Restore(k, p.Find(k), kept)
	}
}

// reclaim takes what is due out of one hash.
func (w *hashes) reclaim(p *Part, now int64) {
	e := p.FirstDue(now)
	if e == 0 {
		return
	}
	x := offheap.At[hash.Hash](e.Value())
	for {
		f, _, some := x.FirstDue(p.Allocator(), now)
		if !some {
			break
		}
		x.Delete(p.Allocator(), f)
	}
	if x.Len() > 0 {
		p.Retrack(e)
		return
	}
	k := w.s.Hasher().Key(append([]byte(nil), e.Key()...))
	p.Delete(&k, e)
}

func (w *hashes) moveSlot(n uint16) {
	w.s.MoveSlot(n, w.r.IntN(len(w.s.shards)), 1<<20)
}

// check compares what the parts have noted with what their values hold.
func (w *hashes) check() {
	for i := range w.s.Databases() {
		for n := range w.s.shards {
			p := w.s.Database(i).Part(n)
			want := map[Entry]int64{}
			p.Each(func(e Entry) bool {
				if v := p.elements(e); v != nil && v.Len() > 0 {
					at, _, _ := v.First()
					want[e] = at
				}
				return true
			})
			if p.Tracked() != len(want) {
				w.t.Fatalf("%d values are noted, want %d", p.Tracked(), len(want))
			}
			p.due.Each(func(at int64, ref offheap.Ref) bool {
				first, there := want[Entry(ref)]
				if noted := *p.elements(Entry(ref)).Mark() - 1; !there || at > first || at != noted {
					w.t.Fatalf("noted at %d and %d, there: %v, first due at %d", at, noted, there, first)
				}
				return true
			})
		}
	}
}

// TestTracked makes random changes and moves, and looks at whether every shard knows which
// of its hashes have fields that expire, and from when on to look at them.
func TestTracked(t *testing.T) {
	g, err := offheap.NewRegion(4 << 30)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	w := &hashes{t: t, r: rand.New(rand.NewPCG(4, 2)), s: NewSpace(Config{Region: g, Databases: 2, Shards: 3,
		Values: [NumTypes]value.Ops{Hash: hash.Ops()}})}
	steps := 40000
	if invariants.Enabled {
		steps = 8000
	}
	for i := range steps {
		if w.step(); i%20 == 0 {
			w.check()
		}
	}
	for i := range w.s.Databases() {
		w.s.Database(i).Flush()
		for n := range w.s.shards {
			for w.s.Step(n, 1000) {
			}
		}
	}
	for n := range w.s.shards {
		if used := w.s.Arena(n).Used(); used != 0 {
			t.Errorf("shard %d: %d bytes are left over", n, used)
		}
	}
}

// TestDueOrder: values are told of in the order of their times.
func TestDueOrder(t *testing.T) {
	g, err := offheap.NewRegion(4 << 30)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	s := NewSpace(Config{Region: g, Databases: 1, Shards: 1, Values: [NumTypes]value.Ops{Hash: hash.Ops()}})
	p := s.Database(0).Part(0)
	for i := range 1000 {
		k := s.Hasher().Key(strconv.AppendInt(nil, int64(i), 10))
		e := p.New(&k, 0, Hash, 0)
		x := offheap.At[hash.Hash](e.Value())
		x.Set(p.Allocator(), hash.Limit{}, hash.Place{}, []byte("f"), []byte("v"), int64(1000-i))
		p.Track(e)
	}
	for now := int64(1); now <= 1000; now++ {
		e := p.FirstDue(now)
		if string(e.Key()) != strconv.FormatInt(1000-now, 10) {
			t.Fatalf("%q is due at %d", e.Key(), now)
		}
		k := s.Hasher().Key(append([]byte(nil), e.Key()...))
		p.Delete(&k, e)
		if p.FirstDue(now) != 0 {
			t.Fatalf("something else is due at %d", now)
		}
	}
}
