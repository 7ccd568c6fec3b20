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
			{500 * 400, func(c *testkit.Client) {
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
			if kept := usedMemory(t, c) - before; kept > 50_000 {
				t.Errorf("used_memory still has %d bytes of a client that is gone", kept)
			}
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
