package db

import (
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/protocol/slot"
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
	on := true
	p.eachTable(func(n uint16) bool {
		t := p.store.Table(n)
		for i := 0; i < t.Pages() && on; i++ {
			t.Page(i, func(r offheap.Ref, _ bool) { on = on && fn(Entry(r)) })
		}
		return on
	})
}

// EachInSlot is Each for one slot.
func (p *Part) EachInSlot(n uint16, fn func(Entry) bool) {
	t, on := p.store.Table(n), true
	for i := 0; i < t.Pages() && on; i++ {
		t.Page(i, func(r offheap.Ref, _ bool) { on = on && fn(Entry(r)) })
	}
}

func (p *Part) eachTable(fn func(n uint16) bool) {
	for at := 0; ; {
		n, ok := p.tally.Next(p.store, kvstore.All, at)
		if !ok || !fn(n) {
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
