package actors

import (
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// executors run calls that may last. A call comes with its tokens, so there are
// never more calls than shards, but for a few that make way, and nothing can queue
// up here: an idle goroutine is taken, or another one started.
type executors struct {
	d         *Dispatcher
	newRunner func() Runner

	mu     sim.Mutex
	idle   []chan *call.Call
	busy   atomic.Int32 // calls under way
	apart  atomic.Int32 // of them, those that are having something brought
	closed bool
	wg     sim.WaitGroup
}

func (e *executors) init(d *Dispatcher, newRunner func() Runner) {
	e.d, e.newRunner = d, newRunner
}

// Execute runs c, which holds its Set, on an executor. The call goes home and its
// tokens are released when it has run.
func (d *Dispatcher) Execute(c *call.Call) {
	d.Stats.Executed.Add(1)
	d.last(&c.Set)
	d.executors.submit(c)
}

// Executing is the number of calls that executors run at this moment.
func (d *Dispatcher) Executing() int { return int(d.executors.busy.Load()) }

func (e *executors) submit(c *call.Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		e.idle[n-1] <- c
		e.idle = e.idle[:n-1]
		return
	}
	work := make(chan *call.Call, 1)
	work <- c
	e.wg.Go("executor", func() { e.serve(work) })
}

func (e *executors) serve(work chan *call.Call) {
	r := e.newRunner()
	for {
		c, open := sim.Receive("has nothing to do", work)
		if !open {
			return
		}
		e.busy.Add(1)
		e.run(c, r)
		e.busy.Add(-1)
		if !e.park(work) {
			return
		}
	}
}

func (e *executors) park(work chan *call.Call) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.idle = append(e.idle, work)
	return true
}

// run executes one call. A call that needs more tokens gives its own back first:
// claims are made in ascending order only.
func (e *executors) run(c *call.Call, r Runner) {
	d := e.d
	if !d.start(c, r) {
		return
	}
	for {
		if c.Work != nil {
			c.Work()
			break
		}
		verdict := r.RunCall(c)
		if verdict.Outcome == call.Waiting {
			set := c.Set
			d.ReleaseSet(&set, r)
			return
		}
		if verdict.Outcome == call.Finished {
			c.Seq = verdict.Seq
			break
		}
		if verdict.Outcome == call.Apart {
			d.makeWay(c, &verdict, r)
		} else if !d.reclaim(c, verdict.Want, r) {
			return
		}
	}
	c.PutDown()
	d.Finished(c, r)
}

// start has a call run that holds its tokens; false: it was cancelled meanwhile, and they are released.
func (d *Dispatcher) start(c *call.Call, r Runner) bool {
	if c.Move(call.Pending, call.Running) {
		return true
	}
	set := c.Set
	c.PutDown()
	d.deliver(set.Next(0), c, r)
	d.ReleaseSet(&set, r)
	return false
}

// makeWay has what c wants brought while its tokens are others'. It goes on running meanwhile, since what is brought is for nobody else: it cannot
// be cancelled.
func (d *Dispatcher) makeWay(c *call.Call, v *call.Verdict, r Runner) {
	e := &d.executors
	defer e.apart.Add(-1)
	if e.apart.Add(1) > mostApart {
		c.Brought = v.Bring()
		return
	}
	old := c.Set
	d.ReleaseSet(&old, r)
	c.Brought = v.Bring()
	c.Set.Union(v.Want)
	set := c.Set
	d.acquire(&set)
	d.last(&set)
}

// mostApart is how many calls may be on executors without tokens; where there are more, they keep them.
const mostApart = 64

// last says of the tokens of a set that they will be held for long.
func (d *Dispatcher) last(set *call.ShardSet) {
	for s := set.Next(0); s >= 0; s = set.Next(s + 1) {
		d.tokens[s].setLong(true)
	}
}

// reclaim exchanges the tokens of c for those that it turned out to want. While it waits for them it may be
// cancelled, as any call that has not started.
func (d *Dispatcher) reclaim(c *call.Call, want *call.ShardSet, r Runner) bool {
	old := c.Set
	c.Set.Union(want)
	set := c.Set // c is its home's while it waits
	c.SetState(call.Pending)
	d.ReleaseSet(&old, r)
	d.acquire(&set)
	if !d.start(c, r) {
		return false
	}
	d.last(&set)
	return true
}

// Close ends the idle executors and waits for the busy ones.
func (d *Dispatcher) Close() {
	d.stopUpkeep()
	e := &d.executors
	e.mu.Lock()
	e.closed = true
	for _, w := range e.idle {
		close(w)
	}
	e.idle = nil
	e.mu.Unlock()
	e.wg.Wait()
	for _, w := range d.workers {
		w.stop()
	}
}
