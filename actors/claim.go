package actors

import (
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// Claim takes the tokens of c.Set in ascending order. True: all are held, by c. If
// not, c waits in a token's queue and c.Ready is called by whoever completes the
// claim, while it holds all of them.
func (d *Dispatcher) Claim(c *call.Call) bool {
	c.SetCursor(0)
	d.Stats.Claims.Add(1)
	d.countAll(&c.Set)
	if d.advance(c) {
		return true
	}
	d.Stats.Queued.Add(1)
	return false
}

// countAll counts sections that hold every token.
func (d *Dispatcher) countAll(set *call.ShardSet) {
	if last := len(d.tokens) - 1; last > 0 && set.Has(0) && set.Has(last) && set.Len() == last+1 {
		d.Stats.AllTokens.Add(1)
	}
}

// advance claims on from the cursor.
func (d *Dispatcher) advance(c *call.Call) bool {
	for s := c.Set.Next(c.Cursor()); s >= 0; s = c.Set.Next(s + 1) {
		c.SetCursor(s + 1) // whoever hands us token s goes on behind it
		if !d.tokens[s].seizeOrQueue(c) {
			return false
		}
	}
	return true
}

// granted goes on for a claim that has just been handed a token.
func (d *Dispatcher) granted(c *call.Call, r Runner) {
	if d.advance(c) {
		c.Ready(c)
	}
}

// TryClaim takes all tokens of set or none, without waiting. Used for transactions in
// place: spinning a little for each, since holders are short.
func (d *Dispatcher) TryClaim(set *call.ShardSet, r Runner) bool {
	for s := set.Next(0); s >= 0; s = set.Next(s + 1) {
		if d.Try(s) || d.TryHard(s) {
			continue
		}
		for u := set.Next(0); u < s && u >= 0; u = set.Next(u + 1) {
			d.Release(u, r)
		}
		return false
	}
	d.countAll(set)
	return true
}

// ReleaseSet gives all tokens of set back.
func (d *Dispatcher) ReleaseSet(set *call.ShardSet, r Runner) {
	for s := set.Next(0); s >= 0; s = set.Next(s + 1) {
		d.Release(s, r)
	}
}

// acquire takes all tokens of set and waits for them. For goroutines that may block: executors, background work, and who has a Blocking; never a
// loop or control.
func (d *Dispatcher) acquire(set *call.ShardSet) {
	w, _ := d.waiters.Get().(*waiter)
	if w == nil {
		w = newWaiter()
	}
	w.call.Set = *set
	if !d.Claim(&w.call) {
		sim.Receive("waits for tokens", w.done)
	}
	d.waiters.Put(w) // who has all tokens is in no queue
}

// waiter is who waits for tokens. A snapshot does so for each slice of the keyspace: a new one for each is much that the collector has to free.
type waiter struct {
	call call.Call
	done chan struct{}
}

func newWaiter() *waiter {
	w := &waiter{done: make(chan struct{}, 1)}
	w.call.Loop, w.call.Ready = -1, func(*call.Call) { w.done <- struct{}{} }
	return w
}

// Finished sends a call that holds its Set home by the lowest of its shards and then
// releases the tokens. It says so last: a loop that looks for that (Await) finds the
// tokens free again.
func (d *Dispatcher) Finished(c *call.Call, r Runner) {
	set := c.Set // c belongs to its home from here, but for the mark
	c.SetState(call.Done)
	if c.Loop >= 0 {
		d.deliver(set.Next(0), c, r)
	}
	d.ReleaseSet(&set, r)
	c.SetFree()
}

// Submit takes the tokens of c.Set, however long that takes, and runs c on an
// executor. Any goroutine may call it. started: it has the tokens already.
func (d *Dispatcher) Submit(c *call.Call) (started bool) {
	c.Ready = d.Execute
	if started = d.Claim(c); started {
		d.Execute(c)
	}
	return started
}

// Await waits for a call that an executor has, at most for a time, and reports whether
// it is Done, its tokens released if that did not take too long. The loop is not woken by calls that come home meanwhile: it looks at its
// inbox at the end of the turn.
func (d *Dispatcher) Await(loop int, c *call.Call, most time.Duration) bool {
	in := d.inboxes[loop]
	quiet := !in.pending.Swap(true)
	done := false
	for start, i := time.Now(), 0; ; i++ {
		if done = c.Free(); done || c.State() == call.Parked {
			break
		}
		if i&7 == 7 && time.Since(start) > most {
			done = c.State() == call.Done
			break
		}
		sim.Gosched()
	}
	if quiet && !done {
		in.unhush()
	}
	return done
}
