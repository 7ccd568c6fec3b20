package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigrun/bench/measure"
	"sigrun/internal/testkit"
	"sigrun/protocol/slot"
)

const readAndWrite = `
keys k k:* 100
value v 1..3000
do 1 SET {k} {v} -> OK
do 3 GET {k} -> v or nil`

// clean fails unless all requests were answered as they should be.
func clean(t *testing.T, out *Outcome, want int64) *measure.Sum {
	t.Helper()
	all := out.Total.Total()
	if all.Done != want || all.Refused+all.Wrong+all.Lost != 0 || out.Failed != nil || len(out.Faults) != 0 {
		t.Fatalf("%+v, %v, %v; want %d", all.Counts, out.Faults, out.Failed, want)
	}
	return all
}

func TestClosedLoop(t *testing.T) {
	for name, change := range map[string]func(p *Plan){
		"one by one":                    func(*Plan) {},
		"pipelines":                     func(p *Plan) { p.Pipeline = 16 },
		"each":                          func(p *Plan) { p.Pipeline, p.Each = 16, true },
		"a count that no thread shares": func(p *Plan) { p.Requests = 601 },
		"more threads than clients":     func(p *Plan) { p.Threads = 50 },
		"growing":                       func(p *Plan) { p.Ramp = 20 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, local(t), store)
			p := plan(t, f, readAndWrite)
			change(p)
			out := mustRun(t, p)
			all := clean(t, out, p.Requests)
			if n := int64(f.count("get") + f.count("set")); n != p.Requests {
				t.Errorf("the server saw %d", n)
			}
			if all.Service.TotalCount() != p.Requests || all.Hits == 0 || all.Misses == 0 || out.Total.Classes[0].Response != nil {
				t.Errorf("%+v", all.Counts)
			}
			var rows int64
			for _, r := range out.Rows {
				rows += r.All.Done
			}
			if rows != p.Requests || len(out.Threads) != p.Threads {
				t.Errorf("rows have %d", rows)
			}
		})
	}
}

func TestUnixSocket(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	clean(t, mustRun(t, plan(t, newFake(t, l, store), readAndWrite)), 600)
}

func TestTLS(t *testing.T) {
	a := testkit.NewAuthority(t)
	cert := a.Issue("server")
	pem, err := os.ReadFile(a.File)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	f := newFake(t, tls.NewListener(local(t), &tls.Config{Certificates: []tls.Certificate{cert.TLS}}), store)
	p := plan(t, f, readAndWrite+"\nvalue big 200KB\ndo 1 SET {k:big} {big} -> OK")
	p.Pipeline = 4
	p.TLS = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	p.Workload.Roles[0].Tasks = p.Workload.Roles[0].Tasks[:3]
	out := mustRun(t, p)
	if all := out.Total.Total(); all.Done != 600 || all.Refused+all.Lost != 0 {
		t.Errorf("%+v %v", all.Counts, out.Faults)
	}
	p = plan(t, f, readAndWrite)
	p.TLS = &tls.Config{ServerName: "127.0.0.1"}
	if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
}

func TestLargeReplies(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, "keys k k:* 3\nvalue v 300KB..1MB\ndo 1 SET {k} {v} -> OK\ndo 1 GET {k} -> v or nil")
	p.Requests = 60
	clean(t, mustRun(t, p), 60)
}

// TestOpenLoop: a server that stops for a while makes everybody wait whose time comes meanwhile, and not only those who had sent.
func TestOpenLoop(t *testing.T) {
	const stop = 100 * time.Millisecond
	n := 0
	f := newFake(t, local(t), func(c *visitor, args []string) string {
		if n++; n == 100 {
			time.Sleep(stop)
		}
		return store(c, args)
	})
	p := plan(t, f, "do 1 PING -> PONG")
	p.Rate, p.Even = 2000, true
	out := mustRun(t, p)
	all := clean(t, out, 600)
	late := int64(0)
	for _, b := range all.Response.Distribution() {
		if b.From >= int64(stop/2) {
			late += b.Count
		}
	}
	if late < 95 { // half of the stop, 2000 a second
		t.Errorf("only %d requests have waited for half of the stop", late)
	}
	if out.Total.Lag == nil || all.Response.Max() < int64(stop) {
		t.Errorf("max %v", time.Duration(all.Response.Max()))
	}
}

