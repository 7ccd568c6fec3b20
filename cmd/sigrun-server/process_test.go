package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDaemonize(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	log, pid := filepath.Join(dir, "log"), filepath.Join(dir, "pid")
	p := server(t, "-", "--port", port, "--logfile", log, "--pidfile", pid, "--daemonize", "yes", "--dir", dir)
	p.Stdin = strings.NewReader("bind 127.0.0.1\nsave ''\nsupervised auto\n")
	p.Env = append(p.Env, "NOTIFY_SOCKET=", "UPSTART_JOB=")
	if err := p.Run(); err != nil || p.stderr.Len()+p.stdout.Len() > 0 {
		t.Fatal(err, p.stderr.String(), p.stdout.String())
	}
	await(t, "ready in the background", func() bool { return strings.Contains(read(log), "Ready to accept") })
	id, err := strconv.Atoi(strings.TrimSpace(read(pid)))
	if err != nil || id == p.Process.Pid {
		t.Fatal(id, err)
	}
	if session, _ := sessionOf(id); session != id {
		t.Error("session", session, "of process", id)
	}
	if got := ask(t, "tcp", "127.0.0.1:"+port, "PING"); got != "+PONG\r\n" {
		t.Error(got)
	}
	if err := syscall.Kill(id, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	await(t, "the end", func() bool { return read(pid) == "" })
	if !strings.Contains(read(log), "bye bye") {
		t.Error(read(log))
	}
}

// sessionOf reads field 6 of proc_pid_stat(5).
func sessionOf(pid int) (int, error) {
	stat := read("/proc/" + strconv.Itoa(pid) + "/stat")
	return strconv.Atoi(strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])[3])
}

func TestSystemd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	p := server(t, "--port", freePort(t), "--bind", "127.0.0.1", "--save", "", "--supervised", "auto", "--daemonize", "yes")
	p.Env = append(p.Env, "NOTIFY_SOCKET="+name, "UPSTART_JOB=")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	hears := func(want string) {
		t.Helper()
		b := make([]byte, 1000)
		_ = systemd.SetReadDeadline(time.Now().Add(60 * time.Second))
		if n, err := systemd.Read(b); err != nil || !strings.Contains(string(b[:n]), want) {
			t.Errorf("%q %v, want %q", b[:n], err, want)
		}
	}
	hears("STATUS=")
	hears("READY=1\n")
	if code := p.end(); code != 0 { // still in the foreground: the process that was started is the server
		t.Error(code)
	}
	hears("STOPPING=1")
}

func TestCrashReport(t *testing.T) {
	p := server(t, "--port", freePort(t), "--bind", "127.0.0.1", "--save", "", "--logfile", filepath.Join(t.TempDir(), "log"))
	said := func() string { return read(p.Args[len(p.Args)-1]) }
	p.begin(said)
	_ = p.Process.Signal(syscall.SIGALRM)
	await(t, "the trace of SIGALRM", func() bool { return strings.Contains(said(), "STACK TRACE DONE") })
	if !strings.Contains(said(), "Received SIGALRM") {
		t.Error(said())
	}
	_ = p.Process.Signal(syscall.SIGSEGV)
	_ = p.Wait()
	if code := p.ProcessState.ExitCode(); code != 128+11 || !strings.Contains(said(), "crashed by signal: 11") || p.stderr.Len() > 0 {
		t.Error(code, said(), p.stderr.String())
	}
}

func TestOOMScore(t *testing.T) {
	port := freePort(t)
	p := server(t, "--port", port, "--bind", "127.0.0.1", "--save", "", "--logfile", filepath.Join(t.TempDir(), "log"), "--oom-score-adj", "yes", "--oom-score-adj-values", "10 20 30")
	base, err := strconv.Atoi(strings.TrimSpace(read("/proc/self/oom_score_adj")))
	if err != nil {
		t.Skip(err)
	}
	p.begin(func() string { return read(p.Args[8]) })
	score := func() string {
		return strings.TrimSpace(read("/proc/" + strconv.Itoa(p.Process.Pid) + "/oom_score_adj"))
	}
	want := func(n int) {
		t.Helper()
		await(t, "a score of "+strconv.Itoa(n), func() bool { return score() == strconv.Itoa(n) })
	}
	want(base + 10)
	for _, step := range []struct {
		set   string
		score int
	}{{"oom-score-adj-values \"15 20 30\"", base + 15}, {"oom-score-adj absolute", 15}, {"oom-score-adj no", base}} {
		if got := ask(t, "tcp", "127.0.0.1:"+port, "CONFIG SET "+step.set); got != "+OK\r\n" {
			t.Errorf("%s: %q", step.set, got)
		}
		want(step.score)
	}
	// What fails to apply takes what was applied before it back.
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	taken := strconv.Itoa(busy.Addr().(*net.TCPAddr).Port)
	got := ask(t, "tcp", "127.0.0.1:"+port, "CONFIG SET oom-score-adj yes oom-score-adj-values \"1 1 1\" maxmemory 10000001 port "+taken)
	if !strings.HasPrefix(got, "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port") {
		t.Error(got)
	}
	want(base)
	if got := ask(t, "tcp", "127.0.0.1:"+port, "CONFIG GET oom-score-adj-values"); !strings.Contains(got, "15 20 30") {
		t.Errorf("%q", got)
	}
	p.end()
}

func TestCPUList(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-3,8": 5, "0-6:2": 4, "1-": -1, "x": -1, "3-1": -1, "0-3:0": -1, "5000": -1} {
		cpus, err := parseCPUs(list)
		if (err != nil) != (want < 0) || err == nil && cpus.Count() != want {
			t.Error(list, cpus, err)
		}
	}
	p := server(t, "--port", freePort(t), "--bind", "127.0.0.1", "--save", "", "--server-cpulist", "0", "--logfile", filepath.Join(t.TempDir(), "log"))
	p.begin(func() string { return read(p.Args[len(p.Args)-1]) })
	await(t, "one CPU", func() bool {
		return strings.Contains(read("/proc/"+strconv.Itoa(p.Process.Pid)+"/status"), "\nCpus_allowed_list:\t0\n")
	})
	p.end()
}

// TestStockFile starts with what Debian's redis-server brings and only says where else to listen and write.
func TestStockFile(t *testing.T) {
	stock := read("/etc/redis/redis.conf")
	if stock == "" {
		t.Skip("no /etc/redis/redis.conf, or not to be read")
	}
	dir := t.TempDir()
	file, log := filepath.Join(dir, "redis.conf"), filepath.Join(dir, "log")
	stock = strings.ReplaceAll(stock, "dir /var/lib/redis", "dir "+dir)
	start := func(text string) *program {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return server(t, file, "--port", freePort(t), "--logfile", log, "--pidfile", filepath.Join(dir, "pid"), "--daemonize", "no")
	}
	p := start(stock)
	p.begin(func() string { return read(log) })
	p.end()
	if n := strings.Count(read(log), " # WARNING: parameter"); n != 0 {
		t.Error(read(log))
	}
	p = start(stock + "\ndir /no/such/folder\n")
	if p.Run() == nil || !strings.HasSuffix(p.stderr.String(), ">>> 'dir /no/such/folder'\nNo such file or directory\n") {
		t.Error(p.stderr.String())
	}
}
