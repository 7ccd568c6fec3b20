package node_test

import (
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestDiskFaultAtEachStep: from whichever operation on files on the disk is full, or the node has no rights, while something is written in the background: it
// says so, goes on by itself when that is over, and nothing that was answered is lost.
func TestDiskFaultAtEachStep(t *testing.T) {
	for name, command := range map[string][]string{"rewrite": {"BGREWRITEAOF"}, "snapshot": {"BGSAVE"}, "save": {"SAVE"}} {
		t.Run(name, func(t *testing.T) {
			m := &vfs.Mem{}
			var left, failed atomic.Int64 // operations that succeed yet, and that failed
			var armed atomic.Bool
			m.Before = func(operation, name string) error {
				if !armed.Load() || left.Add(-1) >= 0 {
					return nil
				}
				if failed.Add(1); left.Load()%2 == 0 {
					return syscall.ENOSPC
				}
				return syscall.EACCES
			}
			log := [][2]string{{"appendonly", "yes"}, {"appendfsync", "always"}, {"dir", "/"}, {"auto-aof-rewrite-percentage", "0"}}
			c := startOn(t, m, log...)
			addr := c.Conn.RemoteAddr().String()
			writer := testkit.MustDial(t, addr)
			for n := 0; ; n++ {
				left.Store(int64(n + n*n/4)) // the first ones each, then some of them
				failed.Store(0)
				armed.Store(true)
				reply := string(testkit.Must(c.Do(command...))(t))
				if err := writer.Send(testkit.Command("INCR", "count")); err != nil { // whose reply waits until the change is kept
					t.Fatal(err)
				}
				testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
				testkit.Await(t, addr, "rdb_bgsave_in_progress", "0")
				enough := failed.Load() == 0
				armed.Store(false)
				have := string(testkit.Must(writer.Read())(t))
				testkit.Await(t, addr, "aof_last_write_status", "ok")
				if strings.HasPrefix(have, "-MISCONF") { // it came when that was known already
					have = string(testkit.Must(writer.Do("INCR", "count"))(t))
				}
				if want := ":" + strconv.Itoa(n+1) + "\r\n"; have != want {
					t.Fatalf("%d: %q, want %q", n, have, want)
				}
				writer.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
				after := startOn(t, m.Crash(nil), log...)
				after.Want(t, "$"+strconv.Itoa(len(strconv.Itoa(n+1)))+"\r\n"+strconv.Itoa(n+1)+"\r\n", "GET", "count")
				if enough {
					if strings.HasPrefix(reply, "-") {
						t.Error(reply)
					}
					break
				}
				if n > 200 {
					t.Fatal("it never ends")
				}
			}
			testkit.Await(t, addr, "aof_last_bgrewrite_status", "ok")
			testkit.Await(t, addr, "rdb_last_bgsave_status", "ok")
		})
	}
}

// TestRewriteBesideSyncs: with no-appendfsync-on-rewrite nothing is synced to the file while another one is written.
func TestRewriteBesideSyncs(t *testing.T) {
	for _, on := range []string{"no", "yes"} {
		m := &vfs.Mem{}
		var writing, syncs atomic.Int64
		m.Before = func(operation, name string) error {
			if operation == "sync" && strings.Contains(name, "incr") && writing.Load() != 0 {
				syncs.Add(1)
			}
			return nil
		}
		c := startOn(t, m, [][2]string{{"appendonly", "yes"}, {"dir", "/"}, {"no-appendfsync-on-rewrite", on}, {"rdb-key-save-delay", "1000000"}}...)
		addr := c.Conn.RemoteAddr().String()
		c.Want(t, "+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5")
		c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
		c.Want(t, "+Background saving started\r\n", "BGSAVE")
		testkit.Await(t, addr, "rdb_bgsave_in_progress", "1")
		writing.Store(1)
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		if on == "no" {
			c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
		}
		testkit.AwaitCount(t, addr, "rdb_current_bgsave_time_sec", 3)
		if n := syncs.Load(); (n > 0) != (on == "no") {
			t.Errorf("no-appendfsync-on-rewrite %s: %d syncs", on, n)
		}
		c.Want(t, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
		testkit.Await(t, addr, "rdb_bgsave_in_progress", "0")
	}
}

// TestNoRightsToAppend: the append-only file is not switched on where it cannot be made, and is where that can be again.
func TestNoRightsToAppend(t *testing.T) {
	m := &vfs.Mem{}
	var refused atomic.Value
	refused.Store("")
	m.Before = func(operation, name string) error {
		if operation == refused.Load() && strings.Contains(name, "appendonly") {
			return syscall.EACCES
		}
		return nil
	}
	c := startOn(t, m, [2]string{"dir", "/"})
	c.Want(t, "+OK\r\n", "SET", "k", "v")
	for _, operation := range []string{"mkdir", "create"} {
		refused.Store(operation)
		c.Want(t, "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.\r\n", "CONFIG", "SET", "appendonly", "yes")
		c.Want(t, "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n", "CONFIG", "GET", "appendonly")
		c.Want(t, "+OK\r\n", "SET", "k", "w")
	}
	refused.Store("")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	testkit.Await(t, c.Conn.RemoteAddr().String(), "aof_enabled", "1")
	c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
	startOn(t, m.Crash(nil), [2]string{"dir", "/"}, [2]string{"appendonly", "yes"}).Want(t, "$1\r\nw\r\n", "GET", "k")
}

// TestSlowSync: while a sync lasts, replies that it may hold back wait, and all others of the same loop leave.
func TestSlowSync(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			m := &vfs.Mem{}
			var syncing atomic.Int64
			wait := make(chan struct{})
			m.Before = func(operation, name string) error {
				if operation == "sync" && strings.Contains(name, "incr") && syncing.CompareAndSwap(1, 2) {
					<-wait
				}
				return nil
			}
			c := startOn(t, m, append([][2]string{{"appendonly", "yes"}, {"dir", "/"}}, mode.Config...)...)
			addr := c.Conn.RemoteAddr().String()
			c.Want(t, "+OK\r\n", "SET", "k", "v")
			syncing.Store(1)
			var writers []*testkit.Client
			for i := range 4 {
				w := testkit.MustDial(t, addr)
				if err := w.Send(testkit.Command("INCR", "n"+strconv.Itoa(i))); err != nil {
					t.Fatal(err)
				}
				writers = append(writers, w)
			}
			for syncing.Load() != 2 {
				time.Sleep(time.Millisecond)
			}
			for i := range 4 { // which are made for certain while it lasts
				w := testkit.MustDial(t, addr)
				if err := w.Send(testkit.Command("INCR", "m"+strconv.Itoa(i))); err != nil {
					t.Fatal(err)
				}
				writers = append(writers, w)
			}
			testkit.AwaitCount(t, addr, "total_commands_processed", 9)
			for range 200 {
				c.Want(t, "+PONG\r\n", "PING")
				testkit.MustDial(t, addr).Want(t, "+PONG\r\n", "PING")
			}
			close(wait)
			for _, w := range writers {
				if reply := string(testkit.Must(w.Read())(t)); reply != ":1\r\n" {
					t.Errorf("%q", reply)
				}
			}
		})
	}
}

