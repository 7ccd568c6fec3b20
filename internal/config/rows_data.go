package config

import "math"

var memoryRows = []Row{
	{Name: "maxmemory", Kind: Memory, Max: maxInt64, Default: "0", Inert: Warned, Needs: "eviction",
		Doc: "Logical bytes of data that are allowed; 0 is no limit."},
	{Name: "maxmemory-policy", Kind: Enum, Default: "noeviction", Inert: Warned, Needs: "eviction",
		Values: []string{"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"},
		Doc:    "Which keys go when maxmemory is reached. It chooses what is kept of accesses: their time, or with the lfu policies their number."},
	{Name: "maxmemory-samples", Kind: Int, Min: 1, Max: 64, Default: "5", Inert: Kept, Needs: "eviction", Doc: "Keys that are looked at to find one to evict."},
	{Name: "maxmemory-eviction-tenacity", Kind: Int, Max: 100, Default: "10", Inert: Kept, Needs: "eviction", Doc: "How much time eviction may take, 0 to 100."},
	{Name: "lfu-log-factor", Kind: Int, Max: maxInt32, Default: "10",
		Doc: "How slowly the counter of accesses grows under an lfu policy: each step takes about this many times more accesses than the one before."},
	{Name: "lfu-decay-time", Kind: Int, Max: maxInt32, Default: "1",
		Doc: "Minutes after which the counter of accesses falls by one under an lfu policy; 0 never."},
	{Name: "active-expire-effort", Kind: Int, Min: 1, Max: 10, Default: "1",
		Doc: "How much work goes into finding expired keys, 1 to 10."},
	{Name: "lazyfree-lazy-eviction", Kind: Bool, Default: "yes", Inert: Kept, Doc: lazyDoc},
	{Name: "lazyfree-lazy-expire", Kind: Bool, Default: "yes", Inert: Kept, Doc: lazyDoc},
	{Name: "lazyfree-lazy-server-del", Kind: Bool, Default: "yes", Inert: Kept, Doc: lazyDoc},
	{Name: "lazyfree-lazy-user-del", Kind: Bool, Default: "yes", Inert: Kept, Doc: lazyDoc},
	{Name: "lazyfree-lazy-user-flush", Kind: Bool, Default: "yes", Inert: Kept, Doc: lazyDoc},
	{Name: "activerehashing", Kind: Bool, Default: "yes", Inert: Kept, Doc: "No effect: tables grow and shrink in small steps with every command that changes them."},
	{Name: "activedefrag", Kind: Bool, Default: "no", Check: refuseDefrag, Inert: Barred, Needs: defrag, Doc: "Move data to get rid of holes in memory."},
	{Name: "active-defrag-cycle-min", Kind: Int, Min: 1, Max: 99, Default: "1", Inert: Kept, Needs: defrag, Doc: "Least per cent of a core for it."},
	{Name: "active-defrag-cycle-max", Kind: Int, Min: 1, Max: 99, Default: "25", Inert: Kept, Needs: defrag, Doc: "Most per cent of a core for it."},
	{Name: "active-defrag-cycle-us", Kind: Int, Max: 100000, Default: "500", Inert: Kept, Needs: defrag, Doc: "Microseconds of one step of it."},
	{Name: "active-defrag-threshold-lower", Kind: Int, Max: 1000, Default: "10", Inert: Kept, Needs: defrag, Doc: "Per cent of holes from which on it works."},
	{Name: "active-defrag-threshold-upper", Kind: Int, Max: 1000, Default: "100", Inert: Kept, Needs: defrag, Doc: "Per cent of holes from which on it works its most."},
	{Name: "active-defrag-ignore-bytes", Kind: Memory, Min: 1, Max: maxInt64, Default: "104857600", Inert: Kept, Needs: defrag, Doc: "Bytes of holes from which on it works."},
	{Name: "active-defrag-max-scan-fields", Kind: Int, Min: 1, Max: maxInt64, Default: "1000", Inert: Kept, Needs: defrag, Doc: "Elements that it treats in one step."},
	{Name: "jemalloc-bg-thread", Kind: Bool, Default: "yes", Inert: Kept, Doc: "No effect: memory is not managed by jemalloc."},
}

const (
	lazyDoc = "No effect: large values are always freed in slices, whatever removed them."
	defrag  = "active defragmentation"
)

