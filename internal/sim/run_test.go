//go:build sim

package sim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sigrun/internal/sim"
)

// dice leave a point once in two, and choose anybody.
type dice struct{ *rand.Rand }

func (d dice) Leave(*sim.Goroutine, string) bool { return d.IntN(2) == 0 }
func (d dice) Next(ready []*sim.Goroutine) int   { return d.IntN(len(ready)) }

func run(t *testing.T, seed uint64, main func()) (r sim.Result) {
	synctest.Test(t, func(*testing.T) {
		r = sim.Run(sim.Options{Schedule: dice{rand.New(rand.NewPCG(seed, 1))}, Chance: seed, Step: 500 * time.Nanosecond, Look: time.Microsecond,
			Steps: 100_000, Limit: time.Minute, Trace: true}, main)
	})
	return r
}

// meet has some goroutines meet in every way that there is.
func meet() {
	var mu sim.Mutex
	var some sim.WaitGroup
	told := sim.Cond{L: &mu}
	n, work := 0, make(chan int, 1)
	stop := make(chan struct{})
	some.Go("receiver", func() {
		for {
			v, open := sim.Receive("work", work)
			if !open {
				return
			}
			sim.Note(fmt.Sprint(v))
		}
	})
	sim.AfterFunc(time.Millisecond, func() { close(stop) })
	for i := range 4 {
		some.Go("worker", func() {
			for range 10 {
				mu.Lock()
				n++
				told.Broadcast()
				mu.Unlock()
				sim.Yield("point")
				sim.Sleep(time.Duration(sim.IntN(1000)) * time.Microsecond)
			}
			mu.Lock()
			for n < 40 {
				told.Wait()
			}
			mu.Unlock()
			if i == 0 {
				work <- 7
			}
		})
	}
	mu.Lock()
	for n < 40 {
		told.Wait()
	}
	mu.Unlock()
	sim.Receive("the time", stop)
	for len(work) == 0 && n == 40 {
		n++
		sim.Gosched()
	}
	sim.Sleep(time.Second)
	close(work)
	some.Wait()
}

func TestEqualSeedsGiveEqualRuns(t *testing.T) {
	different := map[uint64]bool{}
	for seed := range uint64(50) {
		first, again := run(t, seed, meet), run(t, seed, meet)
		if first.Stuck != "" || first.Hash != again.Hash || first.Lasted != again.Lasted || strings.Join(first.Trace, "\n") != strings.Join(again.Trace, "\n") {
			t.Fatalf("seed %d: %s %x %x", seed, first.Stuck, first.Hash, again.Hash)
		}
		different[first.Hash] = true
	}
	if len(different) != 50 {
		t.Errorf("%d different runs of 50 seeds", len(different))
	}
}

func TestWhoWaitsForEverIsFound(t *testing.T) {
	r := run(t, 1, func() {
		var a, b sim.Mutex
		var both sim.WaitGroup
		for _, order := range [][2]*sim.Mutex{{&a, &b}, {&b, &a}} {
			both.Go("locker", func() {
				for {
					order[0].Lock()
					order[1].Lock()
					order[1].Unlock()
					order[0].Unlock()
				}
			})
		}
		both.Wait()
	})
	if !strings.Contains(strings.Join(r.Waiting, "\n"), "waits for a lock, held by 3 locker") || r.Stuck == "" {
		t.Errorf("%q %q", r.Stuck, r.Waiting)
	}
}

func TestWhoGoesOnForEverIsFound(t *testing.T) {
	r := run(t, 1, func() {
		for {
			sim.Gosched()
		}
	})
	if r.Stuck != "not over after 100000 steps" {
		t.Errorf("%q", r.Stuck)
	}
}

func TestRestIsLookedAt(t *testing.T) {
	asked, forgotten := 0, false
	var r sim.Result
	synctest.Test(t, func(*testing.T) {
		r = sim.Run(sim.Options{Schedule: dice{rand.New(rand.NewPCG(1, 1))}, Steps: 1000, Limit: time.Minute, Rest: func() string {
			if asked++; forgotten {
				return "somebody was forgotten"
			}
			return ""
		}}, func() {
			sim.Sleep(time.Second)
			forgotten = true
			sim.Yield("in the middle of something") // nobody rests
			sim.Sleep(time.Second)
			forgotten = false // who looks now only finds nothing
		})
	})
	if r.Stuck != "somebody was forgotten" || asked < 2 {
		t.Errorf("%q, asked %d times", r.Stuck, asked)
	}
}

func TestPanicsAreFound(t *testing.T) {
	r := run(t, 1, func() {
		sim.Go("other", func() { panic("wrong") })
		sim.Sleep(time.Hour)
	})
	if !strings.HasPrefix(r.Stuck, "panic in other: wrong") {
		t.Errorf("%q", r.Stuck)
	}
}
