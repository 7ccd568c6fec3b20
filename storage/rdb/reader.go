package rdb

import (
	"fmt"
	"io"
	"math"

	"sigrun/internal/crc64"
)

const (
	bufferSize = 64 << 10
	// chunk is how much memory is taken at a time for a string of an input whose size nobody knows.
	chunk = 1 << 20
	// keepRoom is the largest room for a string that is kept for the next one.
	keepRoom = 1 << 20
)

// Rooms for strings that live at the same time.
const (
	roomName  = iota // the key, or an aux field
	roomField        // what has a value or score behind it
	roomValue
	roomPacked // compressed
	rooms
)

// Reader is the input: bytes with their position and checksum. Its first error sticks: from then on it gives zeros and nothing.
type Reader struct {
	src   io.Reader // nil: all is in buf, and strings are views of it
	left  uint64    // what src still has
	buf   []byte
	at    int   // where the next byte is
	base  int64 // position of buf[0]
	sum   uint64
	sumAt int // buf up to here is in sum
	noSum bool
	room  [rooms][]byte
	turn  func() // a Cutter goes on with another buffer
	err   error

	ask   func(more int64) error // whether there is memory for so many bytes more (Asks); nil: there is
	taken int                    // bytes for which nobody was asked yet
}

// NewReader reads from src, which has size bytes, or nobody knows how many when that is negative.
func NewReader(src io.Reader, size int64) *Reader {
	r := &Reader{src: src, left: math.MaxUint64, buf: make([]byte, 0, bufferSize)}
	if size >= 0 {
		r.left = uint64(size)
	}
	return r
}

// NewBytesReader reads b without copying it.
func NewBytesReader(b []byte) *Reader { return &Reader{buf: b} }

// ResetBytes makes r read b from its start.
func (r *Reader) ResetBytes(b []byte) {
	*r = Reader{buf: b, room: r.room, noSum: r.noSum, ask: r.ask, taken: r.taken}
}

// Asks has the reader ask now and then, within a value, too, whether memory may be taken: for so many bytes more, before it takes them for a large string,
// or for what has been read since it asked last. What the answer says is what reading fails with.
func (r *Reader) Asks(ask func(more int64) error) { r.ask = ask }

// Pos is how many bytes were consumed.
func (r *Reader) Pos() int64 { return r.base + int64(r.at) }

// Unread is what was read from the source and not consumed.
func (r *Reader) Unread() []byte { return r.buf[r.at:] }

// More reports whether anything follows what was consumed, whatever the size was said to be.
func (r *Reader) More() bool {
	if r.at < len(r.buf) {
		return true
	}
	if r.src == nil {
		return false
	}
	n, _ := io.CopyN(io.Discard, r.src, 1)
	return n > 0
}

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// WithoutChecksum spares the sum.
func (r *Reader) WithoutChecksum() { r.noSum = true }

// Sum is the checksum of what was consumed.
func (r *Reader) Sum() uint64 {
	if !r.noSum {
		r.sum = crc64.Update(r.sum, r.buf[r.sumAt:r.at])
	}
	r.sumAt = r.at
	return r.sum
}

// Rest is how many bytes there can still be.
func (r *Reader) Rest() uint64 {
	have := uint64(len(r.buf) - r.at)
	if r.src == nil {
		return have
	}
	if r.left > math.MaxUint64-have {
		return r.left
	}
	return have + r.left
}

func (r *Reader) fail(class error, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{At: r.Pos(), Class: class, Text: fmt.Sprintf(format, args...)}
	}
}

func (r *Reader) corrupt(format string, args ...any) { r.fail(ErrCorrupt, format, args...) }

func (r *Reader) short() { r.fail(ErrShort, "Unexpected EOF reading RDB file") }

// need sees to n bytes in buf, n being small; nil when there are none. It consumes them.
func (r *Reader) need(n int) []byte {
	if r.err != nil {
		return nil
	}
	if len(r.buf)-r.at < n && !r.fill(n) {
		return nil
	}
	b := r.buf[r.at : r.at+n]
	r.at += n
	return b
}

