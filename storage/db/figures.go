package db

import "sigrun/internal/metrics"

// Figures are what INFO tells of values that are freed in slices and of compaction.
func (s *Space) Figures() []metrics.Row {
	sum := func(of func(*shard) *metrics.Counter) func() uint64 {
		return func() (n uint64) {
			for _, sh := range s.shards {
				n += of(sh).Load()
			}
			return n
		}
	}
	return []metrics.Row{
		metrics.Level("lazyfree_pending_objects", sum(func(s *shard) *metrics.Counter { return &s.lazy.Pending })),
		metrics.Count("lazyfreed_objects", sum(func(s *shard) *metrics.Counter { return &s.lazy.Freed })),
		metrics.Count("active_defrag_hits", sum(func(s *shard) *metrics.Counter { return &s.compacted.Moved })),
		metrics.Count("active_defrag_misses", sum(func(s *shard) *metrics.Counter { return &s.compacted.Kept })),
		metrics.Count("active_defrag_key_hits", sum(func(s *shard) *metrics.Counter { return &s.compacted.Keys })),
		metrics.Count("active_defrag_key_misses", sum(func(s *shard) *metrics.Counter { return &s.compacted.KeysKept })),
		metrics.Count("active_defrag_rounds", sum(func(s *shard) *metrics.Counter { return &s.compacted.Rounds })),
		metrics.Count("active_defrag_slabs_emptied", sum(func(s *shard) *metrics.Counter { return &s.compacted.Emptied })),
	}
}
