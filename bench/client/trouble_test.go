package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"sigrun/bench/measure"
	"sigrun/bench/workload"
	"sigrun/protocol/slot"
)

// nodes answers CLUSTER NODES: each address with its slots.
func nodes(pairs ...string) string {
	text := ""
	for i := 0; i < len(pairs); i += 2 {
		text += fmt.Sprintf("id%d %s@1 master - 0 0 1 connected %s\n", i, pairs[i], pairs[i+1])
	}
	return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
}

// TestNodeThatDies: when a node of a cluster dies and another one takes its slots, the load goes on there.
func TestNodeThatDies(t *testing.T) {
	var a, b *fake
	la, lb := local(t), local(t)
	dead := make(chan struct{})
	a = newFake(t, la, func(v *visitor, args []string) string {
		if args[0] == "CLUSTER" {
			select {
			case <-dead:
				return nodes(la.Addr().String(), "0-16383")
			default:
				return nodes(la.Addr().String(), "0-8191", lb.Addr().String(), "8192-16383")
			}
		}
		return store(v, args)
	})
	n := 0
	b = newFake(t, lb, func(v *visitor, args []string) string {
		if n++; n == 50 {
			close(dead)
			_ = lb.Close()
			go v.hangUp()
		}
		if n >= 50 {
			return hangUp
		}
		return store(v, args)
	})
	p := plan(t, a, readAndWrite)
	p.Cluster, p.Requests, p.Duration = true, 2000, 20*time.Second
	out := mustRun(t, p)
	all := out.Total.Total()
	if all.Done+all.Lost != 2000 || all.Lost < 1 || all.Lost > 100 || out.Failed != nil || out.Gone != 0 || b.count("get")+b.count("set") == 0 {
		t.Errorf("%+v, %d gone, %v %v", all.Counts, out.Gone, out.Failed, out.Faults)
	}
	if all.Service.TotalCount() != 2000 { // what was lost has taken its time, too
		t.Error(all.Service.TotalCount())
	}
}

// TestRolesAreSpread: every thread has its part of each role, of the rate and of the requests.
func TestRolesAreSpread(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 4} {
		f := newFake(t, local(t), store)
		p := plan(t, f, "role a 1\ndo 1 PING -> PONG\nrole b 1 unpaced\ndo 1 INCR x -> int\nrole s 1\nlisten")
		p.Clients, p.Threads, p.Requests = 36, threads, 1001
		e := &engine{Plan: p}
		list, err := e.makeThreads()
		if err != nil {
			t.Fatal(err)
		}
		budget := int64(0)
		for _, th := range list {
			counts := map[string]int{}
			for _, l := range th.lanes {
				counts[l.role.Name]++
			}
			for _, name := range []string{"a", "b", "s"} {
				if n := counts[name]; n < 12/threads || n > 12/threads+1 {
					t.Errorf("%d threads: %v", threads, counts)
				}
			}
			budget += th.budget
			th.close()
		}
		if budget != 1001 || e.paced != 12 {
			t.Errorf("%d threads: %d requests, %d lanes", threads, budget, e.paced)
		}
	}
}

// TestRateOfSomeRoles: a thread without a lane that the rate holds for leaves nothing of it unsent, and one that only listens ends
// with the others.
func TestRateOfSomeRoles(t *testing.T) {
	f := newFake(t, local(t), func(v *visitor, args []string) string { return ":1\r\n" })
	p := plan(t, f, "role consumer 5 unpaced\ndo 1 BRPOP q 1\nrole producer 1\ndo 1 LPUSH q x -> int\nrole s 1\nlisten")
	p.Clients, p.Threads, p.Requests, p.Rate, p.Even, p.Duration = 7, 4, 0, 1000, true, 200*time.Millisecond
	out := mustRun(t, p)
	if push := out.Total.Classes[1].Done; push < 190 || push > 210 || out.Behind != 0 {
		t.Errorf("%d sent, %d not", push, out.Behind)
	}
	p = plan(t, f, "role s 1\nlisten\nrole producer 1\ndo 1 LPUSH q x -> int")
	p.Clients, p.Threads = 2, 2
	if out := mustRun(t, p); out.Total.Total().Done != 600 {
		t.Errorf("%+v", out.Total.Total().Counts)
	}
	p = plan(t, f, "role s 1 unpaced\ndo 1 PING")
	p.Rate = 10
	if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "a rate, and no role") {
		t.Error(err)
	}
}

