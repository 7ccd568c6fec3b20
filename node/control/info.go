package control

import (
	"fmt"
	"strconv"

	"sigrun/internal/metrics"
	"sigrun/internal/version"
	"sigrun/reactor/session"
	"sigrun/shards/observe"
)

// Facts are what INFO tells of the process.
type Facts struct {
	RunID      string
	ConfigFile string
	Executable string
	StartedAt  int64 // unix ms
	Port       func() int
}

// info implements INFO [section ...].
func info(c *Ctx) error {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	c.look(c.Held, c.Run)
	c.Out.Verbatim("txt", c.Info.Render(words(c.Args[1:])...))
	return nil
}

// AddRows fills INFO.
func (k *Control) AddRows() {
	k.Info.Add(k.serverInfo()...)
	k.Info.Add(metrics.Row{Section: metrics.Server, Lines: k.listenerLines})
	k.Info.Add(k.clientInfo()...)
	k.Info.Add(k.memoryInfo()...)
	k.Info.Add(k.persistenceInfo()...)
	k.Info.Add(k.statsInfo()...)
	k.Info.Add(k.replicationInfo()...)
	k.Info.Add(k.cpuInfo()...)
	k.Info.Add(metrics.Row{Section: metrics.Modules, Lines: func(func(name, value string)) {}}) // there are none, as the section says
	k.Info.Add(in(metrics.Engines, "engines_count", 1, "engines_total_used_memory", k.Scripts.Compiled, "engines_total_memory_overhead", 0,
		"engine_0", func() string {
			return fmt.Sprintf("name=LUA,module=built-in,abi_version=4,used_memory=%d,memory_overhead=0", k.Scripts.Compiled())
		})...)
	k.Info.Add(k.commandInfo()...)
	k.Info.Add(metrics.Row{Section: metrics.Cluster, Name: "cluster_enabled", Value: metrics.Text("0")})
	k.Info.Add(metrics.Row{Section: metrics.Keyspace, Lines: k.keyspaceLines})
	k.Info.Add(k.debugInfo()...)
	k.Info.Add(k.sigrunInfo()...)
}

// in makes rows of one section from names and functions in turn.
func in(section metrics.Section, pairs ...any) []metrics.Row {
	rows := make([]metrics.Row, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		rows = append(rows, metrics.Row{Section: section, Name: pairs[i].(string), Value: value(pairs[i+1])})
	}
	return rows
}

// value makes the text of a field from what it is known by.
func value(from any) func() string {
	switch v := from.(type) {
	case string:
		return func() string { return v }
	case int:
		return metrics.Text(strconv.Itoa(v))
	case func() string:
		return v
	case func() int:
		return func() string { return strconv.Itoa(v()) }
	case func() int64:
		return func() string { return strconv.FormatInt(v(), 10) }
	case func() uint64:
		return func() string { return strconv.FormatUint(v(), 10) }
	case func() float64:
		return func() string { return fmt.Sprintf("%.2f", v()) }
	}
	panic(fmt.Sprintf("BUG: no value of INFO comes from %T", from))
}

// modeLine tells how many servers work together, under the name of old if somebody may look for that.
func (k *Control) modeLine(emit func(name, value string)) {
	if k.Settings.AsRedis.Load() {
		emit("redis_mode", "standalone")
		return
	}
	emit("server_mode", "standalone")
}

func (k *Control) serverInfo() []metrics.Row {
	up := func() int64 { return (k.Clock.Millis() - k.Facts.StartedAt) / 1000 }
	rows := in(metrics.Server,
		"redis_version", version.Redis,
		"server_name", "valkey",
		"valkey_version", version.Valkey,
		"valkey_release_stage", "dev",
		"sigrun_version", version.Sigrun,
		"redis_git_sha1", "00000000", "redis_git_dirty", 0, "redis_build_id", goVersion())
	rows = append(rows, metrics.Row{Section: metrics.Server, Lines: k.modeLine})
	return append(rows, in(metrics.Server,
		"os", osName(),
		"arch_bits", 64,
		"monotonic_clock", k.Engine.Watch.Source(),
		"multiplexing_api", "epoll",
		"go_version", goVersion(),
		"process_id", pid(),
		"process_supervised", k.Config.Value("supervised").String,
		"run_id", k.Facts.RunID,
		"tcp_port", k.Facts.Port,
		"server_time_usec", func() int64 { return k.Clock.Millis() * 1000 },
		"uptime_in_seconds", up,
		"uptime_in_days", func() int64 { return up() / 86400 },
		"hz", k.Config.Value("hz").String,
		"configured_hz", k.Config.Value("hz").String, "clients_hz", k.Config.Value("hz").String,
		"lru_clock", func() int64 { return k.Clock.Millis() / 1000 & (1<<24 - 1) },
		"executable", k.Facts.Executable,
		"config_file", k.Facts.ConfigFile,
		"io_threads_active", func() int {
			if k.Reactor.Active() > 1 {
				return 1
			}
			return 0
		},
		"availability_zone", k.Config.Value("availability-zone").String)...)
}

