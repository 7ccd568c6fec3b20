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
	table [1 << tableBits]uint32 // base+position of the last string with that hash; of another input it is farther away than any match
	next  uint32                 // base of the next input, less maxDistance
}

// Bytes is what a Compressor takes, about.
const Bytes = 4 << tableBits

// Compress is Compressor.Compress for those who compress now and then.
func Compress(dst, src []byte) (n int, ok bool) {
	var c Compressor // on the stack
	return c.Compress(dst, src)
}

const (
	// patience is how many bytes in a row may match nothing before some are left out, 2 to its power: what has not become shorter so far hardly will.
	patience = 7
	// leftOut is how many are left out at most: what follows may be of another kind.
	leftOut = 15
	// mostInput is how long an input may be: the table knows positions by 32 bits.
	mostInput = 1 << 30
	// atOnce is how many literals are copied without a look at how many they are, where there is room: what comes next is written over those that are too many.
	atOnce = maxLiterals
)

// Compress puts src into dst and answers how much of dst it takes, or false when it does not fit: whoever only wants what gets
// smaller gives a smaller dst, and more than 1 GiB is not even tried. The two must not overlap. What happens for each match stands here in one piece: a call costs as much as all of that.
func (c *Compressor) Compress(dst, src []byte) (n int, ok bool) {
	if len(src) > mostInput {
		return 0, false
	}
	base := c.begin(len(src))
	literals := 0 // where those begin that are not put out yet
	for at := 0; at+4 <= len(src); {
		word := word32(src, at)
		entry := &c.table[hash(word)]
		distance := int(base + uint32(at) - *entry)
		*entry = base + uint32(at)
		if distance > maxDistance || (word32(src, at-distance)^word)<<8 != 0 {
			at += 1 + min((at-literals)>>patience, leftOut)
			continue
		}
		end := at + minMatch
		for limit := min(len(src), at+maxMatch); ; end += 8 {
			if end+8 > limit {
				end = matching(src, end, distance, limit)
				break
			}
			if differ := word64(src, end) ^ word64(src, end-distance); differ != 0 {
				end += bits.TrailingZeros64(differ) / 8
				break
			}
		}
		length := end - at
		if run := at - literals; run <= atOnce && literals+atOnce <= len(src) && n+1+atOnce+longest <= len(dst) {
			dst[n] = byte(run - 1)
			copy(dst[n+1:n+1+atOnce], src[literals:literals+atOnce])
			if n += run; run > 0 {
				n++
			}
		} else if n = putLiterals(dst, n, src[literals:at]); n < 0 || len(dst)-n < sizeOf(length) {
			return 0, false
		}
		n = putMatch(dst, n, distance, length)
		// The end of a match is where the next one probably begins; the strings within it are left out.
		at = end
		if literals = at; at+2 <= len(src) {
			word := word32(src, at-2)
			c.table[hash(word)] = base + uint32(at-2)
			c.table[hash(word>>8)] = base + uint32(at-1)
		}
	}
	n = putLiterals(dst, n, src[literals:])
	return max(n, 0), n >= 0
}

// begin makes room for the positions of n bytes in the table, so far above those that stand in it that none of these is taken for one that is near.
func (c *Compressor) begin(n int) (base uint32) {
	if uint64(c.next)+uint64(n)+maxDistance+1 > math.MaxUint32 {
		*c = Compressor{}
	}
	base = c.next + maxDistance + 1
	c.next = base + uint32(n)
	return base
}

func word32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at : at+4 : at+4]) }
func word64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8 : at+8]) }

// hash maps the first three of four bytes to a place in the table.
func hash(word uint32) uint32 { return word << 8 * 2654435761 >> (32 - tableBits) }

// matching is where a match ends that goes up to at, at the limit at most.
func matching(src []byte, at, distance, limit int) int {
	for at < limit && src[at] == src[at-distance] {
		at++
	}
	return at
}

// Sizes of a match that is put out.
const (
	shortest    = 2
	longest     = 3
	shortLength = 8 // up to which it is short
)

func sizeOf(length int) int {
	if length <= shortLength {
		return shortest
	}
	return longest
}

// putMatch puts a match into dst, which has room for it behind n, and answers how many are taken then.
func putMatch(dst []byte, n, distance, length int) int {
	distance--
	if length <= shortLength {
		dst[n], dst[n+1] = byte(length-2)<<5|byte(distance>>8), byte(distance)
		return n + shortest
	}
	dst[n], dst[n+1], dst[n+2] = 7<<5|byte(distance>>8), byte(length-9), byte(distance)
	return n + longest
}

// putLiterals puts bytes into dst, of which n are taken, and answers how many are then; -1: they do not fit.
func putLiterals(dst []byte, n int, b []byte) int {
	if len(b)+(len(b)+maxLiterals-1)/maxLiterals > len(dst)-n {
		return -1
	}
	for len(b) > 0 {
		some := min(len(b), maxLiterals)
		dst[n] = byte(some - 1)
		copy(dst[n+1:], b[:some])
		n += 1 + some
		b = b[some:]
	}
	return n
}
