package reactor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
	"sigrun/reactor/session"
	"sigrun/reactor/transport"
)

// sockets is the engine of the product: gnet's loops, and a side poller for what gnet cannot watch.
type sockets struct {
	r      *Reactor
	loops  []gnet.EventLoop
	client *gnet.Client
	// scratch is the loops' memory for connections with TLS.
	scratch []transport.Scratch
	side    *sidePoller

	closing atomic.Bool
	stopped atomic.Bool // nothing that is posted will be run
}

// readBuffer is what gnet reads at a time. What it has read of a large argument is
// copied to where it belongs, and only the rest is read straight there: 16 KiB instead of
// gnet's 64 spare a value of 64 KiB most of its copy, and hold any pipeline of small ones.
const readBuffer = 16 << 10

// Start starts gnet's loops.
func (x *sockets) Start(r *Reactor) (err error) {
	if x.side, err = newSidePoller(); err != nil {
		return err
	}
	x.r, x.scratch = r, make([]transport.Scratch, r.Options.Loops)
	x.client, err = gnet.NewClient(&handler{}, gnet.WithNumEventLoop(r.Options.Loops), gnet.WithMulticore(true),
		gnet.WithReadBufferCap(readBuffer),
		gnet.WithLogLevel(logging.ErrorLevel), gnet.WithLogger(quiet{}))
	if err != nil {
		return err
	}
	if err = x.client.Start(); err != nil {
		return err
	}
	return x.findLoops()
}

// findLoops puts an anchor on every gnet loop: the client gives a connection to the
// loop that has the fewest, and an opened connection knows its loop.
func (x *sockets) findLoops() error {
	seen := map[gnet.EventLoop]bool{}
	for len(x.loops) < x.r.Options.Loops {
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
		if _, err = x.client.EnrollContext(nc, a); err != nil {
			return err
		}
		loop, _ := sim.Receive("waits for a loop of gnet", a.opened)
		if seen[loop] {
			return fmt.Errorf("reactor: two anchors on one loop")
		}
		seen[loop] = true
		x.loops = append(x.loops, loop)
	}
	return nil
}

// Execute runs fn on a loop, unless the loops come to their end: then the descriptor by which they are woken may be
// somebody else's already.
func (x *sockets) Execute(loop int, fn func()) {
	if x.stopped.Load() {
		return
	}
	_ = x.loops[loop].Execute(context.Background(), task(fn))
}

// Stop ends gnet's loops and closes all connections.
func (x *sockets) Stop() error {
	x.closing.Store(true)
	x.r.Each(func(l *session.Loop) { // gnet does not know of those that it does not read
		l.Each(func(s *session.Session) {
			if c := s.Link.(*conn); c.place == sidelined {
				c.Close()
			}
		})
	})
	x.stopped.Store(true)
	err := x.client.Stop()
	x.side.close()
	return err
}

// Move takes a connection to another loop.
func (x *sockets) Move(s *session.Session, to int) bool {
	c := s.Link.(*conn)
	if c.place != enrolled || c.ending || c.inTurn {
		return false
	}
	fd, err := c.g.Dup()
	if err != nil {
		return false
	}
	c.leave(fd)
	x.r.Depart(s)
	c.loop = x.r.loops[to]
	c.at.Store(c.loop)
	x.enroll(c, to, fd)
	return true
}

var errEnroll = errors.New("reactor: the connection could not be enrolled")

// enroll gives descriptor fd of c to loop i, which takes it in OnOpen; fd itself is
// closed in any case. When that fails, as it does for a peer that has just gone, the
// session ends.
func (x *sockets) enroll(c *conn, i, fd int) {
	nc, err := fileConn(fd)
	if err != nil {
		c.lost()
		return
	}
	opened, err := x.enrollConn(c, i, nc)
	if err != nil {
		_ = nc.Close()
		c.lost()
		return
	}
	sim.Go("enrolling", func() {
		if opened() != nil {
			c.lost()
		}
	})
}

// enrollConn gives nc to loop i; wait tells what became of it. gnet's workers swallow
// panics, and panic where there is no address: then the channel just closes.
func (x *sockets) enrollConn(c *conn, i int, nc net.Conn) (wait func() error, err error) {
	if nc.RemoteAddr() == nil {
		return nil, errEnroll
	}
	result, err := x.loops[i].Enroll(gnet.NewContext(context.Background(), c), nc)
	if err != nil {
		return nil, err
	}
	return func() error {
		res, there := sim.Receive("waits for gnet", result)
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
		c.r.Join(c.s, c.loop)
		c.s.Closed()
	})
}

// quiet drops gnet's own messages: the node logs what matters.
type quiet struct{}

func (quiet) Debugf(string, ...any) {}
func (quiet) Infof(string, ...any)  {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}
