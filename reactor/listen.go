package reactor

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
	"sigrun/reactor/transport"
)

// TCPDoor is where to listen by TCP. Host may be *, for all IPv4 addresses, or ::*, for all of IPv6.
type TCPDoor struct {
	Host          string
	Port, Backlog int
	Multipath     bool
	Mark          int // that the kernel's routing sees (SO_MARK), 0: none
	TLS           bool
}

// UnixDoor is a socket in the file system to listen on. Mode 0 and Group "" leave what
// the system gives it.
type UnixDoor struct {
	Path    string
	Mode    os.FileMode
	Group   string // by name or number
	Backlog int
}

// UnmarkedError says that a door is open, but that its socket does not bear the mark that it should.
type UnmarkedError struct{ Reason error }

func (e *UnmarkedError) Error() string { return "the socket cannot be marked: " + e.Reason.Error() }

// ListenTCP opens d.
func (r *Reactor) ListenTCP(d TCPDoor) error {
	host, all := map[string]string{"*": "0.0.0.0", "::*": "::"}[d.Host]
	if !all {
		host = d.Host
	}
	var unmarked error
	lc := net.ListenConfig{Control: func(network, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			if strings.HasSuffix(network, "6") {
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
			}
			if d.Mark != 0 {
				unmarked = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, d.Mark)
			}
		})
	}, KeepAlive: -1}
	lc.SetMultipathTCP(d.Multipath)
	network := "tcp4"
	if strings.Contains(host, ":") {
		network = "tcp6"
	}
	ln, err := lc.Listen(context.Background(), network, net.JoinHostPort(host, strconv.Itoa(d.Port)))
	if err != nil {
		return err
	}
	r.relisten(ln.(*net.TCPListener), d.Backlog)
	r.serve(ln, d.TLS)
	if unmarked != nil {
		return &UnmarkedError{unmarked}
	}
	return nil
}

// relisten sets the backlog, for which net has no option: a second listen(2) changes it.
func (r *Reactor) relisten(ln syscall.Conn, backlog int) {
	raw, err := ln.SyscallConn()
	if err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Listen(int(fd), backlog) })
	}
}

// ListenUnix opens d, in the place of whatever bears its name.
func (r *Reactor) ListenUnix(d UnixDoor) error {
	_ = os.Remove(d.Path)
	ln, err := net.Listen("unix", d.Path)
	if err != nil {
		return err
	}
	if err := d.give(); err != nil {
		_ = ln.Close()
		return err
	}
	r.relisten(ln.(*net.UnixListener), d.Backlog)
	r.serve(ln, false)
	return nil
}

// give sets who may use the socket.
func (d *UnixDoor) give() error {
	if d.Mode != 0 {
		if err := os.Chmod(d.Path, d.Mode); err != nil {
			return err
		}
	}
	if d.Group == "" {
		return nil
	}
	id, err := strconv.Atoi(d.Group)
	if err != nil {
		g, err := user.LookupGroup(d.Group)
		if err != nil {
			return err
		}
		id, _ = strconv.Atoi(g.Gid)
	}
	return os.Chown(d.Path, -1, id)
}

// listener is an open door and the goroutine behind it.
type listener struct {
	net.Listener
	tls     bool
	leaving chan struct{}
	done    chan struct{}
}

func (l *listener) close() {
	close(l.leaving)
	_ = l.Close()
	sim.Receive("waits for a listener", l.done)
}

func (r *Reactor) serve(ln net.Listener, tls bool) {
	l := &listener{ln, tls, make(chan struct{}), make(chan struct{})}
	r.doors.Lock()
	r.listeners = append(r.listeners, l)
	r.doors.Unlock()
	sim.Go("listener", func() {
		defer close(l.done)
		for {
			nc, err := ln.Accept()
			switch {
			case err == nil && l.tls:
				r.greet(nc, l.leaving)
			case err == nil:
				r.accept(nc, nil)
			case isClosed(err):
				return
			default:
				sim.Sleep(10 * time.Millisecond) // out of descriptors: do not spin
			}
		}
	})
}

func isClosed(err error) bool {
	op, ok := err.(*net.OpError)
	return ok && op.Err == net.ErrClosed || strings.Contains(err.Error(), "use of closed")
}

// Addr is the address of listener i, nil when there is none.
func (r *Reactor) Addr(i int) net.Addr {
	r.doors.Lock()
	defer r.doors.Unlock()
	if i >= len(r.listeners) {
		return nil
	}
	return r.listeners[i].Addr()
}

// Port is the port of the first listener of a kind, 0 when there is none.
func (r *Reactor) Port(tls bool) int {
	r.doors.Lock()
	defer r.doors.Unlock()
	for _, l := range r.listeners {
		if a, ok := l.Addr().(*net.TCPAddr); ok && l.tls == tls {
			return a.Port
		}
	}
	return 0
}

// StopListening closes the listeners; connections stay.
func (r *Reactor) StopListening() { r.stop(func(*listener) bool { return true }) }

// StopTCP closes the listeners on ports, those for TLS or the others.
func (r *Reactor) StopTCP(tls bool) {
	r.stop(func(l *listener) bool { return l.Addr().Network() == "tcp" && l.tls == tls })
}

func (r *Reactor) stop(which func(*listener) bool) {
	r.doors.Lock()
	defer r.doors.Unlock()
	var keep []*listener
	for _, l := range r.listeners {
		if which(l) {
			l.close()
		} else {
			keep = append(keep, l)
		}
	}
	r.listeners = keep
}

// accept gives a new connection to a loop. It waits until the loop has it: one
// connection at a time comes in per listener, however fast they knock. tls is nil, or the connection's after its handshake.
func (r *Reactor) accept(nc net.Conn, tls *transport.Stream) {
	x := r.engine.(*sockets)
	c := &conn{r: r, x: x, tls: tls, place: transit}
	s, loop, refusal := r.Enter(c, peer(nc, tls))
	if refusal != "" {
		turnAway(nc, tls, refusal)
		return
	}
	if tls != nil {
		tls.Established()
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true)
		if s := r.KeepAlive(); s > 0 {
			_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Duration(s) * time.Second,
				Interval: time.Duration(max(s/3, 1)) * time.Second, Count: 3})
		}
	}
	c.s, c.loop = s, loop
	c.at.Store(loop)
	opened, err := x.enrollConn(c, loop.ID, nc)
	if err == nil {
		err = opened()
	}
	if err != nil {
		r.Left()
		_ = nc.Close()
	}
}

// turnAway tells a peer why it is not let in.
func turnAway(nc net.Conn, tls *transport.Stream, why string) {
	if tls != nil {
		tls.Refuse(why)
		return
	}
	_, _ = nc.Write([]byte(why))
	_ = nc.Close()
}

// peer is who is behind a connection.
func peer(nc net.Conn, tls *transport.Stream) (p Peer) {
	if _, unixSocket := nc.(*net.UnixConn); unixSocket {
		local := nc.LocalAddr().String()
		return Peer{Addr: local + ":0", Local: local + ":0", Source: "unix:" + local, Unix: true, Loopback: true}
	}
	addr := nc.RemoteAddr().String()
	p = Peer{Addr: addr, Source: addr, Local: nc.LocalAddr().String(), Loopback: isLoopback(nc.RemoteAddr())}
	if tls != nil {
		p.TLS, p.Certificate = true, tls.Certificate()
	}
	return p
}

// isLoopback reports whether a peer is on this machine.
func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}
