package node_test

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
	"sigrun/storage/rdb"
)

// startOn starts a node whose files lie on fs.
func startOn(t *testing.T, fs vfs.FS, overrides ...[2]string) *testkit.Client {
	t.Helper()
	cfg := config.New(glob.Match)
	for _, o := range append([][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"enable-debug-command", "yes"}, {"save", ""}}, overrides...) {
		if err := cfg.Override(o[0], o[1]); err != nil {
			t.Fatal(err)
		}
	}
	n, err := node.Start(node.Options{Config: cfg, FS: fs, AnyPort: true, Loads: true})
	if err == nil {
		err = n.Load()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return testkit.MustDial(t, n.Addr())
}

// generation is what the key of that name holds in a file: "none" without one, "bad" when it is no RDB.
func generation(fs vfs.FS) string {
	dir, _ := os.Getwd()
	f, err := fs.Open(filepath.Join(dir, "dump.rdb"))
	if err != nil {
		return "none"
	}
	b, _ := io.ReadAll(f)
	d, err := rdb.NewDecoder(rdb.NewBytesReader(b), rdb.Options{})
	found := "bad"
	for it := (rdb.Item{}); err == nil; {
		if err = d.Next(&it); err != nil || it.Kind == rdb.End {
			break
		}
		if it.Kind == rdb.Key {
			var p purse
			if err = d.Value(&it, &p); string(it.Name) == "generation" {
				found = strconv.Itoa(p.money)
			}
		}
	}
	if err != nil {
		return "bad"
	}
	return found
}

// losses saves three generations in three ways, loses power before every operation and after every answer, and counts the losses that
// leave anything but the generation that was acknowledged or the one that was being written. The sync of number forget is not done.
func losses(t *testing.T, forget int) (bad, syncs int) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, uint64(forget)))
	m := &vfs.Mem{}
	done, next := "none", "none"
	look := func() {
		mu.Lock()
		defer mu.Unlock()
		for i := range 8 {
			chance := random
			if i == 0 {
				chance = nil
			}
			if have := generation(m.Crash(chance)); have != done && have != next {
				bad++
			}
		}
	}
	m.Before = func(operation, _ string) error {
		look()
		if operation != "sync" && operation != "syncdir" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if syncs++; syncs == forget {
			return vfs.Forget
		}
		return nil
	}
	c := startOn(t, m)
	for i, how := range [][]string{{"SAVE"}, {"BGSAVE"}, {"DEBUG", "RELOAD"}} {
		text := strconv.Itoa(i + 1)
		c.Want(t, "+OK\r\n", "SET", "generation", text)
		mu.Lock()
		next = text
		mu.Unlock()
		reply, err := c.Do(how...)
		if err != nil || reply[0] != '+' {
			t.Fatalf("%q %s %v", how, reply, err)
		}
		awaitSave(t, c)
		mu.Lock()
		done = text
		mu.Unlock()
		look()
	}
	return bad, syncs
}

func TestPowerLoss(t *testing.T) {
	bad, syncs := losses(t, 0)
	if bad != 0 || syncs != 6 {
		t.Fatal(bad, syncs)
	}
	for forget := 1; forget <= syncs; forget++ {
		if bad, _ := losses(t, forget); bad == 0 {
			t.Errorf("nobody misses sync %d", forget)
		}
	}
}

// TestIncrementalSync counts the syncs of a large file.
func TestIncrementalSync(t *testing.T) {
	for value, many := range map[string]bool{"yes": true, "no": false} {
		m := &vfs.Mem{}
		var syncs atomic.Int64
		m.Before = func(operation, _ string) error {
			if operation == "sync" {
				syncs.Add(1)
			}
			return nil
		}
		c := startOn(t, m, [2]string{"rdb-save-incremental-fsync", value}, [2]string{"rdbcompression", "no"})
		for i := range 9 {
			c.Want(t, "+OK\r\n", "SET", "key:"+strconv.Itoa(i), strings.Repeat("x", 1<<20))
		}
		c.Want(t, "+OK\r\n", "SAVE")
		if n := syncs.Load(); n > 1 != many {
			t.Errorf("%s: %d", value, n)
		}
	}
}

// TestRewriteSyncsInSteps: so does a base of the append-only file (aof-rewrite-incremental-fsync).
func TestRewriteSyncsInSteps(t *testing.T) {
	for value, many := range map[string]bool{"yes": true, "no": false} {
		m := &vfs.Mem{}
		var syncs atomic.Int64
		var counts atomic.Bool
		m.Before = func(operation, name string) error {
			if counts.Load() && operation == "sync" && strings.HasSuffix(name, "temp-appendonly.aof.base") {
				syncs.Add(1)
			}
			return nil
		}
		c := startOn(t, m, [2]string{"appendonly", "yes"}, [2]string{"dir", "/"}, [2]string{"aof-rewrite-incremental-fsync", value}, [2]string{"rdbcompression", "no"})
		for i := range 9 {
			c.Want(t, "+OK\r\n", "SET", "key:"+strconv.Itoa(i), strings.Repeat("x", 1<<20))
		}
		counts.Store(true)
		c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
		testkit.Await(t, c.Conn.RemoteAddr().String(), "aof_rewrites", "1")
		testkit.Await(t, c.Conn.RemoteAddr().String(), "aof_rewrite_in_progress", "0")
		if n := syncs.Load(); n > 1 != many {
			t.Errorf("%s: %d", value, n)
		}
	}
}

// TestDiskFull fails every write of a save in turn: the former file stays, nothing is left beside it, and clients are told.
func TestDiskFull(t *testing.T) {
	for _, how := range []string{"SAVE", "BGSAVE"} {
		m := &vfs.Mem{}
		var fail, operations atomic.Int64
		m.Before = func(operation, _ string) error {
			if operation != "create" && operation != "remove" && operations.Add(1) == fail.Load() {
				return io.ErrShortWrite
			}
			return nil
		}
		c := startOn(t, m)
		c.Want(t, "+OK\r\n", "SET", "generation", "1")
		c.Want(t, "+OK\r\n", "SAVE")
		c.Want(t, "+OK\r\n", "SET", "generation", "2")
		for at := int64(1); at <= 3; at++ { // write, sync, rename
			operations.Store(0)
			fail.Store(at)
			reply, _ := c.Do(how)
			awaitSave(t, c)
			info, _ := c.Do("INFO", "persistence")
			if how == "SAVE" && reply[0] != '-' || how == "BGSAVE" && testkit.InfoField(string(info), "rdb_last_bgsave_status") != "err" {
				t.Errorf("%s, operation %d: %s\n%s", how, at, reply, info)
			}
			if names := m.Names(); generation(m) != "1" || len(names) != 1 {
				t.Errorf("%s, operation %d: generation %s, files %v", how, at, generation(m), names)
			}
		}
		fail.Store(0)
		c.Want(t, "+OK\r\n", "SAVE")
		if generation(m) != "2" {
			t.Error(generation(m))
		}
	}
}