// listenerLines tell where the server listens.
func (k *Control) listenerLines(emit func(name, value string)) {
	n := 0
	line := func(value string) {
		emit("listener"+strconv.Itoa(n), value)
		n++
	}
	if bind := k.Config.Value("bind").Words(); len(bind) > 0 {
		tcp := "name=tcp"
		for _, host := range bind {
			tcp += ",bind=" + host
		}
		if port := k.Facts.Port(); port > 0 {
			tcp += ",port=" + strconv.Itoa(port)
		}
		line(tcp)
	}
	if path := k.Config.Value("unixsocket").String(); path != "" {
		line("name=unix,bind=" + path)
	}
}

func (k *Control) clientInfo() []metrics.Row {
	f := &k.figures.clients
	return in(metrics.Clients,
		"connected_clients", k.Reactor.Clients,
		"cluster_connections", 0,
		"maxclients", k.Config.Value("maxclients").String,
		"client_recent_max_input_buffer", func() int { return f.maxIn },
		"client_recent_max_output_buffer", func() int { return f.maxOut },
		"blocked_clients", func() int { return f.blocked },
		"paused_reason", func() string { return k.pauseState().reason },
		"paused_actions", func() string { return k.pauseState().actions },
		"paused_timeout_milliseconds", func() int64 { return k.pauseState().left },
		"tracking_clients", 0,
		"pubsub_clients", func() int { return f.pubsub },
		"watching_clients", func() int { return f.watching },
		"clients_in_timeout_table", func() int { return f.timed },
		"total_watched_keys", k.shards(func(s int) uint64 { return k.Engine.Shard(s).Counters.WatchedKeys.Load() }),
		"total_blocking_keys", k.shards(func(s int) uint64 { return k.Engine.Shard(s).Counters.BlockedKeys.Load() }),
		"total_blocking_keys_on_nokey", k.shards(func(s int) uint64 { return k.Engine.Shard(s).Counters.LiveKeys.Load() }))
}

