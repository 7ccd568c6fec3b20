package node_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestLogLatency: LATENCY is told of what the append-only file waits for.
func TestLogLatency(t *testing.T) {
	m := &vfs.Mem{}
	var slow atomic.Value // the operation that lasts
	slow.Store("")
	m.Before = func(operation, name string) error {
		if !strings.Contains(name, "appendonly") {
			return nil
		}
		if operation == slow.Load() {
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	}
	c := startOn(t, m, [2]string{"appendonly", "yes"}, [2]string{"dir", "/"}, [2]string{"latency-monitor-threshold", "2"})
	addr := c.Conn.RemoteAddr().String()
	want := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if reply := string(testkit.Must(c.Do("LATENCY", "HISTORY", name))(t)); !strings.HasPrefix(reply, "*1\r\n") && !strings.HasPrefix(reply, "*2\r\n") {
				t.Errorf("%s: %q", name, reply)
			}
			if reply := string(testkit.Must(c.Do("LATENCY", "DOCTOR"))(t)); !strings.Contains(reply, name) {
				t.Errorf("%s: %s", name, reply)
			}
		}
		if n := string(testkit.Must(c.Do("LATENCY", "RESET"))(t)); n == ":0\r\n" {
			t.Error(n)
		}
	}
	slow.Store("write")
	c.Want(t, "+OK\r\n", "SET", "k", "v")
	want("aof-write", "aof-write-alone")

	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "10000000")
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	testkit.Await(t, addr, "rdb_bgsave_in_progress", "1")
	c.Want(t, "+OK\r\n", "SET", "k", "v")
	want("aof-write", "aof-write-active-child")
	c.Want(t, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
	testkit.Await(t, addr, "rdb_bgsave_in_progress", "0")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")

	slow.Store("rename")
	_, _ = c.Do("BGREWRITEAOF")
	testkit.Await(t, addr, "aof_rewrites", "1")
	testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
	want("aof-rename")

	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendfsync", "always")
	slow.Store("sync")
	c.Want(t, "+OK\r\n", "SET", "k", "y")
	want("aof-fsync-always")
}
