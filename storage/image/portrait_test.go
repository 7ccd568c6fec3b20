package image

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/rdb"
	"sigrun/storage/set"
	"sigrun/storage/stream"
	"sigrun/storage/zset"
)

// sitter is a large value that changes while its portrait is written.
type sitter struct {
	w      *workshop
	r      *rand.Rand
	name   string
	aside  int
	change func(s *sitter, e db.Entry) // once
}

func (s *sitter) any(n int) []byte { return fmt.Appendf(nil, "element %d", s.r.IntN(n)) }

// changes are what happens to large values, by the builder that makes them.
var changes = map[string]func(s *sitter, e db.Entry){
	"hash": func(s *sitter, e db.Entry) {
		x, h := offheap.At[hash.Hash](e.Value()), s.w.part.Allocator()
		field := fmt.Appendf(nil, "field:%d", s.r.IntN(6000))
		f := x.Find(h, field)
		switch n := s.r.IntN(10); {
		case n < 4:
			at := hash.Never
			if s.r.IntN(3) == 0 {
				at = 1<<40 + int64(s.r.IntN(1000))
			}
			x.Set(h, usual.Hash, f, field, make([]byte, s.r.IntN(120)), at)
		case n < 7 && f.Exists():
			x.Delete(h, f)
		case f.Exists():
			x.SetExpire(h, f, field, 1<<40+int64(s.r.IntN(1000)))
		}
		s.w.part.Track(e)
	},
	"set": func(s *sitter, e db.Entry) {
		x, h := offheap.At[set.Set](e.Value()), s.w.part.Allocator()
		switch n := s.r.IntN(100); {
		case n < 45:
			x.Add(h, usual.Set, fmt.Appendf(nil, "member:%d", s.r.IntN(6000)))
		case n < 90:
			x.Remove(h, fmt.Appendf(nil, "member:%d", s.r.IntN(6000)))
		case n < 99 && x.Len() > 1:
			x.RemovePicked(h, x.Random(rng.New(s.r.Uint64())))
		case x.Len() > 1 && x.Len() < 10_000 && s.r.IntN(20) == 0:
			x.Rebuild(h, usual.Set)
		}
	},
	"zset": func(s *sitter, e db.Entry) {
		x, h := offheap.At[zset.Set](e.Value()), s.w.part.Allocator()
		member := fmt.Appendf(nil, "member:%d", s.r.IntN(6000))
		f := x.Find(h, member)
		switch n := s.r.IntN(10); {
		case !f.Exists():
			x.Insert(h, usual.ZSet, &f, member, float64(s.r.IntN(3000)))
		case n < 5:
			x.Change(h, &f, member, float64(s.r.IntN(3000)))
		case n < 9:
			x.Remove(h, &f)
		case x.Len() > 200:
			x.RemoveRange(h, s.r.IntN(x.Len()-100), s.r.IntN(100))
		}
	},
	"list": func(s *sitter, e db.Entry) {
		l, a := offheap.At[quicklist.List](e.Value()), s.w.part.Allocator().Arena
		m := quicklist.Limit{Bytes: 256, Count: 20, Depth: s.r.IntN(3)}
		v := bytes.Repeat(s.any(1000), 1+s.r.IntN(10)*s.r.IntN(10))
		switch n := s.r.IntN(12); {
		case n < 2:
			l.PushFront(a, m, v)
		case n < 4:
			l.PushBack(a, m, v)
		case l.Len() < 3:
		case n < 5:
			l.DropFront(a, m)
		case n < 6:
			l.DropBack(a, m)
		case n < 8:
			l.Set(a, m, s.r.IntN(l.Len()), v)
		case n < 10:
			l.Insert(a, m, s.r.IntN(l.Len()), v)
		case n < 11: // mostly one that was there at the mark
			needle := quicklist.NeedleOf(fmt.Appendf(nil, "element %d", s.r.IntN(5000)))
			l.RemoveEqual(a, m, &needle, 1+s.r.IntN(2), s.r.IntN(2) == 0)
		case s.r.IntN(8) == 0:
			i := s.r.IntN(l.Len())
			l.Remove(a, m, i, min(s.r.IntN(1+s.r.IntN(80)), l.Len()-i-1))
		}
	},
	"stream": func(s *sitter, e db.Entry) {
		x, h := stream.At(e.Value()), s.w.part.Allocator()
		id := stream.ID{Ms: uint64(1 + s.r.IntN(3000))}
		last, _ := x.LastID().Next()
		var g *stream.Group
		if x.Groups() > 0 {
			g = x.GroupAt(s.r.IntN(x.Groups()))
		}
		switch n := s.r.IntN(20); {
		case n < 4:
			x.Append(h, stream.Limit{Bytes: 400, Entries: 5}, last, [][]byte{[]byte("f"), s.any(100)})
		case n < 7:
			x.Delete(h, id)
		case n < 8 && s.r.IntN(4) == 0:
			x.Trim(h, &stream.Trim{MaxLen: x.Len() - min(x.Len(), uint64(s.r.IntN(30)))})
		case n < 9:
			if top, any := x.Top(); !any || top.Less(last) {
				x.SetLastID(top) // what comes next may have the ID of what has gone
			}
		case g == nil || n < 10 && s.r.IntN(10) == 0:
			if name := s.any(5); x.Group(name) == nil {
				x.AddGroup(h, name, id, 3)
			}
		case n < 11 && s.r.IntN(40) == 0:
			x.RemoveGroup(h, g)
		case n < 12:
			if name := s.any(20); g.Consumer(name) == nil {
				x.AddConsumer(h, g, name, 5, 6)
			}
		case g.Consumers() == 0:
		case n < 13 && s.r.IntN(10) == 0:
			x.RemoveConsumer(h, g, g.At(s.r.IntN(g.Consumers())))
		case n < 16:
			p := x.Deliver(h, g, g.At(s.r.IntN(g.Consumers())), id)
			p.Time, p.Count = int64(s.r.IntN(1000)), 7
		case n < 18:
			x.Ack(h, g, id)
		default:
			stream.Changing(x, h.Arena, g)
			g.Last, g.Read = id, 9
			c := g.At(s.r.IntN(g.Consumers()))
			stream.ChangingConsumer(x, h.Arena, g, c)
			c.Seen = int64(s.r.IntN(1000))
		}
	},
	"string": func(s *sitter, e db.Entry) {
		k := s.w.space.Hasher().Key([]byte(s.name))
		at, n := s.r.IntN(e.Len()), 1+s.r.IntN(100)
		switch s.r.IntN(10) {
		case 0:
			_, v := s.w.part.Extend(&k, e, e.Len()+n, e.Len(), e.Len(), e.Len()+n)
			v[len(v)-1] = 1
		case 1:
			s.w.part.SetString(&k, e, bytes.Repeat([]byte{byte(n)}, e.Len()+n), e.ExpireAt())
		default:
			_, v := s.w.part.Extend(&k, e, max(e.Len(), at+n), 0, at, at+n)
			for i := range n {
				v[at+i] = byte(s.r.IntN(256))
			}
		}
	},
}

