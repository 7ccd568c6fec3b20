package transport

import (
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// pair is a connection.
func pair(t testing.TB) (near, far net.Conn) {
	ln := testkit.Must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer ln.Close()
	far = testkit.Must(net.Dial("tcp", ln.Addr().String()))(t)
	near = testkit.Must(ln.Accept())(t)
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	return near, far
}

func never(t testing.TB) func(net.Conn, *Stream) {
	return func(net.Conn, *Stream) { t.Error("a handshake that cannot succeed has") }
}

// Who says nothing, or not all, is closed in time.
func TestSilence(t *testing.T) {
	ours, _ := server(t)
	for _, said := range []string{"", "\x16", "\x16\x03\x01\x02\x00\x01\x00", "\x16\x03\x01\x00\x00"} {
		var why atomic.Value
		h := NewHandshakes(Options{Config: func() *tls.Config { return ours }, Done: never(t), Within: 50 * time.Millisecond,
			Failing: func(_ net.Conn, err error) { why.Store(err) }})
		near, far := pair(t)
		_, _ = far.Write([]byte(said))
		began := time.Now()
		h.Begin(near, nil)
		if _, err := io.ReadAll(far); err != nil && time.Since(began) < 50*time.Millisecond {
			t.Errorf("%q: %v", said, err)
		}
		h.Close()
		if why.Load() == nil {
			t.Errorf("%q: nobody was told", said)
		}
		if h.Failed.Load() != 1 || h.UnderWay() != 0 {
			t.Errorf("%d failed, %d are under way", h.Failed.Load(), h.UnderWay())
		}
	}
}

// There are only so many at a time: others wait until one has ended, or nobody listens any more.
func TestPlaces(t *testing.T) {
	ours, _ := server(t)
	h := NewHandshakes(Options{Config: func() *tls.Config { return ours }, Done: never(t), Within: time.Hour, Most: 2})
	var far [4]net.Conn
	var near [4]net.Conn
	for i := range far {
		near[i], far[i] = pair(t)
	}
	h.Begin(near[0], nil)
	h.Begin(near[1], nil)
	leaving, left := make(chan struct{}), make(chan bool)
	go func() { left <- h.Begin(near[2], leaving) }()
	close(leaving)
	if <-left {
		t.Error("a third one began")
	}
	go func() { left <- h.Begin(near[3], nil) }()
	_ = far[0].Close()
	if !<-left {
		t.Error("the place of one that has ended is not given to another")
	}
	h.Close()
	if _, err := io.ReadAll(far[3]); err == nil && h.UnderWay() != 0 {
		t.Error("something is left over")
	}
	if again, _ := pair(t); h.Begin(again, nil) {
		t.Error("one began behind the end")
	}
}

// TestSilenceOfMany: those who say nothing keep others out for a short time only, once they take half of the places. Whoever has said something
// has all of it.
func TestSilenceOfMany(t *testing.T) {
	ours, theirs := server(t)
	done := make(chan struct{})
	h := NewHandshakes(Options{Config: func() *tls.Config { return ours }, Done: func(net.Conn, *Stream) { close(done) },
		Within: time.Hour, Patience: 20 * time.Millisecond, Most: 4})
	for _, said := range []string{"", "", "\x16", ""} {
		near, far := pair(t)
		_, _ = far.Write([]byte(said))
		h.Begin(near, nil)
	}
	near, far := pair(t)
	greeted := make(chan error, 1)
	go func() { greeted <- tls.Client(far, theirs).Handshake() }() // its first word is there before anybody waits for it
	h.Begin(near, nil)                                             // when one of them has gone
	if err := <-greeted; err != nil {
		t.Fatal(err)
	}
	<-done
	if n := h.Failed.Load(); n == 0 || n > 3 {
		t.Errorf("%d failed", n)
	}
	h.Close()
}

// canned is a connection whose peer has said all that it will ever say.
type canned struct {
	net.Conn
	b []byte
}

func (c *canned) Read(b []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.b)
	c.b = c.b[n:]
	return n, nil
}
func (c *canned) Write(b []byte) (int, error) { return len(b), nil }
func (c *canned) Close() error                { return nil }
func (c *canned) SetDeadline(time.Time) error { return nil }

// FuzzHandshake has a peer say anything first.
func FuzzHandshake(f *testing.F) {
	ours, theirs := server(f)
	near, far := pair(f)
	go func() { _ = tls.Client(far, theirs).Handshake() }()
	hello := make([]byte, 4096)
	n, _ := near.Read(hello)
	f.Add(hello[:n])
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"))
	f.Add([]byte("PING\r\n"))
	h := NewHandshakes(Options{Config: func() *tls.Config { return ours }, Done: func(net.Conn, *Stream) { panic("in by itself") }})
	f.Fuzz(func(t *testing.T, b []byte) {
		x := &shaking{h: h, nc: &canned{b: b}}
		x.shake()
	})
}
