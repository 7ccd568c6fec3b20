package db

import (
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/protocol/slot"
	"sigrun/storage/hashtable"
	"sigrun/storage/kvstore"
)

// A cursor of Scan: the upper 50 bits are a position in a slot's table, the
// lower 14 the slot. Slots are scanned in ascending order over the whole node,
// so that a slot which changes shards between two calls is neither missed nor
// scanned twice: positions depend on hashes alone and outlive the move.
const (
	cursorShift = 14
	slotMask    = slot.Count - 1
)

// CursorSlot is the slot whose shard is to go on with a cursor.
func CursorSlot(cursor uint64) uint16 { return uint16(cursor & slotMask) }

// Scan returns entries from a cursor on, at least count of them when there are
// as many (a page of a table is returned whole), as long as slots follow one
// another that are this shard's. next is the cursor to go on with, at the shard
// of CursorSlot(next), or 0 when the last slot is done. fn must not change the
// part.
func (p *Part) Scan(cursor uint64, count int, fn func(Entry)) (next uint64) {
	at, v := int(cursor&slotMask), cursor>>cursorShift
	for end := p.tally.RunEnd(at); at < end; at, v = at+1, 0 {
		n, ok := p.tally.Next(p.store, kvstore.All, at)
		if !ok || int(n) >= end {
			at = end
			break
		}
		if int(n) != at {
			at, v = int(n), 0
		}
		t := p.store.Table(n)
		for {
			if count <= 0 {
				return v<<cursorShift | uint64(at)
			}
			var i int
			i, v = t.ScanPage(v)
			t.Page(i, func(r offheap.Ref, _ bool) { count--; fn(Entry(r)) })
			if v == 0 {
				break
			}
		}
	}
	return uint64(at) & slotMask
}

// Each calls fn for all entries, until it returns false. fn must not change
// the part.
func (p *Part) Each(fn func(Entry) bool) {
	w := walk{region: p.shard.space.region, fn: fn}
	p.eachTable(w.table)
	w.pages()
	w.flush()
}

// walk goes over pages and entries some time after it has asked for them: each lies somewhere else, and would have to be waited for.
type walk struct {
	region *offheap.Region
	fn     func(Entry) bool
	over   bool
	tables [16]*hashtable.Table
	found  int // tables
	refs   [32]offheap.Ref
	asked  int // refs
}

func (w *walk) table(t *hashtable.Table) bool {
	t.Ahead(w.region)
	w.tables[w.found] = t
	if w.found++; w.found == len(w.tables) {
		w.pages()
	}
	return !w.over
}

func (w *walk) pages() {
	for _, t := range w.tables[:w.found] {
		for i := 0; i < t.Pages() && !w.over; i++ {
			t.Page(i, w.entry)
		}
	}
	w.found = 0
}

func (w *walk) entry(r offheap.Ref, _ bool) {
	w.region.Prefetch(uint64(r))
	w.refs[w.asked] = r
	if w.asked++; w.asked == len(w.refs) {
		w.flush()
	}
}

func (w *walk) flush() {
	for _, r := range w.refs[:w.asked] {
		w.over = w.over || !w.fn(Entry(r))
	}
	w.asked = 0
}

func (p *Part) eachTable(fn func(t *hashtable.Table) bool) {
	for at := 0; ; {
		n, ok := p.tally.Next(p.store, kvstore.All, at)
		if !ok || !fn(p.store.Table(n)) {
			return
		}
		at = int(n) + 1
	}
}

// Random is a fair choice among all entries, 0 when there are none.
func (p *Part) Random(r *rng.Rand) Entry { return p.random(r, kvstore.All) }

// RandomVolatile is a fair choice among the entries that expire.
func (p *Part) RandomVolatile(r *rng.Rand) Entry { return p.random(r, kvstore.Volatile) }

func (p *Part) random(r *rng.Rand, k kvstore.Kind) Entry {
	n := p.tally.Count(k)
	if n == 0 {
		return 0
	}
	at := p.tally.Pick(p.store, k, r.Intn(n))
	return Entry(p.store.Table(at).Random(r, k == kvstore.Volatile))
}

// EachInSlot is Each for the entries of p in one slot of its shard.
func EachInSlot(p *Part, n uint16, fn func(Entry) bool) {
	t, goOn := p.store.Table(n), true
	for i := 0; goOn && i < t.Pages(); i++ {
		t.Page(i, func(ref offheap.Ref, _ bool) { goOn = goOn && fn(Entry(ref)) })
	}
}