func (k *Control) memoryInfo() []metrics.Row {
	f := &k.figures
	used, rss := k.usedMemory, func() uint64 { return f.rss }
	human := func(of func() uint64) func() string { return func() string { return metrics.Bytes(of()) } }
	percent := func(a, b func() uint64) func() string {
		return func() string { return fmt.Sprintf("%.2f%%", 100*float64(a())/float64(max(b(), 1))) }
	}
	peak := func() uint64 { return max(f.peak, used()) }
	data := func() uint64 { return uint64(k.dataBytes()) }
	system, limit := totalMemory(), func() uint64 { return uint64(k.Config.Value("maxmemory").Int64()) }
	return in(metrics.Memory,
		"used_memory", used, "used_memory_human", human(used),
		"used_memory_rss", rss, "used_memory_rss_human", human(rss),
		"used_memory_peak", peak, "used_memory_peak_human", human(peak), "used_memory_peak_perc", percent(used, peak),
		"used_memory_overhead", k.overhead,
		"used_memory_startup", baseBytes,
		"used_memory_dataset", data,
		"used_memory_dataset_perc", percent(data, used),
		"allocator_allocated", k.allocated,
		"allocator_active", func() uint64 { return k.allocated() + k.holes() },
		"allocator_resident", k.resident,
		"allocator_muzzy", 0,
		"total_system_memory", func() uint64 { return system }, "total_system_memory_human", metrics.Bytes(system),
		"used_memory_lua", k.Scripts.Compiled, "used_memory_vm_eval", k.Scripts.Compiled,
		"used_memory_lua_human", human(func() uint64 { return uint64(k.Scripts.Compiled()) }),
		"used_memory_scripts_eval", k.Scripts.Bytes, "number_of_cached_scripts", k.Scripts.Count, "number_of_functions", 0, "number_of_libraries", 0,
		"used_memory_vm_functions", 0, "used_memory_vm_total", k.Scripts.Compiled,
		"used_memory_vm_total_human", human(func() uint64 { return uint64(k.Scripts.Compiled()) }),
		"used_memory_functions", 0, "used_memory_scripts", k.Scripts.Bytes, "used_memory_scripts_human", human(func() uint64 { return uint64(k.Scripts.Bytes()) }),
		"maxmemory", limit, "maxmemory_human", human(limit), "maxmemory_policy", k.Config.Value("maxmemory-policy").String,
		"allocator_frag_ratio", func() float64 { return float64(k.allocated()+k.holes()) / float64(max(k.allocated(), 1)) },
		"allocator_frag_bytes", k.holes,
		"allocator_rss_ratio", func() float64 { return float64(k.resident()) / float64(max(k.allocated()+k.holes(), 1)) },
		"allocator_rss_bytes", func() int64 { return int64(k.resident()) - int64(k.allocated()+k.holes()) },
		"rss_overhead_ratio", func() float64 { return float64(rss()) / float64(max(k.resident(), 1)) },
		"rss_overhead_bytes", func() int64 { return int64(rss()) - int64(k.resident()) },
		"mem_fragmentation_ratio", func() float64 { return float64(rss()) / float64(max(used(), 1)) },
		"mem_fragmentation_bytes", func() int64 { return int64(rss()) - int64(used()) },
		"mem_not_counted_for_evict", 0, "mem_replication_backlog", 0, "mem_total_replication_buffers", 0,
		"mem_clients_slaves", 0,
		"mem_clients_normal", func() int { return f.clients.bytes },
		"mem_cluster_links", 0, "mem_cluster_slot_import", 0, "mem_cluster_slot_export", 0, "mem_aof_buffer", 0,
		"mem_allocator", "sigrun",
		"mem_overhead_db_hashtable_rehashing", 0, // a table never has a second one
		"active_defrag_running", func() int64 { return k.Engine.Compact.Effort.Load() },
		"lazyfree_pending_objects", k.shards(func(s int) uint64 { return k.Engine.Space.Lazy(s).Pending.Load() }),
		"lazyfreed_objects", k.fromReset("lazyfreed_objects", k.shards(func(s int) uint64 { return k.Engine.Space.Lazy(s).Freed.Load() })))
}

