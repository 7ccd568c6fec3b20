package exec

import (
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/internal/rng"
	"sigrun/shards/blocking"
	"sigrun/shards/watch"
	"sigrun/storage/db"
)

// Shard is what one actor owns beside its part of the databases. All of it needs the
// shard's token; the counters may be read by anybody.
type Shard struct {
	id      int
	e       *Engine
	watched watch.Table
	blocked blocking.Table
	rand    *rng.Rand
	chore   choreState

	compacted compacted

	seq uint64 // of the newest commit with records that concerns it

	// eventful is set while somebody waits for or watches keys here, so that writes
	// look no further otherwise.
	eventful bool

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

func (s *Shard) init(e *Engine, id int) {
	s.id, s.e = id, e
	s.rand = rng.New(uint64(id)*0x9E3779B97F4A7C15 + uint64(e.Clock.Mono()))
}

// part is what the shard holds of database n.
func (s *Shard) part(n int) *db.Part { return s.e.Space.Database(n).Part(s.id) }

// refresh keeps eventful true to the tables after they changed.
func (s *Shard) refresh() {
	s.eventful = !s.watched.Empty() || !s.blocked.Empty()
	s.Counters.BlockedKeys.Set(uint64(s.blocked.Keys()))
	s.Counters.LiveKeys.Set(uint64(s.blocked.LiveKeys()))
	s.Counters.WatchedKeys.Set(uint64(s.watched.Len()))
}
