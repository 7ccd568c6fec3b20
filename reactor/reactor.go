// Package reactor runs the event loops: it takes connections in, lets gnet read them,
// and hands what was read to their sessions. It owns sockets, loops and the places
// where a connection can be (read by gnet, sidelined, under way between loops). What
// is executed is none of its business: sessions meet the shards in protocol/call and
// actors. The node starts it and is the only caller from outside.
package reactor

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"sigrun/internal/sim"
	"sigrun/reactor/pubsub"
	"sigrun/reactor/session"
	"sigrun/reactor/transport"
)

// Options of a Reactor.
type Options struct {
	Loops      int
	Session    *session.Config
	NewRunner  func(loop int) session.Runner
	Hub        *pubsub.Hub
	MaxClients func() int64
	KeepAlive  func() int64 // seconds
	// Admit prepares a new session, or refuses it with an answer.
	Admit func(s *session.Session) (refusal string)
	// Certified is told the certificate that a new session's peer has shown, after Admit; nil: nobody wants to know.
	Certified func(s *session.Session, cert *x509.Certificate)
	// TLS is the configuration of the next handshake, nil as long as there is none.
	TLS func() *tls.Config
	// Unshaken is told, by any goroutine, of a connection whose handshake fails; nil: nobody wants to know.
	Unshaken func(nc net.Conn, err error)
	Cores    func(n int) // sets the cores that the process uses; nil: it is not ours alone
	Engine   Engine      // what runs the loops; nil: gnet, with sockets
}

// Reactor is one node's loops and listeners.
type Reactor struct {
	Options
	Rejected atomic.Uint64 // connections over maxclients
	Parked   atomic.Uint64 // times a connection was not read for a while
	Moved    atomic.Uint64 // connections that went to another loop

	loops      []*session.Loop
	engine     Engine
	handshakes *transport.Handshakes
	doors      sim.Mutex // guards listeners
	listeners  []*listener
	nextID     atomic.Uint64
	clients    atomic.Int64
	transit    atomic.Int64 // connections between two loops
	frozen     atomic.Int32 // while not 0, connections stay where they are
	active     atomic.Int32 // loops that take connections; the first ones
	most       atomic.Int32 // loops that may
	closing    atomic.Bool

	Ignitions, Cooldowns atomic.Uint64
	meters               []meter // by loop
	sampling             sampling
}

// New starts the loops. Connections come with Listen.
func New(o Options) (*Reactor, error) {
	r := &Reactor{Options: o, meters: make([]meter, o.Loops)}
	r.active.Store(1)
	r.handshakes = transport.NewHandshakes(transport.Options{Config: o.TLS, Done: r.greeted, Failing: o.Unshaken, Cores: runtime.GOMAXPROCS(0) / 2})
	r.most.Store(int32(o.Loops))
	if r.engine = o.Engine; r.engine == nil {
		r.engine = &sockets{}
	}
	for i := 0; i < o.Loops; i++ {
		l := session.NewLoop(o.Session, i, o.NewRunner(i))
		l.Post = func(fn func()) {
			r.post(i, func() {
				fn()
				if l.Waiting() {
					l.Homecoming()
				}
			})
		}
		endRound := l.EndRound
		l.AskEndRound = func() { r.post(i, endRound) }
		l.Local = o.Hub.Local(i)
		o.Hub.Attach(i, func() { r.post(i, l.Homecoming) })
		o.Session.Dispatcher.Attach(i, func() { r.post(i, l.Homecoming) })
		r.loops = append(r.loops, l)
	}
	return r, r.engine.Start(r)
}

// post runs fn on loop i soon.
func (r *Reactor) post(i int, fn func()) {
	if r.Session.Crashed == nil {
		r.engine.Execute(i, fn)
		return
	}
	r.engine.Execute(i, func() {
		defer r.loops[i].Guard()
		fn()
	})
}

// Loops are the reactor's loops.
func (r *Reactor) Loops() []*session.Loop { return r.loops }

// Clients is the number of connections.
func (r *Reactor) Clients() int64 { return r.clients.Load() }

// Left is told when a session has ended.
func (r *Reactor) Left() { r.clients.Add(-1) }

// Each runs fn on every loop and waits for all of them, but for loops that have ended. Not to be
// called on a loop.
func (r *Reactor) Each(fn func(l *session.Loop)) {
	ran := make([]chan struct{}, len(r.loops))
	for i, l := range r.loops {
		ran[i] = make(chan struct{})
		l.Post(func() {
			defer close(ran[i])
			fn(l)
		})
	}
	for i, l := range r.loops {
		sim.Either("waits for a loop", ran[i], l.Ended)
	}
}

// Everybody runs fn on every loop, as Each does, at a moment when no connection is
// between two loops, so that none is missed.
func (r *Reactor) Everybody(fn func(l *session.Loop)) {
	r.frozen.Add(1) // before transit is looked at; whoever moves connections does it the other way round
	defer r.frozen.Add(-1)
	for r.transit.Load() > 0 && !r.closing.Load() { // those that are under way to a loop that ends do not arrive
		sim.Sleep(50 * time.Microsecond)
	}
	r.Each(fn)
}

// Close stops listening and closes all connections.
func (r *Reactor) Close() error {
	r.StopListening()
	r.handshakes.Close()
	r.closing.Store(true)
	r.Hub.Close()
	err := r.engine.Stop()
	for _, l := range r.loops {
		close(l.Ended)
	}
	return err
}