func (k *Control) statsInfo() []metrics.Row {
	type counters = session.Counters
	type counter = metrics.Counter
	hub := k.Reactor.Hub
	rows := []metrics.Row{
		k.counted("total_connections_received", k.loops(func(c *counters) *counter { return &c.Accepted })),
		k.counted("total_commands_processed", k.Engine.Tallies.Calls),
	}
	rows = append(rows, in(metrics.Stats, "instantaneous_ops_per_sec", func() uint64 { return uint64(k.rate(0) + 0.5) })...)
	rows = append(rows,
		k.counted("total_net_input_bytes", k.loops(func(c *counters) *counter { return &c.NetIn })),
		k.counted("total_net_output_bytes", k.loops(func(c *counters) *counter { return &c.NetOut })))
	rows = append(rows, in(metrics.Stats,
		"instantaneous_input_kbps", func() float64 { return k.rate(1) / 1024 },
		"instantaneous_output_kbps", func() float64 { return k.rate(2) / 1024 },
		"total_net_repl_input_bytes", 0, "total_net_repl_output_bytes", 0,
		"total_net_cluster_slot_import_bytes", 0, "total_net_cluster_slot_export_bytes", 0,
		"instantaneous_input_repl_kbps", "0.00", "instantaneous_output_repl_kbps", "0.00")...)
	rows = append(rows,
		k.counted("rejected_connections", k.Reactor.Rejected.Load),
		k.counted("expired_keys", k.total(func(t *observe.Tally) *metrics.Counter { return &t.Expired })),
		k.counted("expired_fields", k.total(func(t *observe.Tally) *metrics.Counter { return &t.FieldsExpired })),
		metrics.Row{Section: metrics.Stats, Name: "expired_stale_perc", Value: value(func() float64 { return k.stale() })},
		metrics.Row{Section: metrics.Stats, Name: "expired_keys_with_volatile_items_stale_perc", Value: metrics.Text("0.00")}, // what is due is found, not looked for
		k.counted("expired_time_cap_reached_count", k.total(func(t *observe.Tally) *metrics.Counter { return &t.CutShort })),
		k.counted("expire_cycle_cpu_milliseconds", func() uint64 {
			return k.Engine.Tallies.Total(func(t *observe.Tally) *metrics.Counter { return &t.ExpireTime }) / 1e6
		}),
		k.counted("keyspace_hits", k.total(func(t *observe.Tally) *metrics.Counter { return &t.Hits })),
		k.counted("keyspace_misses", k.total(func(t *observe.Tally) *metrics.Counter { return &t.Misses })))
	rows = append(rows, in(metrics.Stats, "sync_full", 0, "sync_partial_ok", 0, "sync_partial_err", 0,
		"evicted_keys", 0, "evicted_clients", 0, "evicted_scripts", k.Scripts.Evictions.Load, "total_eviction_exceeded_time", 0, "current_eviction_exceeded_time", 0,
		"latest_fork_usec", 0, "total_forks", 0, "migrate_cached_sockets", 0, "slave_expires_tracked_keys", 0)...)
	rows = append(rows, k.defragRows()...)
	rows = append(rows, in(metrics.Stats,
		"tracking_total_keys", 0, "tracking_total_items", 0, "tracking_total_prefixes", 0,
		"acl_access_denied_auth", 0, "acl_access_denied_cmd", 0, "acl_access_denied_key", 0, "acl_access_denied_channel", 0,
		"acl_access_denied_tls_cert", 0, "acl_access_denied_db", 0,
		"pubsub_channels", func() int { return len(hub.Channels(-1, nil)) },
		"pubsub_patterns", hub.Patterns, "pubsubshard_channels", 0)...)
	return append(rows,
		metrics.Row{Section: metrics.Stats, Name: "unexpected_error_replies", Value: metrics.Text("0")}, // those of a primary to its replica
		metrics.Row{Section: metrics.Stats, Name: "total_error_replies", Value: value(k.Engine.Errors.Total)},
		k.counted("total_reads_processed", k.loops(func(c *counters) *counter { return &c.Turns })),
		k.counted("total_writes_processed", k.loops(func(c *counters) *counter { return &c.Writes })),
		k.counted("io_threaded_reads_processed", k.furtherLoops(func(c *counters) *counter { return &c.Turns })),
		k.counted("io_threaded_writes_processed", k.furtherLoops(func(c *counters) *counter { return &c.Writes })),
		metrics.Row{Section: metrics.Stats, Name: "reply_buffer_shrinks", Value: metrics.Text("0")}, // a reply has the buffer of its loop
		metrics.Row{Section: metrics.Stats, Name: "reply_buffer_expands", Value: metrics.Text("0")},
		metrics.Row{Section: metrics.Stats, Name: "instantaneous_eventloop_cycles_per_sec", Value: value(func() uint64 { return uint64(k.rate(3) + 0.5) })},
		metrics.Row{Section: metrics.Stats, Name: "instantaneous_eventloop_duration_usec", Value: value(func() uint64 {
			return uint64(k.rate(4)/max(k.rate(3), 1)) / 1000
		})},
		k.counted("eventloop_cycles", k.loops(func(c *counters) *counter { return &c.Turns })),
		metrics.Row{Section: metrics.Stats, Name: "eventloop_duration_sum", Value: value(func() uint64 {
			return k.Engine.Watch.Nanos(k.loops(func(c *counters) *counter { return &c.Busy })()) / 1000
		})},
		metrics.Row{Section: metrics.Stats, Name: "eventloop_duration_cmd_sum", Value: value(k.commandTime)},
		k.counted("client_output_buffer_limit_disconnections", k.loops(func(c *counters) *counter { return &c.OutputKilled })),
		k.counted("client_query_buffer_limit_disconnections", k.loops(func(c *counters) *counter { return &c.InputKilled })),
		k.counted("protocol_errors", k.loops(func(c *counters) *counter { return &c.ProtocolErrors })),
		k.counted("rejected_commands", k.loops(func(c *counters) *counter { return &c.Rejected })))
}

// debugInfo is about the turns of the loops, in which they execute what a read brought.
func (k *Control) debugInfo() []metrics.Row {
	usec := func(ticks uint64) uint64 { return k.Engine.Watch.Nanos(ticks) / 1000 }
	most := func(of func(*session.Counters) *metrics.Max) (n uint64) {
		for _, l := range k.Reactor.Loops() {
			n = max(n, of(&l.Counters).Load())
		}
		return n
	}
	return in(metrics.Debug,
		"eventloop_duration_aof_sum", 0,
		"eventloop_duration_cron_sum", func() int64 { return k.BeatTime.Load() / 1000 },
		"eventloop_duration_max", func() uint64 {
			return usec(most(func(c *session.Counters) *metrics.Max { return &c.LongestTurn }))
		},
		"eventloop_cmd_per_cycle_max", func() uint64 {
			return most(func(c *session.Counters) *metrics.Max { return &c.MostInTurn })
		})
}

