package node_test

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// What clients hold besides keys and buffers shows in used_memory, and goes with them: subscriptions, watched keys,
// waits and queued commands.
func TestWhatClientsHoldIsCounted(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		name := func(i int) string { return strconv.Itoa(i) + strings.Repeat("x", 200) }
		names := make([]string, 500)
		for i := range names {
			names[i] = name(i)
		}
		c := testkit.MustDial(t, addr)
		for _, hold := range []struct {
			least int
			do    func(c *testkit.Client)
		}{
			{500 * 340, func(c *testkit.Client) {
				if err := c.Send(testkit.Command(append([]string{"SUBSCRIBE"}, names...)...)); err != nil {
					t.Fatal(err)
				}
				for range names {
					testkit.Must(c.Read())(t)
				}
			}},
			{500 * 300, func(c *testkit.Client) { c.Want(t, "+OK\r\n", append([]string{"WATCH"}, names...)...) }},
			{500 * 300, func(c *testkit.Client) { c.Blocks(t, append(append([]string{"BLPOP"}, names...), "0")...) }},
			{500 * 200, func(c *testkit.Client) {
				c.Want(t, "+OK\r\n", "MULTI")
				for _, n := range names {
					c.Want(t, "+QUEUED\r\n", "GET", n)
				}
			}},
		} {
			before := usedMemory(t, c)
			holder := testkit.MustDial(t, addr)
			hold.do(holder)
			if grown := usedMemory(t, c) - before; grown < hold.least {
				t.Errorf("used_memory grew by %d, want %d at least", grown, hold.least)
			}
			_ = holder.Close()
			testkit.Await(t, addr, "connected_clients", "2")
			testkit.AwaitAtMost(t, addr, "used_memory", before+50_000)
		}
	})
}

func usedMemory(t *testing.T, c *testkit.Client) int {
	t.Helper()
	n, err := strconv.Atoi(infoField(t, c, "used_memory"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Names of clients, users and what is noted of refusals show in used_memory, and go with them.
func TestNamesAndUsersAreCounted(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		long := strings.Repeat("n", 100_000)
		setting(t, c, "commandlog-execution-slower-than", "-1") // which keeps the names of clients
		for _, hold := range []struct {
			name     string
			do, undo []string
		}{
			{"SETNAME", []string{"CLIENT", "SETNAME", long}, []string{"CLIENT", "SETNAME", ""}},
			{"SETINFO", []string{"CLIENT", "SETINFO", "lib-name", long}, []string{"CLIENT", "SETINFO", "lib-name", ""}},
			{"users", []string{"ACL", "SETUSER", "somebody", "~" + long}, []string{"ACL", "DELUSER", "somebody"}},
		} {
			before := usedMemory(t, c)
			testkit.Must(c.Do(hold.do...))(t)
			if grown := usedMemory(t, c) - before; grown < len(long) || grown > 3*len(long) {
				t.Errorf("%s: used_memory grew by %d for %d bytes", hold.name, grown, len(long))
			}
			testkit.Must(c.Do(hold.undo...))(t)
			if kept := usedMemory(t, c) - before; kept > 20_000 {
				t.Errorf("%s: used_memory still has %d bytes", hold.name, kept)
			}
		}
		c.Want(t, "+OK\r\n", "ACL", "SETUSER", "nobody", "on", "nopass", "-@all")
		before := usedMemory(t, c)
		for i := range 100 {
			if reply := testkit.Must(c.Do("AUTH", "nobody"+strconv.Itoa(i)+long[:900], "wrong"))(t); !strings.HasPrefix(string(reply), "-WRONGPASS") {
				t.Fatal(string(reply))
			}
		}
		if grown := usedMemory(t, c) - before; grown < 90_000 {
			t.Errorf("used_memory grew by %d for refusals of a hundred names", grown)
		}
		c.Want(t, "+OK\r\n", "ACL", "LOG", "RESET")
		if kept := usedMemory(t, c) - before; kept > 20_000 {
			t.Errorf("used_memory still has %d bytes of the log", kept)
		}
	})
}

// Records that a snapshot has put aside are told, and none is when it is through.
func TestWhatLiesAsideIsTold(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"rdb-key-save-delay", "100000"})
	c := testkit.MustDial(t, addr)
	for i := range 200 {
		c.Want(t, "+OK\r\n", "SET", strconv.Itoa(i), strings.Repeat("x", i*7))
	}
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	for i := range 200 {
		c.Want(t, "+OK\r\n", "SET", strconv.Itoa(i), "y")
	}
	if aside := fieldOf(t, c, "mem_not_counted_for_evict"); aside < 1000 {
		t.Errorf("%d bytes lie aside", aside)
	}
	setting(t, c, "rdb-key-save-delay", "0")
	testkit.Await(t, addr, "rdb_bgsave_in_progress", "0")
	testkit.Await(t, addr, "mem_not_counted_for_evict", "0")
}
