// Package clock is where time comes from. Nothing else asks the operating
// system for it, so that a test can hold time in its hand.
//
// Wall time says when a key expires; it may be set back. Mono measures
// durations and never goes back. Any goroutine may call.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells the time.
type Clock interface {
	// Millis is wall time: milliseconds since 1970, UTC.
	Millis() int64
	// Micros is wall time in microseconds.
	Micros() int64
	// Mono is nanoseconds since some moment before the clock was made. It
	// never goes back.
	Mono() int64
}

// Real is the clock of the machine. The zero Real is not usable: call New.
//
// Reading wall time in Go reads both clocks of the system, and commands ask for it one by
// one. Real reads the monotonic one and adds what lies between the two, which it looks up
// again once a millisecond: that is how late it notices that somebody sets the wall clock.
type Real struct {
	start   time.Time
	between atomic.Int64 // wall time less Mono, in nanoseconds
	looked  atomic.Int64 // Mono when it was looked up
}

const lookAfter = int64(time.Millisecond)

// New makes a clock of the machine.
func New() *Real {
	c := &Real{start: time.Now()}
	c.look()
	return c
}

// Millis is the machine's wall time.
func (c *Real) Millis() int64 { return floorDiv(c.wall(), 1e6) }

// Micros is the machine's wall time.
func (c *Real) Micros() int64 { return floorDiv(c.wall(), 1e3) }

// Mono is the time since New.
func (c *Real) Mono() int64 { return int64(time.Since(c.start)) }

// wall is wall time in nanoseconds.
func (c *Real) wall() int64 {
	mono := c.Mono()
	if mono-c.looked.Load() > lookAfter {
		c.look()
		mono = c.Mono()
	}
	return mono + c.between.Load()
}

// look looks up what lies between the clocks, again where the processor was taken away
// between reading the one and the other.
func (c *Real) look() {
	const together, tries = int64(2 * time.Microsecond), 5
	for range tries {
		before := c.Mono()
		now := time.Now()
		mono := int64(now.Sub(c.start))
		c.between.Store(now.UnixNano() - mono)
		c.looked.Store(mono)
		if mono-before < together {
			return
		}
	}
}

// Fake is a clock that stands still until it is moved.
type Fake struct {
	wall atomic.Int64 // microseconds
	mono atomic.Int64 // nanoseconds
}

// NewFake makes a clock that shows the given wall time in milliseconds.
func NewFake(millis int64) *Fake {
	c := new(Fake)
	c.wall.Store(millis * 1000)
	return c
}

// Millis is the wall time the clock was moved to.
func (c *Fake) Millis() int64 { return floorDiv(c.wall.Load(), 1000) }

// Micros is the wall time the clock was moved to.
func (c *Fake) Micros() int64 { return c.wall.Load() }

// Mono is the sum of all steps.
func (c *Fake) Mono() int64 { return c.mono.Load() }

// Step lets time pass, on the wall too, where only whole microseconds show.
func (c *Fake) Step(d time.Duration) {
	if d < 0 {
		panic("BUG: time does not pass backwards")
	}
	mono := c.mono.Add(int64(d))
	c.wall.Add(mono/1000 - (mono-int64(d))/1000)
}

// SetMillis sets the wall clock, forwards or back, as an administrator does;
// no time passes.
func (c *Fake) SetMillis(millis int64) { c.wall.Store(millis * 1000) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
