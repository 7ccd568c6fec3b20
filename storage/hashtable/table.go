package hashtable

import (
	"math/bits"

	"sigrun/internal/offheap"
)

const (
	inlinePages = 6
	fullWidth   = 3   // log2 of the buckets of a page
	splitAbove  = 60  // keys per page, see doc.go
	mergeBelow  = 36  // (start) far enough from a merged page's split
	bucketBytes = 64  // one cache line
	perBucket   = 7   // words
	TableBytes  = 128 // of a Table itself
	wordHash    = 19  // hash bits in a word
	hashShift   = 64 - wordHash
	ttlBit      = 1 << 44
	refMask     = ttlBit - 1
	hashMask    = 1<<wordHash - 1
	maxPages    = 1 << 31
)

// Table is the header of one table. It lies in off-heap memory that starts as
// zero: the zero Table is empty.
type Table struct {
	keys     uint32
	volatile uint32
	pages    uint32
	width    uint8 // log2 of the buckets of the only page; fullWidth when there are more
	_        uint8
	widest   uint16 // most buckets any page ever had: the bound for fair sampling
	capacity uint32 // pages the directory array holds; 0: the directory is dir
	_        uint32
	word     uint64            // the owner's
	dir      [inlinePages]page // or dir[0].at is the directory array
}

var _ [TableBytes]byte = [sizeofTable]byte{}

// Allocator is what a table needs when it changes: where its pages lie, and how to
// hash what an entry's reference stands for again (only for tables beyond 2^16
// pages, some three million keys).
type Allocator struct {
	Arena *offheap.Arena
	Hash  func(offheap.Ref) uint64
}

// Word is room for a number of the table's owner. It is 0 at first, and stays when the
// table becomes empty.
func (t *Table) Word() *uint64 { return &t.word }

// Len is the number of keys.
func (t *Table) Len() int { return int(t.keys) }

// Volatile is how many of them have the TTL bit.
func (t *Table) Volatile() int { return int(t.volatile) }

// Bytes is the off-heap memory of pages and directory.
func (t *Table) Bytes() int {
	n := offheap.ClassSize(int(t.capacity) * pageWord)
	if t.capacity == 0 {
		n = 0
	}
	for i := uint32(0); i < t.pages; i++ {
		n += t.page(i).memory(t.width)
	}
	return n
}

// Places is how many references the pages have room for.
func (t *Table) Places() (n int) {
	for i := uint32(0); i < t.pages; i++ {
		n += perBucket * t.page(i).buckets(t.width)
	}
	return n
}

// Insert adds a reference under a hash. The caller knows that it is new.
func (t *Table) Insert(h *Allocator, hash uint64, ref offheap.Ref, ttl bool) {
	if t.pages == 0 {
		t.pages, t.widest = 1, 1
		t.dir[0] = newPage(h, 0)
	}
	w := makeWord(hash, ref, ttl)
	t.put(h, t.slot(t.pageOf(hash)), w, tagOf(hash))
	t.keys++
	t.volatile += uint32(w >> 44 & 1)
	t.grow(h)
}

// Replace makes what refers to old under hash refer to ref.
func (t *Table) Replace(hash uint64, old, ref offheap.Ref, ttl bool) {
	at := t.locate(hash, old)
	w := makeWord(hash, ref, ttl)
	t.volatile += uint32(w>>44&1) - uint32(*at>>44&1)
	*at = w
}

// Delete removes ref, which is present under hash.
func (t *Table) Delete(h *Allocator, hash uint64, ref offheap.Ref) {
	p := t.slot(t.pageOf(hash))
	j, i := t.find(*p, hash, ref)
	t.volatile -= uint32(p.bucket(j, t.width).words[i] >> 44 & 1)
	t.remove(h, p, j, i)
	t.keys--
	t.shrink(h)
}

// Free gives back pages and directory, and leaves an empty table. What the
// references stand for is the caller's.
func (t *Table) Free(h *Allocator) {
	for i := uint32(0); i < t.pages; i++ {
		t.page(i).free(h, t.width)
	}
	if t.capacity != 0 {
		h.Arena.Free(t.array(), int(t.capacity)*pageWord)
	}
	*t = Table{word: t.word}
}

func (t *Table) grow(h *Allocator) {
	switch {
	case t.keys > splitAbove*t.pages && t.width == fullWidth:
		t.split(h)
	case t.width < fullWidth && t.keys > perBucket<<t.width:
		t.rewiden(h, t.width+1)
	}
}

