package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// A server that may not take as much memory as its data needs says so and ends, whatever file the data is in; DEBUG RELOAD refuses a file of such data
// before it touches what is there. maxmemory alone hinders nobody.
func TestDataThatDoesNotFit(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "DEBUG", "POPULATE", "700000", "key", "100")
	s.want("+OK\r\n", "SAVE")
	s.set("appendonly", "yes")
	await(t, "the append-only file", func() bool {
		f := s.info("persistence")
		return testkit.InfoField(f, "aof_enabled") == "1" && testkit.InfoField(f, "aof_rewrite_in_progress") == "0"
	})
	s.end()
	for _, args := range [][]string{{}, {"--appendonly", "yes"}} {
		_ = os.Remove(filepath.Join(s.dir, "log"))
		p := server(t, append([]string{filepath.Join(s.dir, "a.conf"), "--process-memory-limit", "90mb"}, args...)...)
		if err := p.Run(); err == nil || !strings.Contains(s.said(), "The dataset does not fit: the process would take ") {
			t.Errorf("%v: %v\n%s", args, err, s.said())
		}
	}
	small := s.again("--maxmemory", "20mb")
	small.want(":700000\r\n", "DBSIZE")
	if !strings.Contains(small.said(), "maxmemory is 20971520 bytes now, and ") {
		t.Error(small.said())
	}
	small.killed()

	large := read(s.file())
	s = start(t, "--process-memory-limit", "90mb")
	s.want("+OK\r\n", "SET", "k", "v")
	if err := os.WriteFile(s.file(), []byte(large), 0o644); err != nil {
		t.Fatal(err)
	}
	s.want("-ERR Error trying to load the RDB dump, check server logs.\r\n", "DEBUG", "RELOAD", "NOSAVE")
	s.want("$1\r\nv\r\n", "GET", "k")
	if !strings.Contains(s.said(), "The dataset does not fit") {
		t.Error(s.said())
	}
}
