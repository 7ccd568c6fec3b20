package control

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"sigrun/internal/metrics"
	"sigrun/internal/version"
)

// Facts are what INFO tells of the process.
type Facts struct {
	RunID      string
	ConfigFile string
	Executable string
	StartedAt  int64      // unix ms
	Port       func() int // without TLS; 0: none
	TLSPort    func() int
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

// Compose fills INFO: owners tell what they know, and each row gets its place.
func (k *Control) Compose(figures ...[]metrics.Row) {
	for _, rows := range append(figures, k.processFigures(), k.clientFigures(), k.memoryFigures(), k.rateFigures(), k.denialFigures(), k.laterFigures(), k.Engine.Tallies.Figures(),
		k.Engine.Tallies.LatencyFigures(k.percentiles), k.Cluster.Figures(), k.Engine.Errors.Figures(), k.Engine.Figures(), k.Engine.Keyspace.Figures(), k.Scripts.Figures(), k.Reactor.Figures(k.Engine.Watch.Nanos)) {
		k.Info.Offer(rows...)
	}
	for _, s := range places {
		k.Info.Order(s.section, s.names)
	}
	k.Info.Ordered()
}

// percentiles are those of latencies that INFO is to show, nil for none.
func (k *Control) percentiles() []string {
	if !k.Settings.LatencyTracking.Load() {
		return nil
	}
	return k.Config.Value("latency-tracking-info-percentiles").Words()
}

// processFigures are of the process and the machine.
func (k *Control) processFigures() []metrics.Row {
	up := func() int64 { return (k.Clock.Millis() - k.Facts.StartedAt) / 1000 }
	of := func(name, parameter string) metrics.Row { return metrics.Words(name, k.Config.Value(parameter).String) }
	hz := k.Config.Value("hz").Int64
	m := &k.figures.memory
	return []metrics.Row{
		metrics.Fixed("redis_version", version.Redis),
		metrics.Fixed("server_name", "valkey"),
		metrics.Fixed("valkey_version", version.Valkey),
		metrics.Fixed("valkey_release_stage", "dev"),
		metrics.Fixed("sigrun_version", version.Sigrun),
		metrics.Fixed("redis_git_sha1", "00000000"), metrics.Fixed("redis_git_dirty", "0"), metrics.Fixed("redis_build_id", goVersion()),
		metrics.Lines("mode", k.modeLine),
		metrics.Fixed("os", osName()),
		metrics.Fixed("arch_bits", "64"),
		metrics.Words("monotonic_clock", k.Engine.Watch.Source),
		metrics.Fixed("multiplexing_api", "epoll"),
		metrics.Fixed("go_version", goVersion()),
		metrics.Fixed("process_id", strconv.Itoa(pid())),
		of("process_supervised", "supervised"),
		metrics.Fixed("run_id", k.Facts.RunID),
		metrics.Level("tcp_port", func() int { return cmp.Or(k.Facts.Port(), k.Facts.TLSPort()) }),
		metrics.Total("server_time_usec", func() int64 { return k.Clock.Millis() * 1000 }),
		metrics.Total("uptime_in_seconds", up),
		metrics.Total("uptime_in_days", func() int64 { return up() / 86400 }),
		metrics.Level("hz", hz), metrics.Level("configured_hz", hz), metrics.Level("clients_hz", hz),
		metrics.Level("lru_clock", func() int64 { return k.Clock.Millis() / 1000 & (1<<24 - 1) }),
		metrics.Fixed("executable", k.Facts.Executable),
		metrics.Fixed("config_file", k.Facts.ConfigFile),
		of("availability_zone", "availability-zone"),
		metrics.Lines("listeners", k.listenerLines),
		metrics.Seconds("used_cpu_sys", func() float64 { return cpuSeconds(false) }),
		metrics.Seconds("used_cpu_user", func() float64 { return cpuSeconds(true) }),
		metrics.Fixed("used_cpu_sys_children", "0.000000"), metrics.Fixed("used_cpu_user_children", "0.000000"),
		metrics.Lines("databases", k.keyspaceLines),
		metrics.Level("heap_bytes", func() uint64 { return m.HeapAlloc }),
		metrics.Level("heap_resident", func() uint64 { return m.HeapSys - m.HeapReleased }),
		metrics.Level("keyspace_resident", k.Region),
		metrics.Total("mallocs", func() uint64 { return m.Mallocs }),
		metrics.Total("gc_cycles", func() int { return int(m.NumGC) }),
		metrics.Total("gc_pause_total_usec", func() uint64 { return m.PauseTotalNs / 1000 }),
		metrics.Words("gc_cpu_percent", func() string { return fmt.Sprintf("%.3f", gcPercent()) }),
		metrics.Level("goroutines", goroutines),
	}
}

// modeLine tells how many servers work together, under the name of old if somebody may look for that.
func (k *Control) modeLine(emit func(name, value string)) {
	mode := "standalone"
	if k.Cluster != nil {
		mode = "cluster"
	}
	if k.Settings.AsRedis.Load() {
		emit("redis_mode", mode)
		return
	}
	emit("server_mode", mode)
}

// listenerLines tell where the server listens; each kind has a number.
func (k *Control) listenerLines(emit func(name, value string)) {
	tcp := func(number, name string, port int) {
		if port == 0 {
			return
		}
		value := "name=" + name
		for _, host := range k.Config.Value("bind").Words() {
			value += ",bind=" + host
		}
		emit("listener"+number, value+",port="+strconv.Itoa(port))
	}
	tcp("0", "tcp", k.Facts.Port())
	if path := k.Config.Value("unixsocket").String(); path != "" {
		emit("listener1", "name=unix,bind="+path)
	}
	tcp("2", "tls", k.Facts.TLSPort())
}

// clientFigures are folded over all connections at every look.
func (k *Control) clientFigures() []metrics.Row {
	f := &k.figures.clients
	return []metrics.Row{
		metrics.Level("maxclients", k.Config.Value("maxclients").Int64),
		metrics.Level("client_recent_max_input_buffer", func() int { return f.maxIn }),
		metrics.Level("client_recent_max_output_buffer", func() int { return f.maxOut }),
		metrics.Level("blocked_clients", func() int { return f.blocked }),
		metrics.Words("paused_reason", func() string { return k.pauseState().reason }),
		metrics.Words("paused_actions", func() string { return k.pauseState().actions }),
		metrics.Level("paused_timeout_milliseconds", func() int64 { return k.pauseState().left }),
		metrics.Level("pubsub_clients", func() int { return f.pubsub }),
		metrics.Level("watching_clients", func() int { return f.watching }),
		metrics.Level("clients_in_timeout_table", func() int { return f.timed }),
		metrics.Level("mem_clients_normal", func() int { return f.bytes }),
	}
}

// memoryFigures put the owners' accounts of memory together.
func (k *Control) memoryFigures() []metrics.Row {
	f := &k.figures
	used, rss := k.usedMemory, func() uint64 { return f.rss }
	peak := func() uint64 { return max(f.peak, used()) }
	data := func() uint64 { return uint64(k.dataBytes()) }
	system, limit := totalMemory(), func() uint64 { return uint64(k.Config.Value("maxmemory").Int64()) }
	active := func() uint64 { return k.allocated() + k.holes() }
	share := func(a, b func() uint64) float64 { return float64(a()) / float64(max(b(), 1)) }
	both := func(name string, of func() uint64) []metrics.Row {
		return []metrics.Row{metrics.Level(name, of), metrics.Words(name+"_human", func() string { return metrics.Bytes(of()) })}
	}
	more := func(name string, a, b func() uint64) metrics.Row {
		return metrics.Level(name, func() int64 { return int64(a()) - int64(b()) })
	}
	ratio := func(name string, a, b func() uint64) metrics.Row {
		return metrics.Ratio(name, func() float64 { return share(a, b) })
	}
	percent := func(name string, a, b func() uint64) metrics.Row {
		return metrics.Percent(name, func() float64 { return 100 * share(a, b) })
	}
	return slices.Concat(both("used_memory", used), both("used_memory_rss", rss), both("used_memory_peak", peak), both("maxmemory", limit),
		both("total_system_memory", func() uint64 { return system }), []metrics.Row{
			percent("used_memory_peak_perc", used, peak),
			metrics.Level("used_memory_overhead", k.overhead),
			metrics.Fixed("used_memory_startup", strconv.Itoa(BaseBytes)),
			metrics.Level("used_memory_dataset", data),
			percent("used_memory_dataset_perc", data, used),
			metrics.Level("allocator_allocated", k.allocated),
			metrics.Level("allocator_active", active),
			metrics.Level("allocator_resident", k.resident),
			metrics.Words("maxmemory_policy", k.Config.Value("maxmemory-policy").String),
			ratio("allocator_frag_ratio", active, k.allocated),
			metrics.Level("allocator_frag_bytes", k.holes),
			ratio("allocator_rss_ratio", k.resident, active), more("allocator_rss_bytes", k.resident, active),
			ratio("rss_overhead_ratio", rss, k.resident), more("rss_overhead_bytes", rss, k.resident),
			ratio("mem_fragmentation_ratio", rss, used), more("mem_fragmentation_bytes", rss, used),
			metrics.Fixed("mem_allocator", "sigrun"),
		})
}

// rateFigures are what owners count, per second.
func (k *Control) rateFigures() []metrics.Row {
	rounded := func(i int) func() uint64 { return func() uint64 { return uint64(k.rate(i) + 0.5) } }
	kilobytes := func(i int) func() float64 { return func() float64 { return k.rate(i) / 1024 } }
	return []metrics.Row{
		metrics.Level("instantaneous_ops_per_sec", rounded(0)),
		metrics.Ratio("instantaneous_input_kbps", kilobytes(1)),
		metrics.Ratio("instantaneous_output_kbps", kilobytes(2)),
		metrics.Level("instantaneous_eventloop_cycles_per_sec", rounded(3)),
		metrics.Level("instantaneous_eventloop_duration_usec", func() uint64 { return uint64(k.rate(4)/max(k.rate(3), 1)) / 1000 }),
		metrics.Ratio("expired_stale_perc", k.stale).Again(k.ratesAgain),
	}
}

func (k *Control) keyspaceLines(emit func(name, value string)) {
	for i := range k.Engine.Space.Databases() {
		if keys, volatile, tracked := k.keys(i); keys > 0 {
			emit("db"+strconv.Itoa(i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0,keys_with_volatile_items=%d", keys, volatile, tracked))
		}
	}
}
