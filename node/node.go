// Package node is one server process as a value: it joins the floors below, starts
// them in order and stops them in order. Many nodes can live in one process; nothing
// is global. Commands and tests are its only callers.
package node

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/actors"
	"sigrun/actors/ignition"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/metrics"
	"sigrun/internal/offheap"
	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/node/control"
	"sigrun/node/persist"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/reactor"
	"sigrun/reactor/gate"
	"sigrun/reactor/pubsub"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
	"sigrun/storage/image"
)

// Options of a Node. Config is taken over; nil is the default configuration.
type Options struct {
	Config *config.Registry
	Log    *slog.Logger
	Clock  clock.Clock
	// Cores sets how many cores the process uses; nil where the node is not alone in it.
	Cores func(n int)
	// Heap tells the collector what Go's heap may take, under process-memory-limit; nil where the node is not alone in the process.
	Heap func(limit int64)
	// Tidy is called every few seconds while the node does not rest, and a few times after
	// the last command, to look after the memory of the process; nil: nothing.
	Tidy func()
	// Exit is called by SHUTDOWN once the node is closed; nil: nothing.
	Exit func()
	// Listening is called when the doors are open, before anything is loaded; nil:
	// nothing.
	Listening func()
	// Moved is called when the node listens elsewhere; nil: nothing.
	Moved func()
	// Stalled is told of a loop that stands still (watchdog-period); nil: nobody looks.
	Stalled func(text string)
	// Crashed is told of a panic, and by DEBUG of what is to look like one; it does not return. nil: Go tells of panics.
	Crashed func(n *Node, f *Fault)
	// FS is where snapshots lie; nil: the machine's.
	FS vfs.FS
	// Loads has clients told that the keyspace is being loaded until the caller has called Load.
	Loads bool
	// Engine is what runs the loops, and then nobody listens; nil: gnet, with sockets.
	Engine reactor.Engine
	// Disorder is the time between two slots that move in chaos; 0: 20 ms.
	Disorder time.Duration
	// AnyPort makes port 0 mean any free port instead of none. For tests.
	AnyPort bool
}

// Node is a running server.
type Node struct {
	Config  *config.Registry
	Log     *slog.Logger
	Control *control.Control
	Memory  memory

	region        *offheap.Region
	space         *db.Space
	engine        *exec.Engine
	dispatcher    actors.Blocking
	reactor       *reactor.Reactor
	persist       *persist.Keeper
	peers         neighbours
	hub           *pubsub.Hub
	gate          *gate.Gate
	info          metrics.Info
	commands      *commands
	users         *acl.Users
	denials       *acl.Log
	loaded        bool // Load was called
	cluster       member
	clock         clock.Clock
	pulse         *clock.Pulse
	tidy          func()
	heat          session.Heat
	reliever      ignition.Reliever
	relieved      relieved
	doors         doors
	tls           secrets
	anyPort       bool
	moved         func()
	watchdog      watchdog
	pacer         pacer
	disorder      background // chaos
	disorderEvery time.Duration
	attacked      atomic.Int64 // unix ms of the last line about an HTTP request
	closing       sync.Once
	closed        error
}

// Start starts a node; when it returns, the node takes connections.
func Start(o Options) (*Node, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Config == nil {
		o.Config = config.New(glob.Match)
	}
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	if o.FS == nil {
		o.FS = vfs.OS{}
	}
	o.Config.LogTo(o.Log)
	if o.Moved == nil {
		o.Moved = func() {}
	}
	n := &Node{Config: o.Config, Log: o.Log, gate: &gate.Gate{}, commands: newCommands(scripts(o.Log), o.Config.Value("cluster-enabled").Bool()), clock: o.Clock,
		pulse: clock.NewPulse(o.Clock), tidy: o.Tidy, anyPort: o.AnyPort, moved: o.Moved,
		disorderEvery: cmp.Or(o.Disorder, disorderEvery)}
	if err := n.rename(); err != nil {
		return nil, err
	}
	if err := n.startUsers(o.FS); err != nil {
		return nil, err
	}
	n.limitClients()
	n.tls.begin(n)
	n.Memory.open(n)
	if err := n.startShards(o); err != nil {
		return nil, err
	}
	if err := n.startReactor(o); err != nil {
		return nil, err
	}
	if err := n.startEngines(); err != nil {
		return nil, err
	}
	n.hooks(o)
	n.Memory.press.heap = o.Heap
	n.Memory.limit()
	n.keepRefusing()
	n.keepLogging()
	if o.Loads && n.persist.Empty() { // nobody is told to wait for nothing, be it for a moment
		if err := n.Load(); err != nil {
			_ = n.Close()
			return nil, err
		}
	}
	if o.Engine == nil {
		if err := n.open(); err != nil {
			_ = n.Close()
			return nil, err
		}
	}
	if err := n.cluster.announce(); err != nil {
		_ = n.Close()
		return nil, err
	}
	if o.Listening != nil {
		o.Listening()
	}
	return n, nil
}

