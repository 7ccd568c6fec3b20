package metrics

import "sync/atomic"

// Counter counts events of one owner. A reader elsewhere sees some value the owner stored, never a torn one: a Counter is
// one aligned word, and reads are atomic in every build. The store is plain, because an atomic one costs more than the
// work that is counted; under the race detector it is atomic, so that the detector sees what is meant.
//
// Counters of different owners must not share a cache line: put a Pad between them.
type Counter struct{ n uint64 }

// Inc adds one. Owner only.
func (c *Counter) Inc() { store(&c.n, c.n+1) }

// Add adds n. Owner only.
func (c *Counter) Add(n uint64) { store(&c.n, c.n+n) }

// Set stores a count that is kept elsewhere. Owner only.
func (c *Counter) Set(n uint64) { store(&c.n, n) }

// Reset starts again from 0. Owner only.
func (c *Counter) Reset() { store(&c.n, 0) }

// Load gives the count to anybody.
func (c *Counter) Load() uint64 { return atomic.LoadUint64(&c.n) }

// Max keeps the largest value its owner saw, such as the longest time a token was held.
type Max struct{ n uint64 }

// Observe takes a value into account. Owner only.
func (m *Max) Observe(v uint64) {
	if v > m.n {
		store(&m.n, v)
	}
}

// Reset forgets what was seen. Owner only.
func (m *Max) Reset() { store(&m.n, 0) }

// Load gives the largest value to anybody.
func (m *Max) Load() uint64 { return atomic.LoadUint64(&m.n) }

// Pad keeps what stands before and behind it off one another's cache lines, and off the line that the processor fetches
// along with each.
type Pad [128]byte
