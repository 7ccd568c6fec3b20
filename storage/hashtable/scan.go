package hashtable

import (
	"math/bits"

	"sigrun/internal/offheap"
	"sigrun/internal/rng"
)

// Pages is the number of pages, for walking them by number.
func (t *Table) Pages() int { return int(t.pages) }

// Ahead begins to load the first page.
func (t *Table) Ahead(g *offheap.Region) {
	if t.pages > 0 {
		g.Prefetch(uint64(t.page(0).at))
	}
}

// Page calls fn for each reference of page i, with its TTL bit. fn must not
// change the table.
func (t *Table) Page(i int, fn func(ref offheap.Ref, ttl bool)) {
	p := t.page(uint32(i))
	for j := range p.buckets(t.width) {
		for _, w := range &p.bucket(j, t.width).words {
			if w != 0 {
				fn(refOf(w), w&ttlBit != 0)
			}
		}
	}
}

// ScanPage is the number of the page a scan at the given cursor is to return,
// and the cursor after it, 0 when it is the last. Cursors are the lower bits
// of page hashes; they go up in mirrored order (see the package comment).
func (t *Table) ScanPage(cursor uint64) (i int, next uint64) {
	if t.pages == 0 {
		return 0, 0
	}
	p := t.pageOf(cursor << fullWidth)
	depth := t.depth(p)
	v := bits.Reverse64(cursor)
	v = (v>>(64-depth) + 1) << (64 - depth)
	return int(p), bits.Reverse64(v)
}

// depth is how many bits of the page hash decide for page p.
func (t *Table) depth(p uint32) int {
	d := bits.Len32(t.pages - 1)
	if d > 0 && uint64(p)+1<<(d-1) >= uint64(t.pages) && p < 1<<(d-1) {
		return d - 1 // its other half does not exist yet
	}
	return d
}

// Random is a fair choice among the references, or among the volatile ones:
// places are drawn until one is taken. When that takes long, because few are
// volatile, it is the next one from a random page on. 0 when there are none.
func (t *Table) Random(r *rng.Rand, volatile bool) offheap.Ref {
	if t.keys == 0 || volatile && t.volatile == 0 {
		return 0
	}
	for range 200 {
		p := t.page(uint32(r.Uint64n(uint64(t.pages))))
		place := int(r.Uint64n(uint64(t.widest) * perBucket))
		j := place / perBucket
		if j >= p.buckets(t.width) {
			continue
		}
		if w := p.bucket(j, t.width).words[place%perBucket]; w != 0 && (!volatile || w&ttlBit != 0) {
			return refOf(w)
		}
	}
	return t.first(int(r.Uint64n(uint64(t.pages))), volatile)
}

// first is any reference from page start on, around the end.
func (t *Table) first(start int, volatile bool) (found offheap.Ref) {
	for n := range t.Pages() {
		t.Page((start+n)%t.Pages(), func(ref offheap.Ref, ttl bool) {
			if ttl || !volatile {
				found = ref
			}
		})
		if found != 0 {
			break
		}
	}
	return found
}
