package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

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
	for line, want := range map[string]string{
		"dance": "there is no \"dance\"", "run": "which workload", "run nosuch": "there is no workload", "run get set": "too much", "run get --nosuch": "--help lists",
		"run get --clients x": "invalid value", "run --again /no/such": "no such file", "run get --again /no/such": "too much", "run get --clients 0": "want 1 to",
		"compare get": "needs --a", "slo get --p 101": "percentile", "sweep get": "what is to be varied", "sweep get --vary x": "want NAME=", "report": "one or more files",
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