// TestMessagesBeforeTheRun: what is published while all connect is no measurement, and each channel has its confirmation.
func TestMessagesBeforeTheRun(t *testing.T) {
	const message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"
	subscribed := "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
	for kind, text := range map[string]string{"RESP2": message + subscribed + message + subscribed + message,
		"RESP3": strings.ReplaceAll(message+subscribed+message+subscribed+message, "*3", ">3")} {
		t.Run(kind, func(t *testing.T) {
			var subscriber *visitor
			f := newFake(t, local(t), func(v *visitor, args []string) string {
				if args[0] == "SUBSCRIBE" {
					subscriber = v
					return text
				}
				_, _ = subscriber.Write([]byte(message))
				return ":1\r\n"
			})
			p := plan(t, f, "role s 1\nstart SUBSCRIBE a b\nlisten\nrole p 1\ndo 1 PUBLISH a x -> int")
			p.Clients, p.Requests = 2, 100
			out := mustRun(t, p)
			got := out.Total.Classes[1]
			// Nobody knows how long a message without a stamp took.
			if got.Done < 90 || got.Done > 100 || got.Service != nil && got.Service.TotalCount() != 0 || len(out.Faults) != 0 {
				t.Errorf("%+v %v", got.Counts, out.Faults)
			}
		})
	}
}

// TestRedirectedSequence: what is drawn in order is not drawn once more for a redirection, and a key that is written out is looked for
// where servers say.
func TestRedirectedSequence(t *testing.T) {
	for name, text := range map[string]string{"the key": "do 1 SET {k} x -> OK", "behind a key that is written out": "do 1 SET board {k} -> OK",
		"behind another key": "keys other o:* 50\ndo 1 SET {other} {k} -> OK", "within a value": "value v 1..9\ndo 1 SET {k} {v} -> OK"} {
		t.Run(name, func(t *testing.T) {
			var a, b *fake
			seen := map[string]bool{}
			node := func(me int) func(v *visitor, args []string) string {
				return func(v *visitor, args []string) string {
					if args[0] == "CLUSTER" {
						return nodes(a.Addr().String(), "0-16383", b.Addr().String(), "")
					}
					if s := int(slot.Of([]byte(args[1]))); s%2 != me {
						return fmt.Sprintf("-MOVED %d %s\r\n", s, []*fake{a, b}[1-me].Addr())
					}
					word := args[1]
					if strings.HasPrefix(args[2], "k:") {
						word = args[2]
					}
					a.mu.Lock()
					seen[word] = true
					a.mu.Unlock()
					return "+OK\r\n"
				}
			}
			la, lb := local(t), local(t)
			unlocked := func(me int) func(v *visitor, args []string) string {
				return func(v *visitor, args []string) string {
					v.mu.Unlock()
					defer v.mu.Lock()
					return node(me)(v, args)
				}
			}
			a, b = newFake(t, la, unlocked(0)), newFake(t, lb, unlocked(1))
			p := plan(t, a, "keys k k:* 600 sequential\n"+text)
			p.Cluster, p.Pipeline = true, 8
			out := mustRun(t, p)
			if all := clean(t, out, 600); len(seen) != 600 || name != "behind another key" && name != "the key" && name != "within a value" && all.Moved > 50 {
				t.Errorf("%d keys, %+v", len(seen), all.Counts)
			}
		})
	}
}

// TestMissesKeepTheSequence: what is sent for a key that was not there draws nothing of a sequence.
func TestMissesKeepTheSequence(t *testing.T) {
	asked := map[string]bool{}
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		asked[args[1]] = true
		return store(v, args)
	})
	p := plan(t, f, "keys k k:* 600 sequential\nvalue v 10\ndo 1 GET {k} -> v or nil\n  on nil SET {k} {v} -> OK")
	mustRun(t, p)
	if len(asked) != 600 {
		t.Errorf("%d keys of 600 were asked for", len(asked))
	}
}

// TestFirstCommandsThatAreLost: what a connection has sent to begin with is no work of its lane's.
func TestFirstCommandsThatAreLost(t *testing.T) {
	refused := 0
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if args[0] == "CLIENT" && v.seen["ping"] > 20 && refused < 5 {
			refused++
			return hangUp
		}
		return "+PONG\r\n"
	})
	p := plan(t, f, "role r 1 reconnect 10\nstart CLIENT SETNAME x\nstart CLIENT SETINFO LIB-NAME y\ndo 1 PING -> PONG")
	p.Clients, p.Threads, p.Duration = 2, 1, 20*time.Second
	out := mustRun(t, p)
	if all := out.Total.Classes[1]; all.Done != 600 || all.Lost != 0 || refused != 5 {
		t.Errorf("%+v, %d refused, %v", all.Counts, refused, out.Faults)
	}
}

// TestReplayBesideAServerThatGoes: what finds no connection was lost.
func TestReplayBesideAServerThatGoes(t *testing.T) {
	n := 0
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if n++; n == 10 {
			_ = v.Listener.Close()
			return hangUp
		}
		return "+OK\r\n"
	})
	p := plan(t, f, "do 1 PING")
	p.Requests, p.Clients, p.Replay = 0, 1, &Log{Classes: []string{"a"}, Speed: 1}
	for i := range 50 {
		p.Replay.Entries = append(p.Replay.Entries, Entry{At: int64(i) * int64(2*time.Millisecond), DB: -1, Args: []string{"a"}})
	}
	out := mustRun(t, p)
	if all := out.Total.Total(); all.Done+all.Lost != 50 || all.Lost < 30 || out.Gone != 1 {
		t.Errorf("%+v, %d gone", all.Counts, out.Gone)
	}
	p.Cluster = true
	if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "cannot be replayed") {
		t.Error(err)
	}
}

