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

// Sample fills buf with entries that lie side by side, from the slot on that holds key number rank (as large as one likes: keys stand in a circle), with
// volatile those alone that expire, and returns how many it found. Slots follow each other until there are enough: who has few keys is met as
// often for each as who has many. What they are has begun to load.
func (p Sampler) Sample(r *rng.Rand, rank int, volatile bool, buf []Sampled) (n int) {
	kind := kvstore.All
	if volatile {
		kind = kvstore.Volatile
	}
	count := p.tally.Count(kind)
	if count == 0 {
		return 0
	}
	var refs [64]offheap.Ref
	at := p.tally.Pick(p.store, kind, rank%count)
	for places := 0; places < len(buf) && n < len(buf); places++ {
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
		at = p.after(kind, at)
	}
	return n
}

// after is the next slot that has keys of a kind, behind the last one the first: there is one.
func (p Sampler) after(k kvstore.Kind, at uint16) uint16 {
	if next, ok := p.tally.Next(p.store, k, int(at)+1); ok {
		return next
	}
	first, _ := p.tally.Next(p.store, k, 0)
	return first
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