// fill reads until n bytes lie in buf behind at.
func (r *Reader) fill(n int) bool {
	if r.src == nil {
		r.short()
		return false
	}
	if r.turn == nil || cap(r.buf)-r.at < n { // a Cutter's block is filled first
		r.compact()
	}
	for len(r.buf)-r.at < n {
		got, err := r.read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+got]
		if err != nil && len(r.buf)-r.at < n {
			return false
		}
	}
	return true
}

// compact moves what is not consumed to the front.
func (r *Reader) compact() {
	r.Sum()
	if r.turn != nil {
		r.turn()
		return
	}
	r.base += int64(r.at)
	r.buf = r.buf[:copy(r.buf[:cap(r.buf)], r.buf[r.at:])]
	r.at, r.sumAt = 0, 0
}

// read reads at least a byte from src or notes why not.
func (r *Reader) read(b []byte) (n int, err error) {
	if uint64(len(b)) > r.left {
		b = b[:r.left]
	}
	if len(b) == 0 {
		r.short()
		return 0, r.err
	}
	n, err = io.ReadAtLeast(r.src, b, 1)
	if r.left != math.MaxUint64 {
		r.left -= uint64(n)
	}
	switch {
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		r.short()
	case err != nil:
		r.fail(err, "Read error: %v", err)
	}
	return n, r.err
}

const (
	// askEvery is for how many bytes nobody is asked.
	askEvery = 1 << 20
	// elementTakes is about what an element takes beside its bytes.
	elementTakes = 64
)

// takes notes that what was read takes memory for an element of n bytes wherever it goes.
func (r *Reader) takes(n int) {
	if r.taken += n + elementTakes; r.taken >= askEvery {
		r.mayTake(0)
	}
}

// mayTake asks whether there is memory for n bytes more.
func (r *Reader) mayTake(n int) bool {
	r.taken = 0
	if r.ask != nil && r.err == nil {
		if err := r.ask(int64(n)); err != nil {
			r.fail(err, "%v", err)
		}
	}
	return r.err == nil
}

// raw consumes n bytes: a view of them, or a copy in a room.
func (r *Reader) raw(n uint64, room int) []byte {
	if r.err != nil {
		return nil
	}
	if n > r.Rest() {
		r.short()
		return nil
	}
	if r.src == nil {
		b := r.buf[r.at : r.at+int(n) : r.at+int(n)]
		r.at += int(n)
		return b
	}
	if r.left == math.MaxUint64 && n > chunk {
		return r.rawInChunks(n, room)
	}
	b := r.take(room, int(n))
	r.into(b)
	if r.err != nil {
		return nil
	}
	return b
}

// rawInChunks takes memory only as bytes come.
func (r *Reader) rawInChunks(n uint64, room int) []byte {
	b := r.take(room, 0)
	for n > 0 && r.err == nil {
		more := int(min(n, max(chunk, uint64(len(b)))))
		if !r.mayTake(2 * more) {
			return nil
		}
		b = append(b, make([]byte, more)...)
		r.into(b[len(b)-more:])
		n -= uint64(more)
	}
	if r.err != nil {
		return nil
	}
	return b
}

// into fills b, large parts of it without a stop in the buffer.
func (r *Reader) into(b []byte) {
	n := copy(b, r.buf[r.at:])
	r.at += n
	for b = b[n:]; len(b) > 0 && r.err == nil; b = b[n:] {
		if len(b) < cap(r.buf) {
			copy(b, r.need(len(b)))
			return
		}
		r.compact()
		n, _ = r.read(b)
		if !r.noSum {
			r.sum = crc64.Update(r.sum, b[:n])
		}
		r.base += int64(n)
	}
}

// take is a room of n bytes; of none, where there is no memory for so many, here and where they go.
func (r *Reader) take(room, n int) []byte {
	b := r.room[room]
	if cap(b) >= n {
		return b[:n]
	}
	if n <= keepRoom {
		b = make([]byte, n)
		r.room[room] = b
		return b
	}
	if !r.mayTake(2 * n) {
		return nil
	}
	return make([]byte, n)
}
