package clock

import (
	"testing"
	"time"
)

func TestStopwatchAgreesWithTheMonotonicClock(t *testing.T) {
	for _, w := range []*Stopwatch{NewStopwatch(), {scale: 1 << 32, start: time.Now()}} {
		from, start := w.Now(), time.Now()
		time.Sleep(20 * time.Millisecond)
		got, want := w.Nanos(w.Now()-from), uint64(time.Since(start))
		if d := float64(got) / float64(want); d < 0.99 || d > 1.01 {
			t.Errorf("counter %v: measured %d ns, the clock %d ns", w.counter, got, want)
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