func TestOpenLoopThatCannotKeepUp(t *testing.T) {
	f := newFake(t, local(t), func(*visitor, []string) string { time.Sleep(time.Millisecond); return "+PONG\r\n" })
	p := plan(t, f, "do 1 PING -> PONG")
	p.Rate, p.Even, p.Requests, p.Duration, p.Drain = 20000, true, 0, 100*time.Millisecond, 50*time.Millisecond
	out := mustRun(t, p)
	if out.Behind < 500 || out.Total.Total().Done+out.Behind > 2100 {
		t.Errorf("%d were not sent, %d answered", out.Behind, out.Total.Total().Done)
	}
}

func TestMissesAreStored(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, "keys k k:* 50\nvalue v 10\ndo 1 GET {k} -> v or nil\n  on nil SET {k} {v} -> OK")
	p.Threads, p.Clients = 1, 1
	out := mustRun(t, p)
	get, set := &out.Total.Classes[0], &out.Total.Classes[1]
	if get.Misses != set.Done || get.Misses > 50 || get.Hits == 0 || get.Hits+get.Misses != 600 || len(f.data) != int(set.Done) {
		t.Errorf("%+v %+v", get.Counts, set.Counts)
	}
}

func TestLiars(t *testing.T) {
	for name, reply := range map[string]string{"another value": "$3\r\nabc\r\n", "another type": ":1\r\n", "another status": "+NO\r\n"} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, local(t), func(*visitor, []string) string { return reply })
			out := mustRun(t, plan(t, f, "keys k k:* 9\nvalue v 10\ndo 1 GET {k} -> v"))
			if all := out.Total.Total(); all.Wrong != 600 || len(out.Faults) == 0 || !strings.Contains(out.Faults[0].Text, "the value of its key") {
				t.Errorf("%+v %v", all.Counts, out.Faults)
			}
		})
	}
}

// TestTroubles: servers that end connections, in the middle of a reply, too, that say what is no reply, or more than was asked for.
func TestTroubles(t *testing.T) {
	for name, c := range map[string]struct{ reply, fault string }{
		"closes":             {hangUp, "closed"},
		"no reply":           {"hello\r\n", "is no reply"},
		"a huge reply":       {"$99999999999999\r\n", "a string of"},
		"more than asked":    {"+OK\r\n+OK\r\n", "nobody has asked for"},
		"half a reply":       {"$10\r\nabc" + "\x00cut", "closed"},
		"an error by itself": {"+OK\r\n-ERR max number of clients reached\r\n", "max number"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			f := newFake(t, local(t), func(v *visitor, args []string) string {
				if n++; n%100 == 50 {
					if reply, cut := strings.CutSuffix(c.reply, "\x00cut"); cut {
						_, _ = v.Write([]byte(reply))
						return hangUp
					}
					return c.reply
				}
				return "+OK\r\n"
			})
			out := mustRun(t, plan(t, f, "keys k k:* 9\nvalue v 10\ndo 1 SET {k} {v} -> OK"))
			all := out.Total.Total()
			if all.Done+all.Lost != 600 || all.Done < 500 || out.Failed != nil {
				t.Errorf("%+v %v", all.Counts, out.Failed)
			}
			if len(out.Faults) == 0 || !strings.Contains(out.Faults[0].Text, c.fault) {
				t.Errorf("%v, want %q", out.Faults, c.fault)
			}
		})
	}
}

