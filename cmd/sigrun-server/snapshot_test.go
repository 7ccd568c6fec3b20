package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sigrun/internal/testkit"
)

// What the parameters about snapshots do.

func (s *running) file() string { return filepath.Join(s.dir, "dump.rdb") }

// again starts a server on the folder of one that has ended.
func (s *running) again(args ...string) *running {
	s.t.Helper()
	_ = os.Remove(filepath.Join(s.dir, "log"))
	next := &running{dir: s.dir, port: s.port, addr: s.addr}
	next.program = server(s.t, append([]string{filepath.Join(s.dir, "a.conf")}, args...)...)
	next.begin(next.said)
	return next
}

// savePoints has a file written because of enough changes, and one at the end.
func savePoints(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "SET", "k", "v")
	s.set("save", "1 1")
	await(t, "a snapshot", func() bool { return read(s.file()) != "" })
	await(t, "its end", func() bool { return strings.Contains(s.said(), "Background saving terminated with success") })
	if !strings.Contains(s.said(), "1 changes in 1 seconds. Saving...") {
		t.Error(s.said())
	}
	s.set("save", "3600 1")
	s.want("+OK\r\n", "SET", "k", "last")
	if code := s.end(); code != 0 || !strings.Contains(s.said(), "Saving the final RDB snapshot before exiting.") {
		t.Error(code, s.said())
	}
	s = s.again()
	s.want("$4\r\nlast\r\n", "GET", "k")
	said := s.said()
	if at, ready := strings.Index(said, "Server initialized"), strings.Index(said, "Ready to accept connections"); at < 0 ||
		strings.Index(said, "Done loading RDB") < at || ready < strings.Index(said, "DB loaded from disk") {
		t.Error(said)
	}
}

func snapshotName(t *testing.T) {
	s := start(t, "--dbfilename", "other.rdb")
	s.want("+OK\r\n", "SAVE")
	if read(filepath.Join(s.dir, "other.rdb")) == "" || read(s.file()) != "" {
		t.Error("not the file that was named")
	}
}

func compression(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "SET", "k", strings.Repeat("again and ", 1000))
	s.want("+OK\r\n", "SAVE")
	packed := len(read(s.file()))
	s.set("rdbcompression", "no")
	s.want("+OK\r\n", "SAVE")
	if plain := len(read(s.file())); packed > 1000 || plain < 10000 {
		t.Error(packed, plain)
	}
}

func checksum(t *testing.T) {
	for value, zero := range map[string]bool{"yes": false, "no": true} {
		s := start(t, "--rdbchecksum", value)
		s.want("+OK\r\n", "SAVE")
		if b := read(s.file()); strings.HasSuffix(b, "\xff"+strings.Repeat("\x00", 8)) != zero {
			t.Errorf("%s: %q", value, b)
		}
	}
}

func versionCheck(t *testing.T) {
	s := start(t)
	s.end()
	if err := os.WriteFile(s.file(), append([]byte("REDIS0012\xff"), make([]byte, 8)...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.again("--rdb-version-check", "relaxed").end()
	p := server(t, filepath.Join(s.dir, "a.conf"))
	if p.Run() == nil || !strings.Contains(s.said(), "Can't handle RDB format version 12") || !strings.HasSuffix(s.said(), "Fatal error loading the DB, check server logs. Exiting.\n") {
		t.Error(s.said())
	}
}

func saveVersion(t *testing.T) {
	s := start(t)
	for value, magic := range map[string]string{"80": "VALKEY080", "11": "REDIS0011", "10": "REDIS0010"} {
		s.set("rdb-save-version", value)
		s.want("+OK\r\n", "SAVE")
		if b := read(s.file()); !strings.HasPrefix(b, magic) {
			t.Errorf("%.9q", b)
		}
	}
}

// saveDelay also shows that nobody waits for a BGSAVE, and that a value that changes meanwhile is saved as it was.
func saveDelay(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "DEBUG", "POPULATE", "50")
	s.want("+OK\r\n", "SET", "k", "before")
	s.set("rdb-key-save-delay", "10000000")
	s.want("+Background saving started\r\n", "BGSAVE")
	s.want("-ERR Background save already in progress\r\n", "BGSAVE")
	s.want("-ERR Background save already in progress\r\n", "SAVE")
	s.want("+OK\r\n", "SET", "k", "after")
	if f := s.info("persistence"); testkit.InfoField(f, "rdb_bgsave_in_progress") != "1" || testkit.InfoField(f, "current_save_keys_total") != "51" {
		t.Error(f)
	}
	s.set("rdb-key-save-delay", "0")
	await(t, "the end", func() bool { return testkit.InfoField(s.info("persistence"), "rdb_bgsave_in_progress") == "0" })
	s.end()
	s = s.again()
	s.want("$6\r\nbefore\r\n", "GET", "k")
	s.want(":51\r\n", "DBSIZE")
}

// loadDelay also shows what clients are told while a snapshot is loaded.
func loadDelay(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "DEBUG", "POPULATE", "300")
	s.want("+OK\r\n", "SAVE")
	s.end()
	_ = os.Remove(filepath.Join(s.dir, "log"))
	slow := &running{dir: s.dir, port: s.port, addr: s.addr}
	slow.program = server(t, filepath.Join(s.dir, "a.conf"), "--key-load-delay", "3000000")
	if err := slow.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slow.Process.Kill(); _, _ = slow.Process.Wait() })
	await(t, "loading", func() bool { return strings.Contains(slow.said(), "Loading RDB produced by") })
	slow.want("-LOADING Valkey is loading the dataset in memory\r\n", "GET", "key:1")
	slow.want("-LOADING Valkey is loading the dataset in memory\r\n", "DEBUG", "POPULATE", "300")
	slow.want("-LOADING Valkey is loading the dataset in memory\r\n", "DEBUG", "RELOAD")
	slow.want("-LOADING Valkey is loading the dataset in memory\r\n", "CONFIG", "SET", "hz", "11", "appendonly", "no")
	f := slow.info("persistence")
	if testkit.InfoField(f, "loading") != "1" || testkit.InfoField(f, "loading_total_bytes") == "0" || !strings.Contains(f, "loading_eta_seconds:") {
		t.Error(f)
	}
	if strings.Contains(slow.said(), "Ready to accept") {
		t.Error(slow.said())
	}
	slow.set("key-load-delay", "0")
	await(t, "ready", func() bool { return strings.Contains(slow.said(), "Ready to accept connections") })
	slow.want("+OK\r\n", "CONFIG", "SET", "hz", "11", "appendonly", "no")
	slow.want(":300\r\n", "DBSIZE")
	if f := slow.info("persistence"); testkit.InfoField(f, "loading") != "0" || testkit.InfoField(f, "rdb_last_load_keys_loaded") != "300" {
		t.Error(f)
	}
}

