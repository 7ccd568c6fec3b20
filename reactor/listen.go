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

	"sigrun/reactor/session"
)

// TCPDoor is where to listen by TCP. Host may be *, for all IPv4 addresses, or ::*, for all of IPv6.
type TCPDoor struct {
	Host          string
	Port, Backlog int
	Multipath     bool
}

// UnixDoor is a socket in the file system to listen on. Mode 0 and Group "" leave what
// the system gives it.
type UnixDoor struct {
	Path    string
	Mode    os.FileMode
	Group   string // by name or number
	Backlog int
}

// ListenTCP opens d.
func (r *Reactor) ListenTCP(d TCPDoor) error {
	host, all := map[string]string{"*": "0.0.0.0", "::*": "::"}[d.Host]
	if !all {
		host = d.Host
	}
	lc := net.ListenConfig{Control: func(network, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			if strings.HasSuffix(network, "6") {
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
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
	r.serve(ln)
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
	r.serve(ln)
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
	done chan struct{}
}

func (l *listener) close() {
	_ = l.Close()
	<-l.done
}

func (r *Reactor) serve(ln net.Listener) {
	l := &listener{ln, make(chan struct{})}
	r.doors.Lock()
	r.listeners = append(r.listeners, l)
	r.doors.Unlock()
	go func() {
		defer close(l.done)
		for {
			nc, err := ln.Accept()
			switch {
			case err == nil:
				r.accept(nc)
			case isClosed(err):
				return
			default:
				time.Sleep(10 * time.Millisecond) // out of descriptors: do not spin
			}
		}
	}()
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

// StopListening closes the listeners; connections stay.
func (r *Reactor) StopListening() { r.stop(func(net.Addr) bool { return true }) }

// StopTCP closes the listeners on ports.
func (r *Reactor) StopTCP() { r.stop(func(a net.Addr) bool { return a.Network() == "tcp" }) }

func (r *Reactor) stop(which func(net.Addr) bool) {
	r.doors.Lock()
	defer r.doors.Unlock()
	var keep []*listener
	for _, l := range r.listeners {
		if which(l.Addr()) {
			l.close()
		} else {
			keep = append(keep, l)
		}
	}
	r.listeners = keep
}

// accept gives a new connection to a loop. It waits until the loop has it: one
// connection at a time comes in per listener, however fast they knock.
func (r *Reactor) accept(nc net.Conn) {
	if r.clients.Add(1) > r.MaxClients() {
		r.clients.Add(-1)
		r.Rejected.Add(1)
		_, _ = nc.Write([]byte("-ERR max number of clients reached\r\n"))
		_ = nc.Close()
		return
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true)
		if s := r.KeepAlive(); s > 0 {
			_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Duration(s) * time.Second,
				Interval: time.Duration(max(s/3, 1)) * time.Second, Count: 3})
		}
	}
	loop := r.pick()
	c := &conn{r: r, s: &session.Session{}, loop: r.loops[loop], place: transit}
	c.at.Store(c.loop)
	if refusal := r.introduce(c, nc); refusal != "" {
		r.Rejected.Add(1)
		r.clients.Add(-1)
		_, _ = nc.Write([]byte(refusal))
		_ = nc.Close()
		return
	}
	opened, err := r.enrollConn(c, loop, nc)
	if err == nil {
		err = opened()
	}
	if err != nil {
		r.clients.Add(-1)
		_ = nc.Close()
	}
}

// introduce fills in what a session is born with and asks whether it may come in.
func (r *Reactor) introduce(c *conn, nc net.Conn) (refusal string) {
	s := c.s
	s.ID = r.nextID.Add(1)
	s.Proto = 2
	s.Link = c
	now := r.Session.Clock.Millis()
	s.Info.Created, s.Info.Last = now, now
	s.Info.Loopback = isLoopback(nc.RemoteAddr())
	if _, unixSocket := nc.(*net.UnixConn); unixSocket {
		s.Info.Unix = true
		s.Addr = nc.LocalAddr().String() + ":0"
		s.Info.Local = s.Addr
		s.Source = "unix:" + nc.LocalAddr().String()
	} else {
		s.Addr = nc.RemoteAddr().String()
		s.Source = s.Addr
		s.Info.Local = nc.LocalAddr().String()
	}
	return r.Admit(s)
}

// isLoopback reports whether a peer is on this machine.
func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// pick chooses among the active loops the one with the fewest connections.
func (r *Reactor) pick() int {
	best := 0
	for i := 1; i < int(r.active.Load()); i++ {
		if r.loops[i].Counters.Connected.Load() < r.loops[best].Counters.Connected.Load() {
			best = i
		}
	}
	return best
}
