package control

import (
	"time"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/reactor/session"
	"sigrun/shards/observe"
)

// stats are the counters that RESETSTAT starts again. Their owners never reset them:
// what is shown is the difference to the last reset.
type stats struct {
	mu    sim.Mutex
	folds map[string]func() uint64
	base  map[string]uint64

	rates struct {
		at   time.Time
		last [7]uint64  // commands, bytes in, bytes out, turns, ns in turns, entries looked at for being due, those that were
		now  [7]float64 // per second
	}
}

// counted makes the value of a row that counts since the last reset.
func (k *Control) counted(name string, fold func() uint64) metrics.Row {
	return metrics.Row{Section: metrics.Stats, Name: name, Value: value(k.fromReset(name, fold))}
}

// fromReset is fold less what it was at the last reset.
func (k *Control) fromReset(name string, fold func() uint64) func() uint64 {
	st := &k.stats
	if st.folds == nil {
		st.folds, st.base = map[string]func() uint64{}, map[string]uint64{}
	}
	st.folds[name] = fold
	return func() uint64 { return st.since(name) }
}

func (st *stats) since(name string) uint64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.folds[name]() - st.base[name]
}

func (st *stats) reset() {
	st.mu.Lock()
	defer st.mu.Unlock()
	for name, fold := range st.folds { // in any order
		st.base[name] = fold()
	}
}

// loops folds a counter over the loops.
func (k *Control) loops(of func(*session.Counters) *metrics.Counter) func() uint64 {
	return func() (n uint64) {
		for _, l := range k.Reactor.Loops() {
			n += of(&l.Counters).Load()
		}
		return n
	}
}

// furtherLoops folds a counter over all loops but the first.
func (k *Control) furtherLoops(of func(*session.Counters) *metrics.Counter) func() uint64 {
	return func() (n uint64) {
		for _, l := range k.Reactor.Loops()[1:] {
			n += of(&l.Counters).Load()
		}
		return n
	}
}

// total adds a figure of all runners up.
func (k *Control) total(figure func(*observe.Tally) *metrics.Counter) func() uint64 {
	return func() uint64 { return k.Engine.Tallies.Total(figure) }
}

// shards folds a counter over the shards.
func (k *Control) shards(of func(shard int) uint64) func() uint64 {
	return func() (n uint64) {
		for s := range k.Tokens.Shards() {
			n += of(s)
		}
		return n
	}
}

// Sample updates the instantaneous rates; the node's heartbeat calls it.
func (k *Control) Sample(now time.Time) {
	r := &k.stats.rates
	k.stats.mu.Lock()
	defer k.stats.mu.Unlock()
	sums := [7]uint64{0: k.Engine.Tallies.Calls(), 5: k.Engine.Tallies.Total(func(t *observe.Tally) *metrics.Counter { return &t.Looked }), 6: k.Engine.Tallies.Total(func(t *observe.Tally) *metrics.Counter { return &t.Due })}
	for _, l := range k.Reactor.Loops() {
		c := &l.Counters
		for i, n := range [...]uint64{c.NetIn.Load(), c.NetOut.Load(), c.Turns.Load(), k.Engine.Watch.Nanos(c.Busy.Load())} {
			sums[1+i] += n
		}
	}
	if wall := now.Sub(r.at).Seconds(); !r.at.IsZero() && wall > 0 {
		for i := range sums {
			r.now[i] = 0.8*r.now[i] + 0.2*float64(sums[i]-r.last[i])/wall // over about 16 samples, as the peer's
		}
	}
	r.at, r.last = now, sums
}

// stale is the share of keys past their time among those that upkeep looked at lately, in per cent.
func (k *Control) stale() float64 {
	if looked := k.rate(5); looked > 0 {
		return 100 * k.rate(6) / looked
	}
	return 0
}

func (k *Control) rate(i int) float64 {
	k.stats.mu.Lock()
	defer k.stats.mu.Unlock()
	return k.stats.rates.now[i]
}
