// Package driver runs sessions, tokens, shards and storage without sockets: goroutines
// play event loops and feed prepared bytes to their sessions. What it measures is what
// Sigrun itself costs, and how it scales, without the kernel's share. Benchmarks use it.
package driver

import (
	"strings"
	"sync"
	"time"

	"sigrun/actors"
	"sigrun/bench/load"
	"sigrun/internal/clock"
	"sigrun/internal/glob"
	"sigrun/internal/offheap"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/gate"
	"sigrun/reactor/pubsub"
	"sigrun/reactor/session"
	"sigrun/shards/commands/str"
	"sigrun/shards/exec"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// Options of a Driver.
type Options struct {
	Loops, Shards int
	Unguarded     bool // without tokens; one loop
}

// Driver is a node without reactor.
type Driver struct {
	Loops      []*Loop
	Dispatcher *actors.Dispatcher
	Space      *db.Space
	region     *offheap.Region
	users      *acl.Users
}

// Loop plays one event loop with one session.
type Loop struct {
	*session.Loop
	Session *session.Session
	tasks   chan func()
	Replies int64 // bytes
}

// New makes a driver.
func New(o Options) (*Driver, error) {
	region, err := offheap.NewRegion(0)
	if err != nil {
		return nil, err
	}
	table, handlers := commands()
	d := &Driver{region: region, users: acl.NewUsers(&acl.Rules{Commands: acl.NewCommands(table), Databases: 1, AllChannels: func() bool { return false }})}
	var engine *exec.Engine
	var chaos *actors.Chaos
	if o.Unguarded {
		chaos = actors.Unguarded()
	}
	d.Dispatcher = actors.New(actors.Options{Shards: o.Shards, Loops: o.Loops, Ring: 1024, Chaos: chaos,
		NewRunner: func() actors.Runner { return engine.NewCtx(-1) }}).Dispatcher()
	d.Space = db.NewSpace(db.Config{Region: region, Databases: 1, Shards: o.Shards})
	engine = exec.New(exec.Options{Keyspace: keyspace.New(d.Space, o.Shards, clock.New(), &keyspace.Settings{}),
		Table: table, Handlers: handlers, Actors: d.Dispatcher})
	engine.Settings.LatencyTracking.Store(true)
	for i := range engine.Log.Limits {
		engine.Log.Limits[i].From.Store(1 << 20)
		engine.Log.Limits[i].Most.Store(128)
	}
	engine.Retune()
	limits := &session.Limits{}
	limits.In.MaxBulk.Store(512 << 20)
	cfg := &session.Config{Table: table, Handlers: make([]session.Handler, len(handlers)), Dispatcher: d.Dispatcher,
		Gate: &gate.Gate{}, Clock: clock.New(), Node: alone{}, Tables: engine.Keyspace, Blocks: region, Limits: limits, Pulse: clock.NewPulse(clock.New()), Heat: new(session.Heat),
		Watch: engine.Watch, Users: d.users, Denials: engine.Denials, Databases: 1}
	hub := pubsub.NewHub(o.Loops, 16, glob.Match)
	for i := 0; i < o.Loops; i++ {
		d.Loops = append(d.Loops, newLoop(cfg, hub, engine, i))
	}
	return d, nil
}

func newLoop(cfg *session.Config, hub *pubsub.Hub, engine *exec.Engine, i int) *Loop {
	l := &Loop{Loop: session.NewLoop(cfg, i, engine.NewCtx(i)), tasks: make(chan func(), 1024)}
	l.Local = hub.Local(i)
	l.AskEndRound = func() {} // there are no rounds
	l.Post = func(fn func()) { l.tasks <- fn }
	cfg.Dispatcher.Attach(i, func() {
		select {
		case l.tasks <- l.Homecoming:
		default: // full of wake-ups: one more says nothing new
		}
	})
	l.Session = &session.Session{}
	l.Session.Proto, l.Session.ID = 2, uint64(i+1)
	l.Session.Link = &sink{l}
	l.Add(l.Session)
	return l
}

// Restrict makes all sessions those of a user with the rules.
func (d *Driver) Restrict(rules ...string) error {
	change, err := d.users.Set("restricted", append(rules, "on"))
	if err != nil {
		return err
	}
	for _, l := range d.Loops {
		l.Session.Login(d.users, change.Account)
	}
	return nil
}

// commands is the table of the families that need no reactor.
func commands() (*command.Table, []exec.Handler) {
	rows := str.Rows()
	var specs []*command.Spec
	for i := range rows {
		specs = append(specs, &rows[i].Spec)
	}
	t := command.NewTable(specs...)
	handlers := make([]exec.Handler, len(t.Specs()))
	for i := range rows {
		handlers[rows[i].Spec.ID()] = rows[i].Run
	}
	return t, handlers
}

// Fill stores keys of values of size bytes.
func (d *Driver) Fill(keys, size int) {
	value := strings.Repeat("x", size)
	for i := 0; i < keys; {
		var p load.Pipeline
		for ; i < keys && p.Replies < 64; i++ {
			p.Add("SET", load.Key(i), value)
		}
		d.Loops[0].Feed(p.Bytes)
	}
}

// Feed gives input to the loop's session as one read and waits until it is executed.
func (l *Loop) Feed(input []byte) {
	l.Session.Traffic(input)
	for l.Waiting() || l.Session.Away() != nil || l.Session.InBytes() > 0 {
		if l.Waiting() {
			l.Homecoming()
			continue
		}
		select {
		case task := <-l.tasks:
			task()
		case <-time.After(time.Millisecond):
		}
	}
	for len(l.tasks) > 0 {
		(<-l.tasks)()
	}
}

// Run has every loop feed its inputs for a while, all at the same time, and returns
// how many inputs were executed.
func (d *Driver) Run(loops int, inputs [][][]byte, duration time.Duration) int {
	d.Dispatcher.Shared.Store(loops > 1)
	var wg sync.WaitGroup
	counts := make([]int, loops*16)
	deadline := time.Now().Add(duration)
	for i := 0; i < loops; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			l, in, n := d.Loops[i], inputs[i], 0
			for ; n&15 != 0 || time.Now().Before(deadline); n++ {
				l.Feed(in[n%len(in)])
			}
			counts[i*16] = n
		}()
	}
	wg.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// Close gives the memory back.
func (d *Driver) Close() {
	d.Dispatcher.Close()
	_ = d.region.Close()
}

// sink is a link whose peer reads everything.
type sink struct{ l *Loop }

func (s *sink) Write(b []byte) (int, error) { s.l.Replies += int64(len(b)); return len(b), nil }
func (s *sink) Read([]byte) (int, error)    { return 0, nil }
func (s *sink) AwaitWritable()              {}
func (s *sink) StopReading()                {}
func (s *sink) ResumeReading()              {}
func (s *sink) Close()                      {}
func (s *sink) Fd() int                     { return -1 }
func (s *sink) Size() int                   { return 0 }

// alone stands for the floors above.
type alone struct{}

func (alone) Control(*call.Call)                     {}
func (alone) ControlHeld(*call.Call, *call.ShardSet) {}
func (alone) Gone(*session.Session)                  {}
func (alone) Zone() string                           { return "" }
func (alone) Name() (string, string)                 { return "Valkey", "" }
func (alone) ImportMode() bool                       { return false }
func (alone) Redact(c *call.Command) [][]byte        { return c.Args }
func (alone) MayDebug(*session.Session) bool         { return false }
func (alone) Attacked(*session.Session)              {}
