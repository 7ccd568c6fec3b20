package node

import (
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/locale"
	"sigrun/internal/version"
	"sigrun/protocol/call"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
)

// settings keeps what execution looks at true to the configuration.
func (n *Node) settings() *keyspace.Settings {
	s := &keyspace.Settings{}
	s.ActiveExpire.Store(true)
	n.follow("busy-reply-threshold", &s.BusyThreshold)
	n.follow("list-max-listpack-size", &s.ListNodeLimit)
	n.follow("list-compress-depth", &s.ListDepth)
	n.follow("hll-sparse-max-bytes", &s.SparseHLL)
	n.follow("zset-max-listpack-entries", &s.ZSetEntries)
	n.follow("zset-max-listpack-value", &s.ZSetValue)
	n.follow("hash-max-listpack-entries", &s.Hash.Pack)
	n.follow("hash-max-listpack-value", &s.Hash.Value)
	n.follow("set-max-intset-entries", &s.Set.Ints)
	n.follow("set-max-listpack-entries", &s.Set.Pack)
	n.follow("set-max-listpack-value", &s.Set.Value)
	n.follow("stream-node-max-bytes", &s.StreamNodeBytes)
	n.follow("stream-node-max-entries", &s.StreamNodeEntries)
	n.follow("active-expire-effort", &s.ExpireEffort)
	n.apply("extended-redis-compatibility", func(v *config.Value) error { s.AsRedis.Store(v.Bool()); return nil })
	n.apply("import-mode", func(v *config.Value) error { s.Import.Store(v.Bool()); return nil })
	n.apply("locale-collate", func(v *config.Value) error {
		l, _ := locale.Find(v.String())
		s.Collate.Store(l)
		return nil
	})
	n.follow("lfu-log-factor", &s.LFULogFactor)
	n.follow("lfu-decay-time", &s.LFUDecayTime)
	n.follow("notify-keyspace-events", &s.Events)
	n.follow("rdb-save-version", &s.RDBVersion)
	n.apply("rdbcompression", func(v *config.Value) error { s.RDBCompress.Store(v.Bool()); return nil })
	n.apply("rdb-version-check", func(v *config.Value) error { s.RDBRelaxed.Store(v.String() == "relaxed"); return nil })
	n.Memory.eviction(s)
	n.compaction(&s.Compact)
	return s
}

// compaction keeps how memory is compacted true to the configuration.
func (n *Node) compaction(s *keyspace.CompactSettings) {
	s.Always.Store(n.value("chaos-seed").Int64() > 0)
	n.follow("active-defrag-cycle-min", &s.Least)
	n.follow("active-defrag-cycle-us", &s.Slice)
	n.follow("active-defrag-threshold-lower", &s.Lower)
	n.follow("active-defrag-threshold-upper", &s.Upper)
	n.follow("active-defrag-ignore-bytes", &s.Ignore)
	n.follow("active-defrag-max-scan-fields", &s.Elements)
	share := func(*config.Value) error {
		on, most := n.value("activedefrag").Bool(), n.value("active-defrag-cycle-max").Int64()
		s.On.Store(on)
		s.Most.Store(most)
		n.Memory.Shed(s)
		if !on {
			most = 0
		}
		n.dispatcher.SetUpkeepShare(int(most))
		return nil
	}
	n.apply("activedefrag", share)
	n.apply("active-defrag-cycle-max", share)
}

// follow keeps numbers true to a parameter.
func (n *Node) follow(name string, targets ...*atomic.Int64) {
	n.apply(name, func(v *config.Value) error {
		for _, to := range targets {
			to.Store(v.Int64())
		}
		return nil
	})
}

// apply runs hook now and at every change of a parameter.
func (n *Node) apply(name string, hook config.Hook) {
	_ = hook(n.value(name))
	n.Config.OnChange(name, hook)
}

