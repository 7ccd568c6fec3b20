package config

var threadRows = []Row{
	{Name: "io-threads", Kind: Int, Min: 1, Max: 256, Default: "1", Flags: Automatic,
		Doc: "Most event loops that may run. Not set: as many as the cores allow, and CONFIG GET answers 1. Loops are made at the start: a larger number set later counts from the next one, as the log says."},
	{Name: "io-threads-always-active", Kind: Bool, Default: "no", Flags: Hidden, Inert: Kept, Doc: "No effect: `ignition forced` starts all loops at once."},
	{Name: "events-per-io-thread", Kind: Int, Max: maxInt32, Default: "2", Flags: Hidden, Inert: Kept, Doc: "No effect: loops are woken by the CPU time that is used (ignition-threshold)."},
	{Name: "prefetch-batch-max-size", Kind: Int, Max: 128, Default: "16", Inert: Kept, Doc: "No effect: keys are looked up in batches as large as what a client has sent, up to 64."},
}

// engineRows are Sigrun's own. They are hidden, since programs that copy what CONFIG GET * shows do not know them.
var engineRows = []Row{
	{Name: "process-memory-limit", Kind: Custom, Parse: parseProcessLimit, Default: "0", Flags: Hidden,
		Doc: "Bytes that the whole process may take of the machine, whatever for; `auto` is what its control group allows. Near it keys go early, as if maxmemory were lower, and the heaviest clients, then writes are refused with -OOM. 0 is no limit."},
	{Name: "shards", Kind: Int, Max: 16384, Default: "0", Flags: Immutable | Hidden, Check: powerOfTwo,
		Doc: "Number of shards, a power of two; 0 takes 8 for each core and at least 16."},
	{Name: "ignition", Kind: Enum, Values: []string{"auto", "off", "forced"}, Default: "auto", Flags: Immutable | Hidden,
		Doc: "Whether further loops and workers are woken under load (auto), never (off) or from the start (forced)."},
	{Name: "ignition-threshold", Kind: Int, Min: 1, Max: 100, Default: "70", Flags: Immutable | Hidden,
		Doc: "Per cent of a core that a loop must use before another loop or worker is woken."},
	{Name: "cooldown-threshold", Kind: Int, Max: 100, Default: "30", Flags: Immutable | Hidden,
		Doc: "Per cent of a core below which a woken loop or worker is parked again."},
	{Name: "ignition-workers", Kind: Int, Max: 256, Default: "0", Flags: Immutable | Hidden,
		Doc: "Most workers that may run shards for the loops; 0 lets the cores decide."},
	{Name: "ring-size", Kind: Int, Min: 2, Max: 65536, Default: "1024", Flags: Immutable | Hidden, Check: powerOfTwo,
		Doc: "Calls that fit a ring between a loop and a shard, a power of two."},
	{Name: "pipeline-order", Kind: Enum, Values: []string{"strict", "relaxed"}, Default: "strict", Flags: Immutable | Hidden,
		Doc: "Whether the commands of one connection take effect in the order sent (strict), or those on other slots may overtake one that waits for its shard (relaxed). Replies come in order either way."},
	{Name: "unguarded", Kind: Bool, Default: "no", Flags: Immutable | Hidden,
		Doc: "For measurements: run without tokens, which only one loop alone may do (io-threads 1)."},
	{Name: "chaos-seed", Kind: Int, Max: maxInt64, Default: "0", Flags: Immutable | Hidden,
		Doc: "For tests: the seed by which tokens are refused, holders delayed, connections and slots moved; 0 is off."},
}
