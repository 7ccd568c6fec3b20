package listpack

import (
	"encoding/binary"

	"sigrun/internal/num"
)

// First bytes of an entry, where they are not a range.
const (
	str32    = 0xF0
	int16Tag = 0xF1
	int24Tag = 0xF2
	int32Tag = 0xF3
	int64Tag = 0xF4
)

// Value is an element: a string or an integer.
type Value struct {
	Str   []byte // a view of the entry; nil for an integer
	Int   int64
	IsInt bool
}

// Text is the element as clients see it; an integer is formatted into room.
func (v Value) Text(room *[num.MaxIntLen]byte) []byte {
	if v.IsInt {
		return num.AppendInt(room[:0], v.Int)
	}
	return v.Str
}

// IntEntrySize is the number of bytes that the entry of n takes.
func IntEntrySize(n int64) int {
	size := intSize(n)
	return size + backSize(size)
}

// PutIntEntry is PutEntry for the text of n.
func PutIntEntry(b []byte, n int64) int { return putBack(b, putInt(b, n)) }

// EntrySize is the number of bytes that the entry of v takes.
func EntrySize(v []byte) int {
	size := stringSize(len(v))
	if n, ok := num.ParseInt(v); ok {
		size = intSize(n)
	}
	return size + backSize(size)
}

// PutEntry writes the entry of v to the front of b, which has room for it, and
// gives its size.
func PutEntry(b, v []byte) int {
	n, ok := num.ParseInt(v)
	if ok {
		return putBack(b, putInt(b, n))
	}
	size := 0
	switch {
	case len(v) < 64:
		b[0] = 0x80 | byte(len(v))
		size = 1
	case len(v) < 4096:
		b[0] = 0xE0 | byte(len(v)>>8)
		b[1] = byte(len(v))
		size = 2
	default:
		b[0] = str32
		binary.LittleEndian.PutUint32(b[1:], uint32(len(v)))
		size = 5
	}
	size += copy(b[size:], v)
	return putBack(b, size)
}

func stringSize(n int) int {
	switch {
	case n < 64:
		return 1 + n
	case n < 4096:
		return 2 + n
	}
	return 5 + n
}

func intSize(n int64) int {
	switch {
	case n >= 0 && n <= 127:
		return 1
	case n >= -1<<12 && n < 1<<12:
		return 2
	case n >= -1<<15 && n < 1<<15:
		return 3
	case n >= -1<<23 && n < 1<<23:
		return 4
	case n >= -1<<31 && n < 1<<31:
		return 5
	}
	return 9
}

func putInt(b []byte, n int64) (size int) {
	size = intSize(n)
	switch size {
	case 1:
		b[0] = byte(n)
	case 2:
		b[0], b[1] = 0xC0|byte(n>>8)&0x1F, byte(n)
	case 3:
		b[0] = int16Tag
		binary.LittleEndian.PutUint16(b[1:], uint16(n))
	case 4:
		b[0], b[3] = int24Tag, byte(n>>16)
		binary.LittleEndian.PutUint16(b[1:], uint16(n))
	case 5:
		b[0] = int32Tag
		binary.LittleEndian.PutUint32(b[1:], uint32(n))
	default:
		b[0] = int64Tag
		binary.LittleEndian.PutUint64(b[1:], uint64(n))
	}
	return size
}

// Get reads the entry at the front of b.
func Get(b []byte) Value {
	switch c := b[0]; {
	case c < 0x80:
		return Value{Int: int64(c), IsInt: true}
	case c < 0xC0:
		n := int(c & 0x3F)
		return Value{Str: b[1 : 1+n : 1+n]}
	case c < 0xE0:
		n := int64(c&0x1F)<<8 | int64(b[1])
		return Value{Int: n << 51 >> 51, IsInt: true}
	case c < str32:
		n := int(c&0x0F)<<8 | int(b[1])
		return Value{Str: b[2 : 2+n : 2+n]}
	case c == int16Tag:
		return Value{Int: int64(int16(binary.LittleEndian.Uint16(b[1:]))), IsInt: true}
	case c == int24Tag:
		return Value{Int: int64(int8(b[3]))<<16 | int64(binary.LittleEndian.Uint16(b[1:])), IsInt: true}
	case c == int32Tag:
		return Value{Int: int64(int32(binary.LittleEndian.Uint32(b[1:]))), IsInt: true}
	case c == int64Tag:
		return Value{Int: int64(binary.LittleEndian.Uint64(b[1:])), IsInt: true}
	}
	n := int(binary.LittleEndian.Uint32(b[1:]))
	return Value{Str: b[5 : 5+n : 5+n]}
}

// Next is the size of the entry at the front of b: the way to the next one.
func Next(b []byte) int {
	size := dataSize(b)
	return size + backSize(size)
}

// dataSize is the size of an entry without its length backwards.
func dataSize(b []byte) int {
	switch c := b[0]; {
	case c < 0x80:
		return 1
	case c < 0xC0:
		return 1 + int(c&0x3F)
	case c < 0xE0:
		return 2
	case c < str32:
		return 2 + int(c&0x0F)<<8 + int(b[1])
	case c == int16Tag:
		return 3
	case c == int24Tag:
		return 4
	case c == int32Tag:
		return 5
	case c == int64Tag:
		return 9
	}
	return 5 + int(binary.LittleEndian.Uint32(b[1:]))
}

// Prev is the size of the entry that ends where b ends: the way to the one
// before.
func Prev(b []byte) int {
	size, width := readBack(b)
	return size + width
}

// backSize is the width of the length backwards. The bounds are Valkey's: one
// or two below the powers of 128 from the second on.
func backSize(size int) int {
	switch {
	case size <= 127:
		return 1
	case size < 1<<14-1:
		return 2
	case size < 1<<21-1:
		return 3
	case size < 1<<28-1:
		return 4
	}
	return 5
}

// putBack writes the length backwards behind an entry's data and gives the size
// of both.
func putBack(b []byte, size int) int {
	width := backSize(size)
	for i, rest := size+width-1, size; i >= size; i-- {
		b[i] = byte(rest&0x7F) | 0x80
		rest >>= 7
	}
	b[size] &= 0x7F
	return size + width
}

// readBack reads the length at the end of b and its width; width 0 stands for
// one that is longer than any can be.
func readBack(b []byte) (size, width int) {
	for shift := 0; shift <= 28; shift += 7 {
		width++
		if width > len(b) {
			return 0, 0
		}
		c := b[len(b)-width]
		size |= int(c&0x7F) << shift
		if c&0x80 == 0 {
			return size, width
		}
	}
	return 0, 0
}