// read reads the record of a portrait into another workshop.
func (s *sitter) read(d []rdb.Draft, t *Portrait, compress bool) (*workshop, db.Entry) {
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.Form{Version: rdb.Version, Compress: compress, Checksum: true})
	w.Header()
	w.SelectDB(0)
	for _, d := range d {
		w.Adopt(d)
	}
	t.Finish(w)
	if err := w.End(); err != nil {
		s.w.t.Fatal(err)
	}
	other := newWorkshop(s.w.t)
	dec, err := rdb.NewDecoder(rdb.NewBytesReader(file.Bytes()), rdb.Options{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	for it := (rdb.Item{}); ; {
		if err := dec.Next(&it); err != nil {
			s.w.t.Fatal(err)
		}
		switch it.Kind {
		case rdb.Key:
			k := other.space.Hasher().Key(bytes.Clone(it.Name))
			other.b.Limits = usual
			other.b.Start(other.part, &k, it.ExpireAt)
			if err := dec.Value(&it, &other.b); err != nil {
				s.w.t.Fatal(err)
			}
			e := other.b.Finish(0)
			if err := dec.Next(&it); err != nil || it.Kind != rdb.End {
				s.w.t.Fatal(it.Kind, err)
			}
			return other, e
		case rdb.End:
			s.w.t.Fatal("no key")
		}
	}
}

// What a portrait shows is what the value was when it was begun, whatever becomes of it and of its key meanwhile, and nothing is left.
func TestPortraits(t *testing.T) {
	for name, size := range map[string]int{"hash": 5000, "set": 5000, "zset": 5000, "list": 5000, "stream": 2500, "string": 400_000} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) { sit(t, name, size, seed) })
		}
	}
}

