package reactor

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// coreUse tells the Go runtime how many cores it may use: all of them while more loops than one are awake or executors have work, and some seconds
// longer. While one loop is awake alone it gets one or two, whichever costs less. With one, the runtime's monitor takes it away from a loop that
// waits in the kernel, and goes on looking without rest; with two, a wait may wake a thread that looks for work and finds none. Which is dearer is
// the host's matter, and comes to a tenth of a command's CPU time without pipelining either way: so it is tried.
type coreUse struct {
	set   func(n int) // nil: the process is not ours to tune
	spent func() time.Duration
	most  int
	alone int  // cores while one loop is awake alone
	warm  bool // all cores
	idle  int  // samples without need
	trial trial
}

func newCoreUse(set func(n int)) coreUse {
	return coreUse{set: set, spent: processTime, most: runtime.GOMAXPROCS(0), alone: 1, warm: true, idle: coolAfter, trial: trial{rest: firstTrial}}
}

// processTime is the CPU time of the process.
func processTime() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// needed reports whether cores are in use beyond the first.
func (c *coreUse) needed() bool { return c.set != nil && c.warm }

// cool gives the cores back at the next step without need, not only after a while.
func (c *coreUse) cool() { c.idle = coolAfter }

// coolAfter is the number of samples without need after which cores are given back.
const coolAfter = 50

// step follows a sample in which there were so many commands.
func (c *coreUse) step(needed bool, commands uint64) {
	switch {
	case c.set == nil:
	case needed:
		c.idle = 0
		c.trial.stop()
		if !c.warm {
			c.warm = true
			c.set(c.most)
		}
	case c.warm:
		if c.idle++; c.idle >= coolAfter {
			c.warm = false
			c.set(c.alone)
		}
	case c.most > 1:
		c.try(commands)
	}
}

// trial compares one core with two, by turns of some samples each.
type trial struct {
	rest     int // samples with load until it begins
	on       bool
	turn     int // of turns
	sample   int // of the turn
	last     time.Duration
	spent    [3]time.Duration // by cores
	commands [3]uint64
}

// turns are the cores of each turn: what drifts meanwhile falls on both alike.
var turns = [...]int{1, 2, 2, 1, 2, 1, 1, 2}

const (
	samplesOfTurn = 3    // that count; one before them does not, in which both were
	firstTrial    = 20   // samples with load before the first trial
	betweenTrials = 600  // and before the next
	worthTrying   = 500  // commands of a sample: less load says nothing
	clearlyLess   = 0.97 // or things stay as they are
)

// stop gives a trial up.
func (t *trial) stop() { t.on = false }

// try goes on with a trial, or begins one.
func (c *coreUse) try(commands uint64) {
	t := &c.trial
	now := c.spent()
	used := now - t.last
	t.last = now
	switch {
	case commands < worthTrying:
		if t.on {
			t.stop()
			c.set(c.alone)
		}
	case !t.on:
		if t.rest--; t.rest <= 0 {
			*t = trial{on: true, last: now, rest: betweenTrials}
			c.set(turns[0])
		}
	default:
		if n := turns[t.turn]; t.sample > 0 {
			t.spent[n] += used
			t.commands[n] += commands
		}
		if t.sample++; t.sample > samplesOfTurn {
			t.sample = 0
			c.nextTurn()
		}
	}
}

// nextTurn goes over to the next turn, or decides.
func (c *coreUse) nextTurn() {
	t := &c.trial
	if t.turn++; t.turn < len(turns) {
		if turns[t.turn] != turns[t.turn-1] {
			c.set(turns[t.turn])
		}
		return
	}
	cost := func(n int) float64 { return float64(t.spent[n]) / float64(t.commands[n]) }
	if other := 3 - c.alone; cost(other) < clearlyLess*cost(c.alone) {
		c.alone = other
	}
	t.stop()
	c.set(c.alone)
}
