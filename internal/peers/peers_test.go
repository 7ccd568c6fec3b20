package peers

import (
	"bufio"
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// other is a server that answers each line as it is told to.
func other(t *testing.T, answer func(line string) string) (to Target, came <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 100)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns <- c
			go func() {
				for in := bufio.NewScanner(c); in.Scan(); {
					if _, err := c.Write([]byte(answer(in.Text()))); err != nil {
						return
					}
				}
			}()
		}
	}()
	return Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}, conns
}

func pool(t *testing.T) *Pool {
	var d net.Dialer
	p := New(func(ctx context.Context, address string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) })
	t.Cleanup(p.Close)
	return p
}

func connect(t *testing.T, p *Pool, to Target) *Conn {
	t.Helper()
	c, err := p.Connect(to, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A connection is for the one who takes it, and for those who come as the same user.
func TestKept(t *testing.T) {
	to, _ := other(t, func(line string) string { return "+" + line + "\r\n" })
	p := pool(t)
	if p.Kept(to, time.Second) != nil {
		t.Fatal("there is a connection that nobody made")
	}
	c := connect(t, p, to)
	if err := c.Send([]byte("a\nb\n")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+a", "+b"} {
		if line, err := c.Line(); err != nil || string(line) != want {
			t.Fatalf("%q, %v, want %q", line, err, want)
		}
	}
	if p.Kept(to, time.Second) != nil {
		t.Fatal("a connection was taken twice")
	}
	p.Give(c)
	if somebody := (Target{Host: to.Host, Port: to.Port, Password: "x", Known: true}); p.Kept(somebody, time.Second) != nil {
		t.Fatal("a connection was taken by somebody else")
	}
	if p.Idle() != 1 || p.Kept(to, time.Second) != c || p.Idle() != 0 {
		t.Fatal("a connection was not kept")
	}
	_ = c.Close()
	p.Give(c) // which is of no use any more
	if p.Idle() != 0 {
		t.Fatal("a closed connection was kept")
	}
}

// What nobody takes is closed after a while, and there are never too many.
func TestBounded(t *testing.T) {
	to, came := other(t, func(string) string { return "+\r\n" })
	p := pool(t)
	var all []*Conn
	for range mostIdle + 3 {
		all = append(all, connect(t, p, to))
	}
	for _, c := range all {
		p.Give(c)
	}
	if n := p.Idle(); n != mostIdle {
		t.Fatalf("%d are kept", n)
	}
	for range 3 { // those that were there first
		ended(t, <-came)
	}
	p.Expire(time.Now())
	if n := p.Idle(); n != mostIdle {
		t.Fatalf("%d are kept", n)
	}
	p.Expire(time.Now().Add(IdleFor + time.Second))
	if n := p.Idle(); n != 0 {
		t.Fatalf("%d are kept", n)
	}
}

func ended(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.Read(make([]byte, 1)); err == nil || Late(err) {
		t.Fatalf("a connection was not closed: %v", err)
	}
}

// Nobody waits for longer than he said, nor for a node that ends.
func TestLate(t *testing.T) {
	to, _ := other(t, func(string) string { return "" })
	p := pool(t)
	c, err := p.Connect(to, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Line(); !Late(err) {
		t.Fatalf("%v", err)
	}
	c = connect(t, p, to)
	failed := make(chan error)
	go func() { _, err := c.Line(); failed <- err }()
	p.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Fatalf("%v", err)
	}
	if _, err := p.Connect(to, time.Second); err == nil {
		t.Fatal("a connection was made by a node that has ended")
	}
}
