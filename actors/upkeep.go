package actors

import (
	"runtime"
	"time"

	"sigrun/protocol/call"
)

// upkeep does the shards' background work on a goroutine of its own, in slices, each
// under the token of its shard: expiry, memory of removed values.
type upkeep struct {
	stop, done chan struct{}
}

// StartUpkeep begins rounds over all shards, every so often, more often while there is
// work left.
func (d *Dispatcher) StartUpkeep(every time.Duration) {
	d.upkeep = &upkeep{stop: make(chan struct{}), done: make(chan struct{})}
	go d.keepUp(every)
}

func (d *Dispatcher) keepUp(every time.Duration) {
	defer close(d.upkeep.done)
	r := d.executors.newRunner()
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-d.upkeep.stop:
			return
		case <-timer.C:
		}
		start := time.Now()
		next := every
		if d.round(r) {
			next = min(3*time.Since(start), every) // a quarter of a core at most
		}
		timer.Reset(next)
	}
}

// round gives every shard one slice.
func (d *Dispatcher) round(r call.Runner) (more bool) {
	for s := range d.tokens {
		if t := &d.tokens[s]; !t.try() {
			if t.word.Load()&long != 0 {
				continue // a script runs there: the next round will do
			}
			var set call.ShardSet
			set.Add(s)
			d.Acquire(&set)
		}
		more = r.Chores(s) || more
		d.Release(s, r)
		runtime.Gosched()
	}
	return more
}

func (d *Dispatcher) stopUpkeep() {
	if d.upkeep != nil {
		close(d.upkeep.stop)
		<-d.upkeep.done
	}
}
