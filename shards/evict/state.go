package evict

import (
	"math"
	"sync/atomic"
	"time"

	"sigrun/internal/account"
	"sigrun/internal/metrics"
)

// State is what all Evictors of a node have in common.
type State struct {
	Memory *account.Account

	failed atomic.Bool  // nothing more could go
	full   atomic.Bool  // the process has no room for more, whatever may go
	since  atomic.Int64 // Mono from which memory is over its limit although somebody made room, 0: it is not
	passed atomic.Int64 // ns for which it was, before that
	mono   func() int64
}

// NewState is told of time by mono.
func NewState(memory *account.Account, mono func() int64) *State {
	return &State{Memory: memory, mono: mono}
}

// OutOfMemory reports whether memory is over its limit and nothing more can go, or the process is full.
func (s *State) OutOfMemory() bool { return s.Full() || s.failed.Load() && s.Memory.Over() }

// Fill says whether the process has no room for more. Full reports that.
func (s *State) Fill(full bool) { s.full.Store(full) }
func (s *State) Full() bool     { return s.full.Load() }

// became notes what came of making room, with how many bytes made free. Who made none, since a token was not to be had, knows no better than the
// last one.
func (s *State) became(o Outcome, freed, now int64) {
	if failed := o == Nobody; s.failed.Load() != failed && (o != Working || freed > 0) {
		s.failed.Store(failed)
	}
	if o == Plenty {
		s.ended(now)
	} else if s.since.Load() == 0 {
		s.since.CompareAndSwap(0, max(now, 1))
	}
}

// Below is told when memory is within its limit again, whatever brought that about.
func (s *State) Below() { s.ended(s.mono()) }

func (s *State) ended(now int64) {
	if since := s.since.Load(); since != 0 && s.since.CompareAndSwap(since, 0) {
		s.passed.Add(now - since)
	}
}

func (s *State) current() int64 {
	if since := s.since.Load(); since != 0 {
		return s.mono() - since
	}
	return 0
}

// Figures are what INFO tells.
func (s *State) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Count("total_eviction_exceeded_time", func() int64 { return (s.passed.Load() + s.current()) / 1e6 }),
		metrics.Level("current_eviction_exceeded_time", func() int64 { return s.current() / 1e6 }),
	}
}

// For is how long one may make room before others have their turn (maxmemory-eviction-tenacity).
func For(tenacity int64) time.Duration {
	switch {
	case tenacity <= 10:
		return time.Duration(50*tenacity) * time.Microsecond
	case tenacity < 100:
		return time.Duration(500 * math.Pow(1.15, float64(tenacity-10)) * float64(time.Microsecond))
	}
	return math.MaxInt64
}
