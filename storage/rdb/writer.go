package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"sigrun/internal/crc64"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
)

// ErrTooNew says that a value cannot be told in the version of the format that is written.
var ErrTooNew = errors.New("a hash has fields that expire, which RDB files before version 80 cannot hold")

const (
	// compressFrom is the shortest string that compression is tried on.
	compressFrom = 21
	// integerUpTo is the longest string that may be stored as an integer.
	integerUpTo = 11
	// CompressMost is the longest string that is compressed: more is not worth the time and the memory.
	CompressMost = 16 << 20
	// compressRoom is how much room for compressed strings is kept.
	compressRoom = 1 << 20
)

// Form is how things are written.
type Form struct {
	Version  int  // 10, 11 or 80
	Compress bool // strings, where it saves something
	Checksum bool
}

// Writer is the output. With a destination it holds up to about 64 KiB, or the longest string, and hands it on; without, everything
// stays in it. Its first error sticks.
type Writer struct {
	form   Form
	dst    io.Writer
	buf    []byte
	base   int64 // bytes handed on
	sum    uint64
	packed []byte
	lzf    *lzf.Compressor // nil: nothing was to be compressed yet
	err    error
	draft  *drafting // what is written into pieces of memory (NewDrafter, NewPieces)
	holds  func(n int)
}

// NewWriter writes to dst, or, when that is nil, into memory.
func NewWriter(dst io.Writer, form Form) *Writer { return &Writer{dst: dst, form: form} }

// Form is how it writes.
func (w *Writer) Form() Form { return w.form }

// Err is the first error.
func (w *Writer) Err() error { return w.err }

// Fail notes an error of who writes: a value that the form cannot hold.
func (w *Writer) Fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Written is how many bytes were written in all.
func (w *Writer) Written() int64 { return w.base + int64(len(w.buf)) }

// Bytes is what was written and not handed on.
func (w *Writer) Bytes() []byte { return w.buf }

// Reset forgets everything, to write into memory again. buf may be given back.
func (w *Writer) Reset(form Form) {
	*w = Writer{dst: w.dst, form: form, buf: w.buf[:0], packed: w.packed, lzf: w.lzf, holds: w.holds}
}

// Counts has a Writer into memory tell how many bytes it holds, whenever that is much and has grown.
func (w *Writer) Counts(holds func(n int)) { w.holds = holds }

// Release forgets everything as Reset does, and gives up what is much. What is left, two buffers and a table of lzf, is little: nobody counts it.
func (w *Writer) Release() {
	if cap(w.buf) > bufferSize {
		w.buf = nil
	}
	if cap(w.packed) > bufferSize {
		w.packed = nil
	}
	w.Reset(w.form)
}

func (w *Writer) grown() {
	if w.holds != nil {
		n := cap(w.buf) + cap(w.packed)
		if w.lzf != nil {
			n += lzf.Bytes
		}
		w.holds(n)
	}
}

// room hands on what there is when it is much. All writing goes through it before.
func (w *Writer) room() {
	if len(w.buf) < bufferSize {
		return
	}
	switch {
	case w.dst != nil:
		w.Flush()
	case w.draft != nil:
		w.cut()
	default:
		w.grown()
	}
}

// Flush hands everything on.
func (w *Writer) Flush() error {
	if w.dst == nil || len(w.buf) == 0 {
		return w.err
	}
	if w.form.Checksum {
		w.sum = crc64.Update(w.sum, w.buf)
	}
	if w.err == nil {
		_, w.err = w.dst.Write(w.buf)
	}
	w.base += int64(len(w.buf))
	w.buf = w.buf[:0]
	if cap(w.buf) > 2*bufferSize {
		w.buf = nil
	}
	return w.err
}

// --- records ---

// Header begins a file.
func (w *Writer) Header() {
	if w.form.Version >= Version {
		w.buf = fmt.Appendf(w.buf, "VALKEY%03d", w.form.Version)
	} else {
		w.buf = fmt.Appendf(w.buf, "REDIS%04d", w.form.Version)
	}
}

// Aux writes a name with what there is to say about it.
func (w *Writer) Aux(name, text string) {
	w.opcode(opAux)
	w.String([]byte(name))
	w.String([]byte(text))
}

// Function writes the code of a library.
func (w *Writer) Function(code []byte) {
	w.opcode(opFunction)
	w.String(code)
}

// SelectDB begins the keys of a database.
func (w *Writer) SelectDB(n int) {
	w.opcode(opSelectDB)
	w.Length(uint64(n))
}

// Sizes says how many keys the database has.
func (w *Writer) Sizes(keys, volatile int) {
	w.opcode(opResizeDB)
	w.Length(uint64(keys))
	w.Length(uint64(volatile))
}

// Expire says when the key that follows expires, in Unix milliseconds.
func (w *Writer) Expire(at int64) {
	w.opcode(opExpireMillis)
	w.Uint64(uint64(at))
}

// Idle and Freq say how the key that follows was used.
func (w *Writer) Idle(seconds int64) {
	w.opcode(opIdle)
	w.Length(uint64(seconds))
}

