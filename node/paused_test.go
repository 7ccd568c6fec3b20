package node_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
	"sigrun/protocol/slotmap"
)

// TestPausedSlots: what would change a slot that is paused waits, alone, in transactions and scripts, and whatever changes any; reads and changes of
// others go on, and time removes nothing: a key that is due is not there, stays, and gives way to who writes to it. When the pause is reported, nothing changes any more.
func TestPausedSlots(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			n := nodetest.StartNode(t, mode.Config...)
			c := testkit.MustDial(t, n.Addr())
			var writers sync.WaitGroup
			defer writers.Wait()
			over := make(chan struct{})
			defer close(over)
			for i := range 4 {
				w := testkit.MustDial(t, n.Addr())
				writers.Go(func() {
					for {
						select {
						case <-over:
							return
						default:
						}
						_, _ = w.Pipeline([]string{"INCR", "a"}, []string{"INCR", "b"}, []string{"MULTI"}, []string{"INCR", "a"}, []string{"INCR", fmt.Sprint("c", i)}, []string{"EXEC"},
							[]string{"EVAL", "return redis.call('incr', KEYS[1])", "1", "a"})
					}
				})
			}
			for round := range 5 {
				slots := []uint16{slot.Of([]byte("a")), slot.Of([]byte("x"))}
				paused := make(chan struct{})
				n.Control.PauseSlots(slots, func() { close(paused) })
				<-paused
				first, _ := c.Do("GET", "a")
				expired := expiredKeys(t, c)
				c.Want(t, "+OK\r\n", "SET", "due", "1", "PX", "1")
				c.Want(t, "+OK\r\n", "SET", "again", "1", "PX", "1")
				until(t, c, "$-1\r\n", "GET", "due")
				until(t, c, "$-1\r\n", "GET", "again")
				if now := expiredKeys(t, c); now != expired {
					t.Errorf("%d keys have expired in the pause, %d before", now, expired)
				}
				c.Want(t, "+OK\r\n", "SET", "again", "2")
				for i := range 50 {
					c.Want(t, "+OK\r\n", "SET", fmt.Sprint("k", i), "v")
					c.Want(t, string(first), "GET", "a")
				}
				c.Want(t, "$-1\r\n", "GET", "due")
				if now := expiredKeys(t, c); now != expired+1 {
					t.Errorf("%d keys have expired in the pause, one that was written to and %d before", now, expired)
				}
				info, _ := c.Do("INFO", "clients")
				if reason := testkit.InfoField(string(info), "paused_reason"); reason != "slot_migration_in_progress" {
					t.Errorf("paused_reason %q", reason)
				}
				var waiting []*testkit.Client
				for _, args := range [][]string{{"SET", "x", fmt.Sprint(round)}, {"EVAL", "return 1", "0"}, {"FLUSHDB"}, {"MSET", "k1", "1", "x", "2"}} {
					w := testkit.MustDial(t, n.Addr())
					w.Want(t, "+OK\r\n", "SELECT", "1")
					w.Blocks(t, args...)
					waiting = append(waiting, w)
				}
				n.Control.ResumeSlots(slots, slotmap.Own)
				for _, w := range waiting {
					if _, err := w.Read(); err != nil {
						t.Error(err)
					}
				}
				c.Want(t, "$1\r\n2\r\n", "GET", "again")
				testkit.AwaitCount(t, n.Addr(), "expired_keys", expired+2)
			}
			testkit.Await(t, n.Addr(), "paused_reason", "none")
			c.Want(t, "+OK\r\n", "SET", "x", "1")
		})
	}
}

func expiredKeys(t *testing.T, c *testkit.Client) int {
	t.Helper()
	n, err := strconv.Atoi(testkit.InfoField(string(testkit.Must(c.Do("INFO", "stats"))(t)), "expired_keys"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
