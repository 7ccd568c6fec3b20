package persist

import (
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// saving is how a file is written while nothing else happens: by as many goroutines as there are cores. Each takes one part of the keyspace after the other, compresses
// for itself, and has the file no longer than it takes to add a piece; with a value that is longer than that it has it until that is written, and others compress for it
// (press). All tokens are held meanwhile, by whoever began: no goroutine of these has one, or changes anything.
type saving struct {
	k     *Keeper
	f     *file // mu guards it
	parts []numbered
	next  atomic.Int64 // of parts
	over  atomic.Bool  // the file has failed
	mu    sim.Mutex
	press *press // nil: there was no long value yet; mu guards it
}

// numbered is a part of a database.
type numbered struct {
	database int
	part     *db.Part
}

// pieceSize is how much is added to a file at once.
const pieceSize = 256 << 10

// all writes all parts.
func (s *saving) all() {
	n := min(s.k.Cores, len(s.parts))
	if s.k.value("rdb-key-save-delay").Int64() != 0 { // it is for every key
		n = 1
	}
	var others sim.WaitGroup
	for range n - 1 {
		others.Go("saves", func() {
			defer s.k.Engine.Guard()
			s.run()
		})
	}
	s.run()
	others.Wait()
	if s.press != nil {
		s.press.end()
	}
}

// saver is one of the goroutines.
type saver struct {
	*saving
	database int
	w        image.Writer // of keys; it compresses
	raw      image.Writer // of a large value, which is compressed where that turns out to be best
	has      bool         // the lock of the file, for a long value
}

func (s *saving) run() {
	form := s.f.w.Form()
	g := &saver{saving: s, w: s.k.writer(rdb.NewPieces(form)), raw: s.k.writer(rdb.NewDrafter(form))}
	g.raw.Hands(pieceSize, g.hand, g.long)
	for i := s.next.Add(1) - 1; i < int64(len(s.parts)) && !s.over.Load(); i = s.next.Add(1) - 1 {
		g.database = s.parts[i].database
		g.part(s.parts[i].part)
	}
}

// part writes a part of a database.
func (g *saver) part(p *db.Part) {
	begun := g.w.Written()
	p.Each(func(e db.Entry) bool {
		if image.Large(e) {
			g.large(e)
		} else {
			g.w.Key(e)
		}
		if g.w.Written()-begun >= pieceSize {
			g.add()
			begun = g.w.Written()
		}
		g.k.delay(1, g.k.hurry.Load)
		return !g.over.Load()
	})
	g.add()
}

// add writes to the file what there is.
func (g *saver) add() {
	d := g.w.Take()
	if d.Size() == 0 && g.w.Err() == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.f.enter(g.database)
	g.f.w.Adopt(d)
	g.look(g.w)
	g.w.Reuse(d)
}

// look looks whether anything has failed; mu is held.
func (g *saver) look(w image.Writer) {
	if err := w.Err(); err != nil {
		g.f.fail(err)
	}
	g.over.Store(g.f.err() != nil)
}

// large writes a large value: as others are, or, where it is longer than a piece, into the file as it is read.
func (g *saver) large(e db.Entry) {
	g.raw.Key(e)
	rest := g.raw.Take()
	if !g.has {
		if err := g.raw.Err(); err != nil {
			g.w.Fail(err)
		}
		g.w.Adopt(rest)
		g.raw.Reuse(rest)
		return
	}
	defer g.mu.Unlock()
	g.has = false
	g.press.take(rest)
	g.press.drain()
	g.raw.Reuse(rest)
	g.look(g.raw)
}

// hand passes on a piece of a long value.
func (g *saver) hand(d rdb.Draft) {
	g.have()
	if written := g.press.take(d); written.Size() > 0 {
		g.raw.Reuse(written)
	}
}

// long writes a string of a value that is longer than a piece: it is not copied, and compressed by this one.
func (g *saver) long(v []byte) {
	g.have()
	g.press.drain()
	g.f.w.String(v)
}

// have has the lock of the file, behind what was written before the long value.
func (g *saver) have() {
	if g.has {
		return
	}
	g.add()
	g.mu.Lock()
	g.has = true
	if g.press == nil {
		g.press = newPress(g.f, g.k.Cores)
	}
	g.f.enter(g.database)
}
