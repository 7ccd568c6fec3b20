package config

var (
	protectedActions = []string{"no", "yes", "local"}
	shutdownOptions  = []string{"default", "save", "nosave", "now", "force", "safe", "failover"}
)

// Indexes of enumerations, as Int64 gives them.
const (
	ActionNo, ActionYes, ActionLocal            int64 = 0, 1, 2
	IgnitionAuto, IgnitionOff, IgnitionForced   int64 = 0, 1, 2
	LogDebug, LogVerbose, LogNotice, LogWarning int64 = 0, 1, 2, 3
	LogNothing                                  int64 = 4
	OrderStrict, OrderRelaxed                   int64 = 0, 1
)

var serverRows = []Row{
	{Name: "databases", Kind: Int, Min: 1, Max: maxInt32, Default: "16", Flags: Immutable,
		Doc: "Number of databases that SELECT knows."},
	{Name: "hz", Kind: Int, Max: maxInt32, Default: "10", Check: clamp(1, 500),
		Doc: "Background rounds per second on an idle server, brought into 1 to 500."},
	{Name: "busy-reply-threshold", Alias: "lua-time-limit", Kind: Int, Max: maxInt64, Default: "5000",
		Doc: "Milliseconds that a script may run before other clients are answered -BUSY; 0 never."},
	{Name: "lua-enable-insecure-api", Alias: "lua-enable-deprecated-api", Kind: Bool, Default: "no", Flags: Hidden | Protected, Inert: Barred, Needs: "the old, insecure part of the script API",
		Doc: "Functions of the script API that are no longer thought safe."},
	{Name: "enable-debug-command", Kind: Enum, Values: protectedActions, Default: "no", Flags: Immutable,
		Doc: "Who may use DEBUG: nobody, everybody, or clients of this machine (local)."},
	{Name: "enable-protected-configs", Kind: Enum, Values: protectedActions, Default: "no", Flags: Immutable,
		Doc: "Who may CONFIG SET protected parameters: nobody, everybody, or clients of this machine (local)."},
	{Name: "enable-module-command", Kind: Enum, Values: protectedActions, Default: "no", Flags: Immutable, Inert: Kept,
		Doc: "Who may use MODULE. No effect: there are no modules."},
	{Name: "enable-debug-assert", Kind: Bool, Default: "no", Flags: Immutable | Hidden, Inert: Kept,
		Doc: "No effect: assertions are chosen when the server is built (tag invariants)."},
	{Name: "debug-context", Kind: String, Flags: Hidden | Empty,
		Doc: "Text that tests leave for the crash report, which names it (with hide-user-data-from-log its length alone)."},
	{Name: "propagation-error-behavior", Kind: Enum, Values: []string{"ignore", "panic", "panic-on-replicas"}, Default: "ignore", Inert: Kept, Needs: "replication",
		Doc: "What an error does that occurs while a replicated command is applied."},
	{Name: "extended-redis-compatibility", Kind: Bool, Default: "no",
		Doc: "Go by the name and version of Redis in HELLO, INFO (redis_mode) and LOLWUT. Error texts name Valkey all the same."},
	{Name: "availability-zone", Kind: String, Flags: Empty,
		Doc: "Zone in which this server runs, for clients that prefer near ones."},
	{Name: "locale-collate", Kind: String, Flags: Empty, Check: checkLocale,
		Doc: "Locale in which SORT ALPHA compares, unless it stores: C (bytes) or a language with its country, such as de_DE.UTF-8; empty takes the environment's (LC_ALL, LC_COLLATE, LANG). Scripts compare bytes."},
	{Name: "hash-seed", Kind: String, Flags: Immutable, Inert: Kept,
		Doc: "No effect: tables are keyed with random numbers, and SCAN's order does not depend on them."},
	{Name: "import-mode", Kind: Bool, Default: "no",
		Doc: "Keep keys and fields that are past their time until who imports data (CLIENT IMPORT-SOURCE) removes them."},
	{Name: "ignore-warnings", Kind: String, Flags: Empty, Inert: Kept, Doc: "Names of start-up warnings to ignore. No effect: none stops the start."},
	{Name: "shutdown-timeout", Kind: Int, Max: maxInt32, Default: "10", Inert: Kept, Needs: "replication", Doc: "Seconds that a shutdown waits for replicas."},
	{Name: "shutdown-on-sigint", Kind: Set, Values: shutdownOptions, Default: "default", Check: checkShutdown,
		Doc: "How SIGINT shuts down: with or without a snapshot, without waiting for replicas (now), be the snapshot written or not (force). The options safe and failover are about clusters: no effect before they are built."},
	{Name: "shutdown-on-sigterm", Kind: Set, Values: shutdownOptions, Default: "default", Check: checkShutdown,
		Doc: "How SIGTERM shuts down: with or without a snapshot, without waiting for replicas (now), be the snapshot written or not (force). The options safe and failover are about clusters: no effect before they are built."},
}

