package db

import (
	"encoding/binary"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
	"sigrun/storage/kvstore"
	"sigrun/storage/vset"
)

// Part is what one shard holds of one database. All its methods need the
// shard's token.
type Part struct {
	shard *shard
	store *kvstore.Store
	counts
	used int64
	due  vset.Set // values with elements that expire

	// where ExpireScan goes on
	dueSlot int
	duePage int
}

// SlotCount is the number of keys in a slot of this shard.
func (p *Part) SlotCount(slot uint16) int { return p.store.Table(slot).Len() }

// Shard is the number of the part's shard.
func (p *Part) Shard() int { return p.shard.id }

// Used is the memory of entries, large strings and tables in bytes, without
// garbage and without what values that are no strings allocated.
func (p *Part) Used() int64 { return p.used }

// TableBytes is the part of Used that the tables take. It looks at every slot that has
// keys.
func (p *Part) TableBytes() (n int64) {
	p.eachTable(func(t *hashtable.Table) bool {
		n += int64(t.Bytes())
		return true
	})
	return n
}

func (p *Part) arena() *offheap.Arena { return p.shard.alloc.Arena }

func (p *Part) table(k *Key) *hashtable.Table { return p.store.Table(k.Slot) }

// Find is the entry of a key, 0 when there is none. Expired ones are found too.
func (p *Part) Find(k *Key) Entry {
	first := Entry(p.table(k).First(k.Hash))
	if first == 0 || first.is(k.Name) {
		return first
	}
	for c := p.table(k).Probe(k.Hash); c.Next(); {
		if e := Entry(c.Ref); e.is(k.Name) {
			return e
		}
	}
	return 0
}

// Delete removes a key; e is what Find returned. A large value becomes garbage.
func (p *Part) Delete(k *Key, e Entry) {
	p.Changing(e)
	p.unlink(k, e)
	p.used -= int64(e.Bytes())
	p.shard.release(e)
}

// SetExpire gives a key a time of expiry in Unix milliseconds, 0 for none. It
// may move the entry.
func (p *Part) SetExpire(k *Key, e Entry, at int64) Entry {
	p.Changing(e)
	s := e.shape()
	had := s.flags&expires != 0
	if had == (at != 0) {
		e.putExpire(&s, at)
		return e
	}
	to := s.like(s.keyLen, s.valLen, at != 0)
	n := p.create(k, e, &to, at)
	copy(n.bytes(to.valAt, to.valLen), e.bytes(s.valAt, s.valLen))
	if s.enc() == Own {
		p.arena().Moved(e.Value(), n.Value())
	}
	p.enter(k, e, n)
	p.drop(e)
	return n
}

// create writes a new entry up to its value, which the caller fills in before
// the entry it replaces, if any, goes.
func (p *Part) create(k *Key, old Entry, s *shape, expireAt int64) Entry {
	n := p.arena().Alloc(s.size())
	p.used += int64(offheap.ClassSize(s.size()))
	e := Entry(n)
	b := n.Bytes(maxHead)
	access := p.shard.space.birth.Load()
	if old != 0 {
		access = old.Access()
	}
	*offheap.At[uint32](n) = uint32(s.flags&^savedBit|p.shard.saved) | access<<(8*accessAt)
	at := lengthsAt + binary.PutUvarint(b[lengthsAt:], uint64(s.keyLen))
	if s.enc() == Raw {
		binary.PutUvarint(b[at:], uint64(s.valLen))
	}
	e.putExpire(s, expireAt)
	copy(e.bytes(s.keyAt, s.keyLen), k.Name)
	return e
}

func (e Entry) putExpire(s *shape, at int64) {
	if s.flags&expires != 0 {
		binary.LittleEndian.PutUint64(e.bytes(s.keyAt-8, 8), uint64(at))
	}
}

// enter makes the table refer to n, instead of to old if there is one.
func (p *Part) enter(k *Key, old, n Entry) {
	t, a := p.table(k), p.arena()
	if invariants.Enabled && old == 0 {
		invariants.Assert(p.Find(k) == 0, "a key is entered beside its own entry")
	}
	if old != 0 {
		p.untrack(old)
	}
	p.track(n)
	held, volatile, keys := a.Used(), t.Volatile(), t.Len()
	ttl := n.flags()&expires != 0
	if old == 0 {
		t.Insert(&p.shard.alloc, k.Hash, offheap.Ref(n), ttl)
	} else {
		t.Replace(k.Hash, offheap.Ref(old), offheap.Ref(n), ttl)
	}
	p.used += a.Used() - held
	p.tallied(k.Slot, t.Len()-keys, t.Volatile()-volatile)
}

// unlink takes an entry out of the table; it goes on living.
func (p *Part) unlink(k *Key, e Entry) {
	p.untrack(e)
	t, a := p.table(k), p.arena()
	held, volatile := a.Used(), t.Volatile()
	t.Delete(&p.shard.alloc, k.Hash, offheap.Ref(e))
	p.used += a.Used() - held
	p.tallied(k.Slot, -1, t.Volatile()-volatile)
}

// drop frees the memory of an entry, but nothing its value refers to.
func (p *Part) drop(e Entry) {
	s := e.shape()
	p.used -= int64(offheap.ClassSize(s.size()))
	p.arena().Free(offheap.Ref(e), s.size())
}

// replace enters n for old and frees old with all it has.
func (p *Part) replace(k *Key, old, n Entry) Entry {
	if old != 0 {
		p.Changing(old)
	}
	p.enter(k, old, n)
	if old != 0 {
		p.used -= int64(old.Bytes())
		p.shard.release(old)
	}
	return n
}
