package image

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/stream"
	"sigrun/storage/zset"

	"sigrun/internal/offheap"
)

// builders make one value of every form, of size elements.
var builders = map[string]func(w *workshop, name string, size int){
	"string": func(w *workshop, name string, size int) {
		k := w.space.Hasher().Key([]byte(name))
		w.part.SetString(&k, 0, make([]byte, size), int64(size%2))
	},
	"list": func(w *workshop, name string, size int) {
		e := w.make(name, db.List)
		l := offheap.At[quicklist.List](e.Value())
		for i := range size {
			m, v := quicklist.Limit{Bytes: 256, Count: 20, Depth: size % 3}, fmt.Appendf(nil, "element %d", i)
			l.Expect(m, 1, len(v))
			l.Add(w.part.Allocator().Arena, m, v, i%3 == 0)
		}
	},
	"set": func(w *workshop, name string, size int) {
		e := w.make(name, db.Set)
		for i := range size {
			offheap.At[set.Set](e.Value()).Add(w.part.Allocator(), usual.Set, fmt.Appendf(nil, "member:%d", i))
		}
	},
	"intset": func(w *workshop, name string, size int) {
		e := w.make(name, db.Set)
		for i := range size {
			offheap.At[set.Set](e.Value()).Add(w.part.Allocator(), set.Limit{Ints: 1 << 20}, fmt.Append(nil, i))
		}
	},
	"hash": func(w *workshop, name string, size int) {
		e := w.make(name, db.Hash)
		x := offheap.At[hash.Hash](e.Value())
		for i := range size {
			field, at := fmt.Appendf(nil, "field:%d", i), hash.Never
			if size > 10 && i%2 == 0 {
				at = 1<<40 + int64(i*7919%size/3)
			}
			x.Set(w.part.Allocator(), usual.Hash, x.Find(w.part.Allocator(), field), field, make([]byte, i%100), at)
		}
		w.part.Track(e)
	},
	"zset": func(w *workshop, name string, size int) {
		e := w.make(name, db.ZSet)
		s := offheap.At[zset.Set](e.Value())
		s.Init(w.part.Allocator(), false)
		for i := range size {
			member := fmt.Appendf(nil, "member:%d", i)
			f := s.Find(w.part.Allocator(), member)
			s.Insert(w.part.Allocator(), usual.ZSet, &f, member, float64(i*7919%size/2))
		}
	},
	"stream": func(w *workshop, name string, size int) {
		e := w.make(name, db.Stream)
		s := stream.At(e.Value())
		for i := range size {
			s.Append(w.part.Allocator(), stream.Limit{Bytes: 400, Entries: 5}, stream.ID{Ms: uint64(i + 1)}, [][]byte{[]byte("f"), fmt.Append(nil, i)})
		}
		for g := range 3 {
			group := s.AddGroup(w.part.Allocator(), fmt.Appendf(nil, "group%d", g), stream.ID{}, 0)
			for c := range 5 {
				s.AddConsumer(w.part.Allocator(), group, fmt.Appendf(nil, "consumer%d", c), 1, 1)
			}
			for i := range size / (g + 1) {
				p := s.Deliver(w.part.Allocator(), group, group.At(i%5), stream.ID{Ms: uint64(i + 1)})
				p.Time, p.Count = int64(i), 1
			}
		}
	},
}

func (w *workshop) make(name string, typ db.Type) db.Entry {
	k := w.space.Hasher().Key([]byte(name))
	return w.part.New(&k, 0, typ, 0)
}

// Values of all forms and sizes are the same when they have moved, and go without leaving anything.
func TestCompaction(t *testing.T) {
	for _, all := range []bool{true, false} {
		w, r := newWorkshop(t), rand.New(rand.NewPCG(3, 4))
		want := map[string]digest{}
		for _, kind := range slices.Sorted(maps.Keys(builders)) {
			for i, size := range []int{1, 3, 100, 3000, 20000, 5, 700, 50} {
				for copies := range 4 {
					name := fmt.Sprint(kind, i, copies)
					builders[kind](w, name, size)
					want[name] = w.digest(w.find(name))
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if r.IntN(4) != 0 {
				w.remove(name)
				delete(want, name)
			}
		}
		for w.space.Step(0, 1000) {
		}
		_, used := w.space.Arena(0).Slabs()
		holes := w.space.Arena(0).Holes()
		w.space.BeginCompaction(0, all)
		for more := true; more; {
			more, _ = w.space.Compact(0, 1+r.IntN(100))
		}
		w.space.Account(0)
		did, kinds := w.space.Compaction(0), map[db.Type]bool{}
		for name, was := range want {
			e := w.find(name)
			kinds[e.Type()] = true
			if is := w.digest(e); is.all != was.all || is.n != was.n {
				t.Errorf("%s is another one behind compaction", name)
			}
		}
		if len(kinds) != int(db.NumTypes) {
			t.Fatal("not all types were left")
		}
		// An index by time may cut its blocks elsewhere.
		if _, now := w.space.Arena(0).Slabs(); now > used+used/100 || did.Moved.Load() < 1000 || did.Emptied.Load() == 0 {
			t.Errorf("%d bytes in use became %d; %d objects moved, %d slabs emptied", used, now, did.Moved.Load(), did.Emptied.Load())
		}
		if h := w.space.Arena(0).Holes(); h > holes/10 {
			t.Errorf("holes of %d bytes became %d", holes, h)
		}
		for name := range want {
			w.remove(name)
		}
		w.space.Database(0).Flush()
		if left := w.held(); left != 0 {
			t.Errorf("%d bytes are left", left)
		}
	}
}

func (w *workshop) find(name string) db.Entry {
	k := w.space.Hasher().Key([]byte(name))
	return w.part.Find(&k)
}

// compact moves all there is, and fails when a value is another one then.
func (w *workshop) compact(names ...string) {
	var before []digest
	for _, name := range names {
		before = append(before, w.digest(w.find(name)))
	}
	w.space.BeginCompaction(0, true)
	for more := true; more; {
		more, _ = w.space.Compact(0, 20)
	}
	for i, name := range names {
		if is := w.digest(w.find(name)); is.all != before[i].all || is.n != before[i].n {
			w.t.Fatalf("a %v is another one behind compaction", w.find(name).Type())
		}
	}
}
