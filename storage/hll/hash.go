package hll

import "encoding/binary"

// hash is MurmurHash64A with the seed that Valkey has: registers of two servers can only
// be merged when both place elements alike.
func hash(b []byte) uint64 {
	const (
		seed  = 0xadc83b19
		mul   = 0xc6a4a7935bd1e995
		shift = 47
	)
	h := seed ^ uint64(len(b))*mul
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * mul
		k = (k ^ k>>shift) * mul
		h = (h ^ k) * mul
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		h = (h ^ binary.LittleEndian.Uint64(rest[:])) * mul
	}
	h = (h ^ h>>shift) * mul
	return h ^ h>>shift
}
