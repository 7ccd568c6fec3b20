package node_test

import (
	"testing"

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