// startEngines starts what runs beside the loops: background work, workers, ignition,
// and in tests chaos.
func (n *Node) startEngines() error {
	n.dispatcher.StartUpkeep(upkeepEvery(n.value("hz")))
	if chaos := n.chaos(); chaos != nil {
		n.disorder.start("disorder", n.disorderEvery, func() { n.disturb(chaos) })
	}
	mode := n.value("ignition").String()
	if err := n.startWorkers(mode); err != nil {
		return err
	}
	most := n.loopCount()
	if mode == "off" {
		most = 1
	}
	n.reactor.Ignition(ignition.New(ignition.Defaults(most, n.value("ignition-threshold").Int64(),
		n.value("cooldown-threshold").Int64())), mode == "forced")
	n.startBeating()
	return nil
}

// startWorkers starts the workers that shards can be lent to. Forced, half of the shards
// are lent from the start, so that both ways are used.
func (n *Node) startWorkers(mode string) error {
	count := int(n.value("ignition-workers").Int64())
	if count == 0 && mode == "auto" {
		count = max(runtime.GOMAXPROCS(0)-n.loopCount(), 0)
	}
	if count == 0 || mode == "off" {
		return nil
	}
	if err := n.dispatcher.StartWorkers(count); err != nil {
		return err
	}
	for s := 0; mode == "forced" && s < n.dispatcher.Shards(); s += 2 {
		n.dispatcher.Lend(s, s/2%count)
	}
	n.reliever = ignition.Reliever{Workers: mode == "auto"}
	return nil
}

// startShards makes memory, shards and their dispatcher.
func (n *Node) startShards(o Options) (err error) {
	if n.value("unguarded").Bool() && n.loopCount() != 1 {
		return errors.New("unguarded needs io-threads 1: without tokens only one loop may run")
	}
	if n.region, err = offheap.NewRegion(0); err != nil {
		return err
	}
	shards := n.shardCount()
	n.space = db.NewSpace(db.Config{Region: n.region, Databases: n.databases(), Shards: shards,
		Values: image.Types(), Account: n.Memory.account})
	if err := n.cluster.open(n, o.FS); err != nil {
		return err
	}
	n.dispatcher = actors.New(actors.Options{Shards: shards, Loops: n.loopCount(), Ring: int(n.value("ring-size").Int64()),
		Chaos: n.chaos(), NewRunner: func() actors.Runner { return n.engine.NewCtx(-1) }})
	n.hub = pubsub.NewHub(n.loopCount(), int(n.value("ring-size").Int64()), glob.Match)
	n.peers = newNeighbours(n)
	n.engine = exec.New(exec.Options{Crashed: crashed(n, o), Keyspace: keyspace.New(n.space, shards, o.Clock, n.settings()), Table: n.commands.table,
		Handlers: n.commands.shard, Publisher: n.hub, Invalidator: n.hub, Monitors: monitors{n}, Actors: n.dispatcher.Dispatcher(),
		Scripts: n.commands.scripts, Evict: n.Memory.evict, Elsewhere: n.cluster.elsewhere(), Peers: n.peers.Pool, Busy: n.busy, Watch: clock.NewStopwatch(), Redact: n.redact, Denials: n.denials,
		Warn: func(text string) { n.Log.Warn(text) }, Flushed: func() func(func()) { return n.persist.Flushed() }})
	n.observe()
	n.cluster.follow()
	return nil
}

