package config

import "math"

var (
	protectedActions = []string{"no", "yes", "local"}
	shutdownOptions  = []string{"default", "save", "nosave", "now", "force"}
)

// Indexes of enumerations, as Int64 gives them.
const (
	ActionNo, ActionYes, ActionLocal            int64 = 0, 1, 2
	IgnitionAuto, IgnitionOff, IgnitionForced   int64 = 0, 1, 2
	LogDebug, LogVerbose, LogNotice, LogWarning int64 = 0, 1, 2, 3
	LogNothing                                  int64 = 4
	OrderStrict, OrderRelaxed                   int64 = 0, 1
)

const (
	maxInt32 int64 = math.MaxInt32
	maxInt64 int64 = math.MaxInt64
)

// Rows lists every parameter, by subject.
func Rows() []Row {
	var all []Row
	for _, part := range [][]Row{networkRows, clientRows, serverRows, memoryRows, persistenceRows, engineRows} {
		all = append(all, part...)
	}
	return all
}

var networkRows = []Row{
	{Name: "port", Kind: Int, Max: 65535, Default: "6379", Flags: Hooked,
		Doc: "TCP port to listen on; 0 listens on none."},
	{Name: "bind", Kind: List, Default: "* -::*", Flags: Hooked, Check: maxWords(16, "Too many bind addresses specified."),
		Doc: "Addresses to listen on; one that starts with - may be unavailable. Empty listens on none."},
	{Name: "unixsocket", Kind: String, Flags: Immutable,
		Doc: "Path of a Unix socket to listen on besides; empty for none."},
	{Name: "unixsocketperm", Kind: Octal, Max: 0777, Default: "0", Flags: Immutable,
		Doc: "Permission bits of the Unix socket, octal; 0 leaves them to the umask."},
	{Name: "tcp-backlog", Kind: Int, Max: maxInt32, Default: "511", Flags: Immutable,
		Doc: "Connections that the kernel holds before they are accepted; it lowers this to its own limit."},
	{Name: "tcp-keepalive", Kind: Int, Max: maxInt32, Default: "300",
		Doc: "Seconds between keep-alive probes on client connections, for connections made from now on; 0 sends none."},
	{Name: "timeout", Kind: Int, Max: maxInt32, Default: "0",
		Doc: "Seconds after which an idle client is closed; 0 never. Blocked and subscribed clients are not idle."},
	{Name: "protected-mode", Kind: Bool, Default: "yes",
		Doc: "Refuse clients from other machines while no password is set."},
}

