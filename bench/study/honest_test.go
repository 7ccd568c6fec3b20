package study

import (
	"bufio"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/peer"
	"sigrun/bench/result"
	"sigrun/bench/workload"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDiscreet: no password stands in a command line that is kept.
func TestDiscreet(t *testing.T) {
	for in, want := range map[string]string{
		"run get --password geheim --pipeline 4":         "run get --password *** --pipeline 4",
		"run get -password=geheim --secret=wort":         "run get -password=*** --secret=***",
		"--secret wort":                                  "--secret ***",
		"--a|valkey-server --requirepass geheim --hz 10": "--a|valkey-server --requirepass *** --hz 10",
		"CONFIG SET requirepass geheim":                  "CONFIG SET requirepass ***",
		"AUTH me geheim":                                 "AUTH *** ***",
		"ACL SETUSER me on >geheim ~*":                   "ACL SETUSER me on >*** ~*",
		"redis-cli -a geheim PING":                       "redis-cli -a *** PING",
		"compare get --a x --b y":                        "compare get --a x --b y",
	} {
		split := " "
		if strings.Contains(in, "|") {
			split = "|"
		}
		if got := strings.Join(Discreet(strings.Split(in, split)), split); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestHelpKeepsSecrets: what comes from the environment does not stand in the help.
func TestHelpKeepsSecrets(t *testing.T) {
	t.Setenv(passwordVariable, "geheim")
	t.Setenv(SecretVariable, "wort")
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	o := &Options{}
	o.Register(f, Whole...)
	f.VisitAll(func(g *flag.Flag) {
		if strings.Contains(g.DefValue+g.Usage, "geheim") || strings.Contains(g.DefValue+g.Usage, "wort") {
			t.Error(g.Name)
		}
	})
	if err := o.Complete(); err != nil || o.password != "geheim" || o.secret != "wort" {
		t.Error(err, o.password, o.secret)
	}
}

// TestThreadsFollowClients: how many threads there are is said anew for every plan.
func TestThreadsFollowClients(t *testing.T) {
	o := options(t, little(t, "ping"), "--clients", "1")
	if err := o.Complete(); err != nil || o.loadThreads() != 1 {
		t.Fatal(err, o.loadThreads())
	}
	o.clients = 100000
	if n := o.loadThreads(); n != max(len(host.Allowed())/2, 1) {
		t.Error(n)
	}
}

// TestLogThatCannotBeWritten: a histogram log that fails in the run takes nothing else with it.
func TestLogThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { // who reads a little and goes
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		for in := bufio.NewScanner(f); in.Scan() && !strings.Contains(in.Text(), "Tag="); {
		}
	}()
	o := options(t, little(t, "ping"), "--addr", testkit.Redis(t), "--rate", "1000", "--duration", "500ms", "--hdr", path, "--interval", "10ms")
	r, err := Run(context.Background(), o, nil, nil)
	if r == nil || r.Total.Done < 400 || err == nil || !strings.Contains(err.Error(), "writing "+path) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInterruptedRunsAreVoid(t *testing.T) {
	o := options(t, little(t, "ping"), "--addr", testkit.Redis(t), "--duration", "1h")
	ctx, cancel := context.WithCancel(context.Background())
	seen := writerFunc(func(b []byte) (int, error) { // the first line of progress is behind an interval
		if strings.Contains(string(b), "p99") {
			cancel()
		}
		return len(b), nil
	})
	r, err := Run(ctx, o, nil, seen)
	if err != nil || r.Total.Done == 0 || !strings.Contains(strings.Join(r.Void, " "), "interrupted") {
		t.Errorf("%+v, %v", r, err)
	}
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestServerThatIsGone: who is gone has taken nothing, and nothing below that.
func TestServerThatIsGone(t *testing.T) {
	s, err := peer.Start("gone", "redis-server --port {port} --save \"\"", "")
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			s.Stop()
		}
	}()
	for _, pid := range []int{0, s.PID()} {
		w, err := lookAt(client.Target{Network: "tcp", Addr: s.Addr()}, pid)
		if err != nil {
			t.Fatal(err)
		}
		defer w.close()
		w.facts.PID = pid
		w.begin()
		defer func() {
			facts, _ := w.end(100)
			if facts.CPU != 0 || facts.Cores != 0 || len(facts.Changed) != 0 {
				t.Errorf("%+v", facts)
			}
		}()
	}
	s.Stop()
	stopped = true
}

// TestInside: Sigrun tells what its commands waited for. In chaos they wait, however few cores the machine gives.
func TestInside(t *testing.T) {
	r := mustRun(t, options(t, little(t, "ratelimit"), "--addr", nodetest.Start(t, testkit.Modes()[2].Config...), "--clients", "4", "--requests", "2000"))
	in := r.Server.Inside
	if in == nil || len(in.Delays) == 0 {
		t.Fatalf("%+v", in)
	}
	at := slices.IndexFunc(in.Delays, func(d result.Delays) bool { return d.Command == "eval" })
	if at < 0 || in.Delays[at].Run.Count < 1000 || in.Delays[at].Run.P99 < in.Delays[at].Run.P50 || in.Delays[at].Run.P50 == 0 || in.Delays[at].Ring.Count < 1 {
		t.Errorf("%+v", in.Delays)
	}
	if _, ok := in.PerCommand["calls_executed"]; !ok {
		t.Errorf("%+v", in.PerCommand)
	}
}

func TestDelays(t *testing.T) {
	list := strings.Fields("get ring_delay count 0 histogram_usec run count 10 histogram_usec 1 8 4 10 write_delay count 1 histogram_usec 2 1 info run count 1 histogram_usec 1 1 set ring_delay count 0 histogram_usec run count 1 histogram_usec 1 1 write_delay count 0 histogram_usec")
	before := readDelays(strings.Fields("get ring_delay count 0 histogram_usec run count 8 histogram_usec 1 8 write_delay count 0 histogram_usec"))
	in := insideOf(map[string]float64{"calls_handed_off": 5, "x": 1}, before, readDelays(list), 10)
	if len(in.Delays) != 2 || in.Delays[0].Command != "get" || in.Delays[0].Run != (result.Spread{Count: 2, P50: 4, P99: 4, Most: 4}) ||
		in.Delays[0].Write.Count != 1 || in.Delays[1].Run.Count != 1 || in.PerCommand["calls_handed_off"] != 0.5 || len(in.PerCommand) != 1 {
		t.Errorf("%+v", in)
	}
	for _, bad := range []string{"run", "get run", "get run count x", "run count 1 histogram_usec 1 1"} {
		if d := readDelays(strings.Fields(bad)); d != nil {
			t.Errorf("%q: %v", bad, d)
		}
	}
}

// TestFillers: what fills in takes no more memory for large values than for small ones.
func TestFillers(t *testing.T) {
	for size, want := range map[string][2]int{"32": {50, 64}, "64KB": {50, 3}, "2MB": {31, 1}, "100MB": {1, 1}} {
		w, err := workload.Parse("test", "keys k k:* 10\nvalue v "+size+"\nfill k SET {k} {v}\ndo 1 GET {k}")
		if err != nil {
			t.Fatal(err)
		}
		if n, pipeline := fillers(1000, w.Fills[0]); n != want[0] || pipeline != want[1] {
			t.Errorf("%s: %d connections, pipeline %d", size, n, pipeline)
		}
	}
}

// TestSweepSaysWhatItDid: a server that runs already is not bound to cores, and servers of one program are told apart.
func TestSweepSaysWhatItDid(t *testing.T) {
	addr := testkit.Redis(t)
	o := options(t, little(t, "ping"), "--requests", "100")
	cores := []result.Axis{{Name: "cores", Values: []string{"1"}}}
	if _, err := Sweep(context.Background(), o, []string{addr}, cores, nil, nil); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Error(err)
	}
	clients := []result.Axis{{Name: "clients", Values: []string{"1"}}}
	s, err := Sweep(context.Background(), o, []string{addr, addr}, clients, nil, nil)
	if err != nil || len(s.Points) != 2 || s.Points[0].Server == s.Points[1].Server || len(s.Servers) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = Sweep(context.Background(), o, []string{"redis-server --port {port} --save {}"}, cores, nil, nil)
	if err != nil || !strings.HasPrefix(s.Points[0].Pinned, host.ListOf(host.Allowed()[:1])+" |") {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestOptionsGoTogether: what cannot be done is said.
func TestOptionsGoTogether(t *testing.T) {
	for _, bad := range [][]string{{"--replay", "x", "--cluster"}, {"--replay", "x", "--agents", "a:1"}, {"--hdr", "x", "--agents", "a:1"}, {"--timeout", "0s"}, {"--drain", "-1s"}} {
		f := flag.NewFlagSet("test", flag.ContinueOnError)
		o := &Options{}
		o.Register(f, Whole...)
		if err := f.Parse(bad); err != nil {
			t.Fatal(err)
		}
		if err := o.Complete(); err == nil {
			t.Error(bad)
		}
	}
	o := options(t, little(t, "ping"), "--drain", "0s")
	if p, err := o.Plan(); err != nil || p.Drain > time.Microsecond {
		t.Error(p.Drain, err)
	}
}

// TestMonitorsWords: bytes come back as they were.
func TestMonitorsWords(t *testing.T) {
	l := &logReader{clients: map[string]int{}, classes: map[string]int{}, Log: newLog(1)}
	for _, line := range []string{`1.5 [3 127.0.0.1:1] "set" "\a\b\x01" "x"`, `1.6 [0 127.0.0.1:1] "get" "a"`, `ping`} {
		if err := l.take(line); err != nil {
			t.Fatal(err)
		}
	}
	if e := l.Entries; e[0].Args[1] != "\x07\x08\x01" || e[0].DB != 3 || e[1].DB != 0 || e[1].Client != e[0].Client || e[2].DB != -1 {
		t.Errorf("%+v", l.Entries)
	}
}
