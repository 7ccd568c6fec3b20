package reactor

import (
	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
	"sigrun/reactor/session"
)

// sidePoller watches what gnet cannot: whether a socket takes more, and whether the
// peer of a connection that is not being read is still there. It is one goroutine
// with an epoll of its own; every watch is for one event.
type sidePoller struct {
	fd, wake int
	mu       sim.Mutex
	watched  map[int32]watch // by descriptor
	last     int32           // generation
	done     chan struct{}
}

// watch is a connection and the loop it belonged to when it asked: the poller looks
// at nothing else of a connection. The generation tells it from others of the same descriptor:
// an event may be looked at when its connection is gone, and the number was given to another.
type watch struct {
	c          *conn
	loop       *session.Loop
	generation int32
}

func newSidePoller() (*sidePoller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	p := &sidePoller{fd: fd, wake: wake, watched: map[int32]watch{}, done: make(chan struct{})}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(wake)}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, wake, &ev); err != nil {
		return nil, err
	}
	sim.Go("side poller", p.poll)
	return p, nil
}

// watch reports the next of events on c's descriptor to c's loop.
func (p *sidePoller) watch(c *conn, events uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	c.watched = p.last
	ev := unix.EpollEvent{Events: events | unix.EPOLLONESHOT, Fd: int32(c.fd), Pad: p.last} // both are the kernel's word for us
	p.watched[ev.Fd] = watch{c, c.loop, p.last}
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, c.fd, &ev); err == unix.EEXIST {
		_ = unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, c.fd, &ev)
	}
}

// forget ends a watch; before the descriptor is closed.
func (p *sidePoller) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watched[int32(c.fd)].c == c {
		delete(p.watched, int32(c.fd))
		_ = unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, c.fd, nil)
	}
}

func (p *sidePoller) poll() {
	defer close(p.done)
	events := make([]unix.EpollEvent, 128)
	for {
		n, err := unix.EpollWait(p.fd, events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		for _, ev := range events[:n] {
			if ev.Fd == int32(p.wake) {
				return
			}
			p.report(ev)
		}
	}
}

func (p *sidePoller) report(ev unix.EpollEvent) {
	p.mu.Lock()
	w := p.watched[ev.Fd]
	p.mu.Unlock()
	if w.c == nil || w.generation != ev.Pad {
		return
	}
	w.loop.Post(func() {
		if w.c.at.Load() == w.loop { // it may have gone to another loop meanwhile
			w.c.happened(w.generation, ev.Events)
		}
	})
}

// happened is an event of the side poller, on the connection's loop. One of a watch that another has
// replaced says nothing that the new one will not say.
func (c *conn) happened(generation int32, events uint32) {
	if c.watched != generation || c.place == transit || c.ending {
		return
	}
	gone := events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 || events&unix.EPOLLRDHUP != 0 && c.s.Blocked()
	if c.place == sidelined && gone {
		c.Close()
		return
	}
	c.halfway = c.halfway || events&unix.EPOLLRDHUP != 0
	if events&unix.EPOLLOUT != 0 {
		c.writes = false
		c.sendOwn()
		c.s.Writable()
		c.loop.Homecoming()
	}
	if c.place == sidelined && !c.ending && !c.writes {
		c.watch() // each watch tells once
	} else if c.writes && events&unix.EPOLLOUT == 0 {
		c.watch()
	}
}

func (p *sidePoller) close() {
	_, _ = unix.Write(p.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	sim.Receive("waits for the side poller", p.done)
	_ = unix.Close(p.fd)
	_ = unix.Close(p.wake)
}
