package image

import (
	"errors"

	"sigrun/internal/invariants"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
	"sigrun/storage/rdb"
	"sigrun/storage/stream"
	"sigrun/storage/value"
)

// Portrait is a large value as it was at one moment, which is written in pieces while commands change it: they put what they are about
// to change aside first. What stands before its elements is written when it is begun. All methods but Ready and Deliver need the token
// of its shard.
type Portrait struct {
	Database int

	shard   int
	w       Writer // of what was not taken
	kept    func(n int)
	aside   int  // bytes in w that somebody put there who was about to change something
	working bool // they are put there by Step
	ended   bool // nothing is to be written any more
	pieces  int  // elements that this Step has written

	steps   func(more func() bool) (left bool)
	end     func() (left bool)
	missing func() int // elements that are to come
	reading *db.Reading
	text    []byte // of a string that is compressed when it is whole
	whole   int    // how long that is
}

var errMissing = errors.New("BUG: elements of a value are missing that was written while it changed")

// What a value may have to be written at once.
const (
	smallBytes    = 64 << 10
	smallElements = 256
)

// Large reports whether a value is too large to be written at once.
func Large(e db.Entry) bool {
	switch e.Type() {
	case db.String:
		return e.Encoding() == db.Large && e.Len() > smallBytes
	case db.Set:
		s := setOf(e)
		return s.Table() && (s.Len() > smallElements || s.NodeBytes() > smallBytes)
	case db.Hash:
		x := hashOf(e)
		return !x.Packed() && (x.Len() > smallElements || x.NodeBytes() > smallBytes)
	case db.ZSet:
		s := zsetOf(e)
		return s.Large() && (s.Len() > smallElements || s.TreeBytes() > smallBytes)
	case db.List:
		return listOf(e).Bytes() > smallBytes
	case db.Stream:
		return streamOf(e).Bytes() > smallBytes
	}
	return false
}

// Portray begins the portrait of an entry of p that is Large, to be written as w would write it. kept is told how many bytes more, or
// less, lie aside.
func (w *Writer) Portray(p *db.Part, e db.Entry, kept func(n int)) *Portrait {
	t := &Portrait{shard: p.Shard(), kept: kept, w: Writer{Writer: rdb.NewDrafter(w.Form()), Use: w.Use, Now: w.Now}}
	t.w.head(e)
	switch h := p.Allocator(); e.Type() {
	case db.String:
		t.string(p, e)
	case db.Set:
		s := setOf(e)
		t.w.Length(uint64(s.Len()))
		t.table(s.Portray(h, func(member []byte) {
			before := t.w.Written()
			t.w.String(member)
			t.wrote(before)
		}))
	case db.Hash:
		x := hashOf(e)
		timed := t.w.hashType(x) == rdb.TypeHash2
		t.w.Length(uint64(x.Len()))
		t.table(x.Portray(h, func(field, v []byte, at int64) {
			before := t.w.Written()
			t.w.field(field, v, at, timed)
			t.wrote(before)
		}))
	case db.ZSet:
		s := zsetOf(e)
		t.w.Length(uint64(s.Len()))
		of := s.Portray(h, func(member []byte, score float64) {
			before := t.w.Written()
			t.w.String(member)
			t.w.Double(score)
			t.wrote(before)
		})
		t.table(of.Portrait)
		t.steps = of.Step
	case db.List:
		l := listOf(e)
		t.w.Length(uint64(l.Nodes()))
		of := quicklist.Portray(l, h.Arena, func(b []byte, plain bool) {
			t.w.node(b, plain)
			t.pieces++
		}, t.kept)
		t.steps, t.end, t.missing = of.Step, of.End, of.Left
	case db.Stream:
		s := streamOf(e)
		t.w.Length(uint64(s.Nodes()))
		of := stream.Portray(s, h.Arena, painter{t}, t.kept)
		t.steps, t.end, t.missing = of.Step, of.End, of.Left
	}
	t.keep(int(t.w.Written()))
	return t
}

func (t *Portrait) table(of *value.Portrait) { t.steps, t.end, t.missing = of.Step, of.End, of.Left }

// string is the portrait of a large string.
func (t *Portrait) string(p *db.Part, e db.Entry) {
	r := db.Read(p, e, t.kept)
	t.reading, t.end, t.missing = r, r.End, r.Left
	take := t.w.Piece
	if n := e.Len(); t.w.Form().Compress && n <= rdb.CompressMost {
		t.whole = n
		take = func(b []byte) { t.text = append(t.text, b...) }
	} else {
		t.w.Length(uint64(n))
	}
	t.steps = func(more func() bool) bool {
		const piece = 16 << 10
		for n := 0; r.Left() > 0; n += piece {
			if n >= stepBytes {
				return true
			}
			r.Next(piece, take)
		}
		return false
	}
}

// wrote follows the writing of an element.
func (t *Portrait) wrote(before int64) {
	t.pieces++
	if !t.working {
		t.keep(int(t.w.Written() - before))
	}
}

func (t *Portrait) keep(n int) {
	t.aside += n
	t.kept(n)
}

// Shard is whose token it needs; where it does not hold it, it may be another one a moment later.
func (t *Portrait) Shard() int {
	if t.reading != nil {
		return t.reading.Shard()
	}
	return t.shard
}

// Ready is called without the token before the first Step.
func (t *Portrait) Ready() {
	if t.whole > 0 {
		t.text = make([]byte, 0, t.whole)
	}
}

// stepPieces and stepBytes are about how much is written at once.
const (
	stepPieces = 256
	stepBytes  = 32 << 10
)

// Step writes some more, and reports whether anything is left.
func (t *Portrait) Step() (left bool) {
	if t.ended {
		return t.Drop()
	}
	t.working, t.pieces = true, 0
	begun := t.w.Written()
	left = t.steps(func() bool { return t.pieces < stepPieces && t.w.Written()-begun < stepBytes })
	t.working = false
	if left {
		return true
	}
	if n := t.missing(); n != 0 {
		invariants.Assert(false, "elements of a value are missing that was written while it changed")
		t.w.Fail(errMissing)
	}
	return t.Drop()
}

// Pieces is how many elements the last Step has written.
func (t *Portrait) Pieces() int { return t.pieces }

// Drop ends it, in steps: it is whole, or nobody needs it. It reports whether anything of it is left.
func (t *Portrait) Drop() (left bool) {
	t.working, t.ended = true, true // nothing that still comes is counted
	return t.end()
}

// Take gives what was written and not taken.
func (t *Portrait) Take() rdb.Draft {
	t.kept(-t.aside)
	t.aside = 0
	return t.w.Take()
}

// Reuse gives back what Take gave.
func (t *Portrait) Reuse(d rdb.Draft) { t.w.Reuse(d) }

// Finish writes what Take could not give, when nothing is left.
func (t *Portrait) Finish(w *rdb.Writer) {
	if t.whole > 0 {
		w.String(t.text)
	}
}

// Err is what went wrong.
func (t *Portrait) Err() error { return t.w.Err() }
