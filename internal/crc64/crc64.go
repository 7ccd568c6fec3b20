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

// lane is how many bytes each of three sums takes that are made at the same time: a step of one has to wait for the step before it, and they do not wait for
// each other.
const lane = 2048

// along[k][b] is what byte k of a sum, b, becomes by as many zero bytes as a lane has.
var along = makeAlong()

func makeAlong() (t [8][256]uint64) {
	var zeros [lane]byte
	for k := range 8 {
		for bit := range 8 {
			one := plain(1<<(8*k+bit), zeros[:])
			for b := range 256 {
				if b>>bit&1 != 0 {
					t[k][b] ^= one
				}
			}
		}
	}
	return t
}

// pass is a sum behind a lane of zero bytes.
func pass(sum uint64) uint64 {
	return along[0][byte(sum)] ^ along[1][byte(sum>>8)] ^ along[2][byte(sum>>16)] ^ along[3][byte(sum>>24)] ^
		along[4][byte(sum>>32)] ^ along[5][byte(sum>>40)] ^ along[6][byte(sum>>48)] ^ along[7][byte(sum>>56)]
}

// step is the sum behind eight more bytes, of which it has taken in what was summed before.
func step(sum uint64) uint64 {
	return tables[7][byte(sum)] ^ tables[6][byte(sum>>8)] ^ tables[5][byte(sum>>16)] ^ tables[4][byte(sum>>24)] ^
		tables[3][byte(sum>>32)] ^ tables[2][byte(sum>>40)] ^ tables[1][byte(sum>>48)] ^ tables[0][byte(sum>>56)]
}

// Update is the sum of what sum stands for followed by b; that of nothing is 0.
func Update(sum uint64, b []byte) uint64 {
	for ; len(b) >= 3*lane; b = b[3*lane:] {
		second, third := uint64(0), uint64(0)
		for i := 0; i < lane; i += 8 {
			sum = step(sum ^ binary.LittleEndian.Uint64(b[i:]))
			second = step(second ^ binary.LittleEndian.Uint64(b[lane+i:]))
			third = step(third ^ binary.LittleEndian.Uint64(b[2*lane+i:]))
		}
		sum = pass(pass(sum)^second) ^ third
	}
	return plain(sum, b)
}

// plain is Update, one step after the other.
func plain(sum uint64, b []byte) uint64 {
	for ; len(b) >= 8; b = b[8:] {
		sum = step(sum ^ binary.LittleEndian.Uint64(b))
	}
	for _, c := range b {
		sum = sum>>8 ^ tables[0][byte(sum)^c]
	}
	return sum
}
