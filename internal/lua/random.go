package lua

import "sigrun/internal/sim"

// lrand is the generator of POSIX's drand48 family, which scripts are promised: from one
// seed the same numbers on every machine.
type lrand struct{ x uint64 }

const lrandMax = 1<<31 - 1

func (r *lrand) seed(n int32) { r.x = uint64(uint32(n))<<16 | 0x330E }

// start begins somewhere: no script can tell what the next one will draw.
func (r *lrand) start() { r.x = sim.Uint64() & (1<<48 - 1) }

// next is a number of 31 bits.
func (r *lrand) next() int64 {
	r.x = (r.x*0x5DEECE66D + 0xB) & (1<<48 - 1)
	return int64(r.x >> 17)
}

// float is at least 0 and less than 1.
func (r *lrand) float() float64 { return float64(r.next()%lrandMax) / lrandMax }
