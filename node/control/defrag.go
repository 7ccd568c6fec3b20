package control

import (
	"sigrun/internal/metrics"
	"sigrun/storage/db"
)

// allocated is what data and heap use, in bytes; resident what they hold for it.
func (k *Control) allocated() uint64 { return uint64(k.dataBytes()) + k.figures.memory.HeapAlloc }

func (k *Control) resident() uint64 {
	m := &k.figures.memory
	return uint64(k.Region()) + m.HeapSys - m.HeapReleased
}

// holes is the memory of slabs that no object uses, in bytes: what compaction can give back.
func (k *Control) holes() uint64 {
	holes, _ := k.Engine.Holes()
	return uint64(holes)
}

// defragRows is what compaction did.
func (k *Control) defragRows() []metrics.Row {
	sum := func(of func(*db.Compaction) *metrics.Counter) func() uint64 {
		return k.shards(func(s int) uint64 { return of(k.Engine.Space.Compaction(s)).Load() })
	}
	rows := []metrics.Row{
		k.counted("active_defrag_hits", sum(func(c *db.Compaction) *metrics.Counter { return &c.Moved })),
		k.counted("active_defrag_misses", sum(func(c *db.Compaction) *metrics.Counter { return &c.Kept })),
		k.counted("active_defrag_key_hits", sum(func(c *db.Compaction) *metrics.Counter { return &c.Keys })),
		k.counted("active_defrag_key_misses", sum(func(c *db.Compaction) *metrics.Counter { return &c.KeysKept })),
		k.counted("active_defrag_rounds", sum(func(c *db.Compaction) *metrics.Counter { return &c.Rounds })),
		k.counted("active_defrag_slabs_emptied", sum(func(c *db.Compaction) *metrics.Counter { return &c.Emptied })),
	}
	stats := &k.Engine.Compact
	needed := func() int64 { // ms
		if since := stats.Since.Load(); since != 0 {
			return (k.Engine.Clock.Mono() - since) / 1e6
		}
		return 0
	}
	return append(rows, in(metrics.Stats,
		"total_active_defrag_time", func() int64 { return stats.Needed.Load()/1e6 + needed() },
		"current_active_defrag_time", needed)...)
}
