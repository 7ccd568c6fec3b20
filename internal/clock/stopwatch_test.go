package clock

import (
	"testing"
	"time"
)

func TestStopwatchAgreesWithTheMonotonicClock(t *testing.T) {
	for _, w := range []*Stopwatch{NewStopwatch(), {scale: 1 << 32, start: time.Now()}} {
		before := time.Now() // the host may take the processor away between two readings
		from := w.Now()
		start := time.Now()
		time.Sleep(20 * time.Millisecond)
		least := float64(time.Since(start))
		got := float64(w.Nanos(w.Now() - from))
		most := float64(time.Since(before))
		if got < 0.99*least || got > 1.01*most {
			t.Errorf("counter %v: measured %.0f ns, the clock between %.0f and %.0f", w.counter, got, least, most)
		}
	}
}

func TestStopwatchConversions(t *testing.T) {
	w := &Stopwatch{scale: 1 << 31} // two ticks a nanosecond
	for _, ns := range []uint64{0, 1, 1000, 1 << 40} {
		if got := w.Nanos(w.Ticks(ns)); got != ns {
			t.Errorf("%d ns became %d", ns, got)
		}
	}
	if w.Nanos(^uint64(0)) != 0 {
		t.Error("time went backwards")
	}
	if w.Ticks(1<<63) != 1<<63-1 {
		t.Error("a duration beyond all readings is not the largest")
	}
}

var sink uint64

func BenchmarkStopwatch(b *testing.B) {
	w := NewStopwatch()
	for range b.N {
		sink += w.Now()
	}
}
