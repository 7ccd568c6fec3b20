package db

import (
	"slices"

	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
	"sigrun/storage/value"
)

// CopyFrom stores a copy of the value of e, an entry of src, under k; old is
// what Find found there. The tokens of both shards are held. The access clock
// is e's.
func (p *Part) CopyFrom(src *Part, e Entry, k *Key, old Entry, expireAt int64) Entry {
	clock := e.Access()
	n := p.copyValue(e, k, old, expireAt)
	n.SetAccess(clock)
	return n
}

func (p *Part) copyValue(e Entry, k *Key, old Entry, expireAt int64) Entry {
	switch e.Encoding() {
	case Int:
		v, _ := e.Int()
		return p.SetInt(k, old, v, expireAt)
	case Own:
		n := p.createOwn(k, old, e.Type(), expireAt)
		p.ops(e).Clone(p.Allocator(), e.Value(), n.Value())
		return p.replace(k, old, n)
	default:
		n := p.SetRaw(k, old, e.String(nil), expireAt)
		n.setFlags(e.flags() & edited)
		return n
	}
}

func (p *Part) ops(e Entry) *value.Ops { return p.shard.space.Ops(e) }

// Allocator is where the values of the part's shard lie.
func (p *Part) Allocator() *value.Allocator { return p.shard.values }

// MoveFrom gives the value, expiry and access clock of e, which src holds under
// sk, to k, and removes sk; old is what Find found under k. The tokens of both
// shards are held. Large strings, and within a shard all values, are not copied.
func (p *Part) MoveFrom(src *Part, sk *Key, e Entry, k *Key, old Entry) Entry {
	if e == old {
		return e
	}
	src.Changing(e)
	n := p.adopt(src, e, k, old)
	p.replace(k, old, n)
	src.unlink(sk, e)
	handed(src, e, p)
	return n
}

// handed frees an entry whose value another part has adopted. Where that has a copy the value itself goes as a deleted one does, in slices.
func handed(p *Part, e Entry, to *Part) {
	if p.shard == to.shard || e.Encoding() != Own {
		p.drop(e)
		return
	}
	p.used -= int64(e.Bytes())
	p.shard.release(e)
}

// adopt makes an entry for k with the value of e, which is left without, or, in another shard, a copy of it.
func (p *Part) adopt(src *Part, e Entry, k *Key, old Entry) Entry {
	src.untrack(e)
	from := e.shape()
	s := from.like(len(k.Name), from.valLen, from.flags&expires != 0)
	n := p.create(k, old, &s, e.ExpireAt())
	n.SetAccess(e.Access())
	if p.shard != src.shard && from.enc() == Own {
		clear(n.bytes(s.valAt, s.valLen))
		p.ops(e).Clone(p.Allocator(), e.Value(), n.Value())
		return n
	}
	copy(n.bytes(s.valAt, s.valLen), e.bytes(from.valAt, from.valLen))
	switch from.enc() {
	case Own:
		p.arena().Moved(e.Value(), n.Value())
		clear(e.bytes(from.valAt, from.valLen))
	case Large:
		b, _ := e.Block()
		if p.shard != src.shard {
			src.shard.handReading(b, p.shard)
		}
		src.arena().Disown(b)
		p.arena().Adopt(b)
		src.used -= int64(b.Cap)
		p.used += int64(b.Cap)
	}
	return n
}

// movedBytes is how much values that have to be copied may take for each key of a budget.
const movedBytes = 256

// MoveSlot gives a slot to another shard, with all its keys in all databases, when these
// are not more than budget, what they hold is not much more, and nobody has pinned it; else it does nothing and returns false. The tokens of both
// shards are held. A database that is made meanwhile has no keys there.
func (s *Space) MoveSlot(n uint16, to, budget int) bool {
	from, dst := s.shards[s.slots.Owner(n)], s.shards[to]
	if from == dst {
		return true
	}
	keys := 0
	for i := range s.databases {
		if d := s.Existing(i); d != nil {
			keys += d.Part(from.id).SlotCount(n)
		}
	}
	if keys > budget || slices.Contains(from.pinned, n) || s.copied(n, from.id) > int64(budget)*movedBytes {
		return false
	}
	for i := range s.databases {
		if d := s.Existing(i); d != nil {
			p := d.Part(from.id)
			p.resettle(p.store.Table(n), n, d.Part(to))
		}
	}
	from.owned.Set(n, false)
	dst.owned.Set(n, true)
	s.slots.Move(n, to)
	return true
}

// copied is how much values of a slot take that have to be copied when it leaves its shard.
func (s *Space) copied(n uint16, shard int) (bytes int64) {
	for i := range s.databases {
		if d := s.Existing(i); d != nil {
			t := d.Part(shard).store.Table(n)
			for i := range t.Pages() {
				t.Page(i, func(r offheap.Ref, _ bool) {
					if e := Entry(r); e.Encoding() == Own {
						bytes += s.Ops(e).Bytes(e.Value())
					}
				})
			}
		}
	}
	return bytes
}

// resettle moves what table t holds into the other part's memory, and leaves
// in its place a table that lies there.
func (p *Part) resettle(t *hashtable.Table, slot uint16, to *Part) {
	p.tallied(slot, -t.Len(), -t.Volatile())
	old := *t
	*t = hashtable.Table{}
	for i := range old.Pages() {
		old.Page(i, func(r offheap.Ref, _ bool) {
			e := Entry(r)
			k := Key{e.Key(), p.shard.space.hasher.hash(e.Key()), slot}
			n := to.adopt(p, e, &k, 0)
			if p.Unsaved(e) != to.Unsaved(n) {
				n.flip()
			}
			to.enter(&k, 0, n)
			handed(p, e, to)
		})
	}
	held := p.arena().Used()
	old.Free(&p.shard.alloc)
	p.used += p.arena().Used() - held
}
