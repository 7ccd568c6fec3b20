package db

import (
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/kvstore"
)

// Sampled is an entry as it was found: where it lies, and in which slot.
type Sampled struct {
	Entry Entry
	Slot  uint16
}

// Sampler draws entries of a part; its shard's token is held.
type Sampler struct{ *Part }

// Sample fills buf with entries from random places, with volatile those alone that expire, and returns how many it found: a few from each
// place, every entry as likely as any other. What they are has begun to load.
func (p Sampler) Sample(r *rng.Rand, volatile bool, buf []Sampled) (n int) {
	kind := kvstore.All
	if volatile {
		kind = kvstore.Volatile
	}
	var refs [64]offheap.Ref
	for places := 0; places < len(buf) && n < len(buf); places++ {
		count := p.tally.Count(kind)
		if count == 0 {
			return n
		}
		at := p.tally.Pick(p.store, kind, r.Intn(count))
		t := p.store.Table(at)
		found := t.Sample(r, volatile, refs[:min(len(buf)-n, len(refs))])
		if found == 0 {
			refs[0] = t.Random(r, volatile)
			found = 1
		}
		for _, ref := range refs[:found] {
			p.shard.space.region.Prefetch(uint64(ref))
			buf[n] = Sampled{Entry(ref), at}
			n++
		}
	}
	return n
}

// Locate is the key of an entry that was found earlier, if the part's table still refers to it under a hash; else the entry is gone, or has
// another place. The key's name is a view.
func (p Sampler) Locate(s Sampled, hash uint64) (k Key, there bool) {
	if !p.Owns(s.Slot) || !p.store.Table(s.Slot).Has(hash, offheap.Ref(s.Entry)) {
		return Key{}, false
	}
	return Key{s.Entry.Key(), hash, s.Slot}, true
}

// HashOf is the hash of an entry's key.
func (p Sampler) HashOf(e Entry) uint64 { return p.shard.space.hasher.hash(e.Key()) }

// Tell has the account of memory know to the byte what a shard uses.
func (s *Space) Tell(shard int) { s.shards[shard].alloc.Arena.Tell() }
