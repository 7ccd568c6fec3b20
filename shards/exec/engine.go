// Package exec runs commands on shards. An Engine is all shards of a node; a Ctx is
// what one goroutine needs to run commands on them and what a handler sees of the
// command that it implements. Whoever calls in holds the tokens of the shards that a
// command touches; exec takes none itself, but to make room between two commands (MakeRoom).
//
// A command runs as handler and finish, and that always does the same in the same order: consumers of commits, WATCH,
// notifications, dirty count, waiters. A key that a handler finds to be past its time is removed there and then. Handlers only
// say Touched, Removed or Rewrite; values of a type they reach by package typed. A handler's error takes back whatever it had already replied.
package exec

import (
	"sync/atomic"

	"sigrun/actors"
	"sigrun/internal/account"
	"sigrun/internal/clock"
	"sigrun/internal/peers"
	"sigrun/internal/sim"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/shards/evict"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
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
	// PublishSharded does the same on a channel that belongs to a slot.
	PublishSharded(loop int, channel, payload []byte) int
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
	Finish(shard int, c *call.Call, r actors.Runner)
	// Submit takes the tokens of c.Set, runs c on an executor and sends it home.
	Submit(c *call.Call) (started bool)
	// Try takes the token of a shard if it is free, Release gives it back: for making room, between two commands.
	Try(shard int) bool
	Release(shard int, r actors.Runner)
	// UpkeepDue has background work be done soon.
	UpkeepDue()
}

// Options of an Engine.
type Options struct {
	*keyspace.Keyspace
	Table     *command.Table
	Handlers  []Handler // by command id; nil where another floor has the handler
	Publisher Publisher
	Monitors  Monitors // nil: none
	Actors    Actors
	// Invalidator is asked only where somebody tracks.
	Invalidator Invalidator
	Scripts     ScriptBook
	Evict       *evict.State
	Elsewhere   Elsewhere   // asked only where the slot map is that of a cluster
	Peers       *peers.Pool // of commands that speak to other servers; nil, in tests: there is none
	Watch       *clock.Stopwatch
	Redact      func(cmd *call.Command) [][]byte // the arguments of cmd without passwords
	Warn        func(text string)                // writes to the log; nil: nothing is written
	// Flushed is called by FLUSHALL, under all tokens, when nothing is left; nil: nothing. The
	// reply leaves when await, called without tokens, has called done; nil: at once.
	Flushed func() (await func(done func()))
	Denials *acl.Log            // counts what users may not do
	Crashed func(f *call.Fault) // told of a panic; it does not return. nil: nobody is told
	Busy    func(on bool)       // told when scripts run longer than busy-reply-threshold, and when none does
}

// Engine is the shards of one node.
type Engine struct {
	Options
	Stats   Stats
	Errors  observe.Errors
	Log     observe.CommandLog
	Latency observe.Latency
	Tallies observe.Tallies
	Hot     observe.HotKeys
	// Payloads is what buffers for payloads of DUMP take while they are made, read, or sent by MIGRATE, beside arguments and replies.
	Payloads account.Figure
	scripts  scripts

	tuned atomic.Uint32 // counts Retune

	runnerMu sim.Mutex
	idle     []*Ctx // runners that were borrowed and given back
}

// Stats counts what the whole engine did; INFO shows it.
type Stats struct {
	ScriptsRunning atomic.Int64
	ScriptsAtOnce  atomic.Int64 // most scripts that ever ran at the same time
	ScriptRestarts atomic.Int64
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
	if o.Denials == nil {
		o.Denials = &acl.Log{}
	}
	if o.Evict == nil {
		o.Evict = evict.NewState(account.New(nil, nil), o.Clock.Mono)
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	e := &Engine{Options: o}
	e.Tallies.Init(o.Table)
	e.scripts.e = e
	e.Retune()
	return e
}
