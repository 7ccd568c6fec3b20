package node_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestLogFollowsDir: behind CONFIG SET dir a rewrite goes to the new folder, and what is written from then on.
func TestLogFollowsDir(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		before, after := t.TempDir(), t.TempDir()
		config := func(dir string) [][2]string {
			return [][2]string{{"dir", dir}, {"appendonly", "yes"}, {"aof-use-rdb-preamble", preamble}, {"enable-protected-configs", "yes"}}
		}
		n := nodetest.StartNode(t, config(before)...)
		c := testkit.MustDial(t, n.Addr())
		c.Want(t, "+OK\r\n", "SET", "a", "1")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "dir", after)
		c.Want(t, "+OK\r\n", "SET", "b", "1")
		c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
		rewritten(t, n.Addr())
		testkit.Await(t, n.Addr(), "aof_last_bgrewrite_status", "ok")
		c.Want(t, "+OK\r\n", "SET", "c", "1")
		c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
		c.Want(t, ":3\r\n", "DBSIZE")
		c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
		rewritten(t, n.Addr())
		c.Want(t, "+OK\r\n", "SET", "d", "1")
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		testkit.MustDial(t, nodetest.Start(t, config(after)...)).Want(t, ":4\r\n", "DBSIZE")
		testkit.MustDial(t, nodetest.Start(t, config(before)...)).Want(t, ":2\r\n", "DBSIZE")
	}
}

// TestBaseSizeOfLoad: behind a start and DEBUG LOADAOF aof_base_size is that of the base, so that growth before counts.
func TestBaseSizeOfLoad(t *testing.T) {
	dir := t.TempDir()
	config := [][2]string{{"dir", dir}, {"appendonly", "yes"}, {"auto-aof-rewrite-percentage", "0"}}
	n := nodetest.StartNode(t, config...)
	c := testkit.MustDial(t, n.Addr())
	testkit.Await(t, n.Addr(), "aof_base_size", "0")
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	rewritten(t, n.Addr())
	base := infoField(t, c, "aof_base_size")
	c.Want(t, "+OK\r\n", "SET", "a", string(make([]byte, 1<<20)))
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	addr := nodetest.Start(t, config...)
	testkit.Await(t, addr, "aof_base_size", base)
	c = testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
	testkit.Await(t, addr, "aof_base_size", base)
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "auto-aof-rewrite-min-size", "1mb", "auto-aof-rewrite-percentage", "100")
	testkit.AwaitCount(t, addr, "aof_rewrites", 1)
}

// TestKeptFilesGo: what is out of force and was kept goes when aof-disable-auto-gc is switched off.
func TestKeptFilesGo(t *testing.T) {
	dir := t.TempDir()
	n := nodetest.StartNode(t, [2]string{"dir", dir}, [2]string{"appendonly", "yes"}, [2]string{"aof-disable-auto-gc", "yes"})
	c := testkit.MustDial(t, n.Addr())
	files := func(want int) {
		t.Helper()
		if have, err := os.ReadDir(filepath.Join(dir, "appendonlydir")); err != nil || len(have) != want {
			t.Errorf("%v, %v", have, err)
		}
	}
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	rewritten(t, n.Addr())
	files(5)
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "aof-disable-auto-gc", "no")
	files(3)
}

// TestNoLogToLoad: DEBUG LOADAOF without a log is refused, and data stays.
func TestNoLogToLoad(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", t.TempDir()}))
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	c.Want(t, "-ERR Error trying to load the AOF files, check server logs.\r\n", "DEBUG", "LOADAOF")
	c.Want(t, "$1\r\n1\r\n", "GET", "a")
}

// TestRewriteThatCannotBegin: BGREWRITEAOF says so, and INFO does not count it.
func TestRewriteThatCannotBegin(t *testing.T) {
	dir := t.TempDir()
	n := nodetest.StartNode(t, [2]string{"dir", dir}, [2]string{"appendonly", "yes"})
	c := testkit.MustDial(t, n.Addr())
	inTheWay := filepath.Join(dir, "appendonlydir", "appendonly.aof.2.incr.aof")
	if err := os.MkdirAll(filepath.Join(inTheWay, "for good"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.Want(t, "-ERR Can't execute an AOF background rewriting. Please check the server logs for more information.\r\n", "BGREWRITEAOF")
	rewritten(t, n.Addr())
	for field, want := range map[string]string{"aof_last_bgrewrite_status": "err", "aof_rewrites": "0", "aof_rewrites_consecutive_failures": "0"} {
		if have := infoField(t, c, field); have != want {
			t.Errorf("%s:%s, want %s", field, have, want)
		}
	}
	if err := os.RemoveAll(inTheWay); err != nil {
		t.Fatal(err)
	}
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	rewritten(t, n.Addr())
	testkit.Await(t, n.Addr(), "aof_last_bgrewrite_status", "ok")
}

// TestPersistenceCounts: what begins counts in INFO, whatever becomes of it, and DEBUG RELOAD is no save.
func TestPersistenceCounts(t *testing.T) {
	dir := t.TempDir()
	n := nodetest.StartNode(t, [2]string{"dir", dir})
	c := testkit.MustDial(t, n.Addr())
	fields := func(want map[string]string) {
		t.Helper()
		for field, want := range want {
			if have := infoField(t, c, field); have != want {
				t.Errorf("%s:%s, want %s", field, have, want)
			}
		}
	}
	c.Want(t, "+OK\r\n", "DEBUG", "POPULATE", "100")
	c.Want(t, "+OK\r\n", "DEBUG", "RELOAD")
	fields(map[string]string{"rdb_saves": "0"})
	c.Want(t, "+OK\r\n", "SAVE")
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "10000000")
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	c.Want(t, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
	fields(map[string]string{"rdb_saves": "2", "current_save_keys_total": "0"})
	folder := filepath.Join(dir, "appendonlydir")
	if err := os.WriteFile(folder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c.Want(t, "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.\r\n", "CONFIG", "SET", "appendonly", "yes")
	fields(map[string]string{"aof_last_bgrewrite_status": "err"})
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	testkit.Await(t, n.Addr(), "current_save_keys_total", "100")
	fields(map[string]string{"aof_rewrites": "1", "aof_rewrite_in_progress": "1"})
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
	testkit.Await(t, n.Addr(), "aof_rewrite_in_progress", "0")
	c.Want(t, "+OK\r\n", "SET", "a", "1")
	c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
	fields(map[string]string{"rdb_changes_since_last_save": "0", "current_save_keys_total": "0"})
}

// TestSyncedBehindAPause: everysec syncs a write soon where nothing was synced for a second.
func TestSyncedBehindAPause(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", t.TempDir()}, [2]string{"appendonly", "yes"}))
	for range 20 {
		c.Want(t, "+OK\r\n", "SET", "a", "1")
		began := time.Now()
		c.Want(t, "*2\r\n:1\r\n:0\r\n", "WAITAOF", "1", "0", "0")
		if time.Since(began) < 300*time.Millisecond {
			return
		}
		c.Want(t, "*-1\r\n", "BLPOP", "none", "1.2")
	}
	t.Error("each write waits for the tick of a second")
}