// observe keeps what is remembered of commands true to the configuration.
func (n *Node) observe() {
	log := &n.engine.Log
	for k, names := range [observe.Kinds][2]string{
		observe.Slow:         {"commandlog-execution-slower-than", "commandlog-slow-execution-max-len"},
		observe.LargeRequest: {"commandlog-request-larger-than", "commandlog-large-request-max-len"},
		observe.LargeReply:   {"commandlog-reply-larger-than", "commandlog-large-reply-max-len"},
	} {
		kind := observe.Kind(k)
		n.tune(names[0], log.Limits[kind].From.Store)
		n.tune(names[1], func(most int64) { log.Keep(kind, most) })
	}
	n.follow("tracking-table-max-keys", &n.engine.Tracking.Most)
	n.tune("latency-monitor-threshold", n.engine.Latency.Threshold.Store)
	for _, name := range []string{"hotkeys-top-k", "hotkeys-sampling-percentage", "hotkeys-window-seconds"} {
		n.tune(name, func(int64) {
			n.engine.Hot.Tune(n.clock.Millis(), n.value("hotkeys-top-k").Int64(), n.value("hotkeys-sampling-percentage").Int64(), n.value("hotkeys-window-seconds").Int64())
		})
	}
	n.tune("latency-tracking", func(on int64) { n.engine.Settings.LatencyTracking.Store(on != 0) })
}

// tune gives a parameter to store, and has those look who time commands.
func (n *Node) tune(name string, store func(int64)) {
	n.apply(name, func(v *config.Value) error {
		store(v.Int64())
		n.engine.Retune()
		return nil
	})
}

// limits does the same for sessions.
func (n *Node) limits() *session.Limits {
	l := &session.Limits{}
	n.follow("proto-max-bulk-len", &l.In.MaxBulk, &n.engine.Settings.MaxBulk)
	n.follow("client-query-buffer-limit", &l.In.QueryBuffer)
	n.apply("client-output-buffer-limit", func(v *config.Value) error {
		for class := range l.Out.Class {
			out := v.OutputLimit(class)
			l.Out.Class[class].Hard.Store(out.Hard)
			l.Out.Class[class].Soft.Store(out.Soft)
			l.Out.Class[class].SoftSeconds.Store(out.SoftSeconds)
		}
		return nil
	})
	return l
}

// below is what sessions ask of the node (session.Node).
type below struct{ n *Node }

func (b below) Control(c *call.Call)            { b.n.Control.Submit(c) }
func (b below) Gone(*session.Session)           { b.n.reactor.Left() }
func (b below) Zone() string                    { return b.n.value("availability-zone").String() }
func (b below) Name() (string, string)          { return version.Name(b.n.engine.Settings.AsRedis.Load()) }
func (b below) ImportMode() bool                { return b.n.value("import-mode").Bool() }
func (b below) Redact(c *call.Command) [][]byte { return b.n.redact(c) }

// ControlHeld runs on the executor that holds the tokens.
func (b below) ControlHeld(c *call.Call, held *call.ShardSet) { b.n.Control.Answer(c, held) }

func (b below) MayDebug(s *session.Session) bool {
	switch b.n.value("enable-debug-command").Int64() {
	case config.ActionYes:
		return true
	case config.ActionLocal:
		return s.Info.Loopback
	}
	return false
}

// Attacked logs it, once a minute at most: whoever makes a browser send such requests sends many.
func (b below) Attacked(s *session.Session) {
	last, now := b.n.attacked.Load(), b.n.clock.Millis()
	if last != 0 && now-last < 60_000 || !b.n.attacked.CompareAndSwap(last, now) {
		return
	}
	b.n.Log.Warn("Possible SECURITY ATTACK detected. A connection from " + s.Addr +
		" sent POST or Host: as a command, as a browser does that a page misleads into sending commands. Connection aborted.")
}

// admit prepares a new session, or says why it may not come in.
func (n *Node) admit(s *session.Session) (refusal string) {
	if n.value("protected-mode").Bool() && !s.Info.Loopback && n.users.Default().User().NoPass {
		return protectedMode
	}
	s.Begin(n.users)
	return ""
}

const protectedMode = "-DENIED Running in protected mode because protected mode is enabled and no password is set for the default user. " +
	"In this mode connections are only accepted from the loopback interface. Either set a password (requirepass), " +
	"or switch the mode off: CONFIG SET protected-mode no from this machine, protected-mode no in the configuration file, " +
	"or --protected-mode no on the command line. Do the latter only where the port cannot be reached from the internet.\r\n"

// monitors shows commands to the readers of MONITOR (exec.Monitors).
type monitors struct{ n *Node }

func (m monitors) Watching() bool             { return m.n.gate.Load()&gate.Monitored != 0 }
func (m monitors) Feed(loop int, line []byte) { m.n.hub.Feed(loop, line) }
func (m monitors) Line(db int, source string, args [][]byte) []byte {
	return session.MonitorLine(time.Now(), db, source, args)
}
