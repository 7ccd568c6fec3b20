// Package slotmap says which shard a slot belongs to. A node has one Map, and nobody keeps
// a copy: keyspace and engine read the same word, so that they cannot disagree. The entry of
// a slot changes under the tokens of both shards concerned. Whoever holds the token of the
// shard that it names may rely on it; without that token the answer may be old, and is to be
// read again under the token.
package slotmap

import (
	"sync/atomic"

	"sigrun/protocol/slot"
)

// Map is the shard of every slot.
type Map struct {
	shards int
	owner  [slot.Count]atomic.Uint32
}

// New deals the slots out to shards in equal, contiguous ranges.
func New(shards int) *Map {
	m := &Map{shards: shards}
	for n := range m.owner {
		m.owner[n].Store(uint32(n * shards / slot.Count))
	}
	return m
}

// Shards is how many shards there are.
func (m *Map) Shards() int { return m.shards }

// Owner is the shard of a slot.
func (m *Map) Owner(n uint16) int { return int(m.owner[n&(slot.Count-1)].Load()) }

// Move gives a slot to another shard. The tokens of both are held.
func (m *Map) Move(n uint16, to int) { m.owner[n].Store(uint32(to)) }

// SlotOf is some slot of a shard, nearly always the first of those that it began with; 0 when
// it has none left.
func (m *Map) SlotOf(shard int) uint16 {
	first := (shard*slot.Count + m.shards - 1) / m.shards
	for i := range slot.Count {
		if n := uint16((first + i) % slot.Count); m.Owner(n) == shard {
			return n
		}
	}
	return 0
}
