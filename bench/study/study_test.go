package study

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigrun/bench/measure"
	"sigrun/bench/result"
	"sigrun/bench/workload"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// options are those of a command line.
func options(t *testing.T, w *workload.Workload, args ...string) *Options {
	t.Helper()
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	o := &Options{Workload: w}
	o.Register(f, Whole...)
	if err := f.Parse(append([]string{"--warm-up", "0s", "--seed", "5", "--interval", "50ms"}, args...)); err != nil {
		t.Fatal(err)
	}
	if err := o.Complete(); err != nil {
		t.Fatal(err)
	}
	return o
}

// little is a ready-made workload with few keys of everything.
func little(t *testing.T, name string) *workload.Workload {
	t.Helper()
	w, err := workload.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	text := w.Text
	for _, line := range strings.Split(w.Text, "\n") {
		if f := strings.Fields(line); len(f) > 3 && f[0] == "keys" && len(f[3]) > 2 {
			if text, err = workload.Set(text, "keys."+f[1], "50"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w, err = workload.Parse(name, text); err != nil {
		t.Fatal(err)
	}
	return w
}

func mustRun(t *testing.T, o *Options) *result.Result {
	t.Helper()
	r, err := Run(context.Background(), o, []string{"test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReadyMadeWorkloads runs all of them against both servers: whatever a workload expects is what they answer.
func TestReadyMadeWorkloads(t *testing.T) {
	for server, start := range map[string]func() string{"redis-server": func() string { return testkit.Redis(t) }, "Sigrun": func() string { return nodetest.Start(t) }} {
		t.Run(server, func(t *testing.T) {
			addr := start()
			for _, name := range workload.Ready() {
				r := mustRun(t, options(t, little(t, name), "--addr", addr, "--clients", "10", "--pipeline", "2", "--requests", "300", "--duration", "10m"))
				// Who waits for what nobody sends any more has no answer at the end.
				if t1 := &r.Total; t1.Wrong+t1.Refused+t1.Lost != 0 || t1.Done < 280 || len(r.Faults) != 0 || r.Failed != "" {
					t.Errorf("%s: %+v %v %s", name, t1.Counts, r.Faults, r.Failed)
				}
				if r.Server.Version == "" || r.Server.Config["maxmemory"] == "" || r.Host.Kernel == "" {
					t.Errorf("%s: %+v", name, r.Server)
				}
			}
		})
	}
}

// TestAgain: a run that is repeated from its result does the same.
func TestAgain(t *testing.T) {
	addr := testkit.Redis(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	o := options(t, little(t, "sessions"), "--addr", addr, "--clients", "1", "--requests", "500", "--json", path, "--csv", filepath.Join(dir, "r.csv"),
		"--html", filepath.Join(dir, "r.html"), "--hdr", filepath.Join(dir, "r.hdr"))
	first := mustRun(t, o)
	if err := o.Keep(first); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"r.csv", "r.html", "r.hdr"} {
		if s, err := os.Stat(filepath.Join(dir, name)); err != nil || s.Size() == 0 {
			t.Error(name, err)
		}
	}
	read, err := result.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := workload.Parse(read.Workload.Name, read.Workload.Text)
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	for k, v := range read.Options { // in any order
		args = append(args, "--"+k+"="+v)
	}
	second := mustRun(t, options(t, w, args...))
	for i := range first.Classes {
		if a, b := first.Classes[i], second.Classes[i]; a.Done != b.Done || a.Out != b.Out || a.Name != b.Name {
			t.Errorf("%+v, and then %+v", a.Counts, b.Counts)
		}
	}
	if first.Seed != 5 || second.Seed != 5 {
		t.Error(first.Seed, second.Seed)
	}
	var b bytes.Buffer
	Table(&b, read)
	if text := b.String(); !strings.Contains(text, "hgetall") || !strings.Contains(text, "closed loop") || !strings.Contains(text, "Load generator") {
		t.Error(text)
	}
}

// TestSecretsStayOut: neither passwords nor secrets are kept in results.
func TestSecretsStayOut(t *testing.T) {
	addr := testkit.Redis(t)
	testkit.MustDial(t, addr).Do("CONFIG", "SET", "requirepass", "geheim")
	o := options(t, little(t, "get"), "--addr", addr, "--clients", "2", "--requests", "50", "--password", "geheim", "--secret", "wort")
	data, err := mustRun(t, o).Marshal()
	if err != nil || strings.Contains(string(data), "geheim") || strings.Contains(string(data), `"wort"`) {
		t.Errorf("%v: a secret is in the result", err)
	}
	o = options(t, little(t, "get"), "--addr", addr, "--clients", "2", "--requests", "50", "--password", "falsch")
	if _, err := Run(context.Background(), o, nil, nil); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Error(err)
	}
}

func TestWhatCannotBeKeptIsToldBefore(t *testing.T) {
	o := options(t, little(t, "ping"), "--addr", "127.0.0.1:1", "--json", "/no/such/folder/r.json")
	if _, err := Run(context.Background(), o, nil, nil); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	for _, bad := range [][]string{{"--clients", "0"}, {"--pipeline", "0"}, {"--rate", "-1"}, {"--rate", "NaN"}, {"--rate", "1e12"}, {"--duration", "0s"}, {"--resp", "4"}, {"--speed", "0"},
		{"--threads", "-1"}, {"--tls-cert", "x"}, {"--interval", "1us"}} {
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
}

func TestEvents(t *testing.T) {
	list, err := parseEvents("file", "# comment\n2s @10.0.0.1:6379 FAILOVER\n\n1s CONFIG SET save \"\"\n3s ! echo hello\n")
	if err != nil || len(list) != 3 || list[0].String() != "CONFIG SET save " || list[1].addr != "10.0.0.1:6379" || !list[2].shell {
		t.Fatal(list, err)
	}
	for text, want := range map[string]string{"soon PING": "no time", "1s": "want: TIME", "\n1s @a:1": "line 2", "1s \"": "not closed", "-1s PING": "no time", "9999999h PING": "no time"} {
		if _, err := parseEvents("file", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEventsArePlayed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(path, []byte("0s CONFIG SET hz 50\n1ms NOSUCH\n2ms ! echo hello\n3ms @127.0.0.1:1 PING\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, little(t, "ping"), "--addr", testkit.Redis(t), "--rate", "1000", "--duration", "500ms", "--events", path)
	r := mustRun(t, o)
	want := []string{"+OK\r\n", "-ERR unknown command", "hello\n", "failed: "}
	if len(r.Events) != len(want) {
		t.Fatalf("%+v", r.Events)
	}
	for i, e := range r.Events {
		if !strings.HasPrefix(e.Reply, want[i]) || e.At < 0 {
			t.Errorf("%+v, want %q", e, want[i])
		}
	}
	if !r.Load.Open || r.Total.ResponseHistogram == "" {
		t.Error("no open loop")
	}
}

func TestReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := "OK\n1339518083.107412 [0 127.0.0.1:60866] \"set\" \"a\" \"x \\\"y\\\" \\x00\"\n+1339518083.117412 [0 127.0.0.1:60867] \"GET\" \"a\"\n" +
		"1339518083.117500 [0 lua] \"get\" \"a\"\nINCR n\n"
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	l, recording, err := readLog(path, 1)
	if err != nil || len(l.Entries) != 3 || (l.Entries[1].At+500000)/1000000 != 10 || l.Entries[1].Client == l.Entries[0].Client || l.Entries[0].Args[2] != "x \"y\" \x00" ||
		strings.Join(l.Classes, " ") != "set get incr" || recording.Bytes != int64(len(log)) {
		t.Fatalf("%+v, %+v, %v", l, recording, err)
	}
	r := mustRun(t, options(t, nil, "--addr", testkit.Redis(t), "--replay", path))
	if r.Total.Done != 3 || r.Total.Refused != 0 || r.Failed != "" {
		t.Errorf("%+v %v", r.Total.Counts, r.Faults)
	}
	again := func(text string, args ...string) error {
		_ = os.WriteFile(path, []byte(text), 0o600)
		o := options(t, nil, args...)
		if err := o.Again("before", r); err != nil {
			return err
		}
		return o.Complete()
	}
	if err := again(log); err != nil {
		t.Errorf("the same recording: %v", err)
	}
	if err := again(log + "PING\n"); err == nil || !strings.Contains(err.Error(), "another recording") {
		t.Errorf("another recording: %v", err)
	}
	if err := again(log+"PING\n", "--replay", path); err != nil {
		t.Errorf("another recording, asked for: %v", err)
	}
	for text, want := range map[string]string{"": "holds no commands", "x [0 a:1] \"get\"": "no time", "1.5 [0 a:1 get": "want: TIME", "get \"a": "not closed"} {
		_ = os.WriteFile(path, []byte(text), 0o600)
		if _, _, err := readLog(path, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCompare(t *testing.T) {
	addr := testkit.Redis(t)
	o := options(t, little(t, "ping"), "--clients", "4", "--duration", "30ms", "--interval", "10ms")
	c, err := Compare(context.Background(), o, addr, "redis-server --port {port} --save {} --appendonly no", 3, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Figures) != 4 || len(c.Figures[0].A) != 3 || c.Figures[0].Verdict() != "too few rounds to tell" || c.A.Kind != "Redis" {
		t.Errorf("%+v", c)
	}
	var b bytes.Buffer
	ComparisonTable(&b, c)
	if !strings.Contains(b.String(), "throughput") {
		t.Error(b.String())
	}
	if _, err := Compare(context.Background(), o, addr, "no-such-server {port}", 1, nil, nil); err == nil {
		t.Error("a server that cannot be started")
	}
}

func TestPromise(t *testing.T) {
	o := options(t, little(t, "ping"), "--clients", "4", "--duration", "40ms", "--interval", "10ms")
	p, err := Promise(context.Background(), o, testkit.Redis(t), 99, int64(time.Hour), 0.5, nil, nil)
	if err != nil || len(p.Tries) == 0 || p.Tries[0].Rate == 0 || p.Server.Kind != "Redis" {
		t.Fatalf("%+v, %v", p, err)
	}
	var b bytes.Buffer
	PromiseTable(&b, p)
	if !strings.Contains(b.String(), "highest rate") {
		t.Error(b.String())
	}
}

func TestSweep(t *testing.T) {
	o := options(t, little(t, "set"), "--requests", "200")
	var axes []result.Axis
	for _, text := range []string{"clients=1,4", "value.page=10,1KB", "ver=yes,no"} {
		a, err := Axis(text)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, a)
	}
	s, err := Sweep(context.Background(), o, []string{"redis-server --port {port} --save {} --appendonly no --activerehashing {ver}"}, axes, nil, nil)
	if err != nil || len(s.Points) != 8 || s.Points[7].Rate == 0 || strings.Join(s.Points[7].Settings, " ") != "4 1KB no" {
		t.Fatalf("%+v, %v", s, err)
	}
	var b bytes.Buffer
	SweepTable(&b, s)
	if !strings.Contains(b.String(), "value.page") {
		t.Error(b.String())
	}
	for _, bad := range []result.Axis{{Name: "moon", Values: []string{"1"}}, {Name: "clients", Values: []string{"x"}}, {Name: "cores", Values: []string{"0"}}, {Name: "value.no", Values: []string{"1"}}} {
		if _, err := Sweep(context.Background(), o, []string{"127.0.0.1:1"}, []result.Axis{bad}, nil, nil); err == nil {
			t.Error(bad)
		}
	}
	for _, bad := range []string{"", "x", "x=", "=1"} {
		if _, err := Axis(bad); err == nil {
			t.Error(bad)
		}
	}
}

func TestEfficiency(t *testing.T) {
	s := &result.Sweep{Axes: []result.Axis{{Name: "keys"}, {Name: "cores"}}}
	for _, p := range []struct {
		keys, cores string
		rate        float64
	}{{"a", "1", 100}, {"a", "4", 300}, {"b", "1", 50}, {"b", "4", 200}} {
		s.Points = append(s.Points, result.Point{Settings: []string{p.keys, p.cores}, Rate: p.rate})
	}
	Efficiency(s)
	for i, want := range []float64{1, 0.75, 1, 1} {
		if s.Points[i].Efficiency != want {
			t.Errorf("%d: %g", i, s.Points[i].Efficiency)
		}
	}
}

// TestTogether: two generators begin at once and share the load.
func TestTogether(t *testing.T) {
	addr := testkit.Redis(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	agent := l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Agent(ctx, l, "word", io.Discard) }()
	t.Cleanup(func() { cancel(); <-done })
	args := []string{"--addr", addr, "--clients", "3", "--requests", "400", "--agents", agent, "--secret"}
	r, err := Together(context.Background(), options(t, little(t, "get"), append(args, "word")...), []string{"test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.Total.Histogram()
	if r.Total.Done != 400 || r.Load.Clients != 6 || len(r.Others) != 1 || err != nil || h.TotalCount() != 400 {
		t.Errorf("%+v %v", r.Total.Counts, err)
	}
	if _, err := Together(context.Background(), options(t, little(t, "get"), append(args, "wrong")...), nil, nil); err == nil || !strings.Contains(err.Error(), "secret is wrong") {
		t.Error(err)
	}
	for _, rubbish := range []string{"\n", "{}\n", "x"} {
		c, err := net.Dial("tcp", agent)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(rubbish))
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.ReadAll(c)
		_ = c.Close()
	}
}

func TestOrders(t *testing.T) {
	for _, bad := range []string{`{"options":{"clients":"x"}}`, `{"options":{"nosuch":"1"}}`, `{"workload":{"text":"dance"}}`, `{"options":{"clients":"0"},"workload":{"text":"do 1 PING"}}`} {
		var o order
		if err := json.Unmarshal([]byte(bad), &o); err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.plan(); err == nil {
			t.Error(bad)
		}
	}
}

func TestNumbersForTheEye(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 999: "999", 12345: "12.3 k", 1234567: "1.23 M", 123456789: "123 M"} {
		if got := Amount(f); got != want {
			t.Errorf("%g: %s", f, got)
		}
	}
	for ns, want := range map[int64]string{0: "0", 1500: "1.5 us", 2500000: "2.5 ms", 3e9: "3 s", 5e12: "5000 s"} {
		if got := Time(ns); got != want {
			t.Errorf("%d: %s", ns, got)
		}
	}
}

func FuzzReplay(f *testing.F) {
	f.Add("1339518083.107412 [0 127.0.0.1:60866] \"set\" \"a\"\nGET a\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := &logReader{clients: map[string]int{}, classes: map[string]int{}}
		l.Log = newLog(1)
		for _, line := range strings.Split(text, "\n") {
			if l.take(line) != nil {
				return
			}
		}
		for _, e := range l.Entries {
			if e.Class >= len(l.Classes) || len(e.Args) == 0 || e.At < 0 {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func FuzzEvents(f *testing.F) {
	f.Add("1s CONFIG SET a b\n2s ! x\n3s @a:1 PING")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseEvents("fuzz", text)
		for i := range list {
			if err != nil || len(list[i].args) == 0 || i > 0 && list[i].at < list[i-1].at {
				t.Fatal(list, err)
			}
		}
	})
}

// TestJudge: what a run says of a promise.
func TestJudge(t *testing.T) {
	run := func(change func(r *result.Result)) *result.Result {
		set, sums := measure.NewSet(1), measure.NewSums(1)
		for i := range int64(1000) {
			set.Classes[0].RecordBoth(1000, (i+1)*1000)
		}
		sums.Take(set)
		r := &result.Result{Rate: 1000, Total: result.ClassOf("all", &sums.Classes[0], 1)}
		change(r)
		return r
	}
	for want, r := range map[string]*result.Result{
		"":                run(func(*result.Result) {}),
		"too slow":        run(func(r *result.Result) { r.Total.Response.P50 = 1 }),
		"it falls behind": run(func(r *result.Result) { r.Late = 100 }),
		"it was dark":     run(func(r *result.Result) { r.Failed = "it was dark" }),
		"1 requests were refused, lost or answered wrongly": run(func(r *result.Result) { r.Total.Lost = 1 }),
	} {
		limit := int64(995e3)
		if want == "too slow" {
			limit = 980e3
		}
		if try, err := judge(r, 1000, 99, limit); err != nil || try.Reason != want || try.Good != (want == "") {
			t.Errorf("%q: %+v, %v", want, try, err)
		}
	}
}
