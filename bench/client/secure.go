package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/bench/poll"
)

// secure is the TLS of a connection. crypto/tls sees it as a net.Conn: during the handshake, on a goroutine of its own, one that
// waits for the socket; later one that gives what the thread has read, and keeps what it is to write.
type secure struct {
	tls      *tls.Conn
	fd       int
	shaking  bool
	deadline time.Time
	in, out  []byte // ciphertext
	failed   error
}

// dry says that nothing more has come, which crypto/tls takes for no end.
type dry struct{}

func (dry) Error() string   { return "nothing more has come" }
func (dry) Timeout() bool   { return false }
func (dry) Temporary() bool { return true }

func (s *secure) Read(b []byte) (int, error) {
	if s.shaking {
		return s.wait(b, unix.POLLIN, unix.Read)
	}
	if len(s.in) == 0 {
		return 0, dry{}
	}
	n := copy(b, s.in)
	s.in = s.in[n:]
	return n, nil
}

func (s *secure) Write(b []byte) (n int, err error) {
	if !s.shaking {
		s.out = append(s.out, b...)
		return len(b), nil
	}
	for n < len(b) {
		m, err := s.wait(b[n:], unix.POLLOUT, unix.Write)
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

// wait does something to the socket as soon as it can be done.
func (s *secure) wait(b []byte, what int16, do func(int, []byte) (int, error)) (int, error) {
	for {
		n, err := do(s.fd, b)
		switch {
		case err == unix.EAGAIN:
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
		left := time.Until(s.deadline)
		if left <= 0 {
			return 0, errors.New("the handshake takes too long")
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: what}}, int(left/time.Millisecond)+1)
	}
}

func (s *secure) Close() error                     { return nil }
func (s *secure) LocalAddr() net.Addr              { return nil }
func (s *secure) RemoteAddr() net.Addr             { return nil }
func (s *secure) SetDeadline(time.Time) error      { return nil }
func (s *secure) SetReadDeadline(time.Time) error  { return nil }
func (s *secure) SetWriteDeadline(time.Time) error { return nil }

// arrivals are connections whose handshake is over, on their way back to their thread.
type arrivals struct {
	fd   int
	mu   sync.Mutex
	list []*link
	gone bool // the thread takes no more
	wait sync.WaitGroup
}

func (a *arrivals) open(p *poll.Poller) (err error) {
	if a.fd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return err
	}
	return p.Add(a.fd, -1, poll.In)
}

func (a *arrivals) push(k *link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, k)
	if !a.gone {
		_, _ = unix.Write(a.fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (a *arrivals) close() {
	a.wait.Wait() // handshakes have a deadline, and their sockets are shut down
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = true
	_ = unix.Close(a.fd)
}

// shake has a goroutine do the handshake.
func (t *thread) shake(k *link) {
	s := &secure{fd: k.fd, shaking: true, deadline: time.Now().Add(dialTimeout)}
	s.tls = tls.Client(s, t.TLS)
	k.secure = s
	// The thread hears nothing of the socket meanwhile.
	if err := t.poller.Change(k.fd, k.id, 0); err != nil {
		s.failed = err
	}
	t.arrivals.wait.Add(1)
	go func() {
		defer t.arrivals.wait.Done()
		if s.failed == nil {
			s.failed = s.tls.Handshake()
		}
		t.arrivals.push(k)
	}()
}

// arrived takes connections whose handshake is over.
func (t *thread) arrived() {
	var b [8]byte
	_, _ = poll.Read(t.arrivals.fd, b[:])
	t.arrivals.mu.Lock()
	list := t.arrivals.list
	t.arrivals.list = nil
	t.arrivals.mu.Unlock()
	t.clock()
	for _, k := range list {
		err := k.secure.failed
		if k.secure.shaking = false; err == nil {
			err = t.poller.Change(k.fd, k.id, poll.In)
		}
		if err == nil {
			err = t.opened(k)
		}
		if err == nil { // what came with the handshake lies in crypto/tls, of which nobody tells
			err = t.decrypt(k, nil)
		}
		if err != nil {
			t.lose(k, fmt.Errorf("TLS: %w", err))
		}
	}
	t.flush()
}

func (t *thread) readSecure(k *link) error {
	n, err := poll.Read(k.fd, t.in)
	if err = readError(n, err); err != nil || n <= 0 {
		return err
	}
	t.clock()
	return t.decrypt(k, t.in[:n])
}

// decrypt takes ciphertext.
func (t *thread) decrypt(k *link, b []byte) error {
	s := k.secure
	s.in = b
	if t.text == nil {
		t.text = make([]byte, 32<<10)
	}
	for {
		n, err := s.tls.Read(t.text)
		if n > 0 {
			if err := t.take(k, t.text[:n]); err != nil || k.state != open {
				return err
			}
		}
		if _, ok := err.(dry); ok {
			return k.pushSecure(t.poller)
		}
		if err == io.EOF {
			return errEnd
		}
		if err != nil {
			return err
		}
	}
}

func (k *link) writeSecure(p *poll.Poller) error {
	if _, err := k.secure.tls.Write(k.out); err != nil {
		return err
	}
	k.out = kept(k.out, nil)
	return k.pushSecure(p)
}

// pushSecure sends ciphertext.
func (k *link) pushSecure(p *poll.Poller) error {
	s := k.secure
	if len(s.out) == 0 || k.full {
		return nil
	}
	rest, err := k.push(p, s.out)
	if err != nil {
		return err
	}
	s.out = kept(s.out, rest)
	return nil
}