var logRows = []Row{
	{Name: "loglevel", Kind: Enum, Values: []string{"debug", "verbose", "notice", "warning", "nothing"}, Default: "notice",
		Doc: "Least level that is logged."},
	{Name: "logfile", Kind: String, Flags: Immutable | Empty,
		Doc: "File to log to, from `dir` on unless it is absolute; empty for standard output."},
	{Name: "log-format", Kind: Enum, Values: []string{"legacy", "logfmt", "json"}, Default: "legacy",
		Doc: "Lines for people (legacy), key=value pairs (logfmt) or JSON (json)."},
	{Name: "log-timestamp-format", Kind: Enum, Values: []string{"legacy", "iso8601", "milliseconds"}, Default: "legacy",
		Doc: "How log lines tell the time: by name of the month, by ISO 8601, or in milliseconds since 1970."},
	{Name: "syslog-enabled", Kind: Bool, Default: "no", Flags: Immutable, Doc: "Log to the system's log, too."},
	{Name: "syslog-ident", Kind: String, Default: "valkey", Flags: Immutable | Empty, Doc: "Name under which the system's log shows the server."},
	{Name: "syslog-facility", Kind: Enum, Values: []string{"user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}, Default: "local0", Flags: Immutable,
		Doc: "Class of the lines in the system's log."},
	{Name: "hide-user-data-from-log", Kind: Bool, Default: "yes",
		Doc: "Keep what clients sent out of the log. Of that, only what breaks the protocol is ever written there, at the level verbose, the line of a client that is evicted, and the command that was running in a crash report; hidden are names of clients and users, and all arguments but their sizes."},
	{Name: "always-show-logo", Kind: Bool, Default: "no", Flags: Immutable, Doc: "Show the logo at the start even if the log is no terminal."},
	{Name: "crash-log-enabled", Kind: Bool, Default: "yes", Doc: "Write a crash report to the log when a signal kills the server: the reason, what all goroutines were doing, INFO, the clients, and what is configured. A fault of the program is always reported."},
	{Name: "crash-memcheck-enabled", Kind: Bool, Default: "yes", Inert: Kept, Doc: "Test the memory after a crash. No effect: the server never does."},
	{Name: "use-exit-on-panic", Kind: Bool, Default: "no", Flags: Hidden, Doc: "After a fault of the program exit with 1, and not as by SIGABRT, 134."},
	{Name: "watchdog-period", Kind: Int, Max: maxInt32, Default: "0", Flags: Hidden,
		Doc: "Milliseconds after which a loop that stands still has the log tell what all goroutines do; 0 never. The least is 200."},
}

var processRows = []Row{
	{Name: "dir", Kind: String, Default: ".", Flags: Protected | DenyLoading, Check: checkDir,
		Doc: "Folder for files that the server reads and writes under relative names. It must exist; the absolute path is kept, and a relative one starts from the folder set before."},
	{Name: "daemonize", Kind: Bool, Default: "no", Flags: Immutable,
		Doc: "Go on in the background: the program starts itself again, detached from the terminal. Ignored under a supervisor (supervised)."},
	{Name: "supervised", Kind: Enum, Values: []string{"upstart", "systemd", "auto", "no"}, Default: "no", Flags: Immutable,
		Doc: "Tell upstart or systemd when the server is ready; auto looks for the one in the environment."},
	{Name: "pidfile", Kind: String, Flags: Immutable,
		Doc: "File that holds the process id while the server runs. Empty writes none, but with daemonize /var/run/valkey.pid."},
	{Name: "set-proc-title", Kind: Bool, Default: "yes", Flags: Immutable, Doc: "Show proc-title-template in the list of processes."},
	{Name: "proc-title-template", Kind: String, Default: "{title} {listen-addr} {server-mode}", Flags: Empty, Check: checkTitle,
		Doc: "What the list of processes shows: text with {title}, {listen-addr}, {server-mode}, {port}, {tls-port}, {unixsocket}, {config-file}."},
	{Name: "oom-score-adj", Kind: Enum, Values: []string{"no", "yes", "relative", "absolute"}, Default: "no", Check: checkOOM,
		Doc: "Whether oom-score-adj-values are told to the kernel's out-of-memory killer: not at all, added to what the process started with (yes, relative), or as they are (absolute)."},
	{Name: "oom-score-adj-values", Kind: Custom, Parse: parseOOMValues, Default: "0 200 800",
		Doc: "Out-of-memory scores of a primary, a replica and a background child, -2000 to 2000. There are no children."},
	{Name: "disable-thp", Kind: Bool, Default: "yes", Flags: Immutable, Inert: Kept,
		Doc: "No effect: huge pages do harm where a server forks, and this one never does."},
	{Name: "server-cpulist", Alias: "server_cpulist", Kind: String, Flags: Immutable, Doc: "CPUs that the server may run on, such as 0-3,8 or 0-6:2."},
	{Name: "bio-cpulist", Alias: "bio_cpulist", Kind: String, Flags: Immutable, Inert: Kept, Doc: cpulistDoc},
	{Name: "aof-rewrite-cpulist", Alias: "aof_rewrite_cpulist", Kind: String, Flags: Immutable, Inert: Kept, Doc: cpulistDoc},
	{Name: "bgsave-cpulist", Alias: "bgsave_cpulist", Kind: String, Flags: Immutable, Inert: Kept, Doc: cpulistDoc},
}

const cpulistDoc = "No effect: there are no processes or threads of this kind."
