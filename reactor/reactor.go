// Package reactor runs the event loops: it takes connections in, lets gnet read them,
// and hands what was read to their sessions. It owns sockets, loops and the places
// where a connection can be (read by gnet, set aside, under way between loops). What
// is executed is none of its business: sessions meet the shards in protocol/call and
// actors. The node starts it and is the only caller from outside.
package reactor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"golang.org/x/sys/unix"

	"sigrun/protocol/call"
	"sigrun/reactor/pubsub"
	"sigrun/reactor/session"
)

// Options of a Reactor.
type Options struct {
	Loops      int
	Session    *session.Config
	NewRunner  func(loop int) call.Runner
	Hub        *pubsub.Hub
	MaxClients func() int64
	KeepAlive  func() int64 // seconds
	// Admit prepares a new session, or refuses it with an answer.
	Admit func(s *session.Session) (refusal string)
	Cores func(n int) // sets the cores that the process uses; nil: it is not ours alone
}

// Reactor is one node's loops and listeners.
type Reactor struct {
	Options
	Rejected atomic.Uint64 // connections over maxclients
	Parked   atomic.Uint64 // times a connection was not read for a while
	Moved    atomic.Uint64 // connections that went to another loop

	loops     []*session.Loop
	gnetLoops []gnet.EventLoop
	client    *gnet.Client
	side      *sidePoller
	doors     sync.Mutex // guards listeners
	listeners []*listener
	nextID    atomic.Uint64
	clients   atomic.Int64
	transit   atomic.Int64 // connections between two loops
	frozen    atomic.Int32 // while not 0, connections stay where they are
	active    atomic.Int32 // loops that take connections; the first ones
	most      atomic.Int32 // loops that may

	Ignitions, Cooldowns atomic.Uint64
	meters               []meter // by loop
	sampling             sampling
}

// readBuffer is what gnet reads at a time. What it has read of a large argument is
// copied to where it belongs, and only the rest is read straight there: 16 KiB instead of
// gnet's 64 spare a value of 64 KiB most of its copy, and hold any pipeline of small ones.
const readBuffer = 16 << 10

// New starts the loops. Connections come with Listen.
func New(o Options) (*Reactor, error) {
	r := &Reactor{Options: o, meters: make([]meter, o.Loops)}
	r.active.Store(1)
	r.most.Store(int32(o.Loops))
	var err error
	if r.side, err = newSidePoller(); err != nil {
		return nil, err
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
		endRound := task(l.EndRound)
		l.AskEndRound = func() { _ = r.gnetLoops[i].Execute(context.Background(), endRound) }
		l.Local = o.Hub.Local(i)
		o.Hub.Attach(i, func() { r.post(i, l.Homecoming) })
		o.Session.Dispatcher.Attach(i, func() { r.post(i, l.Homecoming) })
		r.loops = append(r.loops, l)
	}
	return r, r.startGnet()
}

func (r *Reactor) startGnet() (err error) {
	r.client, err = gnet.NewClient(&handler{r: r}, gnet.WithNumEventLoop(r.Options.Loops), gnet.WithMulticore(true),
		gnet.WithReadBufferCap(readBuffer),
		gnet.WithLogLevel(logging.ErrorLevel), gnet.WithLogger(quiet{}))
	if err != nil {
		return err
	}
	if err = r.client.Start(); err != nil {
		return err
	}
	return r.findLoops()
}

// findLoops puts an anchor on every gnet loop: the client gives a connection to the
// loop that has the fewest, and an opened connection knows its loop.
func (r *Reactor) findLoops() error {
	seen := map[gnet.EventLoop]bool{}
	for len(r.gnetLoops) < r.Options.Loops {
		a := &anchor{opened: make(chan gnet.EventLoop, 1)}
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		_ = unix.SetNonblock(pair[0], true)
		nc, err := fileConn(pair[0])
		if err != nil {
			return err
		}
		if _, err = r.client.EnrollContext(nc, a); err != nil {
			return err
		}
		loop := <-a.opened
		if seen[loop] {
			return fmt.Errorf("reactor: two anchors on one loop")
		}
		seen[loop] = true
		r.gnetLoops = append(r.gnetLoops, loop)
	}
	return nil
}

// post runs fn on loop i soon.
func (r *Reactor) post(i int, fn func()) {
	_ = r.gnetLoops[i].Execute(context.Background(), task(fn))
}

var errEnroll = errors.New("reactor: the connection could not be enrolled")

// enroll gives descriptor fd of c to loop i, which takes it in OnOpen; fd itself is
// closed in any case. When that fails, as it does for a peer that has just gone, the
// session ends.
func (r *Reactor) enroll(c *conn, i, fd int) {
	nc, err := fileConn(fd)
	if err != nil {
		c.lost()
		return
	}
	opened, err := r.enrollConn(c, i, nc)
	if err != nil {
		_ = nc.Close()
		c.lost()
		return
	}
	go func() {
		if opened() != nil {
			c.lost()
		}
	}()
}

// enrollConn gives nc to loop i; wait tells what became of it. gnet's workers swallow
// panics, and panic where there is no address: then the channel just closes.
func (r *Reactor) enrollConn(c *conn, i int, nc net.Conn) (wait func() error, err error) {
	if nc.RemoteAddr() == nil {
		return nil, errEnroll
	}
	result, err := r.gnetLoops[i].Enroll(gnet.NewContext(context.Background(), c), nc)
	if err != nil {
		return nil, err
	}
	return func() error {
		res, there := <-result
		if !there {
			return errEnroll
		}
		return res.Err
	}, nil
}

// lost ends a session whose connection got lost between two places.
func (c *conn) lost() {
	c.loop.Post(func() {
		c.ending = true
		c.settle()
		c.s.Closed()
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
		select {
		case <-ran[i]:
		case <-l.Ended:
		}
	}
}

// Everybody runs fn on every loop, as Each does, at a moment when no connection is
// between two loops, so that none is missed.
func (r *Reactor) Everybody(fn func(l *session.Loop)) {
	r.frozen.Add(1)
	defer r.frozen.Add(-1)
	for r.transit.Load() > 0 {
		time.Sleep(50 * time.Microsecond)
	}
	r.Each(fn)
}

// Close stops listening and closes all connections.
func (r *Reactor) Close() error {
	r.StopListening()
	err := r.client.Stop()
	for _, l := range r.loops {
		close(l.Ended)
	}
	r.side.close()
	return err
}

// quiet drops gnet's own messages: the node logs what matters.
type quiet struct{}

func (quiet) Debugf(string, ...any) {}
func (quiet) Infof(string, ...any)  {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}
