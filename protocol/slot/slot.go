// Package slot maps keys to the 16384 slots of the keyspace.
//
// A slot is the CRC16 (XMODEM: polynomial 0x1021, start 0) of the key modulo
// 16384; where the key has a hash tag, "{...}" with something inside, only the
// tag counts, so that clients can place keys together. Pure functions; anyone
// may call them.
package slot

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Count is the number of slots.
const Count = 16384

// Of is the slot of a key.
func Of(key []byte) uint16 {
	sum, brace := checksum(key)
	if brace {
		sum, _ = checksum(tag(key))
	}
	return bits.ReverseBytes16(sum) & (Count - 1)
}

// tag is what lies between the first "{" and the first "}" after it, or the
// whole key when that is nothing.
func tag(key []byte) []byte {
	open := bytes.IndexByte(key, '{')
	if open < 0 {
		return key
	}
	inside := key[open+1:]
	if end := bytes.IndexByte(inside, '}'); end > 0 {
		return inside[:end]
	}
	return key
}

// tables[k][b] is the CRC of byte b followed by k zero bytes, its two bytes
// swapped so that the state meets the next word of a key as it is loaded. The
// CRC is linear: eight bytes are eight look-ups that wait for nothing.
var tables = makeTables()

func makeTables() (t [8][256]uint16) {
	for b := range 256 {
		crc := uint16(b) << 8
		for range 8 {
			carry := crc >> 15
			crc = crc<<1 ^ carry*0x1021
		}
		t[0][b] = bits.ReverseBytes16(crc)
	}
	for k := 1; k < 8; k++ {
		for b := range 256 {
			prev := t[k-1][b]
			t[k][b] = prev>>8 ^ t[0][byte(prev)]
		}
	}
	return t
}

// checksum is the byte-swapped CRC of p, and whether p has a "{". Zero bytes
// in front do not change a CRC that starts at 0, so what is over the words of
// eight is taken first, as a word with zeros in front.
func checksum(p []byte) (crc uint16, brace bool) {
	if odd := len(p) & 7; odd != 0 {
		w := front(p, odd)
		crc, brace = round(w, 0), hasBrace(w)
		p = p[odd:]
	}
	for len(p) >= 8 {
		w := binary.LittleEndian.Uint64(p)
		brace = brace || hasBrace(w)
		crc = round(w, crc)
		p = p[8:]
	}
	return crc, brace
}

// front is the first n < 8 bytes of p in the upper bytes of a word.
func front(p []byte, n int) (w uint64) {
	if len(p) >= 8 {
		return binary.LittleEndian.Uint64(p) << (64 - 8*n)
	}
	for _, b := range p[:n] {
		w = w>>8 | uint64(b)<<56
	}
	return w
}

// round takes one word. What depends on the state comes last: the other
// look-ups overlap with the round before.
func round(w uint64, crc uint16) uint16 {
	rest := tables[5][byte(w>>16)] ^ tables[4][byte(w>>24)] ^ tables[3][byte(w>>32)] ^
		tables[2][byte(w>>40)] ^ tables[1][byte(w>>48)] ^ tables[0][byte(w>>56)]
	w ^= uint64(crc)
	return rest ^ tables[7][byte(w)] ^ tables[6][byte(w>>8)]
}

// hasBrace tells whether a byte of w is "{": the classic test for a zero byte.
func hasBrace(w uint64) bool {
	const ones = 0x0101010101010101
	x := w ^ '{'*ones
	return (x-ones)&^x&(ones<<7) != 0
}

// OfPattern is the slot of all keys that a pattern may mean, -1 when they may be in several: where a hash tag stands before whatever matches
// more than itself.
func OfPattern(pattern []byte) int {
	if at := bytes.IndexAny(pattern, "*?[\\"); at >= 0 {
		open := bytes.IndexByte(pattern[:at], '{')
		if open < 0 || bytes.IndexByte(pattern[open+1:at], '}') <= 0 {
			return -1
		}
	}
	return int(Of(pattern))
}