func sit(t *testing.T, builder string, size int, seed uint64) {
	s := &sitter{w: newWorkshop(t), r: rand.New(rand.NewPCG(seed, 3)), name: "sitter", change: changes[builder]}
	empty := s.w.held()
	builders[builder](s.w, s.name, size)
	for range 2000 {
		if e := s.w.find(s.name); e.Type() != db.String || seed%2 == 0 {
			s.change(s, e)
		}
	}
	e := s.w.find(s.name)
	if !Large(e) {
		t.Fatal("the value is small")
	}
	before, expires := s.w.digest(e), e.ExpireAt()
	kept, most := 0, 0
	compress := seed%3 == 0
	s.w.w.Reset(rdb.Form{Version: rdb.Version, Compress: compress})
	p := s.w.w.Portray(s.w.part, e, func(n int) { kept += n })
	p.Ready()
	end, dropAt := s.r.IntN(60), -1
	if seed%4 == 3 {
		dropAt = s.r.IntN(5)
	}
	var all []rdb.Draft
	dropped := false
	for step, left := 0, true; left; step++ {
		for range s.r.IntN(1 + int(seed)*40) {
			e := s.w.find(s.name)
			if e == 0 {
				break
			}
			s.change(s, e)
			s.meanwhile(builder)
		}
		if step == end && s.r.IntN(2) == 0 {
			s.w.remove(s.name)
		}
		most = max(most, kept)
		if step == dropAt {
			for p.Drop() {
			}
			_ = p.Take()
			dropped = true
			break
		}
		left = p.Step()
		d := p.Take()
		if d.Size() > 3*smallBytes && seed == 0 {
			t.Errorf("a step wrote %d bytes at once", d.Size())
		}
		if all = append(all, d); s.r.IntN(3) == 0 {
			s.w.space.Step(0, 50)
		}
	}
	if !dropped {
		if p.Err() != nil {
			t.Fatal(p.Err())
		}
		other, is := s.read(all, p, compress)
		if after := other.digest(is); after.all != before.all || after.n != before.n {
			t.Fatalf("a value of %d became one of %d that differs; up to %d bytes were put aside", before.n, after.n, most)
		}
		if is.ExpireAt() != expires {
			t.Fatal("another time of expiry")
		}
	}
	if kept != 0 {
		t.Fatalf("%d bytes still lie aside", kept)
	}
	if s.w.part.Allocator().Arena.Watching() {
		t.Fatal("something is still watched")
	}
	s.w.remove(s.name, "other")
	if left := s.w.held() - empty; left > 1<<10 {
		t.Fatalf("%d bytes are left", left)
	}
}

// meanwhile is what happens to the key, of which the value notices nothing.
func (s *sitter) meanwhile(builder string) {
	k, e := s.w.space.Hasher().Key([]byte(s.name)), s.w.find(s.name)
	switch s.r.IntN(200) {
	case 0:
		s.w.part.SetExpire(&k, e, int64(s.r.IntN(2))<<40)
	case 1: // there and back
		to := s.w.space.Hasher().Key([]byte("other"))
		n := s.w.part.MoveFrom(s.w.part, &k, e, &to, 0)
		s.w.part.MoveFrom(s.w.part, &to, n, &k, 0)
	case 2:
		if s.r.IntN(10) == 0 { // another value of the same kind takes its place
			s.w.remove(s.name)
			builders[builder](s.w, s.name, 3000)
		}
	}
}

// Neither the beginning of a portrait, nor a step of it, nor a change beside it does more than a bounded amount, however large the value is.
func TestPiecesAreSmall(t *testing.T) {
	for name, size := range map[string]int{"hash": 100_000, "set": 100_000, "zset": 100_000, "list": 100_000, "stream": 50_000, "string": 2 << 20} {
		t.Run(name, func(t *testing.T) {
			s := &sitter{w: newWorkshop(t), r: rand.New(rand.NewPCG(1, 3)), name: "sitter", change: changes[name]}
			builders[name](s.w, s.name, size)
			kept, changed, pieces, bytes := 0, 0, 0, 0
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var began, stepped, changing times
			timed := func(d *times, fn func()) {
				from := threadCPU()
				fn()
				*d = append(*d, threadCPU()-from)
			}
			var p *Portrait
			s.w.w.Reset(rdb.Form{Version: rdb.Version, Compress: true})
			timed(&began, func() { p = s.w.w.Portray(s.w.part, s.w.find(s.name), func(n int) { kept += n }) })
			if kept > 1<<10 {
				t.Errorf("%d bytes were written at the beginning", kept)
			}
			p.Ready()
			var d rdb.Draft
			for left := true; left; {
				for range 20 {
					before := kept
					timed(&changing, func() { s.change(s, s.w.find(s.name)) })
					changed = max(changed, kept-before)
				}
				p.Reuse(d)
				timed(&stepped, func() { left = p.Step() })
				pieces = max(pieces, p.Pieces())
				before := kept
				d = p.Take()
				bytes = max(bytes, d.Size()-(before-kept))
			}
			t.Logf("begun in %v; steps of up to %d elements, %d bytes, %v; changes put up to %d bytes aside, %v", began, pieces, bytes, stepped, changed, changing)
			if pieces > stepPieces+100 || bytes > stepBytes+40<<10 {
				t.Errorf("a step writes %d elements, %d bytes", pieces, bytes)
			}
			if changed > 40<<10 && name != "stream" && name != "list" && name != "zset" && name != "string" { // of which many elements, or a block, go at a time
				t.Errorf("a change puts %d bytes aside", changed)
			}
		})
	}
}

func threadCPU() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

// times are processor times of pieces of work.
type times []time.Duration

func (d times) String() string {
	slices.Sort(d)
	return fmt.Sprintf("%v (median %v, 99 of 100 %v)", d[len(d)-1], d[len(d)/2], d[len(d)*99/100])
}