// TestReplayInDatabases: commands go to the database that they were recorded in.
func TestReplayInDatabases(t *testing.T) {
	var got []string
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		got = append(got, strings.Join(args, " "))
		return "+OK\r\n"
	})
	p := plan(t, f, "do 1 PING")
	p.Requests, p.Clients, p.Replay = 0, 1, &Log{Classes: []string{"x"}, Speed: 1}
	for _, e := range []Entry{{DB: 0, Args: []string{"a"}}, {DB: 3, Args: []string{"b"}}, {DB: 3, Args: []string{"c"}}, {DB: -1, Args: []string{"d"}},
		{DB: 3, Args: []string{"select", "5"}}, {DB: 5, Args: []string{"e"}}} {
		p.Replay.Entries = append(p.Replay.Entries, e)
	}
	out := mustRun(t, p)
	if s := strings.Join(got, ", "); s != "a, SELECT 3, b, c, d, select 5, SELECT 5, e" || out.Total.Total().Done != 6 {
		t.Error(s, out.Total.Total().Done)
	}
}

// TestHandshakesAtTheEnd: a run does not wait for handshakes that a server does not finish.
func TestHandshakesAtTheEnd(t *testing.T) {
	l := local(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release); _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { <-release; _ = c.Close() }()
		}
	}()
	f := newFake(t, local(t), store)
	p := plan(t, f, "do 1 PING -> PONG")
	p.Addr, p.TLS = l.Addr().String(), &tls.Config{InsecureSkipVerify: true}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	e := &engine{Plan: p, gate: make(chan struct{}), faults: faults{}}
	if err := p.complete(); err != nil {
		t.Fatal(err)
	}
	threads, err := e.makeThreads()
	if err != nil {
		t.Fatal(err)
	}
	e.connected.Add(len(threads))
	e.began = time.Now()
	done := make(chan struct{})
	for _, th := range threads {
		go func() { th.run(); done <- struct{}{} }()
	}
	<-ctx.Done()
	e.fail(errInterrupted)
	close(e.gate)
	begin := time.Now()
	for range threads {
		<-done
	}
	if took := time.Since(begin); took > dialTimeout/2 {
		t.Errorf("the end took %v", took)
	}
}

// TestNames: a server may be given by a name, which is looked up once.
func TestNames(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, readAndWrite)
	_, port, _ := net.SplitHostPort(p.Addr)
	p.Addr = "localhost:" + port
	clean(t, mustRun(t, p), 600)
	p.Addr = "no such name:1"
	if _, err := Run(context.Background(), p); err == nil {
		t.Error("a name that there cannot be")
	}
	var r resolver
	for addr, good := range map[string]bool{"[::1]:1": true, "127.0.0.1:1": true, "127.0.0.1": false} {
		if at, err := r.wait("tcp", addr); (at != nil) != good || (err == nil) != good {
			t.Errorf("%s: %+v, %v", addr, at, err)
		}
	}
	for in, want := range map[string]string{"::1:6379": "[::1]:6379", "[::1]:6379": "[::1]:6379", "10.0.0.1:6379": "10.0.0.1:6379", "name:1": "name:1", ":1": ":1"} {
		if got := bracketed(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for addr, local := range map[string]bool{"[::1]:1": true, "127.0.0.1:1": true, "10.0.0.1:1": false, "localhost:1": true} {
		if target := (&Target{Network: "tcp", Addr: addr}); target.Local() != local {
			t.Error(addr)
		}
	}
}

// TestLagBegins when a lane is free: before nobody could have sent.
func TestLagBegins(t *testing.T) {
	var p pace
	a, b := &lane{role: &workload.Role{}}, &lane{role: &workload.Role{}}
	p.freed(a, 100)
	p.freed(b, 200)
	if p.short != 100 || len(p.free) != 2 {
		t.Error(p.short, len(p.free))
	}
}

// TestLargeCommandsAreNotDrawnAhead: what is drawn lies in memory, so there is no more of it than the server takes.
func TestLargeCommandsAreNotDrawnAhead(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, "keys k k:* 9\nvalue v 1MB\ndo 1 SET {k} {v} -> OK")
	p.Clients, p.Threads, p.Pipeline, p.Requests = 1, 1, 64, 70
	p.complete()
	e := &engine{Plan: p}
	list, err := e.makeThreads()
	if err != nil {
		t.Fatal(err)
	}
	th := list[0]
	defer th.close()
	th.sending, th.set = true, measure.NewSet(len(p.Names()))
	th.links[0].state = open
	th.refill(th.lanes[0])
	if n := len(th.links[0].out); n > 2<<20 {
		t.Errorf("%d bytes", n)
	}
	clean(t, mustRun(t, p), 70)
}