func (k *Control) replicationInfo() []metrics.Row {
	return in(metrics.Replication, "role", "master", "connected_slaves", 0, "master_failover_state", "no-failover",
		"master_replid", k.Facts.RunID, "master_replid2", "0000000000000000000000000000000000000000",
		"replicas_waiting_psync", 0, "master_repl_offset", 0, "second_repl_offset", "-1", "repl_backlog_active", 0, "repl_backlog_size", 10485760,
		"repl_backlog_first_byte_offset", 0, "repl_backlog_histlen", 0)
}

func (k *Control) cpuInfo() []metrics.Row {
	return in(metrics.CPU, "used_cpu_sys", func() string { return cpuSeconds(false) },
		"used_cpu_user", func() string { return cpuSeconds(true) },
		"used_cpu_sys_children", "0.000000", "used_cpu_user_children", "0.000000",
		"used_active_time_main_thread", func() string {
			busy := k.Engine.Watch.Nanos(k.Reactor.Loops()[0].Counters.Busy.Load())
			return fmt.Sprintf("%.6f", float64(busy)/1e9)
		})
}

func (k *Control) keyspaceLines(emit func(name, value string)) {
	for i := range k.Engine.Space.Databases() {
		if keys, volatile, tracked := k.keys(i); keys > 0 {
			emit("db"+strconv.Itoa(i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0,keys_with_volatile_items=%d", keys, volatile, tracked))
		}
	}
}

// sigrunInfo is the section about what only this server has.
func (k *Control) sigrunInfo() []metrics.Row {
	d, e, r, m := k.Actors, &k.Engine.Stats, k.Reactor, &k.figures.memory
	rows := in(metrics.Sigrun,
		"shards", k.Tokens.Shards(),
		"loops", len(r.Loops()),
		"loops_active", r.Active,
		"workers", k.Workers)
	for i := range r.Loops() {
		rows = append(rows, in(metrics.Sigrun, fmt.Sprintf("loop_%d", i), func() string {
			share := r.Share(i)
			return fmt.Sprintf("clients=%d,utilisation=%d.%03d", r.Loops()[i].Counters.Connected.Load(), share/1000, share%1000)
		})...)
	}
	rows = append(rows, in(metrics.Sigrun,
		"calls_handed_off", d.HandOffs.Value,
		"calls_overtaken", k.loops(func(c *session.Counters) *metrics.Counter { return &c.Overtaken }),
		"replies_held_back", k.loops(func(c *session.Counters) *metrics.Counter { return &c.Late }),
		"token_tries_lost", d.LostTries.Value,
		"claims", d.Claims.Load,
		"claims_queued", d.Queued.Load,
		"all_token_sections", d.AllTokens.Load,
		"calls_executed", d.Executed.Load,
		"mail_passed_on", d.PassedOn.Load,
		"connections_moved", r.Moved.Load,
		"connections_parked", r.Parked.Load,
		"slots_moved", k.Engine.SlotsMoved.Load,
		"ignitions", r.Ignitions.Load,
		"cooldowns", r.Cooldowns.Load,
		"scripts_running", e.ScriptsRunning.Load,
		"scripts_at_once", e.ScriptsAtOnce.Load,
		"script_restarts", e.ScriptRestarts.Load,
		"longest_token_hold_usec", k.longestHold,
		"token_holds_disturbed", k.shards(func(s int) uint64 { return uint64(k.Engine.Shard(s).Counters.DisturbedHolds.Load()) }),
		"messages_published", k.Reactor.Hub.Published.Load)...)
	return append(rows, in(metrics.Sigrun,
		"heap_bytes", func() uint64 { return m.HeapAlloc },
		"heap_resident", func() uint64 { return m.HeapSys - m.HeapReleased },
		"keyspace_resident", k.Region,
		"mallocs", func() uint64 { return m.Mallocs },
		"gc_cycles", func() int { return int(m.NumGC) },
		"gc_pause_total_usec", func() uint64 { return m.PauseTotalNs / 1000 },
		"gc_cpu_percent", func() string { return fmt.Sprintf("%.3f", gcPercent()) },
		"goroutines", goroutines)...)
}

func (k *Control) longestHold() (usec int64) {
	for s := range k.Tokens.Shards() {
		usec = max(usec, k.Engine.Shard(s).Counters.LongestHold.Load()/1000)
	}
	return usec
}
