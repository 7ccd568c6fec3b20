package db

import (
	"sync/atomic"

	"sigrun/internal/offheap"
)

// Reading is a large string that is read piece by piece as it was at one moment, while it changes: what is about to be overwritten is
// put aside, what comes behind its end is no matter, and a block that the string gives up is freed when it was read.
type Reading struct {
	shard  atomic.Pointer[shard] // whose token guards it
	block  offheap.Block
	length int
	at     int            // read up to here
	aside  map[int][]byte // by number
	lies   int            // how many bytes that is
	kept   func(n int)    // is told how many bytes more, or less, lie aside
	given  bool           // the block is the reading's
}

// pieceBytes is how much is put aside together.
const pieceBytes = 16 << 10

// Read begins to read e, a large string of p, which nobody reads in pieces yet.
func Read(p *Part, e Entry, kept func(n int)) *Reading {
	b, n := e.Block()
	r := &Reading{block: b, length: n, kept: kept}
	r.shard.Store(p.shard)
	if p.shard.readings == nil {
		p.shard.readings = map[offheap.Ref]*Reading{}
	}
	p.shard.readings[b.Ref] = r
	return r
}

// Shard is where it is read; it may change as long as its token is not held.
func (r *Reading) Shard() int { return r.shard.Load().id }

// Left is how many bytes were not read.
func (r *Reading) Left() int { return r.length - r.at }

// Next calls fn with the next bytes, at most about n of them.
func (r *Reading) Next(n int, fn func(b []byte)) {
	for end := min(r.at+n, r.length); r.at < end; {
		i := r.at / pieceBytes
		upTo := min((i+1)*pieceBytes, r.length)
		if b, ok := r.aside[i]; ok {
			fn(b[r.at-i*pieceBytes:])
			r.keep(-len(b))
			delete(r.aside, i)
		} else {
			fn(r.block.Ref.Bytes(upTo)[r.at:])
		}
		r.at = upTo
	}
}

func (r *Reading) keep(n int) {
	r.lies += n
	r.kept(n)
}

// End is called when all is read, or nothing more is to be. Nothing is left of it.
func (r *Reading) End() (left bool) {
	r.keep(-r.lies)
	r.aside = nil
	switch s := r.shard.Load(); {
	case r.given:
		r.given = false
		r.kept(-r.block.Cap)
		s.alloc.Arena.Adopt(r.block)
		s.giveUp(r.block)
	case s.reading(r.block) == r:
		s.unread(r.block)
	}
	return false
}

// overwritten puts aside what lies from one place to another.
func (r *Reading) overwritten(from, to int) {
	from, to = max(from, r.at), min(to, r.length)
	for ; from < to; from = from/pieceBytes*pieceBytes + pieceBytes {
		i := from / pieceBytes
		if _, ok := r.aside[i]; ok {
			continue
		}
		if r.aside == nil {
			r.aside = map[int][]byte{}
		}
		b := append([]byte(nil), r.block.Ref.Bytes(min((i+1)*pieceBytes, r.length))[i*pieceBytes:]...)
		r.aside[i] = b
		r.keep(len(b))
	}
}

// reading is that of a block, nil when nobody reads it.
func (s *shard) reading(b offheap.Block) *Reading { return s.readings[b.Ref] }

func (s *shard) unread(b offheap.Block) {
	if delete(s.readings, b.Ref); len(s.readings) == 0 {
		s.readings = nil
	}
}

// keepReading gives a block that nobody else needs to who reads it; false: nobody does.
func (s *shard) keepReading(b offheap.Block) bool {
	r := s.reading(b)
	if r == nil {
		return false
	}
	r.given, r.block = true, b
	r.kept(b.Cap)
	s.alloc.Arena.Disown(b)
	s.unread(b)
	return true
}

// handReading has what is read of a block be read in another shard. Both tokens are held.
func (s *shard) handReading(b offheap.Block, to *shard) {
	r := s.reading(b)
	if r == nil {
		return
	}
	s.unread(b)
	if to.readings == nil {
		to.readings = map[offheap.Ref]*Reading{}
	}
	to.readings[b.Ref] = r
	r.shard.Store(to)
}

// Overwriting is called before bytes of e, a string of p, are changed in place (Extend says which ones it is told of).
func Overwriting(p *Part, e Entry, from, to int) {
	if p.shard.readings == nil || e.Encoding() != Large {
		return
	}
	b, _ := e.Block()
	if r := p.shard.reading(b); r != nil {
		r.overwritten(from, to)
	}
}
