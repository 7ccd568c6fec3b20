// Package crc64 sums up RDB files and DUMP payloads as Valkey does: CRC-64 with Jones's polynomial 0xad93d23594c935a9, bits
// reflected, starting from 0 and with nothing done to the result. The standard library's package has tables for other polynomials
// only, and starts from the complement. Pure functions; anybody may call them.
package crc64

import "encoding/binary"

// reflected is the polynomial, lowest coefficient first.
const reflected = 0x95ac9329ac4bc9b5

// tables[k][b] is the sum of byte b followed by k zero bytes: eight bytes are eight look-ups that do not wait for one another.
var tables = makeTables()

func makeTables() (t [8][256]uint64) {
	for b := range 256 {
		sum := uint64(b)
		for range 8 {
			carry := sum & 1
			sum = sum>>1 ^ carry*reflected
		}
		t[0][b] = sum
	}
	for k := 1; k < 8; k++ {
		for b := range 256 {
			prev := t[k-1][b]
			t[k][b] = prev>>8 ^ t[0][byte(prev)]
		}
	}
	return t
}

// Update is the sum of what sum stands for followed by b; that of nothing is 0.
func Update(sum uint64, b []byte) uint64 {
	for ; len(b) >= 8; b = b[8:] {
		sum ^= binary.LittleEndian.Uint64(b)
		sum = tables[7][byte(sum)] ^ tables[6][byte(sum>>8)] ^ tables[5][byte(sum>>16)] ^ tables[4][byte(sum>>24)] ^
			tables[3][byte(sum>>32)] ^ tables[2][byte(sum>>40)] ^ tables[1][byte(sum>>48)] ^ tables[0][byte(sum>>56)]
	}
	for _, c := range b {
		sum = sum>>8 ^ tables[0][byte(sum)^c]
	}
	return sum
}
