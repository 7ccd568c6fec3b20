// Package exec runs commands on shards. An Engine is all shards of a node; a Ctx is
// what one goroutine needs to run commands on them and what a handler sees of the
// command that it implements. Whoever calls in holds the tokens of the shards that a
// command touches; exec never takes or releases one.
//
// A command runs as prologue (time, expiry of the keys it finds), handler, finish, and
// that always does the same in the same order: consumers of commits, WATCH and
// tracking, notifications, dirty count, waiters. Handlers only say Touched, Removed or
// Rewrite. A handler's error takes back whatever it had already replied.
package exec

import (
	"sync/atomic"

	"sigrun/internal/clock"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/slotmap"
	"sigrun/shards/commit"
	"sigrun/shards/observe"
	"sigrun/storage/db"
)

// Handler implements one command. On error the reply is taken back and the error
// written in its place; nothing may have been changed then.
type Handler func(*Ctx) error

// Row is one command: its facts and its behaviour.
type Row struct {
	Spec command.Spec
	Run  Handler
}

// Publisher sends messages for PUBLISH and for notifications; the reactor has it.
type Publisher interface {
	// Publish sends payload on channel and reports how many subscribers it reaches.
	Publish(loop int, channel, payload []byte) int
}

// Monitors shows commands to the readers of MONITOR; the node has it.
type Monitors interface {
	// Watching reports whether anybody reads.
	Watching() bool
	// Line is what is shown of a command; Feed shows it. The caller of Feed holds the
	// tokens of the command: so the lines come in the order of execution.
	Line(db int, source string, args [][]byte) []byte
	Feed(loop int, line []byte)
}

// Actors is what execution asks of the dispatcher.
type Actors interface {
	// Finish sends a call that waited in a shard home; the shard's token is held.
	Finish(shard int, c *call.Call, r call.Runner)
	// Submit takes the tokens of c.Set, runs c on an executor and sends it home.
	Submit(c *call.Call) (started bool)
}

// Options of an Engine.
type Options struct {
	Space     *db.Space
	Shards    int
	Clock     clock.Clock
	Table     *command.Table
	Handlers  []Handler   // by command id; nil where another floor has the handler
	Commits   *commit.Log // nil: one of the engine's own
	Publisher Publisher
	Monitors  Monitors // nil: none
	Actors    Actors
	Settings  *Settings
	Scripts   ScriptBook
	Watch     *clock.Stopwatch
	Redact    func(cmd *call.Command) [][]byte // the arguments of cmd without passwords
	Warn      func(text string)                // writes to the log; nil: nothing is written
	// Flushed is called by FLUSHALL, under all tokens, when nothing is left; nil: nothing. The
	// reply leaves when settle, called without tokens, has called done; nil: at once.
	Flushed func() (settle func(done func()))
	Busy    func(on bool) // told when scripts run longer than busy-reply-threshold, and when none does
}

// Settings are the configuration that execution looks at; the node's configuration
// stores into them.
type Settings struct {
	ListNodeLimit     atomic.Int64 // list-max-listpack-size
	StreamNodeBytes   atomic.Int64 // stream-node-max-bytes
	StreamNodeEntries atomic.Int64 // stream-node-max-entries
	SparseHLL         atomic.Int64 // hll-sparse-max-bytes
	ListDepth         atomic.Int64 // list-compress-depth
	ListLarge         atomic.Int64 // DEBUG QUICKLIST-PACKED-THRESHOLD, 0: as large as a node
	ZSetEntries       atomic.Int64 // zset-max-listpack-entries
	ZSetValue         atomic.Int64 // zset-max-listpack-value
	Set               SetSettings
	Hash              HashSettings
	ScriptsMayAll     atomic.Bool  // DEBUG SET-DISABLE-DENY-SCRIPTS
	ActiveExpire      atomic.Bool  // DEBUG SET-ACTIVE-EXPIRE
	ExpireHeld        atomic.Bool  // due keys are not there, but stay (CLIENT PAUSE)
	Import            atomic.Bool  // import-mode
	AsRedis           atomic.Bool  // extended-redis-compatibility
	ExpireEffort      atomic.Int64 // active-expire-effort, 1 to 10
	MaxBulk           atomic.Int64 // proto-max-bulk-len
	LatencyTracking   atomic.Bool  // latency-tracking
	BusyThreshold     atomic.Int64 // busy-reply-threshold, ms
	CountUse          atomic.Bool  // maxmemory-policy is one of the LFU ones
	LFULogFactor      atomic.Int64 // lfu-log-factor
	LFUDecayTime      atomic.Int64 // lfu-decay-time, minutes
	RDBVersion        atomic.Int64 // rdb-save-version
	RDBCompress       atomic.Bool  // rdbcompression
	RDBRelaxed        atomic.Bool  // rdb-version-check
	Events            atomic.Int64 // notify-keyspace-events, as internal/config gives it
	WritesRefused     atomic.Bool  // snapshots fail, and the configuration wants writes refused for that
	SkipChecksum      atomic.Bool  // DEBUG SET-SKIP-CHECKSUM-VALIDATION
	Compact           CompactSettings
}

// Engine is the shards of one node.
type Engine struct {
	Options
	Stats   Stats
	Errors  observe.Errors
	Log     observe.CommandLog
	Latency observe.Latency
	shards  []Shard
	slots   *slotmap.Map
	all     call.ShardSet
	scripts scripts

	tuned atomic.Uint32 // counts Retune

	runnerMu sim.Mutex
	idle     []*Ctx // runners that were borrowed and given back

	tallyMu   sim.Mutex // guards what follows
	tallies   []*Tally
	statsBase map[*command.Spec]*CommandStats // as of the last ResetStats
}

// Stats counts what the whole engine did; INFO shows it.
type Stats struct {
	ScriptsRunning atomic.Int64
	ScriptsAtOnce  atomic.Int64 // most scripts that ever ran at the same time
	ScriptRestarts atomic.Int64
	SlotsMoved     atomic.Int64
	Compact        CompactStats
}

// New makes an engine for the shards of a keyspace.
func New(o Options) *Engine {
	if o.Watch == nil {
		o.Watch = clock.NewStopwatch()
	}
	if o.Redact == nil {
		o.Redact = func(cmd *call.Command) [][]byte { return cmd.Args }
	}
	if o.Flushed == nil {
		o.Flushed = func() func(func()) { return nil }
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	e := &Engine{Options: o, shards: make([]Shard, o.Shards), slots: o.Space.Slots()}
	e.scripts.e = e
	if e.Commits == nil {
		e.Commits = &commit.Log{}
	}
	for s := range e.shards {
		e.shards[s].init(e, s)
	}
	e.all.AddAll(o.Shards)
	e.Retune()
	return e
}

// Owner is the shard of a slot. Without that shard's token the answer may be old;
// Run checks again.
func (e *Engine) Owner(slot uint16) int { return e.slots.Owner(slot) }

// All is the set of every shard.
func (e *Engine) All() *call.ShardSet { return &e.all }

// Shard gives access to one shard; its token is needed for all but the counters.
func (e *Engine) Shard(i int) *Shard { return &e.shards[i] }
