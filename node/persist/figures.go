package persist

import (
	"strconv"

	"sigrun/internal/metrics"
)

// Figures are what INFO tells of saving and loading.
func (k *Keeper) Figures() []metrics.Row {
	p := &k.Progress
	saves := func(of func(*Saves) int64) func() int64 {
		return func() int64 { s := k.Saves(); return of(&s) }
	}
	running := func(of func(*Running) int64, none int64) func() int64 {
		return func() int64 {
			if r, ok := k.Running(); ok {
				return of(&r)
			}
			return none
		}
	}
	beside := func(of func(*Running) int64) func() int64 {
		return func() int64 { r, _ := beingWritten(k); return of(&r) }
	}
	cow := beside(func(r *Running) int64 { return r.Cow })
	rows := []metrics.Row{
		metrics.Level("loading", func() int64 { return flag(p.Loading.Load()) }),
		metrics.Level("mem_not_counted_for_evict", k.preimages.Load),
		metrics.Level("current_cow_peak", cow),
		metrics.Level("current_cow_size", cow),
		metrics.Ratio("current_fork_perc", func() float64 {
			r, _ := beingWritten(k)
			return 100 * float64(r.Keys) / float64(max(r.Total, 1))
		}),
		metrics.Level("current_save_keys_processed", beside(func(r *Running) int64 { return r.Keys })),
		metrics.Level("current_save_keys_total", beside(func(r *Running) int64 { return r.Total })),
		metrics.Level("rdb_changes_since_last_save", k.Dirty),
		metrics.Level("rdb_bgsave_in_progress", running(func(*Running) int64 { return 1 }, 0)),
		metrics.Level("rdb_last_save_time", saves(func(s *Saves) int64 { return s.Last })),
		metrics.Words("rdb_last_bgsave_status", func() string {
			if k.Saves().Failed {
				return "err"
			}
			return "ok"
		}),
		metrics.Level("rdb_last_bgsave_time_sec", saves(func(s *Saves) int64 { return s.LastSeconds })),
		metrics.Level("rdb_current_bgsave_time_sec", running(func(r *Running) int64 { return k.now() - r.Since }, -1)),
		metrics.Count("rdb_saves", saves(func(s *Saves) int64 { return s.Count })),
		metrics.Level("rdb_last_cow_size", saves(func(s *Saves) int64 { return s.LastCow })),
		metrics.Level("rdb_last_load_keys_expired", p.Expired.Load),
		metrics.Level("rdb_last_load_keys_loaded", p.Keys.Load),
		metrics.Lines("while_loading", k.loadingLines),
	}
	rows = append(rows, k.logFigures()...)
	return append(rows, metrics.Empty("async_loading", "current_cow_size_age")...)
}

// logFigures are what INFO tells of the append-only file.
func (k *Keeper) logFigures() []metrics.Row {
	l := k.Appends
	f := &l.figures
	rewrites := func(of func(*Rewrites) int64) func() int64 {
		return func() int64 {
			k.mu.Lock()
			defer k.mu.Unlock()
			return of(&k.rewrites)
		}
	}
	status := func(failed func() bool) func() string {
		return func() string {
			if failed() {
				return "err"
			}
			return "ok"
		}
	}
	scheduled := rewrites(func(r *Rewrites) int64 { return flag(r.scheduled) })
	lines := func(emit func(name, value string)) {
		if !l.On() {
			return
		}
		for _, line := range []struct {
			name  string
			value int64
		}{{"aof_current_size", f.Size.Load()}, {"aof_base_size", f.Base.Load()}, {"aof_pending_rewrite", scheduled()}, {"aof_buffer_length", f.Pending.Load()},
			{"aof_pending_bio_fsync", flag(l.syncing.Load() != 0)}, {"aof_delayed_fsync", f.Delayed.Load()}} {
			emit(line.name, strconv.FormatInt(line.value, 10))
		}
	}
	return []metrics.Row{
		metrics.Level("aof_enabled", func() int64 { return flag(l.On() && l.wanted.Load()) }),
		metrics.Level("aof_rewrite_in_progress", rewrites(func(*Rewrites) int64 { return flag(k.rewriting()) })),
		metrics.Level("aof_rewrite_scheduled", scheduled),
		metrics.Level("aof_last_rewrite_time_sec", rewrites(func(r *Rewrites) int64 { return r.LastSeconds })),
		metrics.Level("aof_current_rewrite_time_sec", rewrites(func(*Rewrites) int64 {
			switch {
			case !k.rewriting():
				return -1
			case k.job.off(): // it follows
				return 0
			}
			return k.now() - k.job.since
		})),
		metrics.Words("aof_last_bgrewrite_status", status(func() bool { return rewrites(func(r *Rewrites) int64 { return flag(r.Failed) })() != 0 })),
		metrics.Words("aof_last_write_status", status(f.Failed.Load)),
		metrics.Count("aof_rewrites", rewrites(func(r *Rewrites) int64 { return r.Count })),
		metrics.Level("aof_rewrites_consecutive_failures", rewrites(func(r *Rewrites) int64 { return r.InARow })),
		metrics.Level("aof_last_cow_size", rewrites(func(r *Rewrites) int64 { return r.LastCow })),
		metrics.Level("mem_aof_buffer", func() int64 { return l.journal.Bytes() + f.Pending.Load() }),
		metrics.Lines("while_logging", lines),
	}
}

// loadingLines tell how far loading is.
func (k *Keeper) loadingLines(emit func(name, value string)) {
	p := &k.Progress
	if !p.Loading.Load() {
		return
	}
	loaded, total := p.Loaded.Load(), p.Total.Load()
	eta := int64(1)
	if loaded > 0 {
		eta = (k.now() - p.Start.Load()) * max(total-loaded, 0) / loaded
	}
	for _, row := range []metrics.Row{
		metrics.Level("loading_start_time", p.Start.Load),
		metrics.Level("loading_total_bytes", p.Total.Load),
		metrics.Level("loading_rdb_used_mem", p.UsedMemory.Load),
		metrics.Level("loading_loaded_bytes", p.Loaded.Load),
		metrics.Ratio("loading_loaded_perc", func() float64 { return 100 * float64(loaded) / float64(max(total, 1)) }),
		metrics.Level("loading_eta_seconds", func() int64 { return eta }),
	} {
		emit(row.Name, row.Text())
	}
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}
