package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/bench/result"
	"sigrun/internal/testkit"
)

// TestMain: the binary of the tests is the program itself where a test wants to see it live and die.
func TestMain(m *testing.M) {
	if os.Getenv("SIGRUN_BENCH_ITSELF") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// begun is the program as a process.
func begun(t *testing.T, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "SIGRUN_BENCH_ITSELF=1")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c, bufio.NewScanner(out)
}

// TestSignals: who waits for a file, before a run or behind it, dies of a signal at once.
func TestSignals(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	killed := func(c *exec.Cmd, by syscall.Signal) {
		t.Helper()
		_ = c.Process.Signal(by)
		var e *exec.ExitError
		if err := c.Wait(); !errors.As(err, &e) || e.Sys().(syscall.WaitStatus).Signal() != by {
			t.Errorf("%v: %v", c.Args[1:], err)
		}
	}
	for _, args := range [][]string{{"run", pipe}, {"run", "ping", "--events", pipe}, {"run", "ping", "--tls", "--tls-ca", pipe}, {"run", "--again", pipe}, {"run", "--replay", pipe}} {
		c, _ := begun(t, args...)
		for { // until it reads
			if w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
				defer w.Close()
				break
			}
			time.Sleep(time.Millisecond)
		}
		killed(c, syscall.SIGINT)
	}
	out := filepath.Join(t.TempDir(), "out")
	if err := syscall.Mkfifo(out, 0o600); err != nil {
		t.Fatal(err)
	}
	c, lines := begun(t, "run", "ping", "--addr", testkit.Redis(t), "--requests", "100", "--warm-up", "0s", "--json", out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Machine:") {
	}
	killed(c, syscall.SIGTERM)
	c, lines = begun(t, "run", "ping", "--addr", testkit.Redis(t), "--duration", "1h", "--warm-up", "0s", "--interval", "10ms", "--hdr", out)
	r, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for in := bufio.NewScanner(r); in.Scan() && !strings.Contains(in.Text(), "Tag="); { // until something was measured
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	_ = c.Process.Signal(syscall.SIGTERM)
	text := ""
	for lines.Scan() {
		text += lines.Text()
	}
	if _ = c.Wait(); c.ProcessState.ExitCode() != 3 || !strings.Contains(text, "interrupted") {
		t.Errorf("%v: %s", c.ProcessState, text)
	}
}

// said runs a command line and returns what it has printed.
func said(t *testing.T, args ...string) (string, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = w
	text := make(chan string)
	go func() { b, _ := io.ReadAll(r); text <- string(b) }()
	err = dispatch(context.Background(), args)
	os.Stdout = old
	_ = w.Close()
	return <-text, err
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"help"}} {
		if text, err := said(t, args...); err != nil || !strings.Contains(text, "sigrun-bench run cache") {
			t.Error(args, err, text)
		}
	}
	for _, s := range subcommands() {
		if _, err := said(t, s.name, "--help"); err == nil || !strings.Contains(err.Error(), "help requested") {
			t.Error(s.name, err)
		}
	}
}

func TestWorkloads(t *testing.T) {
	if text, err := said(t, "workloads"); err != nil || !strings.Contains(text, "cache ") || !strings.Contains(text, "churn") {
		t.Error(text, err)
	}
	if text, err := said(t, "workloads", "cache"); err != nil || !strings.Contains(text, "zipf") {
		t.Error(text, err)
	}
}

func TestMistakes(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, result.Largest+1); err != nil { // it has holes only
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"dance": "there is no \"dance\"", "run": "which workload", "run nosuch": "there is no workload", "run get set": "too much", "run get --nosuch": "--help lists",
		"run get --clients x": "invalid value", "run --again /no/such": "no such file", "run get --again /no/such": "too much", "run get --clients 0": "want 1 to",
		"compare get": "needs --a", "slo get --p 101": "percentile", "slo get --p NaN": "percentile", "slo get --precision NaN": "precision", "run get --speed NaN": "--speed",
		"workloads get set": "too much", "run get --addr 127.0.0.1:1 --json /": "no file", "run /dev/zero": "too large", "run get --events /dev/zero": "too large", "report " + large: "too large",
		"run --again " + large: "too large", "sweep get": "what is to be varied", "sweep get --vary x": "want NAME=", "report": "one or more files",
		"report /no/such": "no such file", "agent": "a secret is needed", "tables get": "too much", "cores get": "no workload", "run get --addr 127.0.0.1:1": "refused",
		"compare get --replay x": "not defined", "slo get --rate 1": "not defined", "sweep get --events x": "not defined", "compare get --addr x": "not defined", "compare get --pid 1": "not defined",
		"run get --replay x": "and so does", "run --replay x --cluster": "neither with", "cores --json /no/such/x": "cannot be written",
	} {
		t.Setenv("SIGRUN_BENCH_SECRET", "")
		if _, err := said(t, strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

// TestVoidSweeps: a sweep whose points are none says so by its exit status.
func TestVoidSweeps(t *testing.T) {
	if _, err := said(t, "sweep", "get", "--addr", testkit.Redis(t), "--vary", "value.page=9", "--no-fill", "--requests", "50"); err != errVoid {
		t.Error(err)
	}
}

// TestFirstSteps are the first lines of the manual, as a new user tries them.
func TestFirstSteps(t *testing.T) {
	addr := testkit.Redis(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "r.json")
	text, err := said(t, "run", "sessions", "--addr", addr, "--requests", "300", "--warm-up", "0s", "--json", file, "--clients", "3")
	if !strings.Contains(text, "hgetall") {
		t.Fatal(text, err)
	}
	var f map[string]any
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil || f["ALL STATS"] == nil {
		t.Fatal(err)
	}
	if text, _ = said(t, "run", "--again", file, "--requests", "100"); !strings.Contains(text, "3 clients") {
		t.Error(text)
	}
	page := filepath.Join(dir, "r.html")
	if text, err = said(t, "report", file, "--html", page); err != nil || !strings.Contains(text, "hgetall") {
		t.Error(text, err)
	}
	if data, err := os.ReadFile(page); err != nil || !strings.Contains(string(data), "<svg") {
		t.Error(err)
	}
	finding := filepath.Join(dir, "s.json")
	if text, err = said(t, "sweep", "ping", "--addr", addr, "--vary", "clients=1,2", "--requests", "100", "--json", finding); err != nil && err != errVoid || !strings.Contains(text, "clients") {
		t.Error(text, err)
	}
	if text, err = said(t, "report", finding, "--html", page); err != nil || !strings.Contains(text, "clients") {
		t.Error(text, err)
	}
}