func TestServerThatDies(t *testing.T) {
	n := 0
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if n++; n == 100 {
			_ = v.Listener.Close()
			go v.hangUp()
		}
		return "+PONG\r\n"
	})
	p := plan(t, f, "do 1 PING -> PONG")
	p.GiveUp = 100 * time.Millisecond
	out := mustRun(t, p)
	if out.Failed == nil || !strings.Contains(out.Failed.Error(), "nobody has answered") || out.Total.Total().Done < 90 {
		t.Errorf("%v %+v", out.Failed, out.Total.Total().Counts)
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		if args[0] == "GET" {
			return ""
		}
		return "+OK\r\n"
	})
	p := plan(t, f, "keys k k:* 9\ndo 1 GET {k}")
	p.Timeout, p.Requests, p.Duration, p.Drain = 20*time.Millisecond, 0, 200*time.Millisecond, 50*time.Millisecond
	out := mustRun(t, p)
	if all := out.Total.Total(); all.Lost < 6 || all.Done != 0 || out.Faults[0].Text != errTimeout.Error() {
		t.Errorf("%+v %v", all.Counts, out.Faults)
	}
}

func TestNobodyThere(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, readAndWrite)
	_ = f.Close()
	if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "connecting to") {
		t.Error(err)
	}
}

func TestIntroduction(t *testing.T) {
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		switch args[0] {
		case "AUTH":
			if args[len(args)-1] != "secret" {
				return "-WRONGPASS no\r\n"
			}
		case "HELLO":
			return "%1\r\n+proto\r\n:3\r\n"
		}
		return "+OK\r\n"
	})
	p := plan(t, f, "keys k k:* 9\nvalue v 10\ndo 1 SET {k} {v} -> OK")
	p.User, p.Password, p.DB, p.Proto = "me", "secret", 3, 3
	clean(t, mustRun(t, p), 600)
	if f.count("auth") != 6 || f.count("hello") != 6 || f.count("select") != 6 {
		t.Error(f.count("auth"), f.count("hello"), f.count("select"))
	}
	p.Password = "wrong"
	if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Error(err)
	}
}

func TestReconnect(t *testing.T) {
	visitors := map[*visitor]bool{}
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		visitors[v] = true
		if v.commands > 10 {
			return "-ERR too many\r\n"
		}
		return "+PONG\r\n"
	})
	p := plan(t, f, "role r 1 reconnect 10\ndo 1 PING -> PONG")
	out := mustRun(t, p)
	connect := out.Total.Classes[1]
	if all := out.Total.Classes[0]; all.Done != 600 || all.Refused != 0 || len(visitors) < 60 || connect.Done < 50 {
		t.Errorf("%+v, %d connections, %d timed, %v", all.Counts, len(visitors), connect.Done, out.Faults)
	}
}

func TestMessages(t *testing.T) {
	subscribers := map[*visitor]bool{}
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		switch args[0] {
		case "SUBSCRIBE":
			subscribers[v] = true
			return "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
		case "PUBLISH":
			for s := range subscribers { // in any order
				_, _ = s.Write([]byte("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$20\r\n" + args[2] + "\r\n"))
			}
			return ":3\r\n"
		}
		return "-ERR\r\n"
	})
	p := plan(t, f, "role sub 1\nstart SUBSCRIBE a\nlisten\nrole pub 1\ndo 1 PUBLISH a {now} -> int")
	p.Requests = 200
	p.Threads = 1
	out := mustRun(t, p)
	message, publish := out.Total.Classes[1], out.Total.Classes[2]
	if publish.Done != 200 || message.Done < 500 || message.Service.Max() <= 0 {
		t.Errorf("%+v %+v", message.Counts, publish.Counts)
	}
}

