package node_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
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
				for _, args := range [][]string{{"SET", "x", fmt.Sprint(round)}, {"EVAL", "return 1", "0"}, {"EVAL", "return redis.call('incr', 'a')", "1", "k1"}, {"FLUSHDB"}, {"MSET", "k1", "1", "x", "2"}} {
					w := testkit.MustDial(t, n.Addr())
					w.Want(t, "+OK\r\n", "SELECT", "1")
					w.Blocks(t, args...)
					waiting = append(waiting, w)
				}
				n.Control.ResumeSlots(slots)
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

// TestPausedInCluster: what the cluster learns of a slot, or finds out of itself, does not end its pause; who writes waits until it is resumed, and is sent to
// where the slot is by then. What was admitted before the pause has run when it is reported.
func TestPausedInCluster(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			n := nodetest.StartNode(t, append(mode.Config[:len(mode.Config):len(mode.Config)], [2]string{"cluster-enabled", "yes"},
				[2]string{"cluster-config-file", filepath.Join(t.TempDir(), "nodes.conf")})...)
			c := testkit.MustDial(t, n.Addr())
			c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
			at := slot.Of([]byte("a"))
			for range 3 {
				stop := turmoilOn(t, n.Addr(), "{a}1", "{a}2")
				paused := make(chan struct{})
				n.Control.PauseSlots([]uint16{at}, func() { close(paused) })
				<-paused
				still := testkit.Must(c.Do("MGET", "{a}1", "{a}2"))(t)
				w := testkit.MustDial(t, n.Addr())
				w.Blocks(t, "SET", "a", "1")
				for _, change := range [][]string{{"CONFIG", "SET", "cluster-require-full-coverage", "no"}, {"CLUSTER", "DELSLOTS", "0"}, {"CLUSTER", "ADDSLOTS", "0"},
					{"CONFIG", "SET", "cluster-require-full-coverage", "yes"}, {"CLUSTER", "BUMPEPOCH"}} {
					if reply := testkit.Must(c.Do(change...))(t); reply[0] != '+' {
						t.Errorf("%v: %q", change, reply)
					}
					another := testkit.MustDial(t, n.Addr())
					another.Blocks(t, "INCR", "{a}1")
					_ = another.Close()
					c.Want(t, "+OK\r\n", "SET", "b", "1")
					c.Want(t, string(still), "MGET", "{a}1", "{a}2")
				}
				n.Control.ResumeSlots([]uint16{at})
				if reply, err := w.Read(); err != nil || string(reply) != "+OK\r\n" {
					t.Errorf("%q %v", reply, err)
				}
				stop()
			}
			testkit.Await(t, n.Addr(), "paused_reason", "none")
		})
	}
}

// turmoilOn has clients change keys of one slot in all ways until the function that it returns is called.
func turmoilOn(t *testing.T, addr, a, b string) (stop func()) {
	var writers sync.WaitGroup
	over := make(chan struct{})
	for range 3 {
		w := testkit.MustDial(t, addr)
		writers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				_, _ = w.Pipeline([]string{"INCR", a}, []string{"MSET", a, "1", b, "2"}, []string{"MULTI"}, []string{"INCR", b}, []string{"INCR", a}, []string{"EXEC"},
					[]string{"EVAL", "return redis.call('incr', KEYS[1])", "1", a})
			}
		})
	}
	return func() { close(over); writers.Wait() }
}
