package hashtable

import (
	"math/bits"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
)

// page is an element of the directory. The stash has memory of its own: pages
// are all of one size, and what grows and shrinks, and so is what leaves holes
// in the allocator, is small.
type page struct {
	at    offheap.Ref // 1<<width buckets
	extra uint64      // address of the stash | its buckets << 48
}

const (
	pageWord   = 16 // bytes of a page in the directory
	extraShift = 48
)

// bucket is one cache line of references.
type bucket struct {
	meta  uint64
	words [perBucket]uint64
}

var _ [pageWord]byte = [sizeofPage]byte{}

var _ [bucketBytes]byte = [sizeofBucket]byte{}

const (
	overflowed = 1 << 7
	taken      = 1<<perBucket - 1
	ones       = 0x0101010101010101
)

func newPage(h *Allocator, width uint8) page {
	n := bucketBytes << width
	r := h.Arena.Alloc(n)
	clear(r.Bytes(n))
	return page{at: r}
}

func (p page) free(h *Allocator, width uint8) {
	h.Arena.Free(p.at, bucketBytes<<width)
	if p.stash() > 0 {
		h.Arena.Free(p.stashAt(), p.stash()*bucketBytes)
	}
}

func (p page) stash() int { return int(p.extra >> extraShift) }

func (p page) stashAt() offheap.Ref { return offheap.Ref(p.extra & (1<<extraShift - 1)) }

// memory is what the page takes.
func (p page) memory(width uint8) int {
	n := offheap.ClassSize(bucketBytes << width)
	if p.stash() > 0 {
		n += offheap.ClassSize(p.stash() * bucketBytes)
	}
	return n
}

// buckets is how many the page has, stash included.
func (p page) buckets(width uint8) int { return 1<<width + p.stash() }

// bucket is bucket j; the stash follows on the page's own.
func (p page) bucket(j int, width uint8) *bucket {
	r := p.at
	if j >= 1<<width {
		r, j = p.stashAt(), j-1<<width
	}
	return offheap.At[bucket](r + offheap.Ref(j)*bucketBytes)
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
func (t *Table) put(h *Allocator, p *page, w uint64, tag uint8) {
	b := p.bucket(t.primary(w>>hashShift), t.width)
	if !b.full() {
		b.add(w, tag)
		return
	}
	b.meta |= overflowed
	n := p.buckets(t.width)
	if p.stash() == 0 || p.bucket(n-1, t.width).full() {
		t.resizeStash(h, p, p.stash()+1)
		n++
	}
	p.bucket(n-1, t.width).add(w, tag)
}

// resizeStash moves a page's stash to a place with another number of buckets.
func (t *Table) resizeStash(h *Allocator, p *page, stash int) {
	if stash >= 1<<(64-extraShift) {
		panic("FATAL: half a million keys with equal hashes")
	}
	was := *p
	if p.extra = 0; stash > 0 {
		n := bucketBytes * stash
		r := h.Arena.Alloc(n)
		kept := copy(r.Bytes(n), was.stashAt().Bytes(was.stash()*bucketBytes))
		clear(r.Bytes(n)[kept:])
		p.extra = uint64(r) | uint64(stash)<<extraShift
	}
	if was.stash() > 0 {
		h.Arena.Free(was.stashAt(), was.stash()*bucketBytes)
	}
	t.widest = max(t.widest, uint16(min(p.buckets(t.width), 1<<16-1)))
}

// remove empties place i of bucket j and closes the gap: a bucket that has
// overflowed takes back what is its own from the stash.
func (t *Table) remove(h *Allocator, p *page, j, i int) {
	b := p.bucket(j, t.width)
	b.cut(i)
	if j >= 1<<t.width {
		t.closeStash(h, p, j)
		return
	}
	if b.meta&overflowed == 0 {
		return
	}
	for s := 1 << t.width; s < p.buckets(t.width); s++ {
		from := p.bucket(s, t.width)
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
func (t *Table) closeStash(h *Allocator, p *page, j int) {
	n := p.buckets(t.width) - 1
	last := p.bucket(n, t.width)
	if j != n {
		x := bits.TrailingZeros64(last.meta & taken)
		p.bucket(j, t.width).add(last.words[x], last.tag(x))
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
		b := p.bucket(j, t.width)
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
	invariants.Assert(p.bucket(j, t.width).meta>>i&1 == 1, "a word in a free place")
	return &p.bucket(j, t.width).words[i]
}