func stopWrites(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "SET", "k", "v")
	if err := os.MkdirAll(filepath.Join(s.file(), "full"), 0o700); err != nil { // nothing can be renamed to it
		t.Fatal(err)
	}
	s.set("save", "3600 1000000")
	s.want("+Background saving started\r\n", "BGSAVE")
	await(t, "a failure", func() bool { return testkit.InfoField(s.info("persistence"), "rdb_last_bgsave_status") == "err" })
	misconf := func(reply string) bool { return strings.HasPrefix(reply, "-MISCONF ") }
	script := `return redis.call('SET', KEYS[1], '1')`
	for _, write := range [][]string{{"SET", "k", "w"}, {"PING"}, {"EVAL", script, "1", "k"}} {
		if reply := s.do(write...); !misconf(reply) {
			t.Errorf("%q: %s", write, reply)
		}
	}
	s.want("$1\r\nv\r\n", "GET", "k")
	s.want("$1\r\nv\r\n", "EVAL", `return redis.call('GET', KEYS[1])`, "1", "k")
	s.set("stop-writes-on-bgsave-error", "no")
	s.want("+OK\r\n", "SET", "k", "w")
	s.set("stop-writes-on-bgsave-error", "yes")
	if reply := s.do("SET", "k", "x"); !misconf(reply) {
		t.Error(reply)
	}
	if s.want("-ERR\r\n", "SAVE"); s.do("SHUTDOWN") != "-ERR Errors trying to SHUTDOWN. Check logs.\r\n" {
		t.Error(s.said())
	}
	if err := os.RemoveAll(s.file()); err != nil {
		t.Fatal(err)
	}
	s.want("+OK\r\n", "SAVE")
	s.want("+OK\r\n", "SET", "k", "y")
}

// onSignal ends servers that save or do not, whatever save says.
func onSignal(name string, signal syscall.Signal) func(*testing.T) {
	return func(t *testing.T) {
		for value, saves := range map[string]bool{"save": true, "nosave": false, "default": false} {
			s := start(t, "--"+name, value)
			if value == "nosave" {
				s.set("save", "3600 1")
			}
			s.want("+OK\r\n", "SET", "k", "v")
			_ = s.Process.Signal(signal)
			_ = s.Wait()
			if has := read(s.file()) != ""; has != saves {
				t.Errorf("%s: %s: %v\n%s", name, value, has, s.said())
			}
		}
	}
}

// TestKilledWhileSaving kills a server in the middle of saves: what it leaves is whole.
func TestKilledWhileSaving(t *testing.T) {
	s := start(t, "--rdb-key-save-delay", "100")
	s.want("+OK\r\n", "DEBUG", "POPULATE", "2000")
	s.want("+OK\r\n", "SET", "generation", "1")
	s.want("+OK\r\n", "SAVE")
	first := read(s.file())
	s.want("+OK\r\n", "SET", "generation", "2")
	s.want("+Background saving started\r\n", "BGSAVE")
	await(t, "the second file", func() bool {
		list, _ := filepath.Glob(filepath.Join(s.dir, "temp-*"))
		return len(list) > 0
	})
	_ = s.Process.Kill()
	_ = s.Wait()
	if !bytes.Equal([]byte(read(s.file())), []byte(first)) {
		t.Error("the first file is not what it was")
	}
	s = s.again()
	s.want("$1\r\n1\r\n", "GET", "generation")
	s.want(fmt.Sprintf(":%d\r\n", 2001), "DBSIZE")
}
