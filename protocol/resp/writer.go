package resp

import (
	"slices"
	"strconv"
	"sync/atomic"

	"sigrun/internal/num"
)

// Writer builds replies: every method appends to B, in the dialect of Proto (2
// or 3). Nothing is allocated while B has room. Whoever holds the Writer may
// take B, cut it or put another one in its place between two calls.
type Writer struct {
	B     []byte
	Proto uint8
	Most  int          // replies that reach this are not delivered at all; 0: no bound
	Gone  *atomic.Bool // nobody waits for the reply any more; nil: somebody does
	Cut   bool         // the reply was not finished: whoever gets it must be told, or cut off

	Size *atomic.Int64 // told the length of a long reply as it grows, for whoever counts memory; nil: nobody does
	told int
}

// MostAsked bounds a reply that is as long as its command asks for, however little there is in the
// keys: nobody else would.
const MostAsked = 64 << 20

// Full tells whether the reply will not be delivered, however it goes on: who writes it
// has to stop, and the reply is Cut. A command that replies as much as its arguments ask for has to ask.
func (w *Writer) Full() bool {
	w.Grown()
	n := len(w.B)
	if w.Most > 0 && n >= w.Most || n >= MostAsked || w.Gone != nil && w.Gone.Load() {
		w.Cut = true
	}
	return w.Cut
}

// tellEvery is how much a reply grows between two looks at its size.
const tellEvery = 16 << 10

// Grown is called now and then by who writes a long reply; Full does it, too.
func (w *Writer) Grown() {
	if len(w.B) >= w.told+tellEvery {
		w.tell()
	}
}

func (w *Writer) tell() {
	if w.told = len(w.B); w.Size != nil {
		w.Size.Store(int64(w.told))
	}
}

// Take appends the reply that another Writer has.
func (w *Writer) Take(from *Writer) {
	w.B = append(w.B, from.B...)
	w.Cut = w.Cut || from.Cut
}

// Mark is the present length of the reply, for Rewind and the InsertXxx methods.
func (w *Writer) Mark() int { return len(w.B) }

// Rewind takes back everything written since mark.
func (w *Writer) Rewind(mark int) { w.B = w.B[:mark] }

// Raw appends bytes that are replies already.
func (w *Writer) Raw(reply []byte) { w.B = append(w.B, reply...) }

// OK writes +OK.
func (w *Writer) OK() { w.B = append(w.B, "+OK\r\n"...) }

// Simple writes a status line; s holds no CR and no LF.
func (w *Writer) Simple(s string) {
	w.B = append(w.B, '+')
	w.B = append(w.B, s...)
	w.B = append(w.B, '\r', '\n')
}

// Error writes an error reply.
func (w *Writer) Error(e *Error) {
	w.B = append(w.B, '-')
	w.B = append(w.B, e.Text...)
	w.B = append(w.B, '\r', '\n')
}

// ErrorText writes an error reply whose text begins with its code: "ERR ...".
// CR and LF turn into blanks.
func (w *Writer) ErrorText(text string) {
	w.Error(&Error{Text: oneLine(text)})
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	w.B = append(w.B, ':')
	w.B = num.AppendInt(w.B, n)
	w.B = append(w.B, '\r', '\n')
}

// Bulk writes a string. Most are short and there is room.
func (w *Writer) Bulk(v []byte) {
	n, i := len(v), len(w.B)
	if n < 100 && cap(w.B)-i >= n+7 {
		b := w.B[:i+n+7]
		b[i] = '$'
		if n >= 10 {
			i++
			b[i] = byte('0' + n/10)
		} else {
			b = b[:len(b)-1]
		}
		b[i+1], b[i+2], b[i+3] = byte('0'+n%10), '\r', '\n'
		copy(b[i+4:], v)
		b[i+4+n], b[i+5+n] = '\r', '\n'
		w.B = b
		return
	}
	w.header('$', len(v))
	w.B = appendLarge(w.B, v)
	w.B = append(w.B, '\r', '\n')
}

// copyPiece is copied at once. The runtime copies a MiB and more past the caches, and a
// reply is read again at once, by write(2).
const copyPiece = 256 << 10

func appendLarge(b, v []byte) []byte {
	if len(v) <= copyPiece {
		return append(b, v...)
	}
	b = slices.Grow(b, len(v)+2)
	for ; len(v) > copyPiece; v = v[copyPiece:] {
		b = append(b, v[:copyPiece]...)
	}
	return append(b, v...)
}

// BulkString writes a string.
func (w *Writer) BulkString(v string) {
	w.header('$', len(v))
	w.B = append(w.B, v...)
	w.B = append(w.B, '\r', '\n')
}

// BulkInt writes the decimal text of n as a string.
func (w *Writer) BulkInt(n int64) {
	w.header('$', num.IntLen(n))
	w.B = num.AppendInt(w.B, n)
	w.B = append(w.B, '\r', '\n')
}

// BulkUint writes the text of a number as a string.
func (w *Writer) BulkUint(n uint64) {
	var text [num.MaxIntLen]byte
	w.Bulk(strconv.AppendUint(text[:0], n, 10))
}

// Turn exchanges what was written between the marks from and to with what was written
// since to.
func (w *Writer) Turn(from, to int) {
	tail := len(w.B) - to
	w.B = append(w.B, w.B[from:to]...)
	copy(w.B[from:], w.B[to:to+tail])
	copy(w.B[from+tail:], w.B[to+tail:])
	w.B = w.B[:to+tail]
}

// Null writes the absence of a value: $-1 or _.
func (w *Writer) Null() {
	if w.Proto == 3 {
		w.B = append(w.B, "_\r\n"...)
		return
	}
	w.B = append(w.B, "$-1\r\n"...)
}

// NullArray writes the absence of an array: *-1 or _.
func (w *Writer) NullArray() {
	if w.Proto == 3 {
		w.B = append(w.B, "_\r\n"...)
		return
	}
	w.B = append(w.B, "*-1\r\n"...)
}

// Double writes a double; in RESP2 as a string.
func (w *Writer) Double(d float64) {
	var room [32]byte
	text := num.AppendDouble(room[:0], d)
	if w.Proto != 3 {
		w.Bulk(text)
		return
	}
	w.B = append(w.B, ',')
	w.B = append(w.B, text...)
	w.B = append(w.B, '\r', '\n')
}

// Bool writes a truth value; in RESP2 as 1 or 0.
func (w *Writer) Bool(v bool) {
	switch {
	case w.Proto == 3 && v:
		w.B = append(w.B, "#t\r\n"...)
	case w.Proto == 3:
		w.B = append(w.B, "#f\r\n"...)
	case v:
		w.B = append(w.B, ":1\r\n"...)
	default:
		w.B = append(w.B, ":0\r\n"...)
	}
}

// BigNumber writes the decimal digits of an integer of any size; in RESP2 as a
// string.
func (w *Writer) BigNumber(digits string) {
	if w.Proto != 3 {
		w.BulkString(digits)
		return
	}
	w.B = append(w.B, '(')
	w.B = append(w.B, digits...)
	w.B = append(w.B, '\r', '\n')
}

// Verbatim writes a text for human eyes; format is three letters, "txt" or
// "mkd". In RESP2 it is a string without its format.
func (w *Writer) Verbatim(format, text string) {
	if w.Proto != 3 {
		w.BulkString(text)
		return
	}
	w.header('=', len(format)+1+len(text))
	w.B = append(w.B, format...)
	w.B = append(w.B, ':')
	w.B = append(w.B, text...)
	w.B = append(w.B, '\r', '\n')
}
