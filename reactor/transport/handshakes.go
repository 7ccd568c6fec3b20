package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"sigrun/internal/sim"
)

const (
	mostShaking = 1024             // connections in the middle of their handshake; others wait to be accepted
	shakeWithin = 10 * time.Second // from the first byte to the last
)

// Handshakes brings new connections to the point from which loops can run them. Each has a goroutine while it lasts, since
// crypto/tls waits for its peer; there are only so many, and fewer that calculate at a time, so that those who
// are connected do not notice.
type Handshakes struct {
	Options
	Completed, Failed atomic.Uint64

	places chan struct{} // one for each that may be under way
	cores  chan struct{} // one for each that may calculate
	mu     sim.Mutex
	known  map[*shaking]struct{}
	closed bool
	all    sim.WaitGroup
}

// Options of Handshakes.
type Options struct {
	Config func() *tls.Config // for the next one; nil: none is possible
	// Done takes a connection over whose handshake succeeded: it attaches it to its loop, or ends it by Refuse.
	Done    func(nc net.Conn, s *Stream)
	Failing func(nc net.Conn, err error) // told of one that does not succeed, before it is closed; nil: nobody is
	Cores   int                          // that may calculate at a time; 0: one
	Within  time.Duration                // 0: ten seconds
	// Patience is what a peer has of that for its first word when more than half of the places are taken; 0: an eighth.
	Patience time.Duration
	Most     int // under way; 0: 1024
}

// NewHandshakes prepares handshakes.
func NewHandshakes(o Options) *Handshakes {
	if o.Within == 0 {
		o.Within = shakeWithin
	}
	if o.Patience == 0 {
		o.Patience = o.Within / 8
	}
	if o.Most == 0 {
		o.Most = mostShaking
	}
	h := &Handshakes{Options: o, places: make(chan struct{}, o.Most), cores: make(chan struct{}, max(o.Cores, 1)),
		known: map[*shaking]struct{}{}}
	for range o.Most {
		h.places <- struct{}{}
	}
	for range max(o.Cores, 1) {
		h.cores <- struct{}{}
	}
	return h
}

// Begin shakes hands with the peer of nc, soon. It waits while too many others are under way; false: leaving was closed meanwhile.
func (h *Handshakes) Begin(nc net.Conn, leaving <-chan struct{}) bool {
	if sim.Either("waits for handshakes", h.places, leaving) == 1 {
		return false
	}
	x := &shaking{h: h, nc: nc}
	if !h.add(x) {
		h.places <- struct{}{}
		return false
	}
	sim.Go("handshake", func() {
		defer h.remove(x)
		x.shake()
	})
	return true
}

func (h *Handshakes) add(x *shaking) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.known[x] = struct{}{}
	h.all.Add(1)
	return true
}

func (h *Handshakes) remove(x *shaking) {
	h.mu.Lock()
	delete(h.known, x)
	h.mu.Unlock()
	h.places <- struct{}{}
	h.all.Done()
}

// UnderWay is the number of handshakes that have begun and not ended.
func (h *Handshakes) UnderWay() int { return cap(h.places) - len(h.places) }

// Close ends all handshakes, and waits until they have ended.
func (h *Handshakes) Close() {
	h.mu.Lock()
	h.closed = true
	for x := range h.known { // in any order: each is only closed
		_ = x.nc.Close()
	}
	h.mu.Unlock()
	h.all.Wait()
}

// ended reports whether Close has ended them.
func (h *Handshakes) ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// shaking is a handshake under way.
type shaking struct {
	h     *Handshakes
	nc    net.Conn
	until time.Time
	buf   []byte
}

var errNoConfig = errors.New("transport: no certificate")

func (x *shaking) shake() {
	h := x.h
	x.until = time.Now().Add(h.Within)
	_ = x.nc.SetDeadline(x.until)
	s, err := x.agree()
	if err != nil {
		h.Failed.Add(1)
		if h.Failing != nil && !h.ended() {
			h.Failing(x.nc, err)
		}
		_ = x.nc.Close()
		return
	}
	h.Completed.Add(1)
	h.Done(x.nc, s)
}

// agree runs the handshake.
func (x *shaking) agree() (*Stream, error) {
	cfg := x.h.Config()
	if cfg == nil {
		return nil, errNoConfig
	}
	s := &Stream{shaking: x}
	s.tls = tls.Server((*wire)(s), cfg)
	x.calculate()
	defer x.rest()
	return s, s.tls.Handshake()
}

// calculate waits for a core, rest gives it back.
func (x *shaking) calculate() { sim.Receive("waits for a core", x.h.cores) }
func (x *shaking) rest()      { x.h.cores <- struct{}{} }

// hello is what a first message takes.
const hello = 2 << 10

// receive waits for the peer, and lets others calculate.
func (x *shaking) receive(w *wire) error {
	first := x.buf == nil
	if first {
		x.buf = make([]byte, hello)
	}
	if first = first && 2*x.h.UnderWay() > x.h.Most; first { // those who say nothing must not keep others out
		_ = x.nc.SetReadDeadline(time.Now().Add(x.h.Patience))
	}
	x.rest()
	n, err := x.nc.Read(x.buf)
	if first {
		_ = x.nc.SetReadDeadline(x.until)
	}
	x.calculate()
	if n > 0 {
		w.in = x.buf[:n]
		return nil
	}
	return err
}

// Established is the end of the handshake: from now on the connection is its loop's.
func (s *Stream) Established() {
	x := s.shaking
	s.shaking = nil
	if len(s.in) > 0 {
		s.early = append([]byte(nil), s.in...)
	}
	s.in = nil
	_ = x.nc.SetDeadline(time.Time{})
}

// Refuse sends an answer to a peer that is not let in, and ends its connection.
func (s *Stream) Refuse(answer string) {
	_, _ = s.tls.Write([]byte(answer))
	_ = s.tls.CloseWrite()
	_ = s.shaking.nc.Close()
}
