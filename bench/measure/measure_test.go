package measure

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func TestCollector(t *testing.T) {
	const threads, intervals = 3, 5
	c := NewCollector(2, threads, time.Second)
	var told []Row
	c.OnRow = func(r Row, s *Set) { told = append(told, r) }
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			s := c.Take()
			for i := range intervals {
				for n := range 100 {
					s.Classes[0].Record(int64(n+1) * 1000)
					s.Classes[1].RecordBoth(1000, 2000)
				}
				s.Lag.Record(5000)
				c.Hand(i, s)
				s = c.Take()
			}
		})
	}
	all.Wait()
	total, rows := c.Close(intervals * time.Second)
	if len(rows) != intervals || len(told) != intervals {
		t.Fatal(len(rows), len(told))
	}
	for i, r := range rows {
		if r.All.Done != threads*200 || r.From != time.Duration(i)*time.Second || r.Seconds() != 1 || len(r.Classes) != 2 || r.Classes[0].Done != threads*100 {
			t.Errorf("%+v", r)
		}
	}
	if total.Classes[0].Service.TotalCount() != threads*intervals*100 || total.Classes[0].Times() != total.Classes[0].Service ||
		total.Classes[1].Times() != total.Classes[1].Response || total.Lag.TotalCount() != threads*intervals {
		t.Error("totals differ")
	}
	if q := QuantilesOf(total.Classes[0].Service); math.Abs(float64(q.P50)-50000) > 500 || math.Abs(float64(q.P99)-99000) > 500 || q.Max < 100000 {
		t.Errorf("%+v", q)
	}
}

// A thread that ends before the others takes nothing with it.
func TestCollectorOfThreadsThatEndEarly(t *testing.T) {
	c := NewCollector(1, 2, time.Second)
	for i := range 3 {
		s := c.Take()
		s.Classes[0].Record(1000)
		c.Hand(i, s)
	}
	s := c.Take()
	s.Classes[0].Record(1000)
	c.Hand(0, s)
	total, rows := c.Close(2500 * time.Millisecond)
	if total.Classes[0].Done != 4 || len(rows) != 3 || rows[2].To != 2500*time.Millisecond {
		t.Errorf("%d, %+v", total.Classes[0].Done, rows)
	}
}

// What one thread hands over comes at once when the other one has ended, in its order, and is not kept until the end.
func TestCollectorGoesOnWithoutThreadsThatHaveEnded(t *testing.T) {
	c := NewCollector(1, 2, time.Second)
	told := make(chan Row, 100)
	c.OnRow = func(r Row, s *Set) { told <- r }
	hand := func(i int) {
		s := c.Take()
		s.Classes[0].Record(1000)
		c.Hand(i, s)
	}
	for i := range 5 {
		hand(i)
	}
	hand(0)
	c.Leave(1)
	for i := 5; i < 8; i++ {
		hand(i)
	}
	for i := range 8 {
		if r := <-told; r.From != time.Duration(i)*time.Second {
			t.Errorf("%v in place of %d", r.From, i)
		}
	}
	c.Leave(8)
	if total, rows := c.Close(8 * time.Second); total.Classes[0].Done != 9 || len(rows) != 8 || len(c.begun) != 0 {
		t.Errorf("%d, %d rows, %d kept", total.Classes[0].Done, len(rows), len(c.begun))
	}
}

// TestLose: what was lost counts its time, and no reply.
func TestLose(t *testing.T) {
	set, sums := NewSet(1), NewSums(1)
	set.Classes[0].Record(1000)
	set.Classes[0].Lose(5e9)
	sums.Take(set)
	if c := &sums.Classes[0]; c.Done != 1 || c.Lost != 1 || c.Service.Max() < 4e9 {
		t.Errorf("%+v", c.Counts)
	}
}

// TestLongRun: rows do not grow with the run, and nothing is lost of their counts.
func TestLongRun(t *testing.T) {
	c := NewCollector(1, 1, time.Second)
	const n = 3*mostRows + 7
	for i := range n {
		s := c.Take()
		s.Classes[0].Record(int64(i + 1000))
		c.Hand(i, s)
	}
	_, rows := c.Close(n * time.Second)
	sum, at := int64(0), time.Duration(0)
	for _, r := range rows {
		if r.From != at {
			t.Fatalf("a gap before %v", r.From)
		}
		sum, at = sum+r.All.Done, r.To
	}
	if len(rows) > mostRows || sum != n || at != n*time.Second {
		t.Errorf("%d rows of %d, until %v", len(rows), sum, at)
	}
}

// TestTally: buckets are those of the library's histograms, and what is read from a Tally is what is read from them.
func TestTally(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var a, b Tally
	want := NewHistogram()
	for i := range 20000 {
		v := int64(math.Exp(r.Float64() * 28))
		_ = want.RecordValue(v)
		if i%3 == 0 {
			a.Record(v)
		} else {
			b.Record(v)
		}
		low, wide := least(bucket(v))
		if v < low || v >= low+wide || float64(wide) > max(float64(v)/1000, 64) {
			t.Fatalf("%d is counted among %d to %d", v, low, low+wide)
		}
	}
	a.Merge(&b)
	got := NewHistogram()
	a.Into(got)
	for _, p := range []float64{0, 1, 50, 90, 99, 99.9, 100} {
		if got.ValueAtPercentile(p) != want.ValueAtPercentile(p) {
			t.Errorf("p%g: %d, want %d", p, got.ValueAtPercentile(p), want.ValueAtPercentile(p))
		}
	}
	q, w := a.Quantiles(), QuantilesOf(want)
	for _, pair := range [][2]int64{{q.P50, w.P50}, {q.P90, w.P90}, {q.P99, w.P99}, {q.P999, w.P999}, {q.Max, w.Max}, {q.Mean, w.Mean}} {
		if math.Abs(float64(pair[0]-pair[1])) > float64(pair[1])/500 {
			t.Errorf("%+v, want %+v", q, w)
		}
	}
	a.Reset()
	if a.Quantiles() != (Quantiles{}) || a.Count() != 0 {
		t.Error("not empty")
	}
	for _, n := range a.counts {
		if n != 0 {
			t.Fatal("something is left")
		}
	}
}

func TestTallyBounds(t *testing.T) {
	var a Tally
	a.Record(int64(100 * time.Hour)) // beyond what it holds
	a.Record(-5)                     // a clock that is not what it should be
	if q := a.Quantiles(); a.Count() != 2 || q.Max != int64(time.Hour) || q.Min != 0 {
		t.Errorf("%+v", q)
	}
	if n := len(a.counts) * 4; n > 120<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var c Class
	c.RecordBoth(1, 2)
	if n := testing.AllocsPerRun(100, func() { c.RecordBoth(12345, 23456) }); n != 0 {
		t.Error(n, "allocations")
	}
}
