package session

import (
	"sync/atomic"
	"time"

	"sigrun/actors"
	"sigrun/internal/clock"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/admission"
	"sigrun/reactor/gate"
	"sigrun/reactor/input"
	"sigrun/reactor/output"
	"sigrun/reactor/pubsub"
)

// Handler implements a command of the session. It may change the session and appends
// its reply to out.
type Handler func(s *Session, cmd *call.Command, out *resp.Writer) error

// Row is one command of the reactor: its facts and its behaviour.
type Row struct {
	Spec command.Spec
	Run  Handler
}

// Node is what loops ask of the floors above.
type Node interface {
	// Control runs a call on the control goroutine, which sends it home.
	Control(c *call.Call)
	// ControlHeld runs a call of control where it is called, on an executor that holds the
	// tokens of held.
	ControlHeld(c *call.Call, held *call.ShardSet)
	// Gone is told when a session has ended for good.
	Gone(s *Session)
	// Zone is the availability zone that the node was told, "" for none.
	Zone() string
	// Name is what the node calls itself, and the version of that.
	Name() (name, version string)
	// ImportMode reports whether the node takes imports.
	ImportMode() bool
	// Redact is the arguments of a command without passwords, to be shown.
	Redact(cmd *call.Command) [][]byte
	// MayDebug reports whether a session may use DEBUG and its like.
	MayDebug(s *Session) bool
	// Attacked is told that a session sent what looks like an HTTP request.
	Attacked(s *Session)
}

// Config is shared by all loops of a node.
type Config struct {
	Table      *command.Table
	Handlers   []Handler // by command id; nil where a shard or control has the handler
	Dispatcher *actors.Dispatcher
	Gate       *gate.Gate
	Clock      clock.Clock
	Node       Node
	Tables     Tables
	Users      *acl.Users // nil, in tests: everybody may do everything
	Denials    *acl.Log
	Log        output.Log // what has to have effects before they are shown; nil: nothing
	Databases  int        // how many there are
	Clustered  bool       // the node is one of a cluster
	Blocks     resp.BlockSource
	Known      *Known // nil: nobody looks for sessions by their numbers
	Limits     *Limits
	Crowd      *Crowd
	Pulse      *clock.Pulse
	Heat       *Heat
	Watch      *clock.Stopwatch
	Violated   func(s *Session, err error, rest []byte) // told, under no token, of a client that broke the protocol
	CutOff     func(s *Session, owed bool)              // told, under no token, of a client that is closed for what it is owed, or has sent, beyond its limit
	Crashed    func(f *call.Fault)                      // told of a panic; it does not return. nil: nobody is told
	Relaxed    bool                                     // pipeline-order relaxed: commands on other slots may overtake
	Chaos      bool                                     // whatever is rare is to be common
}

// Limits bound what a connection may make the server hold.
type Limits struct {
	In  input.Limits
	Out output.Limits
}

// Heat counts, by slot, commands that lost a token: what ignition.Reliever looks at. All
// loops write it, off the shortest way only.
type Heat [slot.Count]atomic.Uint32

// Loop is one event loop's sessions and its scratch memory. All methods are called by
// the loop's goroutine, Post by anybody.
type Loop struct {
	*Config
	ID       int
	Run      Runner
	by       actors.Runner // the same, as the engine knows it
	Counters Counters
	Post     func(fn func()) // runs fn on the loop, soon
	// AskEndRound has EndRound called behind the turns that follow the next look for
	// connections that are ready.
	AskEndRound func()
	Local       *pubsub.Local // the subscribers among its sessions

	sessions Session // a circular list; the zero one is its anchor
	count    int
	walks    *walk // those under way over the list
	again    bool  // Homecoming gave way to others

	behindTurn bool // what is under way comes right behind a turn

	parser  input.Parser
	out     output.Sender // what is written into it are replies of the turn under way
	facts   admission.Facts
	asked   *Session // whose command admission decides on
	set     call.ShardSet
	running *call.Command   // of the turn under way: what Session.Detach makes a call of
	serving *Session        // whose it is
	Large   *resp.Assembler // owns the arguments of the command under way, when they came in pieces
	visit   *call.Visit     // of that command, while it goes from shard to shard
	taking  *Session        // messages for it go to out, which is its own now
	turning bool            // within Traffic: Homecoming follows
	untimed int             // turns until the next one that is timed up to the socket
	await   backoff
	home    []*call.Call // calls that came home in this drain

	load     load
	waits    waits
	standing standing
	paused   []*Session
	unsynced []unsynced
	cramped  []*Session // that wait for room in memory
	messaged []*Session // Send queued something for them
	flushed  int        // of them, from the beginning
	busyThen uint64     // Counters.Busy when the first of them came
	overdue  bool       // they wait no longer
	pushed   []byte     // scratch: what a client is told of keys that were changed

	// Ended is closed when the loop has stopped: what is posted will not run any more.
	Ended chan struct{}
}

