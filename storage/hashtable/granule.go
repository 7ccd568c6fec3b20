package hashtable

import (
	"math/bits"

	"sigrun/internal/offheap"
)

// A granule is what lies in a table under one value of the lowest bits of the page hash, so many as its depth says. Which keys it has
// depends on hashes alone: pages may be split, merged or moved, and a table taken apart from its end.

// Granularity is a depth at which a granule has about a page's keys at most.
func (t *Table) Granularity() int { return bits.Len32(max(t.pages, 1) - 1) }

// GranuleOf is the granule that a hash belongs to.
func GranuleOf(hash uint64, depth int) uint64 { return hash >> fullWidth & (1<<depth - 1) }

// Granule calls fn for each reference of a granule. fn must not change the table.
func (t *Table) Granule(h *Allocator, granule uint64, depth int, fn func(ref offheap.Ref)) {
	if t.pages == 0 {
		return
	}
	if bits.Len32(t.pages-1) > depth {
		for i := granule; i < uint64(t.pages); i += 1 << depth {
			t.Page(int(i), func(ref offheap.Ref, _ bool) { fn(ref) })
		}
		return
	}
	p := t.page(t.pageOf(granule << fullWidth))
	for j := range p.buckets(t.width) {
		for _, w := range &p.bucket(j, t.width).words {
			if w != 0 && h.granule(w, depth) == granule {
				fn(refOf(w))
			}
		}
	}
}

// granule is the granule of what a word refers to. A word has hash bits enough for all but very large tables.
func (h *Allocator) granule(w uint64, depth int) uint64 {
	if depth <= wordHash-fullWidth {
		return GranuleOf(w>>hashShift, depth)
	}
	return GranuleOf(h.Hash(refOf(w)), depth)
}

// LastGranules calls fn for the granules of which something lies in the last page.
func (t *Table) LastGranules(depth int, fn func(granule uint64)) {
	if t.pages == 0 {
		return
	}
	last := t.pages - 1
	step := uint64(1) << min(t.depth(last), depth)
	for g := uint64(last) & (step - 1); g < 1<<depth; g += step {
		fn(g)
	}
}

// TouchGranule begins to load the page of a granule.
func (t *Table) TouchGranule(g *offheap.Region, granule uint64) {
	if t.pages > 0 {
		g.Prefetch(uint64(t.page(t.pageOf(granule << fullWidth)).at))
	}
}