// TestSnapshotBesideItsSyncs: a snapshot is written on while what was written before is synced, and when that fails there is none.
func TestSnapshotBesideItsSyncs(t *testing.T) {
	m := &vfs.Mem{}
	var syncs, fails atomic.Int64 // of the temporary file; which one fails
	var syncing, beside atomic.Bool
	wrote := make(chan struct{}, 1)
	m.Before = func(operation, name string) error {
		if !strings.Contains(name, "temp-") {
			return nil
		}
		switch operation {
		case "write":
			if syncing.Load() {
				beside.Store(true)
				select {
				case wrote <- struct{}{}:
				default:
				}
			}
		case "sync":
			n := syncs.Add(1)
			if n == fails.Load() {
				return syscall.EIO
			}
			if n == 1 && !beside.Load() {
				syncing.Store(true)
				select {
				case <-wrote:
				case <-time.After(50 * time.Millisecond): // all that may be written beside it was there before it began
				}
				syncing.Store(false)
			}
		}
		return nil
	}
	c := startOn(t, m, [][2]string{{"dir", "/"}, {"rdbcompression", "no"}}...)
	for n := range 20 {
		c.Want(t, "+OK\r\n", "SET", "key"+strconv.Itoa(n), strings.Repeat("x", 1<<20))
	}
	all := int64(0)
	for late := time.Now().Add(time.Minute); !beside.Load(); all = syncs.Swap(0) {
		if time.Now().After(late) {
			t.Fatal("nothing is written beside a sync")
		}
		c.Want(t, "+OK\r\n", "SAVE")
	}
	if all < 4 {
		t.Fatalf("%d syncs", all)
	}
	c.Want(t, ":1048577\r\n", "APPEND", "key0", "y")
	for n := range all {
		syncs.Store(0)
		fails.Store(n + 1)
		if reply := string(testkit.Must(c.Do("SAVE"))(t)); !strings.HasPrefix(reply, "-ERR") {
			t.Fatalf("sync %d of %d fails: %q", n+1, all, reply)
		}
		if files := m.Names(); len(files) != 1 {
			t.Fatalf("sync %d of %d fails: there are %q", n+1, all, files)
		}
	}
	startOn(t, m.Crash(nil), [2]string{"dir", "/"}).Want(t, ":1048576\r\n", "STRLEN", "key0")
}
