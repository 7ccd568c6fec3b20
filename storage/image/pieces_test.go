package image

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"sigrun/storage/db"
	"sigrun/storage/quicklist"
	"sigrun/storage/rdb"
	"sigrun/storage/stream"
	"sigrun/storage/value"
)

// watcher times what is done under a token, and looks at how much each does at once.
type watcher struct {
	t    *testing.T
	kept int
	did  map[string]*times
}

// most is what may be put aside, or given up, at once.
const most = 128 << 10

func (x *watcher) timed(what string, fn func()) {
	d := x.did[what]
	if d == nil {
		d = new(times)
		x.did[what] = d
	}
	before, from := x.kept, threadCPU()
	fn()
	*d = append(*d, threadCPU()-from)
	if n := x.kept - before; n > most || n < -most {
		x.t.Errorf("%s: %d bytes more lie aside at once", what, n)
	}
}

func (x *watcher) log() {
	for what, d := range x.did {
		x.t.Logf("%s: %v", what, *d)
	}
}

// mallocs is what fn allocates on Go's heap, in pieces of memory.
func mallocs(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// crowd makes a stream of groups, one of which has consumers and deliveries that are pending.
func crowd(w *workshop, name string, groups, consumers, pending int) {
	h, s := w.part.Allocator(), stream.At(w.make(name, db.Stream).Value())
	for i := range 2000 {
		s.Append(h, stream.Limit{Bytes: 400, Entries: 5}, stream.ID{Ms: uint64(i + 1)}, [][]byte{[]byte("f"), make([]byte, 50)})
	}
	for i := range groups {
		g := s.AddGroup(h, fmt.Appendf(nil, "group%06d", i), stream.ID{Ms: uint64(i)}, 0)
		s.AddConsumer(h, g, []byte("the only one"), 1, 1)
	}
	g := s.AddGroup(h, []byte("group-large"), stream.ID{}, 0)
	for i := range consumers {
		s.AddConsumer(h, g, fmt.Appendf(nil, "consumer%06d", i), 1, 1)
	}
	for i := range pending {
		p := s.Deliver(h, g, g.At(i%consumers), stream.ID{Ms: uint64(2*i + 2)})
		p.Time, p.Count = int64(i), 1
	}
}

// However many groups, consumers and deliveries a stream has: neither the beginning of its portrait nor a step nor the end of it, nor a
// change beside it, does more than a bounded amount; what is put aside is counted, and the portrait is exact.
func TestStreamsWithMuchPendingAreTakenInPieces(t *testing.T) {
	for _, dropped := range []bool{false, true} {
		t.Run(fmt.Sprint("dropped ", dropped), func(t *testing.T) { portrayCrowd(t, 10_000, 10_000, 100_000, dropped) })
	}
}

func portrayCrowd(t *testing.T, groups, consumers, pending int, dropped bool) {
	w := newWorkshop(t)
	crowd(w, "crowd", groups, consumers, pending)
	e := w.find("crowd")
	before := w.digest(e)
	x, s := &watcher{t: t, did: map[string]*times{}}, &sitter{w: w}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	w.w.Reset(rdb.Form{Version: rdb.Version})
	var p *Portrait
	if n := mallocs(func() {
		x.timed("beginning", func() { p = w.w.Portray(w.part, e, func(n int) { x.kept += n }) })
	}); n > 1000 {
		t.Errorf("the beginning allocates %d times", n)
	}
	p.Ready()
	r, h, of := rand.New(rand.NewPCG(1, 2)), w.part.Allocator(), stream.At(e.Value())
	g := of.Group([]byte("group-large"))
	if n := mallocs(func() { x.timed("first change", func() { of.Ack(h, g, stream.ID{Ms: 4}) }) }); n > 1000 {
		t.Errorf("the first change allocates %d times", n)
	}
	const fresh = 50_000 // deliveries that are new, before all others
	lay := x.kept
	for i := range fresh {
		x.timed("new delivery", func() { of.Deliver(h, g, g.At(i%consumers), stream.ID{Seq: uint64(i + 1)}).Count = 1 })
	}
	if n := (x.kept - lay) / fresh; n < 40 {
		t.Errorf("a new delivery counts as %d bytes", n)
	}
	var all []rdb.Draft
	steps := 0
	for left := true; left; steps++ {
		for range 5 {
			x.timed("change", func() { changeCrowd(r, of, h, pending, groups) })
		}
		if dropped && steps == 20 {
			break
		}
		var d rdb.Draft
		x.timed("step", func() { left, d = p.Step(), p.Take() })
		if p.Pieces() > stepPieces {
			t.Errorf("a step writes %d elements", p.Pieces())
		}
		all = append(all, d)
	}
	for left := dropped; left; {
		x.timed("end", func() { left = p.Drop() })
	}
	_ = p.Take()
	x.log()
	t.Logf("%d steps", steps)
	if x.kept != 0 {
		t.Errorf("%d bytes still lie aside", x.kept)
	}
	if !dropped {
		if after := w.digest(s.readBack(all, p)); after.all != before.all {
			t.Error("the portrait is not what was there")
		}
	}
}

// changeCrowd changes something.
func changeCrowd(r *rand.Rand, s *stream.Stream, h *value.Allocator, pending, groups int) {
	g := s.Group([]byte("group-large"))
	id := stream.ID{Ms: uint64(r.IntN(2*pending + 100))}
	switch r.IntN(6) {
	case 0:
		s.Ack(h, g, id)
	case 1, 2:
		p := s.Deliver(h, g, g.At(r.IntN(g.Consumers())), id)
		p.Time, p.Count = int64(r.IntN(1000)), 2
	case 3:
		small := s.Group(fmt.Appendf(nil, "group%06d", r.IntN(groups)))
		if small != nil && r.IntN(2) == 0 {
			s.RemoveGroup(h, small)
		}
	case 4:
		if name := fmt.Appendf(nil, "group%06d", r.IntN(2*groups)); s.Group(name) == nil {
			s.AddConsumer(h, s.AddGroup(h, name, id, 1), name, 2, 2)
		}
	case 5:
		s.RemoveConsumer(h, g, g.At(r.IntN(g.Consumers())))
		s.AddConsumer(h, g, fmt.Appendf(nil, "consumer%06d-%d", r.IntN(10_000), r.Uint64()), 3, 3)
	}
}

// A portrait that is called off gives up in steps what it was given.
func TestPortraitsAreDroppedInPieces(t *testing.T) {
	w := newWorkshop(t)
	e := w.make("list", db.List)
	l, a, m := listOf(e), w.part.Allocator().Arena, quicklist.Limit{Bytes: 1 << 10}
	for range 20_000 {
		l.PushBack(a, m, make([]byte, 900))
	}
	x := &watcher{t: t, did: map[string]*times{}}
	p := w.w.Portray(w.part, e, func(n int) { x.kept += n })
	k := w.space.Hasher().Key([]byte("list"))
	w.part.Delete(&k, e)
	for w.space.Step(0, 1<<10) {
	}
	nodes := x.kept
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	steps, most, longest := 0, 0, time.Duration(0)
	for left := true; left; steps++ {
		before, from := x.kept, threadCPU()
		left = p.Drop()
		longest, most = max(longest, threadCPU()-from), max(most, before-x.kept)
	}
	_ = p.Take()
	t.Logf("%d steps of up to %v", steps, longest)
	if x.kept != 0 || nodes < 18<<20 || most > 3<<20 {
		t.Errorf("%d bytes, given up %d at a time, of which %d are left", nodes, most, x.kept)
	}
	if a.Watching() {
		t.Error("it is still watched")
	}
}
