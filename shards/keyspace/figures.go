package keyspace

import (
	"slices"

	"sigrun/internal/metrics"
)

// Figures are what INFO tells of waiting and watching, of tokens that are held and of memory that is compacted.
func (k *Keyspace) Figures() []metrics.Row {
	sum := func(of func(*Shard) uint64) func() uint64 {
		return func() (n uint64) {
			for i := range k.Shards {
				n += of(k.Shard(i))
			}
			return n
		}
	}
	each := func(fn func(*Shard)) {
		for i := range k.Shards {
			fn(k.Shard(i))
		}
	}
	longest := func() (usec int64) {
		each(func(s *Shard) { usec = max(usec, s.Counters.LongestHold.Load()/1000) })
		return usec
	}
	needed := func() int64 { // ms
		if since := k.Compact.Since.Load(); since != 0 {
			return (k.Clock.Mono() - since) / 1e6
		}
		return 0
	}
	rows := []metrics.Row{
		metrics.Level("total_watched_keys", sum(func(s *Shard) uint64 { return s.Counters.WatchedKeys.Load() })),
		metrics.Level("total_blocking_keys", sum(func(s *Shard) uint64 { return s.Counters.BlockedKeys.Load() })),
		metrics.Level("total_blocking_keys_on_nokey", sum(func(s *Shard) uint64 { return s.Counters.LiveKeys.Load() })),
		metrics.Total("slots_moved", k.SlotsMoved.Load),
		metrics.Level("longest_token_hold_usec", longest).Again(func() { each(func(s *Shard) { s.Counters.LongestHold.Store(0) }) }),
		metrics.Total("token_holds_disturbed", sum(func(s *Shard) uint64 { return uint64(s.Counters.DisturbedHolds.Load()) })).
			Again(func() { each(func(s *Shard) { s.Counters.DisturbedHolds.Store(0) }) }),
		metrics.Level("active_defrag_running", k.Compact.Effort.Load),
		metrics.Count("total_active_defrag_time", func() int64 { return k.Compact.Needed.Load()/1e6 + needed() }),
		metrics.Level("current_active_defrag_time", needed),
	}
	return slices.Concat(rows, k.Tracking.Figures(), k.Space.Figures())
}
