//go:build sim

package simulation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/sim"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/shards/exec"
)

// check looks at the node once all clients have gone.
func (x *run) check() {
	c := &client{x: x, id: 1000}
	if !c.connected() {
		x.fail("nobody is there, and nobody is let in")
		return
	}
	for quiet := 0; x.set.is(Endless) && quiet < 10; quiet++ { // those of clients that have gone run, too
		c.ask([]string{"SCRIPT", "KILL"})
		reply, _ := testkit.Parse([]byte(c.ask([]string{"INFO", "everything"})))
		if testkit.InfoField(reply.Text, "scripts_running") != "0" {
			quiet = 0
		}
		sim.Sleep(2 * time.Millisecond)
	}
	x.want(c, "+OK\r\n", "CLIENT", "UNPAUSE")
	x.want(c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0", "maxmemory", "0", "notify-keyspace-events", "", "save", "")
	x.want(c, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	x.await(c, map[string]string{"connected_clients": "1", "blocked_clients": "0", "watching_clients": "0", "total_watched_keys": "0",
		"total_blocking_keys": "0", "pubsub_channels": "0", "pubsub_patterns": "0", "pubsubshard_channels": "0", "tracking_clients": "0", "tracking_total_prefixes": "0", "paused_reason": "none", "scripts_running": "0", "rdb_bgsave_in_progress": "0",
		"aof_last_write_status": "ok", "aof_rewrite_in_progress": "0"})
	if x.set.is(Appends) {
		x.ledger.losses = append(x.ledger.losses, x.lose(true))
	}
	x.checkKeys(c)
	x.checkGoods(c)
	if wrong := x.fileOf(x.disk); wrong != "" {
		x.fail("the file in the end %s", wrong)
	}
	x.states = append(x.states, nodetest.Look(x.node))
	x.want(c, "+OK\r\n", "FLUSHALL")
	x.want(c, ":0\r\n", "DBSIZE")
	x.await(c, map[string]string{"lazyfree_pending_objects": "0", "used_memory_dataset": "0"})
	c.leave()
	x.checkLeftovers()
}

func (x *run) want(c *client, reply string, args ...string) {
	if got := c.ask(args); got != reply {
		x.fail("%q: %q instead of %q", args, got, reply)
	}
}

// await waits until INFO tells what is wanted.
func (x *run) await(c *client, want map[string]string) {
	wrong := ""
	for waited := time.Duration(0); waited < x.patience(); waited += 10 * time.Millisecond {
		reply, _ := testkit.Parse([]byte(c.ask([]string{"INFO", "everything"})))
		wrong = ""
		for field, value := range sim.Walk(want, strings.Compare) {
			if is := testkit.InfoField(reply.Text, field); is != value {
				wrong += fmt.Sprintf(" %s is %s and not %s;", field, is, value)
			}
		}
		if wrong == "" {
			return
		}
		sim.Sleep(10 * time.Millisecond)
	}
	x.fail("in the end%s\n%s", wrong, c.ask([]string{"CLIENT", "LIST"}))
}

// checkKeys compares what is counted with what is there, and each key with where it should be.
func (x *run) checkKeys(c *client) {
	counts := map[int]int{}
	x.node.Still(func(e *exec.Engine) {
		for _, wrong := range misplaced(e, counts) {
			x.fail("%s", wrong)
		}
	})
	for i := range ledgerDB + 1 {
		size := c.ask([]string{"SELECT", strconv.Itoa(i)}, []string{"DBSIZE"})
		if n, err := strconv.Atoi(strings.Trim(size, ":\r\n")); err != nil || n > counts[i] { // what is due may have gone since
			x.fail("database %d has %d keys, DBSIZE says %q", i, counts[i], size)
		}
	}
}

// checkLeftovers waits until nothing is held, queued or on its way.
func (x *run) checkLeftovers() {
	var left []string
	for waited := time.Duration(0); waited < x.patience(); waited += 10 * time.Millisecond {
		if left = x.node.Leftovers(); len(left) == 0 {
			return
		}
		sim.Sleep(10 * time.Millisecond)
	}
	x.fail("nobody is there, but %s", strings.Join(left, ", "))
}

// checkReplay repeats all commits in an empty node, which has to hold the same afterwards.
func (x *run) checkReplay() {
	if x.tape == nil || !x.set.is(Recorded) || len(x.wrong) > 0 {
		return
	}
	other, c := x.another(nil)
	if other == nil {
		return
	}
	x.want(c, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
	err := x.tape.Play(x.states, func(args ...string) []byte { return []byte(c.ask(args)) }, func() nodetest.Moment { return nodetest.Look(other.node) })
	if err != nil {
		x.fail("replayed: %v", err)
	}
	c.leave()
	other.end(x)
}

// checkDisk starts a node from what a loss of power left: it has to load.
func (x *run) checkDisk() {
	if x.left == nil || len(x.wrong) > 0 {
		return
	}
	other, c := x.another(x.left)
	if other == nil {
		return
	}
	other.checkKeys(c)
	x.wrong = append(x.wrong, other.wrong...)
	c.leave()
	other.end(x)
}
