package actors

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Chaos makes rare things common, by seed: tokens are refused, holders delayed. It
// exists for tests (configuration chaos-seed).
type Chaos struct{ state atomic.Uint64 }

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

func (c *Chaos) refuse() bool { return c.Roll(4) }

func (c *Chaos) delay() {
	switch {
	case c.Roll(512):
		time.Sleep(50 * time.Microsecond)
	case c.Roll(16):
		runtime.Gosched()
	}
}
