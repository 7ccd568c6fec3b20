package stream

import (
	"bytes"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

func TestSizes(t *testing.T) {
	for what, want := range map[any]uintptr{Stream{}: HeaderSize, Group{}: groupBytes, Consumer{}: consumerBytes, Pending{}: 8 * pendingWords, page{}: pageHead} {
		if have := reflect.TypeOf(what).Size(); have != want {
			t.Errorf("%T takes %d bytes, not %d", what, have, want)
		}
	}
}

// entry is one of the model.
type entry struct {
	id     ID
	fields [][]byte
}

// world is a stream in a header of its own, as a key's entry has it, and its model.
type world struct {
	t       testing.TB
	h       *value.Allocator
	s       *Stream
	lim     Limit
	entries []entry
	last    ID
	added   uint64
	deleted ID
}

func newWorld(t testing.TB, lim Limit) *world {
	h := newAllocator(t)
	r := h.Arena.Alloc(HeaderSize)
	clear(r.Bytes(HeaderSize))
	return &world{t: t, h: h, s: At(r), lim: lim}
}

func (w *world) add(id ID, fields ...string) {
	e := entry{id: id}
	for _, f := range fields {
		e.fields = append(e.fields, []byte(f))
	}
	w.s.Append(w.h, w.lim, id, e.fields)
	w.entries = append(w.entries, e)
	w.last = id
	w.added++
}

func (w *world) check() {
	w.t.Helper()
	w.checkStream(w.s)
	if used := w.h.Arena.Used(); used != w.s.Bytes()+int64(offheap.ClassSize(HeaderSize)) {
		w.t.Fatalf("the arena has %d bytes, the stream %d", used, w.s.Bytes())
	}
}

func (w *world) checkStream(s *Stream) {
	w.t.Helper()
	first := ID{}
	if len(w.entries) > 0 {
		first = w.entries[0].id
	}
	if have, want := s.Facts(), (Facts{uint64(len(w.entries)), w.added, first, w.last, w.deleted}); have != want {
		w.t.Fatalf("the stream has %+v, not %+v", have, want)
	}
	check(w.t, &s.nodes)
	w.walk(s.Range(ID{}, MaxID), w.entries)
	back := slices.Clone(w.entries)
	slices.Reverse(back)
	w.walk(s.Back(ID{}, MaxID), back)
	s.Packs(func(id ID, lp []byte) bool {
		if !valid(lp) {
			w.t.Fatalf("the node of %v is not valid: %x", id, lp)
		}
		return true
	})
}

func (w *world) walk(it Iter, want []entry) {
	w.t.Helper()
	var room Room
	i := 0
	for ; it.Next(); i++ {
		if i == len(want) || it.ID != want[i].id || it.Fields*2 != len(want[i].fields) {
			w.t.Fatalf("entry %d is %v with %d fields", i, it.ID, it.Fields)
		}
		if i%3 == 2 { // the next entry is found whether the fields were looked at or not
			continue
		}
		for k := range it.Fields {
			name, v := it.Field()
			if !bytes.Equal(name.Text(&room), want[i].fields[2*k]) || !bytes.Equal(v.Text(&room), want[i].fields[2*k+1]) {
				w.t.Fatalf("field %d of %v is wrong", k, it.ID)
			}
			if i%3 == 1 {
				break
			}
		}
	}
	if i != len(want) {
		w.t.Fatalf("%d entries, want %d", i, len(want))
	}
}

// trim is what Trim does, on the model.
func (w *world) trim(tr Trim, removed int64) {
	w.t.Helper()
	if have := w.s.Trim(w.h, &tr); removed >= 0 && have != removed {
		w.t.Fatalf("%+v removed %d entries, not %d", tr, have, removed)
	} else {
		w.entries = w.entries[have:]
	}
}

func (w *world) remove(id ID) {
	w.t.Helper()
	i, found := slices.BinarySearchFunc(w.entries, id, func(e entry, id ID) int { return compare(e.id, id) })
	if w.s.Has(id) != found || w.s.Delete(w.h, id) != found {
		w.t.Fatalf("%v is there: %v", id, !found)
	}
	if found {
		w.entries = slices.Delete(w.entries, i, i+1)
		if w.deleted.Less(id) {
			w.deleted = id
		}
	}
}

func randomFields(r *rand.Rand) []string {
	value := func() string {
		switch r.Intn(6) {
		case 0:
			return ""
		case 1:
			return strconv.FormatInt(r.Int63()>>r.Intn(63), 10)
		case 2:
			return string(bytes.Repeat([]byte{byte(r.Intn(256))}, r.Intn(300)))
		}
		return fmt.Sprintf("value %d", r.Intn(1000))
	}
	fields := [][]string{{"a", "b"}, {"a", "c"}, {"12", "b"}, {"only"}, {"a", "b", "c", "d", "e"}}[max(0, r.Intn(9)-4)]
	var out []string
	for _, f := range fields {
		out = append(out, f, value())
	}
	return out
}

// TestStream compares streams of several limits with a model, under all that changes them.
func TestStream(t *testing.T) {
	for i, lim := range []Limit{{4096, 100}, {4096, 3}, {200, 0}, {0, 1}, {1 << 20, 1000}} {
		r := rand.New(rand.NewSource(int64(i)))
		w := newWorld(t, lim)
		id := ID{1, 0}
		for step := range 6000 {
			switch n := r.Intn(100); {
			case n < 55:
				if id.Seq++; r.Intn(4) == 0 {
					id = ID{id.Ms + uint64(r.Intn(3000)), uint64(r.Intn(70000)) + id.Seq}
				}
				w.add(id, randomFields(r)...)
			case n < 60 && len(w.entries) > 0: // the first ones
				w.remove(w.entries[0].id)
			case n < 90 && len(w.entries) > 0:
				w.remove(w.entries[r.Intn(len(w.entries))].id)
			case n < 92:
				w.remove(ID{uint64(r.Intn(100)), uint64(r.Intn(100))})
			case n < 94:
				keep := r.Intn(len(w.entries) + 3)
				w.trim(Trim{MaxLen: uint64(keep)}, int64(max(0, len(w.entries)-keep)))
			case n < 96:
				w.trim(Trim{MaxLen: uint64(r.Intn(len(w.entries) + 1)), Nodes: true, Limit: int64(r.Intn(200))}, -1)
			case n < 98 && len(w.entries) > 0:
				at := r.Intn(len(w.entries))
				w.trim(Trim{ByID: true, MinID: w.entries[at].id}, int64(at))
			default:
				w.between(r)
			}
			if step%20 == 0 {
				w.check()
			}
		}
		w.check()
		w.copies()
	}
}

// between compares intervals.
func (w *world) between(r *rand.Rand) {
	w.t.Helper()
	if len(w.entries) == 0 {
		return
	}
	near := func() ID {
		id := w.entries[r.Intn(len(w.entries))].id
		switch r.Intn(3) {
		case 0:
			id, _ = id.Next()
		case 1:
			id, _ = id.Prev()
		}
		return id
	}
	from, to := near(), near()
	var want []entry
	for _, e := range w.entries {
		if !e.id.Less(from) && !to.Less(e.id) {
			want = append(want, e)
		}
	}
	w.walk(w.s.Range(from, to), want)
	if about := w.s.About(from, to, -1); about < min(len(want), 900) {
		w.t.Fatalf("%d entries are said to be about %d", len(want), about)
	}
	slices.Reverse(want)
	w.walk(w.s.Back(from, to), want)
}

// copies clones the stream, builds it anew from its nodes, and frees all of it in pieces.
func (w *world) copies() {
	w.t.Helper()
	h := newAllocator(w.t)
	r := h.Arena.Alloc(2 * HeaderSize)
	clear(r.Bytes(2 * HeaderSize))
	clone, built := At(r), At(r+HeaderSize)
	w.s.Clone(h, clone)
	w.checkStream(clone)
	w.s.Packs(func(id ID, lp []byte) bool {
		if !built.AddPack(h, id, slices.Clone(lp)) {
			w.t.Fatal("a node was refused")
		}
		return true
	})
	built.Restore(w.s.Facts())
	w.checkStream(built)
	if built.Nodes() > 0 && built.AddPack(h, ID{}, nil) {
		w.t.Fatal("a node before the others was taken")
	}
	for _, s := range []*Stream{clone, built} { // they can be added to
		s.Append(h, w.lim, MaxID, [][]byte{[]byte("a"), []byte("b")})
		if !s.Has(MaxID) {
			w.t.Fatal("a copy is not as the original")
		}
		for s.FreeStep(h, 1) {
		}
		if *s != (Stream{}) {
			w.t.Fatalf("freed, a stream is %+v", *s)
		}
	}
	if used := h.Arena.Used(); used != int64(offheap.ClassSize(2*HeaderSize)) {
		w.t.Fatalf("%d bytes are left", used)
	}
}

// TestFormat has a node byte by byte.
func TestFormat(t *testing.T) {
	w := newWorld(t, Limit{4096, 100})
	w.add(ID{5, 1}, "f", "1")
	w.add(ID{5, 3}, "f", "ab")
	w.add(ID{7, 0}, "g", "x")
	w.remove(ID{5, 3})
	want := []byte{
		0, 0, 0, 0, 28, 0,
		2, 1, 1, 1, 1, 1, 0x81, 'f', 2, 0, 1, // two entries, one deleted, one field, its name, 0
		2, 1, 0, 1, 0, 1, 1, 1, 4, 1, // named as the first, 0-0 from the first, 1
		3, 1, 0, 1, 2, 1, 0x82, 'a', 'b', 3, 4, 1, // deleted, 0-2
		0, 1, 2, 1, 0xDF, 0xFF, 2, 1, 1, 0x81, 'g', 2, 0x81, 'x', 2, 6, 1, // 2-(-1), one field
		listpack.End}
	listpack.PutHeader(want, len(want), 5+5+5+7)
	w.s.Packs(func(id ID, lp []byte) bool {
		if id != (ID{5, 1}) || !bytes.Equal(lp, want) {
			t.Errorf("%v\n%x\nwant\n%x", id, lp, want)
		}
		return true
	})
}

// TestGroups compares what is pending with a model.
func TestGroups(t *testing.T) {
	w := newWorld(t, Limit{4096, 100})
	type delivery struct {
		consumer    string
		time, count int64
	}
	model := map[ID]delivery{}
	r := rand.New(rand.NewSource(1))
	g := w.s.AddGroup(w.h, []byte("group"), ID{3, 4}, Unknown)
	other := w.s.AddGroup(w.h, []byte("another"), ID{}, 7)
	names := map[string]bool{}
	for step := range 20000 {
		id := ID{uint64(r.Intn(3)), uint64(r.Intn(300))}
		name := fmt.Sprintf("consumer %d", r.Intn(12))
		switch n := r.Intn(100); {
		case n < 60:
			c := g.Consumer([]byte(name))
			if (c != nil) != names[name] {
				t.Fatalf("%s is there: %v", name, c != nil)
			}
			if c == nil {
				c = w.s.AddConsumer(w.h, g, []byte(name), 1, -1)
				names[name] = true
			}
			p := w.s.Deliver(w.h, g, c, id)
			p.Time = int64(step)
			p.Count++
			model[id] = delivery{name, p.Time, model[id].count + 1}
		case n < 98:
			if _, there := model[id]; w.s.Ack(w.h, g, id) != there {
				t.Fatalf("%v is pending: %v", id, !there)
			}
			delete(model, id)
		case names[name]:
			w.s.RemoveConsumer(w.h, g, g.Consumer([]byte(name)))
			delete(names, name)
			for id, d := range model {
				if d.consumer == name {
					delete(model, id)
				}
			}
		}
		if step%500 != 0 {
			continue
		}
		w.check()
		if g.Pending() != len(model) || g.Consumers() != len(names) || other.Pending() != 0 {
			t.Fatalf("%d pending with %d consumers", g.Pending(), g.Consumers())
		}
		sum, before := 0, []byte(nil)
		for i := range g.Consumers() {
			c := g.At(i)
			if before != nil && bytes.Compare(before, c.Name()) >= 0 {
				t.Fatal("the names are out of order")
			}
			before = c.Name()
			sum += c.Pending()
			for it := g.PendingFrom(c, ID{1, 100}); it.Next(); {
				if it.ID.Less(ID{1, 100}) || model[it.ID] != (delivery{string(c.Name()), it.P.Time, it.P.Count}) {
					t.Fatalf("%v is pending with %s", it.ID, c.Name())
				}
			}
		}
		for it := g.PendingFrom(nil, ID{}); it.Next(); sum-- {
			if model[it.ID] != (delivery{string(it.P.Consumer().Name()), it.P.Time, it.P.Count}) {
				t.Fatalf("%v is pending with %s", it.ID, it.P.Consumer().Name())
			}
		}
		if sum != 0 {
			t.Fatal("not all that is pending is so with a consumer")
		}
	}
	w.copies()
	w.s.RemoveGroup(w.h, g)
	if w.s.Groups() != 1 || w.s.Group([]byte("group")) != nil || w.s.GroupAt(0) != other {
		t.Fatal("a group is still there")
	}
	for w.s.FreeStep(w.h, 2) {
	}
	if used := w.h.Arena.Used(); used != int64(offheap.ClassSize(HeaderSize)) {
		t.Fatalf("%d bytes are left", used)
	}
}

// tape is a Digest that keeps what it is given.
type tape struct{ bytes.Buffer }

func (p *tape) Bytes(b []byte) { fmt.Fprintf(p, "%q ", b) }
func (p *tape) Number(n int64) { fmt.Fprintf(p, "%d ", n) }
func (p *tape) Element()       {}

// TestDigest: whatever is changed changes it, and a copy does not.
func TestDigest(t *testing.T) {
	w := newWorld(t, Limit{4096, 100})
	r := w.h.Arena.Alloc(HeaderSize)
	seen := map[string]string{}
	look := func(what string) {
		t.Helper()
		var have, copied tape
		w.s.digest(&have)
		clear(r.Bytes(HeaderSize))
		w.s.Clone(w.h, At(r))
		At(r).digest(&copied)
		if have.String() != copied.String() {
			t.Errorf("%s: the copy has %s, not %s", what, copied.String(), have.String())
		}
		for At(r).FreeStep(w.h, 9) {
		}
		if before := seen[have.String()]; before != "" {
			t.Errorf("%s is the same as %s", what, before)
		}
		seen[have.String()] = what
	}
	look("nothing")
	w.add(ID{1, 1}, "f", "v")
	look("an entry")
	w.add(ID{1, 2}, "f", "v")
	look("two entries")
	w.remove(ID{1, 2})
	look("one deleted")
	w.s.SetLastID(ID{9, 9})
	look("another last ID")
	w.s.SetAdded(77)
	look("more added")
	g := w.s.AddGroup(w.h, []byte("g"), ID{1, 1}, 3)
	look("a group")
	g.Last = ID{1, 2}
	look("it has gone on")
	g.Read++
	look("it has read more")
	c := w.s.AddConsumer(w.h, g, []byte("c"), 1, 1)
	look("a consumer")
	w.s.AddConsumer(w.h, g, []byte("d"), 1, 1)
	look("two consumers")
	p := w.s.Deliver(w.h, g, c, ID{1, 1})
	look("a delivery")
	p.Count++
	look("another")
	p.Time++
	look("later")
	w.s.Deliver(w.h, g, g.Consumer([]byte("d")), ID{1, 1})
	look("to the other one")
}