func (t *Table) shrink(h *Allocator) {
	switch {
	case t.keys == 0:
		t.Free(h)
	case t.pages > 1 && t.keys < mergeBelow*t.pages:
		t.merge(h)
	case t.pages == 1 && t.width > 0 && t.keys < 2<<t.width:
		t.rewiden(h, t.width-1)
	}
}

// rewiden rebuilds the only page with another number of buckets.
func (t *Table) rewiden(h *Allocator, width uint8) {
	old, was := t.dir[0], t.width
	t.width = width
	t.dir[0] = newPage(h, width)
	t.widest = 1 << width
	for j := range old.buckets(was) {
		b := old.bucket(j, was)
		for i, w := range b.words {
			if w != 0 {
				t.put(h, &t.dir[0], w, b.tag(i))
			}
		}
	}
	old.free(h, was)
}

// split makes one page more, from the one whose turn it is.
func (t *Table) split(h *Allocator) {
	level := uint8(bits.Len32(t.pages) - 1)
	from := t.pages - 1<<level
	old, was := t.page(from), t.width
	t.addPage(h, newPage(h, fullWidth))
	low, high := t.slot(from), t.slot(t.pages-1)
	*low = newPage(h, fullWidth)
	for j := range old.buckets(fullWidth) {
		b := old.bucket(j, was)
		for i, w := range b.words {
			if w == 0 {
				continue
			}
			to := low
			if h.bit(w, level+fullWidth) {
				to = high
			}
			t.put(h, to, w, b.tag(i))
		}
	}
	old.free(h, fullWidth)
}

// bit is bit n of the hash behind a word.
func (h *Allocator) bit(w uint64, n uint8) bool {
	if n < wordHash {
		return w>>hashShift>>n&1 != 0
	}
	return h.Hash(refOf(w))>>n&1 != 0
}

// merge gives the last page's words back to the page they were split from.
func (t *Table) merge(h *Allocator) {
	last := t.pages - 1
	level := uint8(bits.Len32(last) - 1)
	old, to, was := t.page(last), t.slot(last-1<<level), t.width
	for j := range old.buckets(fullWidth) {
		b := old.bucket(j, was)
		for i, w := range b.words {
			if w != 0 {
				t.put(h, to, w, b.tag(i))
			}
		}
	}
	old.free(h, fullWidth)
	t.dropPage(h)
}

// pageOf is the page of a hash: as many bits as there are pages, one less for
// those whose page has not been split yet.
func (t *Table) pageOf(hash uint64) uint32 {
	return pageAt(uint32(hash>>fullWidth), t.pages)
}

// pageAt is written to compile to a conditional move: as a branch it would be
// mispredicted every other time, after waiting for the header to arrive.
func pageAt(v, pages uint32) uint32 {
	mask := uint32(1)<<(bits.Len32(pages-1)&31) - 1
	i, half := v&mask, v&(mask>>1)
	if i >= pages {
		i = half
	}
	return i
}

func makeWord(hash uint64, ref offheap.Ref, ttl bool) uint64 {
	w := uint64(ref)>>3 | hash<<hashShift
	if ttl {
		w |= ttlBit
	}
	return w
}

func refOf(w uint64) offheap.Ref { return offheap.Ref(w&refMask) << 3 }

func tagOf(hash uint64) uint8 { return uint8(hash >> 56) }

// TakePage removes the last page and calls fn for each reference of it, until
// none is left: taking a table apart in slices. Between the first call and the
// last nothing else works on the table.
func (t *Table) TakePage(h *Allocator, fn func(ref offheap.Ref)) (more bool) {
	if t.pages == 0 {
		return false
	}
	p := t.page(t.pages - 1)
	n := p.buckets(t.width)
	p.touchFreed(h, 0, t.width)
	for j := range n {
		if j+1 < n {
			p.touchFreed(h, j+1, t.width)
		}
		for _, w := range &p.bucket(j, t.width).words {
			if w != 0 {
				fn(refOf(w))
			}
		}
	}
	p.free(h, t.width)
	if t.pages--; t.pages == 0 {
		t.Free(h)
	}
	return t.pages > 0
}

// touchFreed begins to load what freeing the entries of a bucket touches: all of it lies somewhere else.
func (p page) touchFreed(h *Allocator, j int, width uint8) {
	for _, w := range &p.bucket(j, width).words {
		if w != 0 {
			h.Arena.TouchFreed(refOf(w))
		}
	}
}
