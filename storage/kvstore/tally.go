package kvstore

import (
	"math/bits"

	"sigrun/protocol/slot"
	"sigrun/storage/hashtable"
)

// Kind chooses what is counted or looked for.
type Kind int

const (
	All      Kind = iota // every key
	Volatile             // keys with the TTL bit
	kinds
)

// Owned is the slots of one shard, a bit each. All databases share it: a slot is a shard's
// in all of them, those that are not made yet included.
type Owned [groups]uint64

// Set makes a slot the shard's or takes it away. It must hold no keys.
func (o *Owned) Set(n uint16, mine bool) {
	bit := uint64(1) << (n & 63)
	if mine {
		o[n>>groupShift] |= bit
	} else {
		o[n>>groupShift] &^= bit
	}
}

// Next is the first of the slots from the given one on, slot.Count when there is none.
func (o *Owned) Next(from int) int {
	for from < slot.Count {
		if word := o[from>>groupShift] >> (from & 63); word != 0 {
			return from + bits.TrailingZeros64(word)
		}
		from = (from>>groupShift + 1) << groupShift
	}
	return slot.Count
}

// Has tells whether a slot is the shard's.
func (o *Owned) Has(n uint16) bool {
	return o[n>>groupShift]>>(n&63)&1 != 0
}

// RunEnd is the first slot from the given one on that is not the shard's,
// slot.Count when all are.
func (o *Owned) RunEnd(from int) int {
	for from < slot.Count {
		group := from >> groupShift
		if n := bits.TrailingZeros64(^(o[group] >> (from & 63))); n < 64-from&63 {
			return from + n
		}
		from = (group + 1) << groupShift
	}
	return slot.Count
}

// Tally is what one shard knows about its slots of one Store.
type Tally struct {
	owned  *Owned
	counts [kinds]fenwick
}

// Init begins to count in the slots of a shard, which are empty.
func (t *Tally) Init(owned *Owned) { t.owned = owned }

// Owns tells whether a slot is the shard's.
func (t *Tally) Owns(n uint16) bool { return t.owned.Has(n) }

// RunEnd is that of the shard's slots.
func (t *Tally) RunEnd(from int) int { return t.owned.RunEnd(from) }

// Add records that a slot has so many keys more, and so many of them volatile.
func (t *Tally) Add(n uint16, keys, volatile int) {
	if keys != 0 {
		t.counts[All].add(int(n>>groupShift), keys)
	}
	if volatile != 0 {
		t.counts[Volatile].add(int(n>>groupShift), volatile)
	}
}

// Reset forgets all counts: the tables are empty.
func (t *Tally) Reset() { t.counts = [kinds]fenwick{} }

// Count is the number of keys.
func (t *Tally) Count(k Kind) int { return t.counts[k].total }

func count(t *hashtable.Table, k Kind) int {
	if k == Volatile {
		return t.Volatile()
	}
	return t.Len()
}

// Pick is the slot that holds key n of Count(k), counted from 0.
func (t *Tally) Pick(s *Store, k Kind, n int) uint16 {
	group, rest := t.counts[k].find(n)
	for word := t.owned[group]; word != 0; word &= word - 1 {
		at := uint16(group<<groupShift + bits.TrailingZeros64(word))
		if rest -= count(s.Table(at), k); rest < 0 {
			return at
		}
	}
	panic("BUG: a tally counts keys that are not there")
}

// Next is the first slot from the given one on that has keys of the kind;
// false when there is none.
func (t *Tally) Next(s *Store, k Kind, from int) (uint16, bool) {
	for from < slot.Count {
		group := from >> groupShift
		for word := t.owned[group] >> (from & 63) << (from & 63); word != 0; word &= word - 1 {
			at := uint16(group<<groupShift + bits.TrailingZeros64(word))
			if count(s.Table(at), k) > 0 {
				return at, true
			}
		}
		// The next group that has any is the one of the next element.
		sum := t.counts[k].before(group + 1)
		if sum == t.counts[k].total {
			break
		}
		group, _ = t.counts[k].find(sum)
		from = group << groupShift
	}
	return 0, false
}
