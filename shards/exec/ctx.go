package exec

import (
	"errors"

	"sigrun/protocol/call"
	"sigrun/shards/evict"
	"sigrun/shards/observe"
	"sigrun/shards/upkeep"
)

// Ctx runs commands for one goroutine and is what handlers see. It is built of layers, each of which knows those below:
//
//	Router    which shards a command takes, and its keys
//	Step      the command that is running, its tokens, its time
//	Observed  what is counted, timed and shown of it
//	Effects   what it changes, until that leaves as a commit
//	Access    what it looks up
//	Ctx       running: commands, transactions, calls, waiters
//
// The exported fields describe the command that is running; they and everything that methods return live until the handler
// returns, and views of values only until the next change.
type Ctx struct {
	Access
	waiters
	counted observe.Taken // of the tally, when a command began that may have to begin again
	upkeep  upkeep.Upkeep
	own     call.ShardSet // of a Ctx that does chores: the shard whose token it holds
	evictor evict.Evictor
	Local   any // what the family of scripts keeps for this goroutine: its interpreter
}

// Outcomes that handlers return as errors; they never reach a client.
var (
	errWait = errors.New("exec: wait")
	errMore = errors.New("exec: more tokens")
	errLong = errors.New("exec: an executor")

	errApart = errors.New("exec: something else first")

	errNextShard = errors.New("exec: next shard")

	errKilled = errors.New("exec: the script was killed")
)

// NewCtx makes the runner of one goroutine, for as long as the engine lives: its counters are
// never forgotten. Who needs one for a moment borrows it.
func (e *Engine) NewCtx(loop int) *Ctx {
	c := &Ctx{}
	c.e, c.k, c.loop, c.tally, c.Now, c.waiters.c = e, e.Keyspace, loop, e.Tallies.New(), e.Clock.Millis(), c
	c.upkeep = upkeep.New(e.Keyspace, background{c}, c.tally, &e.Latency)
	c.evictor = evict.New(e.Keyspace, e.Evict, background{c}, c.tally, &e.Latency)
	return c
}

// Borrow takes a runner that belongs to no loop, until GiveBack. There are as many as were
// ever out at once.
func (e *Engine) Borrow() *Ctx {
	e.runnerMu.Lock()
	defer e.runnerMu.Unlock()
	if n := len(e.idle); n > 0 {
		c := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return c
	}
	return e.NewCtx(-1)
}

// GiveBack returns a runner that was borrowed.
func (e *Engine) GiveBack(c *Ctx) {
	e.runnerMu.Lock()
	defer e.runnerMu.Unlock()
	e.idle = append(e.idle, c)
}
