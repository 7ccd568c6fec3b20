// Package hll keeps a HyperLogLog in a string, byte for byte as Valkey does: such strings
// travel by GET, DUMP and RDB. It owns the format, the estimator and the hash; it knows no
// key and allocates only when it is handed too small a buffer. Any goroutine may call it.
//
//	+------+----------+--------+--------------------------+-----------
//	| HYLL | encoding | 3 free | cardinality, 8 bytes     | registers
//	+------+----------+--------+--------------------------+-----------
//	         0 dense             little endian; the top bit says that
//	         1 sparse            it is out of date
//
// There are 16384 registers. An element's hash chooses one by its lower 14 bits; the
// register keeps the longest run of zeros, and the one behind it, seen in the other 50.
//
// dense   six bits a register, one behind the other from the lowest bit of each byte on
//
// sparse  runs of registers:
//
//	00llllll           ZERO   l+1 zeros
//	01llllll llllllll  XZERO  l+1 zeros, up to 16384
//	1vvvvvll           VAL    l+1 registers of value v+1: up to 4 of at most 32
//
// Strings come from clients, so nothing about one is taken for granted but what Is has
// looked at. Damage is answered by ErrCorrupt, never by a panic.
package hll

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

const (
	// Registers is their number.
	Registers = 1 << indexBits
	// DenseSize is the size of a dense string.
	DenseSize = headerSize + Registers*6/8

	headerSize = 16
	indexBits  = 14
	maxRank    = 64 - indexBits + 1
	magic      = "HYLL"
	encodingAt = 4
	cachedAt   = 8
	staleBit   = 1 << 63

	dense  = 0
	sparse = 1
)

// ErrCorrupt says that a sparse string does not describe all registers.
var ErrCorrupt = errors.New("hll: corrupt")

// Is tells whether b begins like a HyperLogLog and, when dense, has the right size.
func Is(b []byte) bool {
	return len(b) >= headerSize && string(b[:len(magic)]) == magic &&
		(b[encodingAt] == sparse || b[encodingAt] == dense && len(b) == DenseSize)
}

// IsDense tells which representation b, which Is one, has.
func IsDense(b []byte) bool { return b[encodingAt] == dense }

// New appends an empty HyperLogLog, a sparse one, to b.
func New(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, sparse, 0, 0, 0)
	b = append(b, make([]byte, headerSize-cachedAt)...)
	return append(b, xzero|(Registers-1)>>8, (Registers-1)&0xFF)
}

// Cached is the cardinality as it was counted last; ok is false when that is out of date.
func Cached(b []byte) (n uint64, ok bool) {
	n = binary.LittleEndian.Uint64(b[cachedAt:])
	return n, n&staleBit == 0
}

// Cache keeps a cardinality that was counted.
func Cache(b []byte, n uint64) { binary.LittleEndian.PutUint64(b[cachedAt:], n) }

// Stale says that what is cached is out of date.
func Stale(b []byte) { b[headerSize-1] |= 0x80 }

// place is the register of an element, and what it should hold at least.
func place(element []byte) (index int, rank byte) {
	h := hash(element)
	return int(h % Registers), byte(bits.TrailingZeros64(h>>indexBits|1<<(64-indexBits))) + 1
}

// Add notes an element and tells whether that changed a register. The result is b, or
// another slice when b was too small; sparse strings become dense when they would be
// longer than maxSparse. What is cached stays.
func Add(b, element []byte, maxSparse int) (now []byte, changed bool, err error) {
	index, rank := place(element)
	return Raise(b, index, rank, maxSparse)
}

// Raise makes register index hold at least rank, as Add does.
func Raise(b []byte, index int, rank byte, maxSparse int) (now []byte, changed bool, err error) {
	if IsDense(b) {
		return b, raiseDense(b, index, rank), nil
	}
	return raiseSparse(b, index, rank, maxSparse)
}
