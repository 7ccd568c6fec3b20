package node_test

import (
	"fmt"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
	"sigrun/protocol/slotmap"
)

// TestPausedSlots: what would change a slot that is paused waits, alone, in transactions and scripts, and whatever changes any; reads and changes of
// others go on, and time removes nothing. When the pause is reported, nothing changes any more.
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
			c.Want(t, "+OK\r\n", "SET", "due", "1", "PX", "1")
			for round := range 5 {
				slots := []uint16{slot.Of([]byte("a")), slot.Of([]byte("x"))}
				paused := make(chan struct{})
				n.Control.PauseSlots(slots, func() { close(paused) })
				<-paused
				first, _ := c.Do("GET", "a")
				for i := range 50 {
					c.Want(t, "+OK\r\n", "SET", fmt.Sprint("k", i), "v")
					c.Want(t, string(first), "GET", "a")
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
			}
			testkit.Await(t, n.Addr(), "paused_reason", "none")
			c.Want(t, "+OK\r\n", "SET", "x", "1")
		})
	}
}
