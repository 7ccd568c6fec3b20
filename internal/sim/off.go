//go:build !sim

package sim

import (
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// Enabled says that runs can be simulated in this build.
const Enabled = false

// On says that one is under way.
func On() bool { return false }

// Go starts a goroutine. The name, here and below, is what it is called in the trace of a run.
func Go(name string, fn func()) { go fn() }

// Yield is a point at which another goroutine may go on.
func Yield(at string) {}

// Gosched lets others go first, as runtime.Gosched does.
func Gosched() { runtime.Gosched() }

// Sleep is time.Sleep.
func Sleep(d time.Duration) { time.Sleep(d) }

// AfterFunc is time.AfterFunc.
func AfterFunc(d time.Duration, fn func()) *time.Timer { return time.AfterFunc(d, fn) }

// OwnThread is runtime.LockOSThread.
func OwnThread() { runtime.LockOSThread() }

// CPU is not called: a thread's own time is what there is.
func CPU() time.Duration { return 0 }

// Receive waits for a channel.
func Receive[T any](at string, from <-chan T) (v T, open bool) {
	v, open = <-from
	return v, open
}

// Either waits for one of two channels and tells for which it was, from 0.
func Either[A, B any](at string, a <-chan A, b <-chan B) int {
	select {
	case <-a:
		return 0
	case <-b:
		return 1
	}
}

// Any is Either for three.
func Any[A, B, C any](at string, a <-chan A, b <-chan B, c <-chan C) int {
	select {
	case <-a:
		return 0
	case <-b:
		return 1
	case <-c:
		return 2
	}
}

// The locks are those of package sync.
type (
	Mutex   = sync.Mutex
	RWMutex = sync.RWMutex
	Cond    = sync.Cond
)

// WaitGroup is sync.WaitGroup.
type WaitGroup struct{ wg sync.WaitGroup }

// Go starts a goroutine that Wait waits for.
func (w *WaitGroup) Go(name string, fn func()) { w.wg.Go(fn) }

// Add, Done and Wait are those of sync.WaitGroup.
func (w *WaitGroup) Add(n int) { w.wg.Add(n) }
func (w *WaitGroup) Done()     { w.wg.Done() }
func (w *WaitGroup) Wait()     { w.wg.Wait() }

// Walk goes over a map; what is removed meanwhile does not come, what is added may. Where its order reaches nobody but those who
// are walked over, which is why nobody pays for it, it still is one of a run.
func Walk[K comparable, V any](m map[K]V, _ func(a, b K) int) iter.Seq2[K, V] { return maps.All(m) }

// Uint64, IntN and Float64 are those of math/rand/v2.
func Uint64() uint64   { return rand.Uint64() }
func IntN(n int) int   { return rand.IntN(n) }
func Float64() float64 { return rand.Float64() }
