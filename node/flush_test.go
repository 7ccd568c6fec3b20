package node_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// What FLUSHALL leaves behind is freed while new keys come and slots move: no key may be lost or doubled by it.
func TestFlushWhileSlotsMove(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		awaitMoves(t, addr)
		for round := range 4 {
			fill(t, c, 5000, round)
			flush := [][]string{{"FLUSHALL"}, {"FLUSHDB", "SYNC"}}[round%2]
			c.Want(t, "+OK\r\n", flush...)
			fill(t, c, 3000, round)
			c.Want(t, ":3000\r\n", "DBSIZE")
			keys := testkit.Must(testkit.Parse(testkit.Must(c.Do("KEYS", "*"))(t)))(t)
			if len(keys.Elems) != 3000 {
				t.Fatalf("round %d: KEYS finds %d keys", round, len(keys.Elems))
			}
			c.Want(t, "+OK\r\n", "FLUSHALL")
			c.Want(t, ":0\r\n", "DBSIZE")
		}
	})
}

// awaitMoves waits in chaos until many slots have moved: before the first key, while no database is made yet.
func awaitMoves(t *testing.T, addr string) {
	t.Helper()
	if !strings.HasSuffix(t.Name(), "chaos") {
		return
	}
	testkit.AwaitCount(t, addr, "slots_moved", 20)
}

// fill sets n keys in pipelines of a hundred.
func fill(t *testing.T, c *testkit.Client, n, round int) {
	t.Helper()
	for at := 0; at < n; at += 100 {
		var sets [][]string
		for i := at; i < at+100; i++ {
			sets = append(sets, []string{"SET", fmt.Sprintf("key:%d:%d", round, i), "value:" + strconv.Itoa(i)})
		}
		if _, err := c.Pipeline(sets...); err != nil {
			t.Fatal(err)
		}
	}
}

// A snapshot comes to its end whatever happens to its keys meanwhile, and the next one, too.
func TestSnapshotsEnd(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		awaitMoves(t, addr)
		for round := range 3 {
			fill(t, c, 4000, round)
			c.Want(t, "+OK\r\n", "SELECT", "1")
			fill(t, c, 500, round)
			c.Want(t, "+OK\r\n", "SELECT", "0")
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "50")
			c.Want(t, "+Background saving started\r\n", "BGSAVE")
			if round == 1 {
				c.Want(t, "+OK\r\n", "SWAPDB", "0", "1")
			} else {
				c.Want(t, "+OK\r\n", "FLUSHALL")
			}
			if _, err := c.Do("BGSAVE"); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
			awaitSave(t, c)
			c.Want(t, "+Background saving started\r\n", "BGSAVE")
			awaitSave(t, c)
		}
	})
}
