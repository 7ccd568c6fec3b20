// Package listpack reads and writes Valkey's listpack, byte for byte: a
// sequence of strings and integers in one piece of memory that can be walked in
// both directions. DUMP and RDB files carry it as it is.
//
//	+-----------------+----------------+-------+-------+-----+------+
//	| total bytes: 32 | elements: 16   | entry | entry | ... | 0xFF |
//	+-----------------+----------------+-------+-------+-----+------+
//	  little endian     65535: unknown
//
//	entry     encoding + data                          length backwards
//
//	0xxxxxxx                      integer 0..127         1..5 bytes, 7 bits
//	10xxxxxx  string of 0..63 bytes                      each, the top bit says
//	110xxxxx xxxxxxxx             13 bit integer         that another one stands
//	1110xxxx xxxxxxxx string of 0..4095 bytes            before it
//	0xF0 + 32 bit length, string
//	0xF1 0xF2 0xF3 0xF4 + 16, 24, 32, 64 bit integer, little endian
//
// A string that is the text of an int64 is always stored as an integer, in the
// shortest form.
//
// Two ways lead in. Entry functions (EntrySize, PutEntry, Next, Prev, Get) work
// on entries that lie anywhere, for callers with memory of their own. Pack
// functions (Append, Insert, Remove) work on a whole listpack in a slice that
// may grow. Both trust the bytes; what came from outside goes through Valid
// first. No state, any goroutine may call.
package listpack

import "encoding/binary"

const (
	// HeaderSize is what stands before the first entry.
	HeaderSize = 6
	// Overhead is the size of an empty listpack.
	Overhead = HeaderSize + 1
	// End is the byte behind the last entry.
	End = 0xFF
	// MaxSize bounds a listpack, well below what its header can say.
	MaxSize = 1 << 30

	unknownCount = 0xFFFF
)

// PutHeader writes the header of a listpack of size bytes and count elements.
func PutHeader(b []byte, size, count int) {
	binary.LittleEndian.PutUint32(b, uint32(size))
	binary.LittleEndian.PutUint16(b[4:], uint16(min(count, unknownCount)))
}

// Adjust writes the header of a listpack that has size bytes now and so many elements
// more than its header says. Above what the header can say, that stays unknown.
func Adjust(lp []byte, size, more int) {
	count := int(binary.LittleEndian.Uint16(lp[4:]))
	if count != unknownCount {
		count += more
	}
	PutHeader(lp, size, count)
}

// New appends an empty listpack to b.
func New(b []byte) []byte {
	return append(b, Overhead, 0, 0, 0, 0, 0, End)
}

// Size is the number of bytes a listpack says it has.
func Size(lp []byte) int { return int(binary.LittleEndian.Uint32(lp)) }

// Count is the number of elements: in constant time below 65535.
func Count(lp []byte) int {
	if n := binary.LittleEndian.Uint16(lp[4:]); n != unknownCount {
		return int(n)
	}
	n := 0
	for at := HeaderSize; lp[at] != End; at += Next(lp[at:]) {
		n++
	}
	return n
}

// Append adds v behind the last element. Like append, it may move the listpack.
func Append(lp, v []byte) []byte { return Insert(lp, len(lp)-1, v) }

// Insert adds v before the entry that starts at offset at.
func Insert(lp []byte, at int, v []byte) []byte {
	size := EntrySize(v)
	count := Count(lp) + 1
	old := len(lp)
	lp = grow(lp, size)
	copy(lp[at+size:], lp[at:old])
	PutEntry(lp[at:], v)
	PutHeader(lp, len(lp), count)
	return lp
}

// Remove takes out the entry that starts at offset at.
func Remove(lp []byte, at int) []byte {
	count := Count(lp) - 1
	size := Next(lp[at:])
	copy(lp[at:], lp[at+size:])
	lp = lp[:len(lp)-size]
	PutHeader(lp, len(lp), count)
	return lp
}

// grow makes lp n bytes longer, with undefined contents there.
func grow(lp []byte, n int) []byte {
	if cap(lp)-len(lp) >= n {
		return lp[:len(lp)+n]
	}
	larger := make([]byte, len(lp)+n, 2*len(lp)+n)
	copy(larger, lp)
	return larger
}
