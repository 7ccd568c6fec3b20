package study

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/result"
	"sigrun/internal/testkit"
)

// settled are the options of a command line, and why they cannot be.
func settled(t *testing.T, args ...string) (*Options, error) {
	t.Helper()
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	o := &Options{Workload: little(t, "ping")}
	o.Register(f, Whole...)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o, o.Complete()
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSenselessOptions: what makes no sense is refused with the reason.
func TestSenselessOptions(t *testing.T) {
	for line, want := range map[string]string{
		"--speed NaN": "--speed", "--speed Inf": "--speed", "--rate NaN": "--rate", "--requests -1": "--requests", "--db -1": "--db", "--pid -5": "no such process",
		"--pid 4194305": "no such process", "--tls-insecure": "without --tls", "--tls-ca x": "without --tls", "--tls-name x": "without --tls", "--tls-any-name": "without --tls",
		"--tls --tls-any-name --tls-insecure": "neither with", "--cpus 999": "core 999 is not there", "--cpus 0-x": "no list of cores", "--replay x --rate 5": "times of its own",
		"--tls --tls-ca /dev/zero": "too large", "--events /dev/zero": "too large", "--replay /dev/zero": "too long", "--tls --tls-ca /no/such": "no such file",
	} {
		if _, err := settled(t, strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := Workload("/dev/zero"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
	if _, err := Workload("nosuch"); err == nil || !strings.Contains(err.Error(), "cache") {
		t.Error(err)
	}
	if w, err := Workload(written(t, "do 1 PING\r\n")); err != nil || len(w.Roles) != 1 {
		t.Error(err)
	}
}

// TestRecordings: lines of MONITOR that are none, and times that never come, are refused.
func TestRecordings(t *testing.T) {
	for text, want := range map[string]string{
		"1.5 [zz 1] \"GET\" \"a\"": "no number of a database", "NaN [0 1] \"a\"": "no time", "1e300 [0 1] \"a\"": "no time", "-1 [0 1] \"a\"": "no time",
		"1000.0 [0 1] \"PING\"\n8000000000 [0 1] \"PING\"": "--duration",
	} {
		if _, err := settled(t, "--replay", written(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	path := written(t, "1000.0 [0 1] \"PING\"\n1002.0 [0 1] \"PING\"")
	if _, err := settled(t, "--replay", path, "--speed", "1e-9"); err == nil || !strings.Contains(err.Error(), "--duration") {
		t.Error(err)
	}
	o, err := settled(t, "--replay", path, "--speed", "1e-9", "--duration", "30ms", "--addr", testkit.Redis(t), "--warm-up", "0s")
	if err != nil {
		t.Fatal(err)
	}
	if r := mustRun(t, o); r.Total.Done != 1 || r.Seconds > 1 {
		t.Errorf("%+v in %g s", r.Total.Counts, r.Seconds)
	}
}

// TestSlowEvents: one that takes its time holds none up, what it has begun ends with the run, and what was not done is said.
func TestSlowEvents(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	path := written(t, fmt.Sprintf("0s ! \"sleep 1000 & echo $! >%s; sleep 1000\"\n0s ! \"echo never\"\n20ms PING\n30ms ! \"sleep 1001 & echo $! >%s; exit 3\"\n9s PING\n", pids, pids+"2"))
	addr := testkit.Redis(t)
	o, err := settled(t, "--events", path, "--addr", addr, "--warm-up", "0s", "--rate", "2000", "--requests", "8000", "--clients", "4")
	if err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, o)
	if len(r.Events) != 5 || r.Events[0].Missed != result.CutOff || r.Events[1].Missed != result.NotBegun || r.Events[2].Reply != "+PONG\r\n" ||
		!strings.Contains(r.Events[3].Reply, "exit status 3") || len(r.Events[3].Reply) > 300 || r.Events[4].Missed != result.NotBegun || r.Script == "" {
		t.Errorf("%+v", r.Events)
	}
	for _, path := range []string{pids, pids + "2"} { // of a command that is not over, and of one that is
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		for runs(pid) { // it was killed: whoever takes it over has to notice
			time.Sleep(time.Millisecond)
		}
	}
	var b bytes.Buffer
	Table(&b, r)
	if !strings.Contains(b.String(), "9.0 s: PING: "+result.NotBegun) {
		t.Error(b.String())
	}
}

// runs tells whether a process is there and no corpse.
func runs(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// TestEventsThatCannotBe are refused before the run.
func TestEventsThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{"9000s PING": "the run is over", "1s @ PING": "no HOST:PORT", "1s @host PING": "no HOST:PORT", "1s @host: PING": "no HOST:PORT"} {
		if _, err := settled(t, "--events", written(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// again repeats a result with options beside it.
func again(t *testing.T, r *result.Result, args ...string) (*Options, error) {
	t.Helper()
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	o := &Options{}
	o.Register(f, Whole...)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	err := o.Again("r.json", r)
	if err == nil {
		err = o.Complete()
	}
	return o, err
}

// TestAgainElsewhere: a result has the events with it, and no passwords of theirs.
func TestAgainElsewhere(t *testing.T) {
	addr := testkit.Redis(t)
	path := written(t, "# what happens\n1ms CONFIG SET hz 50\n")
	o, err := settled(t, "--events", path, "--addr", addr, "--duration", "100ms", "--warm-up", "0s", "--clients", "2")
	if err != nil {
		t.Fatal(err)
	}
	first := mustRun(t, o)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	data, err := first.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read, err := result.Read(written(t, string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if o, err = again(t, read); err != nil {
		t.Fatal(err)
	}
	if second := mustRun(t, o); len(second.Events) != 1 || second.Events[0].Reply != "+OK\r\n" || second.Script != first.Script {
		t.Errorf("%+v", second.Events)
	}
	if s := discreetScript("1s PING\n2s CONFIG SET requirepass geheim\n"); strings.Contains(s, "geheim") || !strings.HasPrefix(s, "1s PING\n") {
		t.Error(s)
	}
}

// TestForeignResults: a result that says more than results do writes nothing and runs nothing of its own.
func TestForeignResults(t *testing.T) {
	text := result.Workload{Name: "x", Text: "do 1 PING"}
	for _, name := range outputs {
		if _, err := again(t, &result.Result{Workload: text, Options: map[string]string{name: "true"}}); err == nil || !strings.Contains(err.Error(), "to be given now") {
			t.Errorf("%s: %v", name, err)
		}
	}
	shell := &result.Result{Workload: text, Script: "1s ! true"}
	if _, err := again(t, shell); err == nil || !strings.Contains(err.Error(), "--shell-events") {
		t.Error(err)
	}
	if _, err := again(t, shell, "--shell-events"); err != nil {
		t.Error(err)
	}
	if _, err := again(t, &result.Result{Workload: text, Script: "1s AUTH ***"}); err == nil || !strings.Contains(err.Error(), "passwords are not kept") {
		t.Error(err)
	}
	if o, err := again(t, &result.Result{Workload: text, Options: map[string]string{"tls": "true", "tls-insecure": "true"}}, "--tls=false"); err != nil || o.secure || o.insecure {
		t.Error(err)
	}
}

// TestAnyName: who cannot name a server still knows who has signed for it.
func TestAnyName(t *testing.T) {
	a, b := testkit.NewAuthority(t), testkit.NewAuthority(t)
	cert := a.Issue("Generic-cert", func(c *x509.Certificate) { c.IPAddresses = nil })
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert.TLS}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	for _, c := range []struct {
		args []string
		want string
	}{{[]string{"--tls-any-name", "--tls-ca", a.File}, ""}, {[]string{"--tls-any-name", "--tls-ca", b.File}, "unknown authority"}, {[]string{"--tls-any-name"}, "unknown authority"},
		{[]string{"--tls-ca", a.File}, "SAN"}} {
		o, err := settled(t, append([]string{"--tls", "--addr", l.Addr().String()}, c.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		target := o.Target()
		conn, err := client.Ask(&target)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
}

// TestAgentThatDies: a result in which the part of a generator is missing says so.
func TestAgentThatDies(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, "ready\n")
		var b [4096]byte
		for n := 0; n == 0 || !bytes.Contains(b[:n], []byte("go\n")); {
			if n, err = c.Read(b[:]); err != nil {
				break
			}
		}
		_ = c.Close()
	}()
	o, err := settled(t, "--addr", testkit.Redis(t), "--agents", l.Addr().String(), "--secret", "word", "--requests", "100", "--warm-up", "0s", "--clients", "2")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Together(context.Background(), o, nil, nil)
	if err == nil || r == nil || !strings.Contains(strings.Join(r.Void, " "), l.Addr().String()) {
		t.Fatalf("%+v, %v", r, err)
	}
	data, err := r.Marshal()
	if err != nil || !strings.Contains(string(data), `"Interrupted": "true"`) {
		t.Error(err)
	}
}

// TestPrintable: what a server says gives the terminal no orders.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{"größe\n\tx": "größe\n\tx", "a\x1b[31m\x07": `a\x1b[31m\x07`, "\xff\r": `\xff\x0d`, "\u0085\u202e": `\u0085\u202e`} {
		if got := Printable(in); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	evil := "\x1b]0;x\x07"
	r := &result.Result{Server: result.Server{Version: evil}, Faults: []result.Fault{{Text: evil, Count: 1}, {Text: "y", Count: 2}}, Void: []string{evil},
		Events: []result.Event{{Reply: evil + "\nVOID: b"}}, Classes: []result.Class{{Name: evil}}}
	var b bytes.Buffer
	Table(&b, r)
	PromiseTable(&b, &result.Promise{Server: result.Server{Version: evil}, Tries: []result.Try{{Reason: evil}}})
	ComparisonTable(&b, &result.Comparison{Void: []string{evil}, Figures: []result.Figure{{}}})
	SweepTable(&b, &result.Sweep{Points: []result.Point{{Server: evil}}})
	if text := b.String(); strings.ContainsAny(text, "\x1b\x07") || strings.Contains(text, "\nVOID: b") || !strings.Contains(text, "once: ") || !strings.Contains(text, "2 times: y") {
		t.Errorf("%q", text)
	}
}

// TestFiguresOfInfo: only numbers are taken for such.
func TestFiguresOfInfo(t *testing.T) {
	if n := numbers(map[string]string{"a": "NaN", "b": "Inf", "c": "1e999", "d": "1e300", "e": "-5", "f": "1.5"}); len(n) != 2 || n["e"] != -5 || n["f"] != 1.5 {
		t.Error(n)
	}
	if u, _ := usedBy(map[string]float64{"used_cpu_user": 1e18, "used_cpu_sys": -1e18}); u.CPU() < 0 {
		t.Error(u)
	}
	if _, err := json.Marshal(numbers(map[string]string{"a": "nan"})); err != nil {
		t.Error(err)
	}
}

// TestResultsInOnePlace: neither a folder nor the file of another result is taken for one.
func TestResultsInOnePlace(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "r")
	for _, args := range [][]string{{"--json", dir}, {"--json", file, "--csv", file}, {"--json", file, "--html", filepath.Join(dir, ".", "r")}} {
		o, err := settled(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Writable(); err == nil {
			t.Error(args)
		}
	}
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if o, _ := settled(t, "--json", file); o.Writable() != nil {
		t.Error("a pipe")
	}
}

// TestServersThatWantMore: who wants a password, or TLS, is not loaded with what it can only refuse.
func TestServersThatWantMore(t *testing.T) {
	addr := testkit.Redis(t)
	testkit.MustDial(t, addr).Do("CONFIG", "SET", "requirepass", "geheim")
	if _, err := lookAt(client.Target{Network: "tcp", Addr: addr}, 0); err == nil || !strings.Contains(err.Error(), "wants a password") {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 100))
			_ = c.Close()
		}
	}()
	if _, err := lookAt(client.Target{Network: "tcp", Addr: l.Addr().String()}, 0); err == nil || !strings.Contains(err.Error(), "--tls") {
		t.Error(err)
	}
}