func (w *Writer) Freq(counter byte) {
	w.opcode(opFreq)
	w.buf = append(w.buf, counter)
}

// Key begins a key; its value follows.
func (w *Writer) Key(t Type, name []byte) {
	w.opcode(byte(t))
	w.String(name)
}

// End ends the file and hands everything on.
func (w *Writer) End() error {
	w.opcode(opEOF)
	w.Flush()
	sum := uint64(0)
	if w.form.Checksum {
		sum = w.sum
	}
	w.form.Checksum = false
	w.buf = binary.LittleEndian.AppendUint64(w.buf, sum)
	return w.Flush()
}

func (w *Writer) opcode(op byte) {
	w.room()
	w.buf = append(w.buf, op)
}

// --- pieces of values ---

// Length writes a length.
func (w *Writer) Length(n uint64) {
	w.room()
	switch {
	case n < 1<<6:
		w.buf = append(w.buf, byte(n))
	case n < 1<<14:
		w.buf = append(w.buf, len14<<6|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		w.buf = binary.BigEndian.AppendUint32(append(w.buf, len32), uint32(n))
	default:
		w.buf = binary.BigEndian.AppendUint64(append(w.buf, len64), n)
	}
}

// String writes a string in the shortest way.
func (w *Writer) String(v []byte) {
	if len(v) <= integerUpTo {
		if n, ok := num.ParseInt(v); ok && w.small(n) {
			return
		}
	}
	if w.passes(v) {
		return
	}
	if w.form.Compress && len(v) >= compressFrom && len(v) <= CompressMost {
		if w.draft != nil && w.draft.hurry {
			w.defers(len(v))
		} else if w.compressed(v) {
			return
		}
	}
	w.Length(uint64(len(v)))
	w.raw(v)
}

// Integer writes the string that spells n.
func (w *Writer) Integer(n int64) {
	if w.small(n) {
		return
	}
	var room [num.MaxIntLen]byte
	text := num.AppendInt(room[:0], n)
	w.Length(uint64(len(text)))
	w.raw(text)
}

// small writes an integer that is.
func (w *Writer) small(n int64) bool {
	w.room()
	switch {
	case n >= math.MinInt8 && n <= math.MaxInt8:
		w.buf = append(w.buf, encoded<<6|encInt8, byte(n))
	case n >= math.MinInt16 && n <= math.MaxInt16:
		w.buf = binary.LittleEndian.AppendUint16(append(w.buf, encoded<<6|encInt16), uint16(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		w.buf = binary.LittleEndian.AppendUint32(append(w.buf, encoded<<6|encInt32), uint32(n))
	default:
		return false
	}
	return true
}

// compressed writes a string compressed if that saves at least the bytes that it costs to say so.
func (w *Writer) compressed(v []byte) bool {
	const saves = 4
	if cap(w.packed) < len(v)-saves {
		w.packed = make([]byte, len(v)-saves)
		w.grown()
	}
	if w.lzf == nil {
		w.lzf = &lzf.Compressor{}
		w.grown()
	}
	room := w.packed[:len(v)-saves]
	n, ok := w.lzf.Compress(room, v)
	if ok {
		w.buf = append(w.buf, encoded<<6|encLZF)
		w.Length(uint64(n))
		w.Length(uint64(len(v)))
		w.raw(room[:n])
	}
	if cap(w.packed) > compressRoom {
		w.packed = nil
		w.grown()
	}
	return ok
}

// raw writes bytes; many of them go past the buffer.
func (w *Writer) raw(b []byte) {
	if w.dst == nil || len(b) < bufferSize {
		w.buf = append(w.buf, b...)
		w.room()
		return
	}
	if w.Flush() != nil {
		return
	}
	if w.form.Checksum {
		w.sum = crc64.Update(w.sum, b)
	}
	_, w.err = w.dst.Write(b)
	w.base += int64(len(b))
}

// Uint64 writes eight bytes: times.
func (w *Writer) Uint64(n uint64) {
	w.room()
	w.buf = binary.LittleEndian.AppendUint64(w.buf, n)
}

// Double writes a score.
func (w *Writer) Double(d float64) { w.Uint64(math.Float64bits(d)) }

// ID writes an id of fixed size.
func (w *Writer) ID(id StreamID) {
	w.room()
	w.buf = binary.BigEndian.AppendUint64(w.buf, id.Ms)
	w.buf = binary.BigEndian.AppendUint64(w.buf, id.Seq)
}

// LongID writes an id as two lengths.
func (w *Writer) LongID(id StreamID) {
	w.Length(id.Ms)
	w.Length(id.Seq)
}

// NodeKey writes the id that those of a stream node are relative to.
func (w *Writer) NodeKey(id StreamID) {
	w.Length(16)
	w.ID(id)
}

// Plain and Packed begin a node of a TypeListQuicklist2; its bytes follow as a String.
func (w *Writer) Plain()  { w.Length(nodePlain) }
func (w *Writer) Packed() { w.Length(nodePacked) }
