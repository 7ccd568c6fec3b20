package reactor

import (
	"net"
	"os"
	"sync/atomic"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"sigrun/internal/socket"
	"sigrun/reactor/session"
	"sigrun/reactor/transport"
)

// place says where a connection's descriptor is.
type place uint8

const (
	enrolled  place = iota // with gnet, which reads it
	sidelined              // with the side poller: nothing is read
	transit                // between the two, or between loops
)

// conn is a session's link: the socket, wherever it is at the moment. It belongs to
// the session's loop.
type conn struct {
	r       *Reactor
	x       *sockets
	s       *session.Session
	loop    *session.Loop
	at      atomic.Pointer[session.Loop] // the same, for whoever is not on it
	g       gnet.Conn
	tls     *transport.Stream // nil: what the session sends is what goes over the wire
	fd      int
	watched int32 // the generation of its last watch with the side poller
	place   place
	inTurn  bool // within OnTraffic: gnet closes when that returns
	leaving bool // gnet's connection is closed on purpose, the descriptor lives on
	ending  bool // Close was called
	writes  bool // the side poller watches for room
	halfway bool // the peer has shut down its sending side
	stop    bool // StopReading was called while in transit
	over    bool // the peer has said by TLS that it has sent its last byte
}

// Write sends what the socket takes. While the connection is in transit that is
// nothing, and Writable follows when it has arrived.
func (c *conn) Write(b []byte) (int, error) {
	if c.place == transit || c.ending {
		return 0, nil
	}
	if c.tls != nil {
		return c.tls.Write(b)
	}
	return c.Send(b)
}

// Send sends what the socket takes.
func (c *conn) Send(b []byte) (int, error) {
	n, err := socket.Write(c.fd, b)
	switch err {
	case nil:
		return n, nil
	case unix.EAGAIN, unix.EINTR:
		return 0, nil
	}
	return 0, os.NewSyscallError("write", err)
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := unix.Read(c.fd, b)
	if err == unix.EAGAIN || err == unix.EINTR {
		return 0, nil
	}
	return max(n, 0), err
}

// Fd is the descriptor as CLIENT LIST shows it.
func (c *conn) Fd() int { return c.fd }

// Size is what TLS takes.
func (c *conn) Size() int {
	if c.tls == nil {
		return 0
	}
	return c.tls.Size()
}

// AwaitWritable asks the side poller to tell when there is room.
func (c *conn) AwaitWritable() {
	c.writes = true
	c.watch()
}

// watch has the side poller tell the next of what the connection waits for. That the
// peer is gone for good is told in any case.
func (c *conn) watch() {
	var events uint32
	if c.writes {
		events |= unix.EPOLLOUT
	}
	if c.place == sidelined && !c.halfway { // gnet sees the end where it reads
		events |= unix.EPOLLRDHUP
	}
	if c.place == sidelined || c.place == enrolled && c.writes {
		c.x.side.watch(c, events)
	}
}

// StopReading takes the descriptor away from gnet, which can not be told to read less.
func (c *conn) StopReading() {
	if c.place != enrolled || c.ending {
		c.stop = c.place == transit
		return
	}
	fd, err := c.g.Dup()
	if err != nil {
		c.Close()
		return
	}
	c.leave(fd)
	c.place = sidelined
	c.watch()
	c.r.Parked.Add(1)
}

// leave closes gnet's connection; fd is the one that lives on.
func (c *conn) leave(fd int) {
	c.x.side.forget(c)
	c.leaving = true
	c.closeGnet()
	c.fd, c.place = fd, transit
}

func (c *conn) closeGnet() {
	if c.inTurn {
		return // OnTraffic returns gnet.Close
	}
	_ = c.g.EventLoop().Close(c.g)
}

// ResumeReading gives the descriptor back to gnet.
func (c *conn) ResumeReading() {
	switch c.place {
	case sidelined:
		c.x.side.forget(c)
		c.place = transit
		c.x.enroll(c, c.loop.ID, c.fd)
	case transit:
		c.stop = false
	}
}

// Close ends the connection.
func (c *conn) Close() {
	if c.ending {
		return
	}
	if c.tls != nil && c.place != transit {
		c.tls.Goodbye()
	}
	c.ending = true
	c.x.side.forget(c)
	switch c.place {
	case enrolled:
		c.closeGnet()
	case sidelined:
		_ = unix.Close(c.fd)
		c.place = transit
		c.loop.Post(c.s.Closed)
	}
}

// fileConn makes the net.Conn that gnet can enroll, and closes fd.
func fileConn(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "client")
	defer f.Close()
	return net.FileConn(f)
}
