package lzf

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// tableBits sizes the table of recent positions.
const tableBits = 12

// Compressor is the table of recent positions. Whoever compresses many strings keeps one: it is cleared once in a while, and not for every string, which is
// what short ones would pay for. One goroutine at a time may use it.
type Compressor struct {
	table [1 << tableBits]uint32 // base+position of the last string with that hash; below base+1 it was of another input
	base  uint32
}

// Bytes is what a Compressor takes, about.
const Bytes = 4 << tableBits

// Compress is Compressor.Compress for those who compress now and then.
func Compress(dst, src []byte) (n int, ok bool) {
	var c Compressor // on the stack
	return c.Compress(dst, src)
}

// Compress puts src into dst and answers how much of dst it takes, or false when it does not fit: whoever only wants what gets
// smaller gives a smaller dst. The two must not overlap.
func (c *Compressor) Compress(dst, src []byte) (n int, ok bool) {
	base := c.begin(len(src))
	out := output{dst: dst}
	literals := 0 // where those begin that are not put out yet
	for at := 0; at+minMatch < len(src); {
		word := binary.LittleEndian.Uint32(src[at:])
		entry := &c.table[hash(word)]
		last := int(*entry-base) - 1
		known := *entry > base
		*entry = base + uint32(at) + 1
		if !known || at-last > maxDistance || (binary.LittleEndian.Uint32(src[last:])^word)<<8 != 0 {
			at++
			continue
		}
		length := matching(src, last, at)
		if !out.literals(src[literals:at]) || !out.match(at-last, length) {
			return 0, false
		}
		// The end of a match is where the next one probably begins; the strings within it are left out.
		end := at + length
		for at = max(at+1, end-2); at < end && at+minMatch < len(src); at++ {
			c.table[hash(binary.LittleEndian.Uint32(src[at:]))] = base + uint32(at) + 1
		}
		at, literals = end, end
	}
	if !out.literals(src[literals:]) {
		return 0, false
	}
	return out.n, true
}

// begin makes room for the positions of n bytes in the table, above those that stand in it.
func (c *Compressor) begin(n int) (base uint32) {
	if uint64(c.base)+uint64(n)+1 > math.MaxUint32 {
		*c = Compressor{}
	}
	base = c.base
	c.base += uint32(n) + 1
	return base
}

// hash maps the first three of four bytes to a place in the table.
func hash(word uint32) uint32 { return word << 8 * 2654435761 >> (32 - tableBits) }

// matching is how many bytes from at on are those from last on; it knows that three are.
func matching(src []byte, last, at int) int {
	a, b := src[at:min(len(src), at+maxMatch)], src[last:]
	n := minMatch
	for n+8 <= len(a) {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)/8
		}
		n += 8
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

// output is a buffer that may be too small.
type output struct {
	dst []byte
	n   int
}

func (o *output) literals(b []byte) bool {
	if len(b)+(len(b)+maxLiterals-1)/maxLiterals > len(o.dst)-o.n {
		return false
	}
	for len(b) > 0 {
		some := min(len(b), maxLiterals)
		o.dst[o.n] = byte(some - 1)
		copy(o.dst[o.n+1:], b[:some])
		o.n += 1 + some
		b = b[some:]
	}
	return true
}

func (o *output) match(distance, length int) bool {
	distance--
	length -= 2
	to := o.dst[o.n:]
	if length < 7 {
		if len(to) < 2 {
			return false
		}
		to[0], to[1] = byte(length)<<5|byte(distance>>8), byte(distance)
		o.n += 2
		return true
	}
	if len(to) < 3 {
		return false
	}
	to[0], to[1], to[2] = 7<<5|byte(distance>>8), byte(length-7), byte(distance)
	o.n += 3
	return true
}
