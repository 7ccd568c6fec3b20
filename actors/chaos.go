package actors

import (
	"sync/atomic"
	"time"

	"sigrun/internal/sim"
)

// Chaos makes rare things common, by seed: tokens are refused, holders delayed. It
// exists for tests (configuration chaos-seed).
type Chaos struct {
	state     atomic.Uint64
	unguarded bool
}

// Unguarded is the disorder in which nobody holds anything: every Try succeeds and a
// Release does nothing. One loop alone may run so, to measure what tokens cost.
func Unguarded() *Chaos { return &Chaos{unguarded: true} }

// NewChaos is the disorder of seed.
func NewChaos(seed uint64) *Chaos {
	c := &Chaos{}
	c.state.Store(seed)
	return c
}

// Roll is true once in n.
func (c *Chaos) Roll(n uint64) bool { return c.next()%n == 0 }

// Number is one of 0..n-1.
func (c *Chaos) Number(n int) int { return int(c.next() % uint64(n)) }

func (c *Chaos) next() uint64 {
	x := c.state.Add(0x9E3779B97F4A7C15)
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func (d *Dispatcher) tryInChaos(shard int) bool {
	switch {
	case d.chaos.unguarded:
		return true
	case d.chaos.Roll(4):
		d.Stats.LostTries.Inc()
		return false
	}
	return d.tokens[shard].try()
}

// delay holds a release back; true: there is nothing to release.
func (c *Chaos) delay() bool {
	switch {
	case c.unguarded:
		return true
	case c.Roll(512):
		sim.Sleep(50 * time.Microsecond)
	case c.Roll(16):
		sim.Gosched()
	}
	return false
}