var typeRows = []Row{
	{Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Kind: Int, Min: math.MinInt32, Max: maxInt32, Default: "-2",
		Doc: "Size of a list's node: a number of elements, or -1 to -5 for 4 to 64 KiB."},
	{Name: "list-compress-depth", Kind: Int, Max: maxInt32, Default: "0",
		Doc: "Nodes at either end of a list that are not compressed; 0 compresses none."},
	{Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Kind: Int, Max: maxInt64, Default: "512", Doc: "Most fields of a hash that is one listpack."},
	{Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Kind: Memory, Max: maxInt64, Default: "64", Doc: "Longest field or value of such a hash."},
	{Name: "set-max-intset-entries", Kind: Int, Max: maxInt64, Default: "512", Doc: "Most members of a set that is an array of integers."},
	{Name: "set-max-listpack-entries", Kind: Int, Max: maxInt64, Default: "128", Doc: "Most members of a set that is one listpack."},
	{Name: "set-max-listpack-value", Kind: Int, Max: maxInt64, Default: "64", Doc: "Longest member of such a set."},
	{Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Kind: Int, Max: maxInt64, Default: "128", Doc: "Most members of a sorted set that is one listpack."},
	{Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Kind: Memory, Max: maxInt64, Default: "64", Doc: "Longest member of such a sorted set."},
	{Name: "hll-sparse-max-bytes", Kind: Memory, Max: maxInt64, Default: "3000", Doc: "Bytes up to which a HyperLogLog stays sparse."},
	{Name: "stream-node-max-bytes", Kind: Memory, Max: maxInt64, Default: "4096", Doc: "Bytes of a stream's node; 0 is no limit."},
	{Name: "stream-node-max-entries", Kind: Int, Max: maxInt64, Default: "100", Doc: "Entries of a stream's node; 0 is no limit."},
	{Name: "sanitize-dump-payload", Kind: Enum, Values: []string{"no", "yes", "clients"}, Default: "no", Inert: Kept,
		Doc: "No effect: what RESTORE or a snapshot brings is always checked through and through."},
}

var persistenceRows = append([]Row{
	{Name: "save", Kind: Custom, Parse: parseSave, Flags: Repeats, Default: "3600 1 300 100 60 10000",
		Doc: "Pairs of seconds and changes after which a snapshot is written; empty writes none."},
	{Name: "dbfilename", Kind: String, Default: "dump.rdb", Flags: Protected | Empty, Check: baseName("dbfilename", "filename"), Doc: "File of the snapshot, in `dir`."},
	{Name: "rdbcompression", Kind: Bool, Default: "yes", Doc: "Compress strings in a snapshot."},
	{Name: "rdbchecksum", Kind: Bool, Default: "yes", Flags: Immutable, Doc: "End a snapshot with a checksum."},
	{Name: "rdb-version-check", Kind: Enum, Values: []string{"strict", "relaxed"}, Default: "strict", Doc: "Whether snapshots of unknown, newer formats are read."},
	{Name: "rdb-save-version", Kind: Int, Min: 10, Max: 80, Check: checkSaveVersion, Default: "80",
		Doc: "Version of the format in which snapshots and DUMP are written: 80, or for older servers 11 or 10, which cannot hold hash fields that expire."},
	{Name: "rdb-del-sync-files", Kind: Bool, Default: "no", Inert: Kept, Needs: "replication", Doc: "Remove snapshots that were made for replicas only."},
	{Name: "rdb-save-incremental-fsync", Kind: Bool, Default: "yes", Doc: "Write a snapshot to disk in small steps."},
	{Name: "rdb-key-save-delay", Kind: Int, Min: math.MinInt32, Max: maxInt32, Default: "0", Flags: Hidden, Doc: "For tests: microseconds to wait after each key that is saved."},
	{Name: "key-load-delay", Kind: Int, Min: math.MinInt32, Max: maxInt32, Default: "0", Flags: Hidden, Doc: "For tests: microseconds to wait after each key that is loaded."},
	{Name: "loading-process-events-interval-bytes", Kind: Int, Min: 1024, Max: maxInt32, Default: "2097152", Flags: Hidden, Doc: "For tests: bytes that are loaded before clients are looked after."},
	{Name: "stop-writes-on-bgsave-error", Kind: Bool, Default: "yes", Doc: "Refuse writes while snapshots cannot be written."},
}, need("the append-only file", []Row{
	{Name: "appendonly", Kind: Bool, Default: "no", Inert: Barred, Doc: "Write a log of all changes."},
	{Name: "appendfilename", Kind: String, Default: "appendonly.aof", Flags: Immutable | Empty, Check: baseName("appendfilename", "filename"), Doc: "First part of the names of its files."},
	{Name: "appenddirname", Kind: String, Default: "appendonlydir", Flags: Immutable | Empty, Check: baseName("appenddirname", "dirname"), Doc: "Folder of its files, in `dir`."},
	{Name: "appendfsync", Kind: Enum, Values: []string{"everysec", "always", "no"}, Default: "everysec", Doc: "When it is written to disk."},
	{Name: "no-appendfsync-on-rewrite", Kind: Bool, Default: "no", Doc: "Leave out writing to disk while it is rewritten."},
	{Name: "auto-aof-rewrite-percentage", Kind: Int, Max: maxInt32, Default: "100", Doc: "Growth in per cent after which it is rewritten; 0 never."},
	{Name: "auto-aof-rewrite-min-size", Kind: Memory, Max: maxInt64, Default: "67108864", Doc: "Size below which it is not rewritten."},
	{Name: "aof-load-truncated", Kind: Bool, Default: "yes", Doc: "Start with a file whose end is missing."},
	{Name: "aof-use-rdb-preamble", Kind: Bool, Default: "yes", Doc: "Begin a rewritten file with a snapshot."},
	{Name: "aof-timestamp-enabled", Kind: Bool, Default: "no", Doc: "Write times into it."},
	{Name: "aof-rewrite-incremental-fsync", Kind: Bool, Default: "yes", Doc: "Write a rewritten file to disk in small steps."},
	{Name: "aof-disable-auto-gc", Kind: Bool, Default: "no", Flags: Hidden, Doc: "For tests: keep files that are no longer needed."},
})...)
