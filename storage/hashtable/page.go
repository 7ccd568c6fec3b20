package hashtable

import (
	"math/bits"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
)

// page is a word of the directory: the page's address and the number of its
// stash buckets.
type page uint64

const (
	pageRefBits = 41 // address / 64, below 1<<47
	pageRefMask = 1<<pageRefBits - 1
	oneStash    = 1 << pageRefBits
)

// bucket is one cache line of references.
type bucket struct {
	meta  uint64
	words [perBucket]uint64
}

var _ [bucketBytes]byte = [sizeofBucket]byte{}

const (
	overflowed = 1 << 7
	taken      = 1<<perBucket - 1
	ones       = 0x0101010101010101
)

func makePage(r offheap.Ref, stash int) page {
	return page(uint64(r)>>6 | uint64(stash)<<pageRefBits)
}

func newPage(h *Home, width uint8) page {
	n := bucketBytes << width
	r := h.Arena.Alloc(n)
	clear(r.Bytes(n))
	return makePage(r, 0)
}

func (p page) free(h *Home, width uint8) {
	h.Arena.Free(p.ref(), p.bytes(width))
}

func (p page) ref() offheap.Ref { return offheap.Ref(p&pageRefMask) << 6 }

func (p page) stash() int { return int(p >> pageRefBits) }

// buckets is how many the page has, stash included.
func (p page) buckets(width uint8) int { return 1<<width + p.stash() }

func (p page) bytes(width uint8) int { return p.buckets(width) * bucketBytes }

func (p page) bucket(j int) *bucket {
	return offheap.At[bucket](p.ref() + offheap.Ref(j)*bucketBytes)
}

// primary is the number of the bucket a word or hash belongs in.
func (t *Table) primary(hash uint64) int { return int(hash) & (1<<t.width - 1) }

func (b *bucket) tag(i int) uint8 { return uint8(b.meta >> (8 + 8*i)) }

func (b *bucket) full() bool { return b.meta&taken == taken }

// add puts a word into a free place of a bucket that is not full.
func (b *bucket) add(w uint64, tag uint8) {
	i := bits.TrailingZeros64(^b.meta)
	b.words[i] = w
	b.meta |= 1<<i | uint64(tag)<<(8+8*i)
}

// cut empties place i.
func (b *bucket) cut(i int) {
	b.words[i] = 0
	b.meta &^= 1<<i | 0xFF<<(8+8*i)
}

// matches has the upper bit set in each byte of meta whose tag is the given
// one, and perhaps in some above such a byte; byte 0 never matches.
func matches(meta uint64, tag uint8) uint64 {
	x := meta ^ uint64(tag)*ones | 0xFF
	return (x - ones) &^ x & (ones << 7)
}

// put stores a word in its bucket or in the stash.
func (t *Table) put(h *Home, p *page, w uint64, tag uint8) {
	b := p.bucket(t.primary(w >> hashShift))
	if !b.full() {
		b.add(w, tag)
		return
	}
	b.meta |= overflowed
	n := p.buckets(t.width)
	if p.stash() == 0 || p.bucket(n-1).full() {
		t.resizeStash(h, p, p.stash()+1)
		n++
	}
	p.bucket(n-1).add(w, tag)
}

// resizeStash moves a page to a place with another number of stash buckets.
func (t *Table) resizeStash(h *Home, p *page, stash int) {
	was := *p
	n := bucketBytes * (1<<t.width + stash)
	r := h.Arena.Alloc(n)
	kept := copy(r.Bytes(n), was.ref().Bytes(was.bytes(t.width)))
	clear(r.Bytes(n)[kept:])
	was.free(h, t.width)
	*p = makePage(r, stash)
	t.widest = max(t.widest, uint16(min(p.buckets(t.width), 1<<16-1)))
}

// remove empties place i of bucket j and closes the gap: a bucket that has
// overflowed takes back what is its own from the stash.
func (t *Table) remove(h *Home, p *page, j, i int) {
	b := p.bucket(j)
	b.cut(i)
	if j >= 1<<t.width {
		t.closeStash(h, p, j)
		return
	}
	if b.meta&overflowed == 0 {
		return
	}
	for s := 1 << t.width; s < p.buckets(t.width); s++ {
		from := p.bucket(s)
		for x, w := range from.words {
			if w != 0 && t.primary(w>>hashShift) == j {
				b.add(w, from.tag(x))
				from.cut(x)
				t.closeStash(h, p, s)
				return
			}
		}
	}
	b.meta &^= overflowed
}

// closeStash fills the hole in stash bucket j from the last one.
func (t *Table) closeStash(h *Home, p *page, j int) {
	n := p.buckets(t.width) - 1
	last := p.bucket(n)
	if j != n {
		x := bits.TrailingZeros64(last.meta & taken)
		p.bucket(j).add(last.words[x], last.tag(x))
		last.cut(x)
	}
	if last.meta&taken == 0 {
		t.resizeStash(h, p, p.stash()-1)
	}
}

// find is the place of a reference that is present.
func (t *Table) find(p page, hash uint64, ref offheap.Ref) (j, i int) {
	want := makeWord(hash, ref, false)
	for n, j := p.buckets(t.width), t.primary(hash); j < n; {
		b := p.bucket(j)
		for m := matches(b.meta, tagOf(hash)); m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)>>3 - 1
			if b.words[i]&^ttlBit == want {
				return j, i
			}
		}
		j = max(j+1, 1<<t.width)
	}
	panic("BUG: a reference is not in its table")
}

func (t *Table) locate(hash uint64, ref offheap.Ref) *uint64 {
	p := t.page(t.pageOf(hash))
	j, i := t.find(p, hash, ref)
	invariants.Assert(p.bucket(j).meta>>i&1 == 1, "a word in a free place")
	return &p.bucket(j).words[i]
}
