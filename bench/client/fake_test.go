package client

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// fake is a server that answers as a test likes.
type fake struct {
	net.Listener
	answer func(c *visitor, args []string) string
	mu     sync.Mutex
	seen   map[string]int
	data   map[string]string
	conns  map[net.Conn]bool
}

// visitor is a connection to it.
type visitor struct {
	net.Conn
	*fake
	commands int
	asking   bool
}

func newFake(t *testing.T, l net.Listener, answer func(c *visitor, args []string) string) *fake {
	t.Helper()
	f := &fake{Listener: l, answer: answer, seen: map[string]int{}, data: map[string]string{}, conns: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns[nc] = true
			f.mu.Unlock()
			all.Go(func() { f.serve(nc) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.hangUp()
		all.Wait()
	})
	return f
}

func (f *fake) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}

func (f *fake) serve(nc net.Conn) {
	defer nc.Close()
	v := &visitor{Conn: nc, fake: f}
	var s wire.Scanner
	var buf, out []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := nc.Read(chunk)
		if err != nil {
			return
		}
		buf, out = append(buf, chunk[:n]...), out[:0]
		for {
			r, n, err := s.Next(buf)
			if err != nil {
				return
			}
			if n == 0 {
				break
			}
			args := wire.Strings(r.Raw)
			buf = append(buf[:0], buf[n:]...)
			f.mu.Lock()
			f.seen[strings.ToLower(args[0])]++
			v.commands++
			reply := f.answer(v, args)
			f.mu.Unlock()
			if reply == hangUp {
				_, _ = nc.Write(out)
				return
			}
			out = append(out, reply...)
		}
		if _, err := nc.Write(out); err != nil {
			return
		}
	}
}

// count is how often a command has come.
func (f *fake) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[name]
}

// hangUp has the server close the connection instead of answering.
const hangUp = "hang up"

// store is an honest server, within the lock.
func store(c *visitor, args []string) string {
	switch strings.ToUpper(args[0]) {
	case "SET":
		c.data[args[1]] = args[2]
		return "+OK\r\n"
	case "GET":
		v, ok := c.data[args[1]]
		if !ok {
			return "$-1\r\n"
		}
		return string(wire.AppendHeader(nil, '$', len(v))) + v + "\r\n"
	case "PING":
		return "+PONG\r\n"
	case "INCR":
		return ":1\r\n"
	}
	return "-ERR unknown command\r\n"
}

func local(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// plan is a short run of a workload.
func plan(t *testing.T, f *fake, text string) *Plan {
	t.Helper()
	w, err := workload.Parse("test", text)
	if err != nil {
		t.Fatal(err)
	}
	w.Prepare()
	return &Plan{Target: Target{Network: f.Addr().Network(), Addr: f.Addr().String()}, Workload: w, Threads: 2, Clients: 6, Pipeline: 1, Requests: 600, Seed: 1,
		Interval: 20 * time.Millisecond}
}

func mustRun(t *testing.T, p *Plan) *Outcome {
	t.Helper()
	out, err := Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
