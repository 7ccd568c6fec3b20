package rdb

import (
	"io"
	"math"
)

// Cutter reads the records of a file, but of a value only where it ends: whoever decodes values may do so elsewhere, several at a time. It reads into blocks
// that are not its own, in which the values stay as they are.
type Cutter struct {
	*Decoder
	to    Parts
	from  int // where in the block the value at hand begins, or its next part; -1: none is at hand
	value *Item
}

// Parts takes the values that a Cutter finds, in their order.
type Parts interface {
	// Block is memory for what is read next; what is in it does not matter. Nothing more comes of the last one, and nothing is written to it any more.
	Block() []byte
	// Part is the value of a key, or the next part of it, which begins at a place of the file and lies in the last block. more: others follow.
	Part(it *Item, b []byte, at int64, more bool)
}

// LeastBlock is how much room a block has at least.
const LeastBlock = 1024

// NewCutter reads the header of a file. Nothing was read from r before.
func NewCutter(r *Reader, o Options, to Parts) (c *Cutter, err error) {
	c = &Cutter{to: to, from: -1}
	r.turn = func() { c.turn(r) }
	r.buf = nil
	c.Decoder, err = NewDecoder(r, o)
	return c, err
}

// Cut passes over the value of the Key that Next found. Of one whose end is not found the beginning is handed on, for in that something else may be wrong.
func (c *Cutter) Cut(it *Item) error {
	r := c.r
	c.step = StepValue
	c.from, c.value = r.at, it
	skipper{r}.skipValue(it.Type)
	c.part(r.at, r.err != nil)
	c.from = -1
	return r.err
}

// part hands on what was read of the value up to there.
func (c *Cutter) part(end int, more bool) {
	c.to.Part(c.value, c.r.buf[c.from:end:end], c.r.base+int64(c.from), more)
}

// turn goes on with the next block. The beginning of a small value goes along, so that it is whole.
func (c *Cutter) turn(r *Reader) {
	keep := r.at
	switch {
	case c.from < 0:
	case r.at-c.from <= cap(r.buf)/4:
		keep = c.from
	default:
		c.part(r.at, true)
	}
	rest := r.buf[keep:]
	next := c.to.Block()
	r.buf = next[:copy(next[:cap(next)], rest)]
	r.base += int64(keep)
	r.at -= keep
	if r.sumAt = r.at; c.from >= 0 {
		c.from = 0
	}
}

// Values decodes values that a Cutter has found. It belongs to one goroutine.
type Values struct {
	r      Reader
	buffer []byte // for those that come in parts
}

// Asks has them ask for memory (Reader.Asks).
func (v *Values) Asks(ask func(more int64) error) { v.r.Asks(ask) }

// Whole decodes a value that begins at a place of the file.
func (v *Values) Whole(t Type, b []byte, at int64, to Builder) error {
	r := &v.r
	r.src, r.buf, r.at, r.base, r.err = nil, b, 0, at, nil
	return v.end(r.value(t, to))
}

// Parted decodes a value that comes in parts, of which src has all bytes. It is no longer than left; negative: nobody knows.
func (v *Values) Parted(t Type, src io.Reader, at, left int64, to Builder) error {
	if v.buffer == nil {
		v.buffer = make([]byte, 0, bufferSize)
	}
	v.r = Reader{src: src, left: uint64(left), buf: v.buffer, base: at, room: v.r.room, noSum: true, ask: v.r.ask, taken: v.r.taken}
	if left < 0 {
		v.r.left = math.MaxUint64
	}
	return v.end(v.r.value(t, to))
}

// end sees that reading and cutting agree.
func (v *Values) end(err error) error {
	if err == nil && v.r.at < len(v.r.buf) {
		v.r.corrupt("A value ends before its bytes do")
	}
	return v.r.err
}
