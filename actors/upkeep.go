package actors

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// upkeep does the shards' background work on a goroutine of its own, in slices, each
// under the token of its shard: expiry, memory of removed values.
type upkeep struct {
	stop, done chan struct{}
	due        chan struct{}
	every      atomic.Int64 // ns
}

// StartUpkeep begins rounds over all shards, every so often, more often while there is
// work left. When a round finds nothing to do, the next one comes with UpkeepDue.
func (d *Dispatcher) StartUpkeep(every time.Duration) {
	d.upkeep = &upkeep{stop: make(chan struct{}), done: make(chan struct{}), due: make(chan struct{}, 1)}
	d.SetUpkeep(every)
	sim.Go("upkeep", d.keepUp)
}

// SetUpkeepShare allows background work a share of a core in per cent: a quarter, or more.
func (d *Dispatcher) SetUpkeepShare(percent int) {
	d.upkeepShare.Store(int64(max(percent, leastShare)))
}

// SetUpkeep changes how often rounds are made.
func (d *Dispatcher) SetUpkeep(every time.Duration) { d.upkeep.every.Store(int64(every)) }

// UpkeepDue asks for a round where none is planned: commands ran, and may have left
// something to do. Any goroutine may call it.
func (d *Dispatcher) UpkeepDue() {
	select {
	case d.upkeep.due <- struct{}{}:
	default: // asked already
	}
}

func (d *Dispatcher) keepUp() {
	sim.OwnThread() // slices are bounded by the thread's CPU time, which is to be theirs alone
	defer close(d.upkeep.done)
	r := d.executors.newRunner()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var owed time.Duration // of rest, for work done
	for {
		if sim.Any("rests", d.upkeep.stop, timer.C, d.upkeep.due) == 0 {
			return
		}
		before := threadTime()
		every := time.Duration(d.upkeep.every.Load())
		switch did, more := d.round(r); {
		case more:
			if owed += d.rest(threadTime() - before); owed < leastRest {
				timer.Reset(0)
				continue
			}
			timer.Reset(min(owed, every))
		case did:
			timer.Reset(every)
		}
		owed = 0
	}
}

const (
	leastShare = 25               // per cent of a core
	leastRest  = time.Millisecond // timers do not come sooner
)

// rest is how long to rest after work.
func (d *Dispatcher) rest(work time.Duration) time.Duration {
	share := time.Duration(d.upkeepShare.Load())
	return work * (100 - share) / share
}

// threadTime is the CPU time of this thread.
func threadTime() time.Duration {
	if sim.On() {
		return sim.CPU()
	}
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

// round gives every shard one slice. did: another round is to come; more: soon.
func (d *Dispatcher) round(r Runner) (did, more bool) {
	for s := range d.tokens {
		if t := &d.tokens[s]; !t.try() {
			if t.word.Load()&long != 0 { // a script runs there: the next round will do, and is to come
				did = true
				continue
			}
			var set call.ShardSet
			set.Add(s)
			d.acquire(&set)
		}
		worked, left := r.Chores(s)
		d.Release(s, r)
		did, more = did || worked, more || left
		if worked {
			sim.Gosched()
		}
	}
	left := r.Tidy()
	return did, more || left
}

func (d *Dispatcher) stopUpkeep() {
	if d.upkeep != nil {
		close(d.upkeep.stop)
		sim.Receive("waits for the end of upkeep", d.upkeep.done)
	}
}