// TestCluster: the nodes disagree with what they said first: half of the slots have moved, and some are on their way.
func TestCluster(t *testing.T) {
	var a, b *fake
	owner := func(key string) int { return int(slot.Of([]byte(key))) % 4 }
	node := func(me int) func(v *visitor, args []string) string {
		return func(v *visitor, args []string) string {
			switch args[0] {
			case "CLUSTER":
				text := "id1 " + a.Addr().String() + "@1 myself,master - 0 0 1 connected 0-16383\nid2 " + b.Addr().String() + "@1 master - 0 0 2 connected\n"
				return "$" + string(digits(len(text))) + "\r\n" + text + "\r\n"
			case "ASKING":
				v.asking = true
				return "+OK\r\n"
			}
			s := string(digits(int(slot.Of([]byte(args[1])))))
			asking := v.asking
			v.asking = false
			switch o := owner(args[1]); {
			case me == 0 && o == 1:
				return "-MOVED " + s + " " + b.Addr().String() + "\r\n"
			case me == 0 && o == 2:
				return "-ASK " + s + " " + b.Addr().String() + "\r\n"
			case me == 1 && (o == 0 || o == 3 || o == 2 && !asking):
				return "-MOVED " + s + " " + a.Addr().String() + "\r\n"
			}
			return store(v, args)
		}
	}
	la, lb := local(t), local(t)
	a = newFake(t, la, func(v *visitor, args []string) string { return node(0)(v, args) })
	b = newFake(t, lb, func(v *visitor, args []string) string { return node(1)(v, args) })
	p := plan(t, a, readAndWrite)
	p.Cluster, p.Pipeline = true, 4
	out := mustRun(t, p)
	all := clean(t, out, 600)
	if all.Moved == 0 || all.Asked == 0 || len(out.Nodes) != 2 || b.count("get")+b.count("set") == 0 {
		t.Errorf("%+v %v", all.Counts, out.Nodes)
	}
}

func digits(n int) []byte {
	var b []byte
	for ; n > 0 || len(b) == 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return b
}

func TestReplay(t *testing.T) {
	var order []string
	f := newFake(t, local(t), func(v *visitor, args []string) string {
		order = append(order, args[0])
		return "+OK\r\n"
	})
	p := plan(t, f, "do 1 PING")
	p.Requests, p.Clients = 0, 1
	p.Replay = &Log{Classes: []string{"a", "b"}, Speed: 2}
	for i := range 50 {
		p.Replay.Entries = append(p.Replay.Entries, Entry{At: int64(i) * int64(2*time.Millisecond), Client: i, Class: i % 2, Args: []string{string(digits(i))}})
	}
	begin := time.Now()
	out := mustRun(t, p)
	all := clean(t, out, 50)
	if strings.Join(order[:12], " ") != "0 1 2 3 4 5 6 7 8 9 10 11" || time.Since(begin) < 49*time.Millisecond || all.Response == nil {
		t.Errorf("%v after %v", order, time.Since(begin))
	}
}

func TestInterrupted(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, readAndWrite)
	p.Requests, p.Duration = 0, time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	p.OnRow = func(measure.Row, *measure.Set) { cancel() }
	out, err := Run(ctx, p)
	if err != nil || out.Total.Total().Done == 0 {
		t.Error(err)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	f := newFake(t, local(t), store)
	for name, change := range map[string]func(p *Plan){
		"no clients": func(p *Plan) { p.Clients = 0 }, "a rate below zero": func(p *Plan) { p.Rate = -1 }, "too fast": func(p *Plan) { p.Rate = 1e10 },
		"no end": func(p *Plan) { p.Requests = 0 }, "no network": func(p *Plan) { p.Network = "carrier pigeon" },
	} {
		p := plan(t, f, readAndWrite)
		change(p)
		if _, err := Run(context.Background(), p); err == nil {
			t.Error(name)
		}
	}
}

// TestThreadsLive: the threads that make a load go on when it is made, as they were before. A server that one of them has started
// would be killed with it.
func TestThreadsLive(t *testing.T) {
	f := newFake(t, local(t), store)
	p := plan(t, f, "do 1 PING -> PONG")
	p.Requests, p.Threads, p.CPUs = 1200, 6, []int{0}
	threads := map[string]bool{}
	p.OnRow = func(measure.Row, *measure.Set) {
		list, _ := os.ReadDir("/proc/self/task")
		for _, l := range list {
			threads[l.Name()] = true
		}
	}
	mustRun(t, p)
	for id := range threads { // in any order
		if _, err := os.Stat("/proc/self/task/" + id); err != nil {
			t.Errorf("thread %s has ended", id)
		}
	}
}
