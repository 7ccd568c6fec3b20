// Package rng is a fast, seedable source of pseudo-random numbers (wyrand),
// for sampling and for tests that must be repeatable. It is not for secrets,
// and a Rand is not safe for concurrent use: its owner is whoever owns the
// structure it lies in.
package rng

import "math/bits"

// Rand is a wyrand generator. The zero value is one seeded with 0.
type Rand struct{ state uint64 }

// New makes a generator; equal seeds give equal sequences.
func New(seed uint64) *Rand { return &Rand{seed} }

// Seed starts the sequence of the given seed.
func (r *Rand) Seed(seed uint64) { r.state = seed }

// Uint64 is the next number, uniform over 64 bits.
func (r *Rand) Uint64() uint64 {
	r.state += 0xa0761d6478bd642f
	hi, lo := bits.Mul64(r.state, r.state^0xe7037ed1a0b428db)
	return hi ^ lo
}

// Uint64n is uniform in [0, n) for n > 0: the upper half of a product, with
// the few values that would favour some results drawn again.
func (r *Rand) Uint64n(n uint64) uint64 {
	hi, lo := bits.Mul64(r.Uint64(), n)
	if lo < n {
		for reject := -n % n; lo < reject; {
			hi, lo = bits.Mul64(r.Uint64(), n)
		}
	}
	return hi
}

// Intn is uniform in [0, n); n must be positive.
func (r *Rand) Intn(n int) int {
	if n <= 0 {
		panic("BUG: rng.Intn of nothing")
	}
	return int(r.Uint64n(uint64(n)))
}

// Float64 is uniform in [0, 1).
func (r *Rand) Float64() float64 {
	return float64(r.Uint64()>>11) / (1 << 53)
}
