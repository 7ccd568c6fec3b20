//go:build sim

package simulation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/sim"
	"sigrun/internal/testkit"
)

// client does its steps of a plan one after the other.
type client struct {
	x       *run
	id      int
	c       *conn  // nil: none
	batch   []byte // what is sent together with the next command
	batched int
	buf     []byte // of a reply that is not whole
	sent    int    // commands on this connection
	got     int    // replies
	last    string // reply
	stalled bool
	atHome  bool // in judgedDB
	cache   cache

	flushing int // FLUSHALLs that are not answered yet
}

// patience is how long somebody waits for what has to come. Where slots move all the time it is less, since that takes steps.
func (x *run) patience() time.Duration {
	if x.set.is(Appends) && x.set.is(Fails) { // where a sync failed, replies wait for another base
		return 8 * time.Minute
	}
	if !x.set.is(Chaos) {
		return 30 * time.Second
	}
	return min(max(20_000*x.set.micros(Disorder), 2*time.Second), 30*time.Second)
}

func (c *client) run() {
	for i, s := range c.x.plan.Steps {
		if s.Client == c.id {
			c.x.begun[i] = true
			c.step(s)
		}
	}
	c.checkCache()
	c.leave()
}

func (c *client) step(s Step) {
	if !c.connected() {
		return
	}
	if !c.stalled {
		c.drain()
	}
	switch s.Verb {
	case With:
		c.with(s.Args)
	case Do:
		c.do(s.Args)
	case Op:
		c.op(s.Args)
	case Send:
		c.with(s.Args)
		c.flush()
	case Part:
		n, _ := strconv.Atoi(s.Args[0])
		raw := testkit.Command(s.Args[1:]...)
		c.flush()
		c.c.send(raw[:min(n, len(raw))])
	case Wait:
		n, _ := strconv.Atoi(s.Args[0])
		sim.Sleep(time.Duration(n) * time.Microsecond)
	case Pledge:
		c.pledge(len(s.Args) > 0)
	case Trade:
		c.trade(s.Args)
	case Cache:
		c.caching(s.Args)
	case Note:
		c.note(s.Args)
	case Log:
		c.log(s.Args)
	case Stall:
		c.stalled = true
	case Read:
		c.stalled = false
	case Shut:
		c.flush()
		c.c.hangUp(false)
	case Reset:
		c.flush()
		c.c.hangUp(true)
	default:
		panic("no such step: " + s.Verb)
	}
}

// connected makes a connection if there is none that can be used.
func (c *client) connected() bool {
	if c.c != nil && !c.c.gone && !c.c.shut {
		return true
	}
	if c.c != nil {
		c.c.hangUp(true)
	}
	*c = client{x: c.x, id: c.id}
	c.c = c.x.engine.dial(strconv.Itoa(c.id))
	return c.c != nil
}

func (c *client) with(args []string) {
	c.batch = append(c.batch, testkit.Command(args...)...)
	c.batched++
	c.flushes(args)
	if strings.EqualFold(args[0], "FLUSHALL") { // others judge by when that may have been
		c.x.done(c, testkit.Op{Commands: [][]string{{"FLUSHALL"}}}, testkit.Unknown, c.x.moment())
	}
}

// flush sends what was collected.
func (c *client) flush() {
	if len(c.batch) > 0 {
		c.sent += c.batched
		b := c.batch
		c.batch, c.batched = nil, 0
		c.c.send(b)
	}
}

// do sends a command and waits for all replies.
func (c *client) do(args []string) {
	if len(c.batch) == 0 && len(args) == 1 && strings.EqualFold(args[0], "FLUSHALL") {
		c.flushAll()
		return
	}
	c.with(args)
	c.flush()
	c.await()
}

func (c *client) flushAll() {
	before := c.x.vault.answered()
	if c.judge(testkit.Op{Commands: [][]string{{"FLUSHALL"}}}) == "+OK\r\n" && c.x.set.is(Saves) {
		c.x.vault.flushed = max(c.x.vault.flushed, before)
	}
}

// ask sends commands and returns the reply of the last one, Unknown: it does not come.
func (c *client) ask(commands ...[]string) string {
	for _, args := range commands {
		c.batch = append(c.batch, testkit.Command(args...)...)
		c.batched++
		c.flushes(args)
	}
	c.flush()
	if !c.await() {
		return testkit.Unknown
	}
	return c.last
}

// await waits until everything is answered; false: it will not be.
func (c *client) await() bool {
	c.stalled = false
	timer := time.NewTimer(c.x.patience())
	defer timer.Stop()
	for {
		c.drain()
		switch {
		case c.got >= c.sent:
			c.flushed()
			return true
		case c.c.gone || c.c.reset:
			return false
		}
		if sim.Either("waits for a reply", c.c.come, timer.C) == 1 {
			sim.Fail(fmt.Sprintf("client %d waits for %d replies of %d for %v", c.id, c.sent-c.got, c.sent, c.x.patience()))
		}
	}
}

// drain reads what is there.
func (c *client) drain() {
	for len(c.c.out) > 0 {
		c.buf = append(c.buf, c.c.take(1+sim.IntN(64<<10))...)
	}
	for len(c.buf) > 0 {
		n, err := testkit.Whole(c.buf)
		if err != nil {
			sim.Fail(fmt.Sprintf("client %d got what is no reply: %v in %.300q", c.id, err, c.buf))
		}
		if n == 0 {
			return
		}
		said := string(c.buf[:n])
		c.buf = c.buf[n:]
		if !c.told(said) {
			c.last = said
			c.got++
			c.keep()
		}
		sim.Note(fmt.Sprintf("client %d got %.100q", c.id, said))
	}
}

// leave ends the connection, and waits until the node knows of it.
func (c *client) leave() {
	if c.c == nil {
		return
	}
	c.c.hangUp(c.stalled || c.id%2 == 0)
	timer := time.NewTimer(c.x.patience())
	defer timer.Stop()
	for !c.c.gone {
		if c.c.take(1 << 20); sim.Either("waits for the end of its connection", c.c.come, timer.C) == 1 {
			sim.Fail(fmt.Sprintf("client %d has left, and its connection does not end", c.id))
		}
	}
}
