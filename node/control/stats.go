package control

import (
	"time"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/shards/observe"
)

// stats are the rates of what owners count.
type stats struct {
	mu    sim.Mutex
	rates struct {
		at   time.Time
		last [7]uint64  // commands, bytes in, bytes out, turns, ns in turns, entries looked at for being due, those that were
		now  [7]float64 // per second
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

// ratesAgain begins to look anew: what was counted until now is not asked for any more.
func (k *Control) ratesAgain() {
	k.stats.mu.Lock()
	clear(k.stats.rates.now[:])
	k.stats.mu.Unlock()
}

func (k *Control) rate(i int) float64 {
	k.stats.mu.Lock()
	defer k.stats.mu.Unlock()
	return k.stats.rates.now[i]
}