// Counters of one loop: written by it, read by INFO.
type Counters struct {
	Commands       metrics.Counter
	Rejected       metrics.Counter
	NetIn          metrics.Counter
	Accepted       metrics.Counter
	Closed         metrics.Counter
	Connected      metrics.Counter
	Blocked        metrics.Counter
	ProtocolErrors metrics.Counter
	InputKilled    metrics.Counter
	Turns          metrics.Counter
	Busy           metrics.Counter // ticks of the stopwatch in turns
	LongestTurn    metrics.Max     // in ticks
	MostInTurn     metrics.Max     // commands
	Overtaken      metrics.Counter
	output.Counters
	_ [64]byte
}

// NewLoop makes loop id. Post must be set before the first session.
func NewLoop(cfg *Config, id int, run Runner) *Loop {
	l := &Loop{Config: cfg, ID: id, Run: run, by: run, Ended: make(chan struct{})}
	l.sessions.prev, l.sessions.next = &l.sessions, &l.sessions
	l.parser = input.Parser{Table: cfg.Table, Limits: &cfg.Limits.In, Blocks: cfg.Blocks}
	l.out = output.Sender{Limits: &cfg.Limits.Out, Counters: &l.Counters.Counters, Clock: cfg.Clock, Log: cfg.Log, Loop: id, AskEndRound: func() { l.AskEndRound() }}
	l.out.Written = func(what int, ended uint64) { l.Run.Written(command.ID(what), ended) }
	l.out.Overrun = func(o output.Owner) {
		if s, ok := o.(*Session); ok {
			l.tellCutOff(s, true)
		}
	}
	l.out.Begin(cfg.Watch, cfg.Chaos)
	l.facts.MakeRoom = func(bytes int64) (enough, none bool) { return l.Run.MakeRoom(bytes) }
	if cfg.Clustered {
		l.facts.Placed = func(cmds []call.Command) *resp.Error { return l.Run.Placed(cmds, &l.asked.Client) }
	}
	l.facts.SlotPaused = func(cmd *call.Command) bool { return l.Run.SlotPaused(cmd) }
	l.facts.Unkept = func() *resp.Error { return l.Run.Unkept() }
	l.facts.Grows = func(cmd *call.Command) bool { return l.Run.Grows(cmd) }
	l.facts.Writes = func(cmd *call.Command) bool { return l.Run.MayWrite(cmd) }
	l.waits.l = l
	if cfg.Crowd == nil {
		cfg.Crowd = &Crowd{}
	}
	cfg.Crowd.join(l)
	return l
}

func (l *Loop) tellCutOff(s *Session, owed bool) {
	if l.CutOff != nil {
		l.CutOff(s, owed)
	}
}

// Add takes a session over, a new one or one that another loop gave away.
func (l *Loop) Add(s *Session) {
	if s.loop == nil {
		l.Known.enter(s)
	}
	s.attach(l)
	s.prev, s.next = l.sessions.prev, &l.sessions
	s.prev.next, s.next.prev = s, s
	s.at.Store(l)
	l.count++
	l.Counters.Connected.Set(uint64(l.count))
	s.logDenied(&s.Denied) // before it had a loop
	s.weigh()
}