var clientRows = []Row{
	{Name: "maxclients", Kind: Int, Min: 1, Max: math.MaxUint32, Default: "10000",
		Doc: "Clients connected at once; further ones get an error and are closed."},
	{Name: "client-output-buffer-limit", Kind: Custom, Parse: parseOutputLimits,
		Default: "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		Doc:     "Per class (normal, replica, pubsub): hard limit, soft limit, seconds above the soft limit after which a client that does not read is closed. 0 is no limit."},
	{Name: "client-query-buffer-limit", Kind: Memory, Min: 1 << 20, Max: maxInt64, Default: "1073741824",
		Doc: "Bytes of an unfinished command that are held for one client before it is closed."},
	{Name: "proto-max-bulk-len", Kind: Memory, Min: 1 << 20, Max: maxInt64, Default: "536870912",
		Doc: "Largest single argument."},
	{Name: "requirepass", Kind: String, Flags: Sensitive,
		Doc: "Password of the default user; empty for none."},
	{Name: "notify-keyspace-events", Kind: String, Check: checkNotify, Inert: Warned,
		Doc: "Classes of keyspace events that are published: K keyspace, E keyevent, g generic, $ strings, l lists, s sets, h hashes, z sorted sets, x expired, e evicted, t streams, d modules, n new keys, m misses, A for g$lshzxetd. Empty publishes none. No effect yet: nothing is published."},
}

var serverRows = []Row{
	{Name: "databases", Kind: Int, Min: 1, Max: maxInt32, Default: "16", Flags: Immutable,
		Doc: "Number of databases that SELECT knows."},
	{Name: "hz", Kind: Int, Max: maxInt32, Default: "10", Check: clamp(1, 500),
		Doc: "Background rounds per second on an idle server, brought into 1 to 500."},
	{Name: "busy-reply-threshold", Alias: "lua-time-limit", Kind: Int, Max: maxInt64, Default: "5000",
		Doc: "Milliseconds that a script may run before other clients are answered -BUSY; 0 never."},
	{Name: "loglevel", Kind: Enum, Values: []string{"debug", "verbose", "notice", "warning", "nothing"}, Default: "notice", Flags: Hooked,
		Doc: "Least level that is logged."},
	{Name: "logfile", Kind: String, Flags: Immutable,
		Doc: "File to log to; empty for standard output."},
	{Name: "dir", Kind: String, Default: ".", Flags: Protected, Check: checkDir,
		Doc: "Folder for files that the server writes. It must exist; the absolute path is kept."},
	{Name: "daemonize", Kind: Bool, Default: "no", Flags: Immutable, Inert: Barred,
		Doc: "A Go process cannot fork: run the server under a supervisor."},
	{Name: "always-show-logo", Kind: Bool, Default: "no", Flags: Immutable, Inert: Warned,
		Doc: "No effect: there is no logo."},
	{Name: "enable-debug-command", Kind: Enum, Values: protectedActions, Default: "no", Flags: Immutable,
		Doc: "Who may use DEBUG: nobody, everybody, or clients of this machine (local)."},
	{Name: "enable-protected-configs", Kind: Enum, Values: protectedActions, Default: "no", Flags: Immutable,
		Doc: "Who may CONFIG SET protected parameters: nobody, everybody, or clients of this machine (local)."},
	{Name: "shutdown-on-sigint", Kind: Set, Values: shutdownOptions, Default: "default", Check: checkShutdown,
		Doc: "How SIGINT shuts down; save needs snapshots, which are not built yet, and counts as nosave until then."},
	{Name: "shutdown-on-sigterm", Kind: Set, Values: shutdownOptions, Default: "default", Check: checkShutdown,
		Doc: "How SIGTERM shuts down; save needs snapshots, which are not built yet, and counts as nosave until then."},
}

var memoryRows = []Row{
	{Name: "maxmemory", Kind: Memory, Max: maxInt64, Default: "0", Inert: Warned,
		Doc: "Logical bytes of data that are allowed; 0 is no limit. No effect yet: eviction is not built."},
	{Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Kind: Int, Min: math.MinInt32, Max: maxInt32, Default: "-2",
		Doc: "Size of a list's node: a number of elements, or -1 to -5 for 4 to 64 KiB."},
	{Name: "list-compress-depth", Kind: Int, Max: maxInt32, Default: "0", Inert: Warned,
		Doc: "Nodes at either end of a list that are not compressed; 0 compresses none. No effect yet: nodes are never compressed."},
	{Name: "active-expire-effort", Kind: Int, Min: 1, Max: 10, Default: "1",
		Doc: "How much work goes into finding expired keys, 1 to 10."},
	{Name: "lazyfree-lazy-eviction", Kind: Bool, Default: "yes", Inert: Warned, Doc: lazyDoc},
	{Name: "lazyfree-lazy-expire", Kind: Bool, Default: "yes", Inert: Warned, Doc: lazyDoc},
	{Name: "lazyfree-lazy-server-del", Kind: Bool, Default: "yes", Inert: Warned, Doc: lazyDoc},
	{Name: "lazyfree-lazy-user-del", Kind: Bool, Default: "yes", Inert: Warned, Doc: lazyDoc},
	{Name: "lazyfree-lazy-user-flush", Kind: Bool, Default: "yes", Inert: Warned, Doc: lazyDoc},
}

const lazyDoc = "No effect: large values are always freed in slices, whatever removed them."

var persistenceRows = []Row{
	{Name: "save", Kind: Custom, Parse: parseSave, Flags: Repeats, Inert: Warned,
		Doc: "Pairs of seconds and changes after which a snapshot is written. No effect yet: snapshots are not built, hence the empty default."},
	{Name: "appendonly", Kind: Bool, Default: "no", Inert: Barred,
		Doc: "Write a log of all changes. Not built yet: yes is refused."},
}

var engineRows = []Row{
	{Name: "io-threads", Kind: Int, Min: 1, Max: 256, Default: "1", Flags: Immutable,
		Doc: "Most event loops that may run. Not set: as many as the cores allow, and CONFIG GET answers 1."},
	{Name: "shards", Kind: Int, Max: 16384, Default: "0", Flags: Immutable, Check: powerOfTwo,
		Doc: "Number of shards, a power of two; 0 takes 8 for each core and at least 16."},
	{Name: "ignition", Kind: Enum, Values: []string{"auto", "off", "forced"}, Default: "auto", Flags: Immutable,
		Doc: "Whether further loops and workers are woken under load (auto), never (off) or from the start (forced)."},
	{Name: "ignition-threshold", Kind: Int, Min: 1, Max: 100, Default: "70", Flags: Immutable,
		Doc: "Per cent of a core that a loop must use before another loop or worker is woken."},
	{Name: "cooldown-threshold", Kind: Int, Max: 100, Default: "30", Flags: Immutable,
		Doc: "Per cent of a core below which a woken loop or worker is parked again."},
	{Name: "ignition-workers", Kind: Int, Max: 256, Default: "0", Flags: Immutable,
		Doc: "Most workers that may run shards for the loops; 0 lets the cores decide."},
	{Name: "ring-size", Kind: Int, Min: 2, Max: 65536, Default: "1024", Flags: Immutable, Check: powerOfTwo,
		Doc: "Calls that fit a ring between a loop and a shard, a power of two."},
	{Name: "pipeline-order", Kind: Enum, Values: []string{"strict", "relaxed"}, Default: "strict", Flags: Immutable,
		Doc: "Whether the commands of one connection take effect in the order sent (strict), or those on other slots may overtake one that waits for its shard (relaxed). Replies come in order either way."},
	{Name: "unguarded", Kind: Bool, Default: "no", Flags: Immutable | Hidden,
		Doc: "For measurements: run without tokens, which only one loop alone may do (io-threads 1)."},
	{Name: "chaos-seed", Kind: Int, Max: maxInt64, Default: "0", Flags: Immutable | Hidden,
		Doc: "For tests: the seed by which tokens are refused, holders delayed, connections and slots moved; 0 is off."},
}