// startReactor makes the loops and control.
func (n *Node) startReactor(o Options) (err error) {
	n.startPersistence(o)
	cfg := &session.Config{Crashed: crashed(n, o), Log: n.persist.Appends, Table: n.commands.table, Handlers: n.commands.session, Dispatcher: n.dispatcher.Dispatcher(),
		Gate: n.gate, Clock: o.Clock, Node: below{n}, Tables: n.engine.Keyspace, Known: session.NewKnown(), Users: n.users, Denials: n.denials, Databases: n.databases(), Clustered: n.cluster.Cluster != nil, Blocks: n.region, Limits: n.limits(), Crowd: &n.Memory.crowd, Pulse: n.pulse, Heat: &n.heat,
		Violated: closings{n}.violated, CutOff: closings{n}.cutOff, Watch: n.engine.Watch, Chaos: n.value("chaos-seed").Int64() > 0, Relaxed: n.value("pipeline-order").String() == "relaxed"}
	n.reactor, err = reactor.New(reactor.Options{Loops: n.loopCount(), Session: cfg, Hub: n.hub,
		NewRunner:  func(loop int) session.Runner { return n.engine.NewCtx(loop) },
		MaxClients: n.value("maxclients").Int64, KeepAlive: n.value("tcp-keepalive").Int64, Admit: n.admit, Cores: o.Cores, Engine: o.Engine,
		Certified: n.tls.certified, TLS: n.tls.config, Unshaken: n.tls.unshaken})
	if err != nil {
		return err
	}
	n.Control = &control.Control{Persist: n.persist, Appends: n.persist.Appends, Crashed: crashed(n, o),
		Reactor: n.reactor, Tokens: n.dispatcher.Dispatcher(), Engine: n.engine, Cluster: n.cluster.Cluster, Gate: n.gate,
		Config: n.Config, Info: &n.info, Table: n.commands.table, Handlers: n.commands.control, Settings: n.engine.Settings,
		Limits: cfg.Limits, Clock: o.Clock, Log: n.Log, Facts: n.facts(o), Region: n.region.Resident, Scripts: n.commands.scripts,
		Users: n.users, Denials: n.denials, FS: o.FS,
		Shutdown: func() {
			_ = n.Close()
			if o.Exit != nil {
				o.Exit()
			}
		}}
	n.Control.Compose(n.dispatcher.Figures(), n.persist.Figures(), n.tls.figures(o.Clock), n.Memory.evict.Figures(), n.Memory.crowd.Figures(), n.Memory.press.Figures(), n.peers.figures(), n.pacer.figures())
	n.Control.Start()
	n.watchdog.begin(n, o.Stalled)
	return nil
}

// facts are what INFO tells of the process.
func (n *Node) facts(o Options) control.Facts {
	program, _ := os.Executable()
	if sim.On() { // which is to be the same everywhere
		program = ""
	}
	return control.Facts{RunID: newID(), ConfigFile: n.Config.File(), Executable: program,
		StartedAt: o.Clock.Millis(), Port: n.Port, TLSPort: n.TLSPort}
}

// Addr is where the node listens first.
func (n *Node) Addr() string { return n.reactor.Addr(0).(*net.TCPAddr).String() }

// Port is that of the node's first listener without TLS, TLSPort of the first one with it; 0 when there is none.
func (n *Node) Port() int    { return n.reactor.Port(false) }
func (n *Node) TLSPort() int { return n.reactor.Port(true) }

// closeWithin bounds how long Close waits for work that does not end; a disk does.
const closeWithin = 5 * time.Second

// Close stops the node: no connections, no commands, no memory. A script that does
// not end keeps its executor; then the memory stays.
func (n *Node) Close() error {
	n.closing.Do(func() {
		var err error
		done := make(chan struct{})
		sim.Go("end", func() {
			err = n.shut()
			close(done)
		})
		for sim.Either("waits for the end", done, time.After(closeWithin)) != 0 {
			if !n.persist.Ending() {
				n.closed = errors.New("some work did not end in time")
				return
			}
		}
		n.closed = err
	})
	return n.closed
}

func (n *Node) shut() error {
	n.Control.Leave()
	n.reactor.StopListening()
	n.persist.Leave()
	n.peers.Close()         // whoever waits for another server has tokens, too
	n.engine.CloseScripts() // for whose tokens others wait below; behind Leave, since half of what they do must not be saved
	n.disorder.end()
	n.tls.reloader.end()
	n.pacer.end()
	n.persist.Close()
	n.Control.Close() // which may have begun and ended it
	n.watchdog.end()
	err := n.reactor.Close()
	n.dispatcher.Close()
	n.persist.CloseLog()
	_ = n.region.Close()
	if n.cluster.Cluster != nil {
		n.cluster.Cluster.Close()
	}
	return err
}

func (n *Node) value(name string) *config.Value { return n.Config.Value(name) }

// shardCount is 8 shards for every core, at least 16, a power of two (configuration:
// shards).
func (n *Node) shardCount() int {
	if s := n.value("shards").Int64(); s > 0 {
		return int(s)
	}
	count := 16
	for count < 8*runtime.GOMAXPROCS(0) && count < call.MaxShards {
		count *= 2
	}
	return count
}

// loopCount is the most loops that the node may ever use (io-threads).
func (n *Node) loopCount() int {
	if v := n.value("io-threads"); v.Given() {
		return int(v.Int64())
	}
	return runtime.GOMAXPROCS(0)
}

// cores is how many cores there are to work on, when the node starts: later it may have given some back. In a simulation they are as many as loops.
func cores(loops int) int {
	if sim.On() {
		return loops
	}
	return runtime.GOMAXPROCS(0)
}

func (n *Node) chaos() *actors.Chaos {
	if n.value("unguarded").Bool() {
		return actors.Unguarded()
	}
	if seed := n.value("chaos-seed").Int64(); seed > 0 {
		return actors.NewChaos(uint64(seed))
	}
	return nil
}
