package hashtable

import (
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// samplePages is how many pages are looked at for volatile references, when few are.
const samplePages = 4

// Sample fills buf with references that lie side by side from a random bucket on, with volatile those alone that have the TTL bit, and
// returns how many there are. Positions depend on hashes alone, so neighbours have nothing in common; finding one place costs as much as
// looking at all that is there. Few volatile ones may be missed.
func (t *Table) Sample(r *rng.Rand, volatile bool, buf []offheap.Ref) (n int) {
	if t.pages == 0 {
		return 0
	}
	start := uint32(r.Uint64n(uint64(t.pages)))
	for looked := range min(t.pages, samplePages) {
		p := t.page((start + looked) % t.pages)
		buckets := p.buckets(t.width)
		first := int(r.Uint64n(uint64(buckets)))
		for j := range buckets {
			b := p.bucket((first+j)%buckets, t.width)
			for _, w := range &b.words {
				if w == 0 || volatile && w&ttlBit == 0 {
					continue
				}
				if n == len(buf) {
					return n
				}
				buf[n] = refOf(w)
				n++
			}
		}
	}
	return n
}

// Has reports whether the table refers to ref under a hash.
func (t *Table) Has(hash uint64, ref offheap.Ref) bool {
	for p := t.Probe(hash); p.Next(); {
		if p.Ref == ref {
			return true
		}
	}
	return false
}
