package exec

import (
	"sigrun/protocol/call"
	"sigrun/shards/commit"
	"sigrun/shards/evict"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// MakeRoom has keys go, or what waits to be freed, until memory is within its limit, for as long as one may (evict.Evictor). No token is
// held. enough: there is room, or as much was made as a command of so many bytes may take; none: nothing more can go.
func (c *Ctx) MakeRoom(bytes int64) (enough, none bool) {
	if !c.e.Evict.Memory.Over() {
		return true, false
	}
	c.Lap() // what ran so far, and what follows, takes no time for this
	running, spec, client, held := c.cmd, c.Spec, c.Client, c.held
	c.Now = c.k.Clock.Millis()
	room, freed := c.evictor.Room()
	c.cmd, c.Spec, c.Client, c.held = running, spec, client, held
	c.Lap()
	return room == evict.Plenty || room == evict.Working && freed >= bytes, room == evict.Nobody
}

// OutOfMemory reports whether memory is over its limit and nothing more can go, or the process is full.
func (c *Router) OutOfMemory() bool { return c.e.Evict.OutOfMemory() }

// Try, Release and Later are the dispatcher's (evict.Host).
func (b background) Try(shard int) bool {
	if !b.e.Actors.Try(shard) {
		return false
	}
	b.alone(shard, call.ByEviction)
	return true
}

func (b background) Release(shard int) { b.e.Actors.Release(shard, b.Ctx) }

func (b background) Later() { b.e.Actors.UpkeepDue() }

// Evicted says that k is gone to make room. That is no change that a snapshot is due after.
func (b background) Evicted(s *keyspace.Shard, database int, k *db.Key) {
	if b.Recording() {
		verb := "DEL"
		if b.k.Settings.LazyEviction.Load() {
			verb = "UNLINK"
		}
		b.record(commit.Record{DB: database, Slot: int32(k.Slot), Args: [][]byte{[]byte(verb), append([]byte(nil), k.Name...)}})
	}
	b.happened(database, k, evicted, false)
	if s.Eventful() {
		b.tellWatchers(s, commit.Touch{DB: database, Slot: k.Slot, Name: k.Name})
		b.gone(s, database, k, false)
	}
}
