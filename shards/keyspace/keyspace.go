// Package keyspace is the shards of a node as memory: what each of them owns beside its part of the databases, which shard
// owns a slot, and the configuration that execution looks at. It runs nothing. Everybody in shards/* works on it, with the tokens
// of the shards concerned.
package keyspace

import (
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
	"sigrun/protocol/slotmap"
	"sigrun/shards/commit"
	"sigrun/shards/tracking"
	"sigrun/storage/db"
)

// Keyspace is all shards of a node.
type Keyspace struct {
	Space    *db.Space
	Slots    *slotmap.Map
	Shards   []Shard
	Settings *Settings
	Clock    clock.Clock
	Commits  commit.Log
	Compact  CompactStats
	Tracking tracking.Registry

	SlotUses   SlotUses
	SlotsMoved atomic.Int64

	listening sim.Mutex // held by whoever has shards know whether there are prefixes

	all call.ShardSet
}

// New makes n shards.
func New(space *db.Space, n int, clock clock.Clock, settings *Settings) *Keyspace {
	k := &Keyspace{Space: space, Slots: space.Slots(), Shards: make([]Shard, n), Settings: settings, Clock: clock}
	tracked := tracking.NewTables(n, slot.Count, &k.Tracking)
	for s := range k.Shards {
		k.Shards[s].init(k, s)
		k.Shards[s].Tracked = tracked[s]
	}
	k.all.AddAll(n)
	return k
}

// Owner is the shard of a slot. Without that shard's token the answer may be old;
// who runs a command checks again.
func (k *Keyspace) Owner(slot uint16) int { return k.Slots.Owner(slot) }

// KeysIn is how many keys a slot has in all databases. The token of its shard is held.
func (k *Keyspace) KeysIn(n uint16) (keys int) {
	for i := range k.Space.Databases() {
		if d := k.Space.Existing(i); d != nil {
			keys += d.Part(k.Owner(n)).SlotCount(n)
		}
	}
	return keys
}

// All is the set of every shard.
func (k *Keyspace) All() *call.ShardSet { return &k.all }

// Shard gives access to one shard; its token is needed for all but the counters.
func (k *Keyspace) Shard(i int) *Shard { return &k.Shards[i] }

// EachPart calls fn for what every shard holds of database n, unless nothing ever
// asked for that database.
func (k *Keyspace) EachPart(n int, fn func(p *db.Part)) {
	d := k.Space.Existing(n)
	if d == nil {
		return
	}
	for s := range k.Shards {
		fn(d.Part(s))
	}
}

// EachWatchedIn calls fn for every key of database n that is there and that somebody watches. All tokens are held.
func (k *Keyspace) EachWatchedIn(n int, fn func(s *Shard, key *db.Key)) {
	for i := range k.Shards {
		s := &k.Shards[i]
		s.Watched.Each(func(database int, name string) {
			if key := k.Space.Hasher().Key([]byte(name)); database == n && s.Part(n).Find(&key) != 0 {
				fn(s, &key)
			}
		})
	}
}

// Emptying tells who watches a key of database n that all of them are about to go, because a file is read in their place: that is no commit, for
// what consumers are to hold does not change by it. All tokens are held.
func (k *Keyspace) Emptying(n int) {
	k.EachWatchedIn(n, func(s *Shard, key *db.Key) { s.Watched.Touch(n, key.Name, true) })
}

// Usage is what one shard holds.
type Usage struct {
	Keys, Volatile int   // of all databases
	Bytes          int64 // of keys, values and tables
}

// Usage needs the shard's token.
func (k *Keyspace) Usage(shard int) (u Usage) {
	for i := 0; i < k.Space.Databases(); i++ {
		if d := k.Space.Existing(i); d != nil {
			u.Keys += d.Part(shard).Count()
			u.Volatile += d.Part(shard).Volatile()
		}
	}
	u.Bytes = k.Space.Arena(shard).Used()
	return u
}

// SizeOf is the memory of an entry with its value.
func (k *Keyspace) SizeOf(entry db.Entry) int {
	n := entry.Bytes()
	if entry.Type() != db.String {
		n += int(k.Space.Ops(entry).Bytes(entry.Value()))
	}
	return n
}

// CompactStats is what compaction is doing; INFO shows it.
type CompactStats struct {
	Effort atomic.Int64 // per cent of a core that it may take now, 0: there is no need
	Since  atomic.Int64 // Mono from which there has been need
	Needed atomic.Int64 // ns for which there was, before Since
}

// Holes is the memory in the slabs of all shards that no object uses, and what is in use, in
// bytes, as of each shard's last chores.
func (k *Keyspace) Holes() (holes, used int64) {
	for s := range k.Shards {
		a := k.Space.Compaction(s)
		holes += int64(a.Holes.Load())
		used += int64(a.Used.Load())
	}
	return holes, used
}
