package clock

import "sync/atomic"

// Pulse is a coarse clock kept by one goroutine, its pacer, that stops while its node
// rests: a server that nobody uses wakes no core. Between two beats Millis stands
// still. Whoever brings work calls Stir first, which ends a rest at once. Any goroutine
// may call Millis and Stir, the others are the pacer's.
type Pulse struct {
	clock   Clock
	millis  atomic.Int64
	resting atomic.Bool
	stirred chan struct{}
}

// NewPulse makes a pulse of c that does not rest yet.
func NewPulse(c Clock) *Pulse {
	p := &Pulse{clock: c, stirred: make(chan struct{}, 1)}
	p.Beat()
	return p
}

// Millis is wall time as of the last beat, in milliseconds since 1970, UTC.
func (p *Pulse) Millis() int64 { return p.millis.Load() }

// Stir ends a rest.
func (p *Pulse) Stir() {
	if p.resting.Load() {
		p.wake()
	}
}

// wake keeps Stir small enough to be inlined.
func (p *Pulse) wake() {
	if p.resting.Swap(false) {
		p.Beat()
		select {
		case p.stirred <- struct{}{}:
		default: // the pacer has not heard of the last end yet, and may be the one that stirs
		}
	}
}

// Beat sets the coarse clock and returns what it showed before.
func (p *Pulse) Beat() (before int64) { return p.millis.Swap(p.clock.Millis()) }

// Rest begins a rest; Stirred tells of its end.
func (p *Pulse) Rest() { p.resting.Store(true) }

// Stirred gives a value when Stir has ended a rest, or several.
func (p *Pulse) Stirred() <-chan struct{} { return p.stirred }

// Resting reports whether the pulse rests.
func (p *Pulse) Resting() bool { return p.resting.Load() }
