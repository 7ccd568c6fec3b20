// Package control is the node's one goroutine for what concerns the whole process:
// CLIENT LIST and KILL, CONFIG, INFO, DEBUG, SHUTDOWN. It asks loops to do their part
// at their next turn, and never waits for a token: INFO and CLIENT KILL are answered
// whatever scripts do. The node starts it; commands reach it as calls.
//
// A command that needs every token (command.Spec.AllTokens) or stands in a transaction
// runs on the executor that holds the tokens instead, at the same time as the goroutine
// runs another one: state of control has a lock, and nobody who holds one waits for
// tokens. What has to happen before a reply leaves, and may last, is put behind the
// command (call.Call.Before): nobody waits for it but the client.
package control

import (
	"log/slog"
	"time"

	"sigrun/actors"
	"sigrun/cluster"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/node/persist"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
	"sigrun/shards/keyspace"
	"sigrun/shards/script"
)

// Handler implements one command of control. It runs on the control goroutine, or on
// an executor when the command stands in a transaction; then held are the tokens that
// the transaction holds.
type Handler func(c *Ctx) error

// Row is one command: its facts and its behaviour.
type Row struct {
	Spec command.Spec
	Run  Handler
}

// Ctx is one command on the control goroutine.
type Ctx struct {
	*Control
	Args    [][]byte
	Out     *resp.Writer
	Session *session.Session // who asks; its Client may be read, the rest only on its loop
	Held    *call.ShardSet   // tokens that the caller holds, nil: none
	InTx    bool             // it stands in a transaction or script
	Run     *exec.Ctx        // for what needs tokens
	call    *call.Call
}

// Control is the goroutine and what its commands work on.
type Control struct {
	Reactor  *reactor.Reactor
	Tokens   Tokens
	Engine   *exec.Engine
	Cluster  *cluster.Cluster // nil: the node is in none
	Gate     *gate.Gate
	Config   *config.Registry
	Info     *metrics.Info
	Table    *command.Table
	Handlers []Handler
	Settings *keyspace.Settings
	Limits   *session.Limits
	Clock    clock.Clock
	Log      *slog.Logger
	Persist  Saver
	Appends  Appender
	Shutdown func()       // ends the node, and the process with it
	Facts    Facts        // for INFO
	Scripts  *script.Book // the cache of EVAL
	Users    *acl.Users
	Denials  *acl.Log
	FS       vfs.FS       // where the users' file lies
	Region   func() int64 // bytes that the keyspace has taken from the system

	Crashed func(f *call.Fault) // told of a panic, and by DEBUG; it does not return. nil: nobody is told

	Cron    Cron
	pause   pause
	ending  sim.Mutex // held by who prepares the end of the node, which may last
	figures figures
	stats   stats

	mu    sim.Mutex
	ready sim.Cond
	calls call.Queue
	ended bool
	done  chan struct{}

	leaving chan struct{} // closed: the node ends
}

// Tokens is what control asks of those who hand tokens out. It tries for one, or has something done when it holds some: there is
// no way for it to wait.
type Tokens interface {
	Shards() int
	Try(shard int) bool
	Release(shard int, r actors.Runner)
	Submit(c *call.Call) (started bool)
}

// Saver is what control asks of persistence. Nothing of it waits for tokens: Save, SaveLast, Background and Reload want all of
// them held.
type Saver interface {
	Save() error
	SaveLast() error
	Reload(o persist.Reload) error
	Background() error
	Awaited() bool
	Started(then func())
	Ended(then func())
	Schedule()
	Cancel() persist.Cancelled
	Running() (persist.Running, bool)
	Rewriting() bool
	Saves() persist.Saves
	Dirty() uint64
	Loads() *persist.Progress
}

// Appender is what control asks of the append-only file. Nothing of it waits for tokens; Reload wants all of them held.
type Appender interface {
	Rewrite(soon bool) (*persist.Begun, error)
	Reload() error
	SleepBeforeWrites(d time.Duration)
	On() bool
	Beginning() bool
	Switching() bool
	Switched(then func())
}

// Start begins to take calls.
func (k *Control) Start() {
	k.ready.L = &k.mu
	k.done, k.leaving = make(chan struct{}), make(chan struct{})
	sim.Go("control", k.serve)
}

// Submit queues a call of a session; the reply goes to its loop. The queue runs
// through the calls themselves and is bounded by the clients.
func (k *Control) Submit(c *call.Call) {
	k.mu.Lock()
	k.calls.Push(c)
	k.mu.Unlock()
	k.ready.Signal()
}

func (k *Control) serve() {
	defer close(k.done)
	for {
		k.mu.Lock()
		for !k.ended && k.calls.Empty() {
			k.ready.Wait()
		}
		c := k.calls.Pop()
		k.mu.Unlock()
		if c == nil {
			return
		}
		k.run(c)
	}
}

func (k *Control) run(c *call.Call) {
	if c.Move(call.Pending, call.Running) {
		k.Answer(c, nil)
		c.SetState(call.Done)
	}
	l := k.Reactor.Loops()[c.Loop]
	l.Post(func() { l.CameHome(c) })
}

// Answer runs the handler of c into c.Out. held are the tokens its caller holds.
func (k *Control) Answer(c *call.Call, held *call.ShardSet) {
	s, _ := c.From.(*session.Session)
	r := k.Engine.Borrow()
	defer k.Engine.GiveBack(r)
	x := &Ctx{Control: k, Args: c.Args, Out: &c.Out, Session: s, Held: held, InTx: c.Loop < 0, Run: r, call: c}
	if c.Out.Proto == 0 {
		c.Out.Proto = c.Client.Proto
	}
	r.Prepare(nil, 0)
	if c.Loop >= 0 && !r.Admits(c) { // else who runs the transaction has asked
		return
	}
	if k.Crashed != nil && c.Loop >= 0 { // else who runs the transaction is guarded
		defer k.guard(c)
	}
	since := r.Lap()
	if c.Client.Marks&call.Shown != 0 {
		r.Show(&c.Command, c.Client)
	}
	defer func() { r.Book(&c.Command, c.Client, since, c.Out.B) }()
	if err := k.Handlers[c.Spec.ID()](x); err != nil {
		c.Out.Rewind(0)
		if e, ok := err.(*resp.Error); ok {
			c.Out.Error(e)
		} else {
			c.Out.Error(resp.Errorf("ERR %s", err))
		}
	}
}

// Leave has everybody end who waits for time to pass, and would keep the node from its end.
func (k *Control) Leave() { close(k.leaving) }

// Leaving is closed when the node ends.
func (k *Control) Leaving() <-chan struct{} { return k.leaving }

// Close ends the goroutine when it has answered what is queued.
func (k *Control) Close() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()
	k.ready.Broadcast()
	sim.Receive("waits for the end of control", k.done) // not on control
}
