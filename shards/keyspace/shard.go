package keyspace

import (
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/shards/blocking"
	"sigrun/shards/tracking"
	"sigrun/shards/watch"
	"sigrun/storage/db"
)

// Chore is where a shard's background work stands.
type Chore struct {
	Database int // the database that is next
	Visited  int // databases of this round that had nothing more to do

	Compacted Compacted
}

// Compacted is what a shard's last round of compaction came to.
type Compacted struct {
	At      int64 // Mono
	Emptied uint64
	Holes   uint64 // bytes that were left
}

// Shard is what one actor owns beside its part of the databases. All of it needs the
// shard's token; the counters may be read by anybody.
type Shard struct {
	ID      int
	k       *Keyspace
	Watched watch.Table
	Blocked blocking.Table
	Tracked tracking.Table
	Chore   Chore

	Seq uint64 // of the newest commit with records whose step held its token, or that of a shard from which a slot has come

	eventful atomic.Uint32 // why Eventful; the holder of the token changes local alone

	Counters Counters
	_        [64]byte
}

// Counters of one shard: written by the holder of its token, read by INFO. What every
// command counts is not here but in the Tally of who runs it: a line that two loops
// write in turn costs each of them a trip to the other core.
type Counters struct {
	BlockedKeys    metrics.Counter
	LiveKeys       metrics.Counter // of those, whose waiters are told when they are gone
	WatchedKeys    metrics.Counter
	LongestHold    atomic.Int64 // ns of thread CPU time
	DisturbedHolds atomic.Int64 // would have been the longest, had the hypervisor not interfered
}

func (s *Shard) init(k *Keyspace, id int) {
	s.ID, s.k = id, k
}

// Part is what the shard holds of database n.
func (s *Shard) Part(n int) *db.Part { return s.k.Space.Database(n).Part(s.ID) }

// Refresh keeps Eventful true to the tables after they changed.
func (s *Shard) Refresh() {
	s.setEventful(local, !s.Watched.Empty() || !s.Blocked.Empty() || !s.Tracked.Empty())
	s.Counters.BlockedKeys.Set(uint64(s.Blocked.Keys()))
	s.Counters.LiveKeys.Set(uint64(s.Blocked.LiveKeys()))
	s.Counters.WatchedKeys.Set(uint64(s.Watched.Len()))
}
