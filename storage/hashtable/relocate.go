package hashtable

import "sigrun/internal/offheap"

// Relocate is a step of compaction: page i moves out of memory that drains, with page 0 the
// directory, too, and each reference becomes what fn returns for it. fn must not change the table.
func (t *Table) Relocate(h *Allocator, i int, fn func(ref offheap.Ref, ttl bool) offheap.Ref) {
	if i == 0 && t.capacity != 0 {
		t.dir[0].at = h.Arena.Move(t.array(), int(t.capacity)*pageWord)
	}
	p := t.slot(uint32(i))
	p.at = h.Arena.Move(p.at, bucketBytes<<t.width)
	if n := p.stash(); n > 0 {
		p.extra = uint64(h.Arena.Move(p.stashAt(), n*bucketBytes)) | uint64(n)<<extraShift
	}
	for j := range p.buckets(t.width) {
		words := &p.bucket(j, t.width).words
		for x, w := range words {
			if w != 0 {
				words[x] = w&^refMask | uint64(fn(refOf(w), w&ttlBit != 0))>>3
			}
		}
	}
}
