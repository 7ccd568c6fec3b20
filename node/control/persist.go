package control

import (
	"errors"

	"sigrun/internal/metrics"
	"sigrun/node/persist"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

func persistRows() []Row {
	row := func(run Handler, s command.Spec) Row {
		s.Place, s.Group = command.OnControl, "server"
		return Row{Run: run, Spec: s}
	}
	return []Row{
		row(save, command.Spec{Name: "SAVE", Arity: 1, AllTokens: true, Flags: command.Admin | command.NoScript | command.NoMulti | command.NoAsyncLoading, Since: "1.0.0",
			Summary: "Writes all databases to disk while everybody waits.", Complexity: "O(N), N being the number of keys."}),
		row(bgSave, command.Spec{Name: "BGSAVE", Arity: -1, AllTokens: true, Flags: command.Admin | command.NoScript | command.NoAsyncLoading, Since: "1.0.0",
			Summary: "Writes all databases to disk in the background.", Complexity: "O(1)"}),
		row(lastSave, command.Spec{Name: "LASTSAVE", Arity: 1, Flags: command.Loading | command.Stale | command.Fast,
			ACL: command.CatAdmin | command.CatDangerous, Since: "1.0.0", Summary: "Tells the Unix time of the last save that succeeded.",
			Complexity: "O(1)", Tips: []string{"nondeterministic_output"}}),
	}
}

// save implements SAVE.
func save(c *Ctx) error {
	if err := c.Persist.Save(); err != nil {
		return saveError(err)
	}
	c.Out.OK()
	return nil
}

// saveError is what clients are told; the log knows more.
func saveError(err error) error {
	if errors.Is(err, persist.ErrInProgress) {
		return err
	}
	return resp.Errorf("ERR")
}

// bgSave implements BGSAVE [SCHEDULE | CANCEL].
func bgSave(c *Ctx) error {
	switch {
	case len(c.Args) == 1:
	case len(c.Args) == 2 && is(c.Args[1], "SCHEDULE"): // behind another child process, of which there is none
	case len(c.Args) == 2 && is(c.Args[1], "CANCEL"):
		return cancelSave(c)
	default:
		return resp.ErrSyntax
	}
	_, running := c.Persist.Running()
	switch {
	case running:
		return persist.ErrInProgress
	case c.InTx: // in the middle of a transaction is no moment to be saved
		c.Persist.Schedule()
		c.Out.Simple("Background saving scheduled")
		return nil
	}
	if err := c.Persist.Background(); err != nil {
		return saveError(err)
	}
	c.Out.Simple("Background saving started")
	if c.Persist.Awaited() {
		c.Session.Away().Before(c.Persist.Started)
	}
	return nil
}

func cancelSave(c *Ctx) error {
	switch c.Persist.Cancel() {
	case persist.UnderWay:
		c.Out.Simple("Background saving cancelled")
	case persist.ToCome:
		c.Out.Simple("Scheduled background saving cancelled")
	case persist.TooLate: // it succeeds, and INFO says so when the reply comes
		c.Session.Away().Before(c.Persist.Ended)
		return errNoSave
	default:
		return errNoSave
	}
	return nil
}

var errNoSave = errors.New("Background saving is currently not in progress or scheduled")

// lastSave implements LASTSAVE.
func lastSave(c *Ctx) error {
	c.Out.Int(c.Persist.Saves().Last)
	return nil
}

func (k *Control) persistenceInfo() []metrics.Row {
	p := k.Persist
	progress := p.Loads()
	saves := func(of func(*persist.Saves) int64) func() int64 {
		return func() int64 { s := p.Saves(); return of(&s) }
	}
	running := func(of func(*persist.Running) int64, none int64) func() int64 {
		return func() int64 {
			if r, ok := p.Running(); ok {
				return of(&r)
			}
			return none
		}
	}
	rows := in(metrics.Persistence,
		"loading", func() int64 { return flag(progress.Loading.Load()) },
		"async_loading", 0,
		"current_cow_peak", running(func(r *persist.Running) int64 { return r.Cow }, 0),
		"current_cow_size", running(func(r *persist.Running) int64 { return r.Cow }, 0),
		"current_cow_size_age", 0,
		"current_fork_perc", func() float64 {
			r, _ := p.Running()
			return 100 * float64(r.Keys) / float64(max(r.Total, 1))
		},
		"current_save_keys_processed", running(func(r *persist.Running) int64 { return r.Keys }, 0),
		"current_save_keys_total", running(func(r *persist.Running) int64 { return r.Total }, 0),
		"rdb_changes_since_last_save", p.Dirty,
		"rdb_bgsave_in_progress", running(func(*persist.Running) int64 { return 1 }, 0),
		"rdb_last_save_time", saves(func(s *persist.Saves) int64 { return s.Last }),
		"rdb_last_bgsave_status", func() string {
			if p.Saves().Failed {
				return "err"
			}
			return "ok"
		},
		"rdb_last_bgsave_time_sec", saves(func(s *persist.Saves) int64 { return s.LastSeconds }),
		"rdb_current_bgsave_time_sec", running(func(r *persist.Running) int64 { return k.Clock.Millis()/1000 - r.Since }, -1),
		"rdb_saves", saves(func(s *persist.Saves) int64 { return s.Count }),
		"rdb_last_cow_size", saves(func(s *persist.Saves) int64 { return s.LastCow }),
		"rdb_last_load_keys_expired", progress.Expired.Load,
		"rdb_last_load_keys_loaded", progress.Keys.Load,
		"aof_enabled", 0, "aof_rewrite_in_progress", 0, "aof_rewrite_scheduled", 0, "aof_last_rewrite_time_sec", -1,
		"aof_current_rewrite_time_sec", -1, "aof_last_bgrewrite_status", "ok", "aof_rewrites", 0,
		"aof_rewrites_consecutive_failures", 0, "aof_last_write_status", "ok", "aof_last_cow_size", 0,
		"module_fork_in_progress", 0, "module_fork_last_cow_size", 0, "slot_migration_fork_in_progress", 0)
	return append(rows, metrics.Row{Section: metrics.Persistence, Lines: k.loadingLines})
}

// loadingLines tell how far loading is.
func (k *Control) loadingLines(emit func(name, value string)) {
	p := k.Persist.Loads()
	if !p.Loading.Load() {
		return
	}
	loaded, total := p.Loaded.Load(), p.Total.Load()
	elapsed := k.Clock.Millis()/1000 - p.Start.Load()
	eta := int64(1)
	if loaded > 0 {
		eta = elapsed * max(total-loaded, 0) / loaded
	}
	for _, row := range in(metrics.Persistence,
		"loading_start_time", p.Start.Load,
		"loading_total_bytes", p.Total.Load,
		"loading_rdb_used_mem", p.UsedMemory.Load,
		"loading_loaded_bytes", p.Loaded.Load,
		"loading_loaded_perc", func() float64 { return 100 * float64(loaded) / float64(max(total, 1)) },
		"loading_eta_seconds", func() int64 { return eta }) {
		emit(row.Name, row.Value())
	}
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}
