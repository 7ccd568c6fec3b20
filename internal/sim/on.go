//go:build sim

package sim

import (
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// Enabled says that runs can be simulated in this build.
const Enabled = true

// On says that one is under way.
func On() bool { return current != nil }

// Note makes a text part of the run under way: of its trace and its hash.
func Note(text string) {
	if s := current; s != nil && !s.ending {
		s.note(text)
	}
}

// Fail ends the run under way, because of what text says. It does not return.
func Fail(text string) {
	current.fail(text)
	runtime.Goexit()
}

// Self is the goroutine that runs.
func Self() *Goroutine { return current.running }

// Go starts a goroutine. The name, here and below, is what it is called in the trace of a run.
func Go(name string, fn func()) {
	if s := current; s != nil {
		s.start(name, fn)
		return
	}
	go fn()
}

// Yield is a point at which another goroutine may go on.
func Yield(at string) {
	if s := current; s != nil {
		s.yield(at)
	}
}

func (s *simulation) yield(at string) {
	g := s.running
	if s.ending || g.mute {
		return
	}
	s.res.Yields++
	if s.passed++; s.Schedule.Leave(g, at) || s.passed > mostPassed {
		s.park(g, at)
	}
}

// mostPassed is how many points somebody passes before another one goes on, whatever the schedule says: he may be waiting for that one.
const mostPassed = 100_000

// Gosched lets others go first, as runtime.Gosched does.
func Gosched() {
	if s := current; s != nil {
		s.park(s.running, "lets others go first")
		return
	}
	runtime.Gosched()
}

// Sleep is time.Sleep.
func Sleep(d time.Duration) {
	if current == nil {
		time.Sleep(d)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	Receive("sleeps", timer.C)
}

// AfterFunc is time.AfterFunc.
func AfterFunc(d time.Duration, fn func()) *time.Timer {
	s := current
	if s == nil {
		return time.AfterFunc(d, fn)
	}
	g := s.born("timer")
	return time.AfterFunc(d, func() {
		if current == s && !s.ending {
			again := *g // it may be set again while it runs
			again.gate, again.killed = make(chan bool), make(chan struct{})
			s.live(&again, fn)
		}
	})
}

// OwnThread is runtime.LockOSThread. In a run all threads are one.
func OwnThread() {
	if current == nil {
		runtime.LockOSThread()
	}
}

// CPU is what the running thread has used, in a run.
func CPU() time.Duration {
	s := current
	s.cpu += s.Look
	return s.cpu
}

// park waits for the turn of g, which is ready.
func (s *simulation) park(g *Goroutine, at string) {
	g.at, g.on = at, nil
	if s.ending {
		runtime.Goexit()
	}
	s.mu.Lock()
	s.readied(g)
	s.mu.Unlock()
	s.turn(g)
}

// readied puts g among those who may go on, in the order of their start; mu is held.
func (s *simulation) readied(g *Goroutine) {
	i, _ := slices.BinarySearchFunc(s.ready, g, func(a, b *Goroutine) int { return a.ID - b.ID })
	s.ready = slices.Insert(s.ready, i, g)
	if s.idle {
		s.idle = false
		s.wake <- struct{}{}
	}
}

// turn waits until g may go on.
func (s *simulation) turn(g *Goroutine) {
	select {
	case <-g.gate:
	case <-g.killed:
		runtime.Goexit()
	}
}

// wait has the running goroutine wait until on is released.
func (s *simulation) wait(on any, at string) {
	g := s.running
	if s.ending {
		runtime.Goexit()
	}
	g.at, g.on = at, on
	s.mu.Lock()
	s.waiting[on] = append(s.waiting[on], g)
	s.mu.Unlock()
	s.turn(g)
}

// release readies those who wait for on, most of them at once.
func (s *simulation) release(on any, most int) {
	if s.ending {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.waiting[on]
	n := min(most, len(list))
	for _, g := range list[:n] {
		s.readied(g)
	}
	if s.waiting[on] = list[n:]; n == len(list) {
		delete(s.waiting, on)
	}
}

// block is before the running goroutine waits for something that the scheduler does not know.
func (s *simulation) block(at string) *Goroutine {
	if s.ending {
		runtime.Goexit()
	}
	g := s.running
	g.at = at
	return g
}

// Receive waits for a channel.
func Receive[T any](at string, from <-chan T) (v T, open bool) {
	s := current
	if s == nil {
		v, open = <-from
		return v, open
	}
	g := s.block(at)
	select {
	case v, open = <-from:
	case <-g.killed:
		runtime.Goexit()
	}
	s.park(g, at)
	return v, open
}

// Either waits for one of two channels and tells for which it was, from 0.
func Either[A, B any](at string, a <-chan A, b <-chan B) int {
	return Any(at, a, b, (<-chan struct{})(nil))
}

// Any is Either for three.
func Any[A, B, C any](at string, a <-chan A, b <-chan B, c <-chan C) (which int) {
	s := current
	if s == nil {
		select {
		case <-a:
			return 0
		case <-b:
			return 1
		case <-c:
			return 2
		}
	}
	g := s.block(at)
	if which = s.there([]func() bool{taker(a), taker(b), taker(c)}); which < 0 {
		select {
		case <-a:
			which = 0
		case <-b:
			which = 1
		case <-c:
			which = 2
		case <-g.killed:
			runtime.Goexit()
		}
	}
	s.park(g, at)
	return which
}

// there takes from one of those where something is there, by chance; -1: there is nothing.
func (s *simulation) there(take []func() bool) int {
	first := s.chance.IntN(len(take))
	for i := range take {
		if k := (first + i) % len(take); take[k]() {
			return k
		}
	}
	return -1
}

// taker takes from a channel without waiting.
func taker[T any](from <-chan T) func() bool {
	return func() bool {
		select {
		case <-from:
			return true
		default:
			return false
		}
	}
}

// Walk goes over a map; what is removed meanwhile does not come, what is added may. In a run it goes in order.
func Walk[K comparable, V any](m map[K]V, compare func(a, b K) int) iter.Seq2[K, V] {
	if current == nil {
		return maps.All(m)
	}
	return func(yield func(K, V) bool) {
		for _, k := range slices.SortedFunc(maps.Keys(m), compare) {
			if v, there := m[k]; there && !yield(k, v) {
				return
			}
		}
	}
}

// Uint64, IntN and Float64 are those of math/rand/v2, in a run by its seed.
func Uint64() uint64 {
	if s := current; s != nil {
		return s.chance.Uint64()
	}
	return rand.Uint64()
}

func IntN(n int) int {
	if s := current; s != nil {
		return s.chance.IntN(n)
	}
	return rand.IntN(n)
}

func Float64() float64 {
	if s := current; s != nil {
		return s.chance.Float64()
	}
	return rand.Float64()
}