// Remove gives a session away or forgets it.
func (l *Loop) Remove(s *Session) {
	if s.next == nil {
		return
	}
	for w := l.walks; w != nil; w = w.outer {
		if w.next == s {
			w.next = s.next
		}
	}
	s.at.Store(nil)
	s.prev.next, s.next.prev = s.next, s.prev
	s.prev, s.next = nil, nil
	s.unweigh()
	l.count--
	l.Counters.Connected.Set(uint64(l.count))
}

// Len is the number of sessions.
func (l *Loop) Len() int { return l.count }

// walk is where an Each stands. Remove knows of it, so that any session may go meanwhile.
type walk struct {
	next  *Session
	outer *walk // the one that this one began in
}

// Each calls fn for every session that is there when its turn comes. fn may close or remove
// any of them: writing to one session can end it, and others on the way.
func (l *Loop) Each(fn func(s *Session)) {
	w := walk{next: l.sessions.next, outer: l.walks}
	l.walks = &w
	for w.next != &l.sessions {
		s := w.next
		w.next = s.next
		fn(s)
	}
	l.walks = w.outer
}

// TurnEnded is called at the end of a connection's turn.
func (l *Loop) TurnEnded() {
	l.behindTurn = true
	if l.Waiting() {
		l.Homecoming()
	}
	l.behindTurn = false
}

// Homecoming handles calls that came home, messages and backlogs. The reactor calls
// it when the loop is woken, and it is called at the end of every turn after which the loop is Waiting.
// Calls that found no room in a ring need no wake-up of their own: the ring is full of
// calls that will come home.
func (l *Loop) Homecoming() {
	for round := 0; round < maxRounds; round++ {
		if l.Dispatcher.Inbox(l.ID).Pending() {
			l.Dispatcher.Drain(l.ID, l.by, l.collect)
			l.answerHome()
		}
		l.Local.Deliver()
		if l.messagesDue() {
			l.flushMessages()
		}
		l.Dispatcher.Pump(l.ID, l.by)
		if !l.Dispatcher.Inbox(l.ID).Pending() && !l.Local.Waiting() && !l.messagesDue() {
			if l.load.crowded {
				l.relieve()
			}
			return
		}
	}
	// Others keep this loop busy: connections get their turn first. Posting at once
	// would not give them one, since gnet runs what a posted function posts.
	l.again = true
	sim.AfterFunc(50*time.Microsecond, func() {
		l.Post(func() {
			l.again = false
			l.Homecoming()
		})
	})
}

// Again reports whether Homecoming is called again by itself, soon. For tests.
func (l *Loop) Again() bool { return l.again }

const maxRounds = 32

// Waiting reports whether Homecoming has something to do.
func (l *Loop) Waiting() bool {
	return l.load.crowded || l.Dispatcher.Inbox(l.ID).Pending() || l.Local.Waiting() || l.messagesDue() || l.Dispatcher.Backlogged(l.ID)
}

func (l *Loop) collect(c *call.Call) { l.home = append(l.home, c) }

// answerHome answers the sessions whose calls came home.
func (l *Loop) answerHome() {
	for len(l.home) > 0 {
		c := l.home[0]
		l.home[0] = nil
		l.home = l.home[1:]
		switch s, ok := c.Owner.(*Session); {
		case !ok || c.State() != call.Done:
		case s.pipe.away == c:
			s.pipe.finish(c)
			s.reweigh()
		case s.pipe.reorder.has(c):
			s.pipe.retire()
			s.reweigh()
		}
	}
	l.home = nil
}

// EndRound is called after AskEndRound, when the loop has looked once more for connections
// that are ready, and has served them.
func (l *Loop) EndRound() {
	l.out.EndRound()
	if l.overdue = len(l.messaged) > 0; l.overdue {
		l.Homecoming()
	}
}

// Released is called when more may be shown of what the append-only file has.
func (l *Loop) Released() {
	l.out.Release()
	l.lookSynced()
}

// WantsTick reports whether Tick has something to do. Any goroutine may ask.
func (l *Loop) WantsTick() bool { return l.out.WantsTick() || l.standing.any.Load() }

// Tick is called about ten times a second while the loop WantsTick.
func (l *Loop) Tick() {
	l.out.Tick()
	l.standing.look()
}
