package workload

import (
	"bytes"
	"math/rand/v2"
)

// offsets is how many places of the pool a value can begin at.
const offsets = 1 << 16

// Values are bytes that belong to keys: the same key always has the same value, so that what is read can be verified without
// remembering what was written. Sizes are spread over the keys.
type Values struct {
	Name         string
	sizes        []sizes
	weight       float64 // of all sizes
	compressible float64
	pool         []byte
}

// sizes are some sizes, each alike, and how much they weigh.
type sizes struct {
	weight      float64
	least, most int
}

// prepare makes the bytes of which values are cut. They are the same in every run, whatever its seed, so that a run understands
// what an earlier one has stored.
func (v *Values) prepare() {
	const block = 64
	r := rand.New(rand.NewPCG(0x76616c, 0x7565))
	if v.pool != nil {
		return
	}
	v.pool = make([]byte, offsets+v.longest())
	same := int(v.compressible * block)
	for i := range v.pool {
		if v.pool[i] = '='; i%block >= same {
			v.pool[i] = byte(r.Uint32())
		}
	}
}

func (v *Values) longest() (n int) {
	for _, s := range v.sizes {
		n = max(n, s.most)
	}
	return n
}

// fixed is the size that all values have, or -1.
func (v *Values) fixed() int {
	if len(v.sizes) == 1 && v.sizes[0].least == v.sizes[0].most {
		return v.sizes[0].least
	}
	return -1
}

// size is how long the value of a key is.
func (v *Values) size(key uint64) int {
	s := &v.sizes[0]
	h := mix(key + 0x9e3779b97f4a7c15)
	if len(v.sizes) > 1 {
		at := float64(h>>32) / (1 << 32) * v.weight
		for i := range v.sizes {
			s = &v.sizes[i]
			if at -= s.weight; at < 0 {
				break
			}
		}
	}
	if s.least == s.most {
		return s.least
	}
	return s.least + int((h&0xffffffff)*uint64(s.most-s.least+1)>>32)
}

// of is the value of a key.
func (v *Values) of(key uint64) []byte {
	at := mix(key) & (offsets - 1)
	return v.pool[at : at+uint64(v.size(key))]
}

// Holds tells whether b is the value of a key.
func (v *Values) Holds(key uint64, b []byte) bool { return bytes.Equal(b, v.of(key)) }
