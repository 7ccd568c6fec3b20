package hashtable

import (
	"math/bits"

	"sigrun/internal/offheap"
)

// First is the first reference that may be a key's, 0 when the key is not in
// the table. It is a Probe's first step alone, but in registers: all but one in
// 2^27 look-ups need no other.
func (t *Table) First(hash uint64) offheap.Ref {
	if t.pages == 0 {
		return 0
	}
	p := t.slot(t.pageOf(hash))
	b := offheap.At[bucket](p.at + offheap.Ref(t.primary(hash))*bucketBytes)
	if r := b.first(hash); r != 0 || b.meta&overflowed == 0 {
		return r
	}
	at := p.stashAt()
	for range p.stash() {
		if r := offheap.At[bucket](at).first(hash); r != 0 {
			return r
		}
		at += bucketBytes
	}
	return 0
}

func (b *bucket) first(hash uint64) offheap.Ref {
	for m := matches(b.meta, tagOf(hash)); m != 0; m &= m - 1 {
		w := b.words[bits.TrailingZeros64(m)>>3-1]
		if (w^hash<<hashShift)>>hashShift == 0 && w != 0 {
			return refOf(w)
		}
	}
	return 0
}

// Probe walks the references that may be a key's. A loop over it is a look-up:
//
//	for p := t.Probe(hash); p.Next(); {
//		if ... the entry at p.Ref has the key ...
//	}
type Probe struct {
	Ref   offheap.Ref
	at    *bucket
	match uint64
	hash  uint64
	stash offheap.Ref // next stash bucket
	left  int         // stash buckets not yet seen
}

// Probe starts a look-up.
func (t *Table) Probe(hash uint64) (p Probe) {
	if t.pages == 0 {
		return p
	}
	pg := t.page(t.pageOf(hash))
	p.hash = hash
	p.at = pg.bucket(t.primary(hash), t.width)
	p.match = matches(p.at.meta, tagOf(hash))
	if p.at.meta&overflowed != 0 {
		p.left = pg.stash()
		p.stash = pg.stashAt()
	}
	return p
}

// Next moves to the next candidate.
func (p *Probe) Next() bool {
	for {
		for p.match != 0 {
			w := p.at.words[bits.TrailingZeros64(p.match)>>3-1]
			p.match &= p.match - 1
			if (w^p.hash<<hashShift)>>hashShift == 0 && w != 0 {
				p.Ref = refOf(w)
				return true
			}
		}
		if p.left == 0 {
			return false
		}
		p.at = offheap.At[bucket](p.stash)
		p.match = matches(p.at.meta, tagOf(p.hash))
		p.stash += bucketBytes
		p.left--
	}
}

// TouchTable begins to load a Table, whose address is at.
func TouchTable(g *offheap.Region, at offheap.Ref) {
	g.Prefetch(uint64(at))
	g.Prefetch(uint64(at) + TableBytes/2)
}

// Touch loads the bucket a hash belongs in, and the first of the stash behind
// it, and returns the bucket's address, 0 when there is none. at is the address
// of the Table. It may race with its owner and with anything else: what it
// reads may be torn or stale, so it follows addresses inside the region only
// and its result is good for TouchEntry only.
func Touch(g *offheap.Region, at offheap.Ref, hash uint64) uint64 {
	p, width := touchPage(g, at, hash)
	if p.at == 0 {
		return 0
	}
	bucket := uint64(p.at) + bucketBytes*(hash&(1<<(width&fullWidth)-1))
	g.Prefetch(bucket)
	g.Prefetch(uint64(p.stashAt()))
	return bucket
}

// touchPage reads the directory, as racily as Touch.
func touchPage(g *offheap.Region, at offheap.Ref, hash uint64) (p page, width uint64) {
	shape := g.Touch(uint64(at) + 8) // pages, width
	pages := uint32(shape)
	if pages == 0 {
		return page{}, 0
	}
	directory := uint64(at) + directoryAt
	if pages > inlinePages {
		directory = g.Touch(directory)
	}
	directory += pageWord * uint64(pageAt(uint32(hash>>fullWidth), pages))
	return page{offheap.Ref(g.Touch(directory)), g.Touch(directory + 8)}, shape >> 32
}

// TouchEntry loads what the first word under the hash's tag refers to, in a
// bucket found by Touch or in the stash.
func TouchEntry(g *offheap.Region, at offheap.Ref, bucket, hash uint64) uint64 {
	meta := g.Touch(bucket)
	m := matches(meta, tagOf(hash))
	if m == 0 && meta&overflowed != 0 {
		p, _ := touchPage(g, at, hash)
		bucket = uint64(p.stashAt())
		m = matches(g.Touch(bucket), tagOf(hash))
	}
	if m == 0 {
		return 0
	}
	r := uint64(refOf(g.Touch(bucket + uint64(bits.TrailingZeros64(m)&^7))))
	g.Prefetch(r + 40) // most entries straddle two lines
	g.Prefetch(r)
	return r
}
