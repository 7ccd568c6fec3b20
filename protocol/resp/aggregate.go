package resp

import "sigrun/internal/num"

// Array opens an array: the next n replies are its elements.
func (w *Writer) Array(n int) { w.header('*', n) }

// Map opens a map: the next 2n replies are its keys and values by turns. In
// RESP2 it is an array of 2n.
func (w *Writer) Map(n int) {
	kind, n := w.mapOf(n)
	w.header(kind, n)
}

// Set opens a set of n elements; in RESP2 an array.
func (w *Writer) Set(n int) { w.header(w.kind('~'), n) }

// Push opens an out-of-band message of n elements; in RESP2 an array.
func (w *Writer) Push(n int) { w.header(w.kind('>'), n) }

// Attribute opens a map of n pairs that stands before the reply it describes.
// RESP2 has no such thing: then nothing is written, false comes back and the
// caller leaves the pairs out.
func (w *Writer) Attribute(n int) bool {
	if w.Proto != 3 {
		return false
	}
	w.header('|', n)
	return true
}

// InsertArray makes an array of the n replies written since mark, for callers
// who know n only at the end. It moves them to make room.
func (w *Writer) InsertArray(mark, n int) { w.insertHeader(mark, '*', n) }

// InsertSet makes a set of the n replies written since mark.
func (w *Writer) InsertSet(mark, n int) { w.insertHeader(mark, w.kind('~'), n) }

// InsertMap makes a map of the 2n replies written since mark.
func (w *Writer) InsertMap(mark, n int) {
	kind, n := w.mapOf(n)
	w.insertHeader(mark, kind, n)
}

// kind is the type byte of an aggregate that RESP2 sends as an array.
func (w *Writer) kind(resp3 byte) byte {
	if w.Proto == 3 {
		return resp3
	}
	return '*'
}

func (w *Writer) mapOf(pairs int) (kind byte, n int) {
	if w.Proto == 3 {
		return '%', pairs
	}
	return '*', 2 * pairs
}

// header writes a type byte, a length and CRLF.
func (w *Writer) header(kind byte, n int) { w.B = appendHeader(w.B, kind, n) }

func appendHeader(b []byte, kind byte, n int) []byte {
	if uint(n) < 10 {
		return append(b, kind, byte('0'+n), '\r', '\n')
	}
	if uint(n) < 100 {
		return append(b, kind, byte('0'+n/10), byte('0'+n%10), '\r', '\n')
	}
	b = append(b, kind)
	b = num.AppendInt(b, int64(n))
	return append(b, '\r', '\n')
}

func (w *Writer) insertHeader(mark int, kind byte, n int) {
	var room [num.MaxIntLen + 3]byte
	header := appendHeader(room[:0], kind, n)
	end := len(w.B)
	w.B = append(w.B, header...)
	copy(w.B[mark+len(header):], w.B[mark:end])
	copy(w.B[mark:], header)
}
