//go:build verdicts

package client

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sigrun/bench/measure"
)

// The two tests below measure by how much the times of the open loop are wrong, against servers whose times are known. They have a tag of their own and are
// no part of the tests, since what they judge is a machine that others use, too (make bench-open).

// TestErrorOfDelays: each reply is late by 20 ms and more, by a long tail; the server writes down by how much it really was.
func TestErrorOfDelays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var delays []float64
	f := newFake(t, local(t), func(c *visitor, _ []string) string {
		began, d := time.Now(), 20*time.Millisecond+time.Duration(random.ExpFloat64()*float64(15*time.Millisecond))
		c.mu.Unlock()
		time.Sleep(d)
		c.mu.Lock()
		delays = append(delays, float64(time.Since(began)))
		return "+PONG\r\n"
	})
	sum := askOpen(t, f, 30*time.Second, false)
	slices.Sort(delays)
	compareTimes(t, sum, []float64{50, 75, 90, 95, 99, 99.5, 99.9}, func(p float64) float64 {
		return delays[min(int(math.Ceil(p/100*float64(len(delays))))-1, len(delays)-1)]
	})
}

// TestErrorOfStops: the server stops for a second in every ten. A tenth of the requests come meanwhile, each a thousandth of a second behind the one before, and wait
// for the rest of it.
func TestErrorOfStops(t *testing.T) {
	f := newFake(t, local(t), store)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		next := time.Now().Add(5 * time.Second)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Until(next)):
			}
			f.mu.Lock()
			time.Sleep(time.Until(next.Add(time.Second)))
			f.mu.Unlock()
			next = next.Add(10 * time.Second)
		}
	}()
	sum := askOpen(t, f, time.Minute, true)
	close(done)
	<-ended
	compareTimes(t, sum, []float64{92, 95, 97, 99, 99.5, 99.9}, func(p float64) float64 { return (p - 90) / 10 * float64(time.Second) })
}

// askOpen asks for a thousand a second.
func askOpen(t *testing.T, f *fake, duration time.Duration, even bool) *measure.Sum {
	t.Helper()
	p := plan(t, f, "do 1 PING -> PONG")
	p.Clients, p.Rate, p.Even, p.Requests, p.Duration, p.Drain = 400, 1000, even, 0, duration, 5*time.Second
	out := mustRun(t, p)
	if out.Behind > 0 || out.Failed != nil {
		t.Fatal(out.Behind, out.Failed)
	}
	return out.Total.Total()
}

// worstError is what a percentile may be wrong by.
const worstError = 0.03

func compareTimes(t *testing.T, sum *measure.Sum, percentiles []float64, want func(p float64) float64) {
	t.Helper()
	fmt.Printf("| percentile | measured, ms | real, ms | error |\n|---|--:|--:|--:|\n")
	for _, p := range percentiles {
		got, real := float64(sum.Response.ValueAtPercentile(p)), want(p)
		off := got/real - 1
		fmt.Printf("| p%g | %.2f | %.2f | %+.2f %% |\n", p, got/1e6, real/1e6, off*100)
		if math.Abs(off) > worstError {
			t.Errorf("p%g is wrong by %.1f %%", p, off*100)
		}
	}
}
