package measure

import (
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Tally counts times as an HDR histogram does, in the same buckets, but for one thing: it knows between which of them there is
// anything, so that adding it to a histogram of the library, which is done once in an interval, looks at those only. That library
// looks at all 27 000, for a hundred times as long.
type Tally struct {
	counts   []uint32
	low      int // where there is anything
	high     int // behind it
	n        int64
	sum      int64
	min, max int64
}

// What buckets hold: from 64 ns, which is what one is wide at the least, up to an hour, by three digits.
const (
	unit    = 6  // 64 ns
	subBits = 11 // 2048 buckets of a unit, then half as many for every doubling
	half    = 1 << (subBits - 1)
	most    = int64(3600e9)
	digits  = 3
)

// bucket is where a time is counted.
func bucket(v int64) int {
	u := uint64(v) >> unit
	e := max(bits.Len64(u)-subBits, 0)
	return e*half + int(u>>e)
}

// least is the smallest time of a bucket, and wide how many there are.
func least(bucket int) (v, wide int64) {
	e := max(bucket/half-1, 0)
	return int64(bucket-e*half) << e << unit, 1 << e << unit
}

// NewHistogram makes one of the library whose buckets are those of a Tally.
func NewHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1<<unit, most, digits) }

// Record counts a time in nanoseconds.
func (t *Tally) Record(v int64) {
	v = min(max(v, 0), most)
	if t.n == 0 {
		t.begin(v)
	}
	at := bucket(v)
	t.counts[at]++
	t.n++
	t.sum += v
	t.min, t.max = min(t.min, v), max(t.max, v)
	t.low, t.high = min(t.low, at), max(t.high, at+1)
}

func (t *Tally) begin(v int64) {
	if t.counts == nil {
		t.counts = make([]uint32, bucket(most)+1)
	}
	t.min, t.max, t.low, t.high = v, v, len(t.counts), 0
}

// Merge adds another.
func (t *Tally) Merge(o *Tally) {
	if o.n == 0 {
		return
	}
	if t.n == 0 {
		t.begin(o.min)
	}
	for i := o.low; i < o.high; i++ {
		t.counts[i] += o.counts[i]
	}
	t.n, t.sum = t.n+o.n, t.sum+o.sum
	t.min, t.max = min(t.min, o.min), max(t.max, o.max)
	t.low, t.high = min(t.low, o.low), max(t.high, o.high)
}

// Reset empties it.
func (t *Tally) Reset() {
	if t.n > 0 {
		clear(t.counts[t.low:t.high])
		t.n, t.sum = 0, 0
	}
}

// Count is how many times there are.
func (t *Tally) Count() int64 { return t.n }

// Into adds it to a histogram of the library.
func (t *Tally) Into(h *hdrhistogram.Histogram) {
	if t.n == 0 {
		return
	}
	for i := t.low; i < t.high; i++ {
		if n := t.counts[i]; n > 0 {
			v, _ := least(i)
			_ = h.RecordValues(v, int64(n))
		}
	}
}

// Quantiles are what a row of an interval says.
func (t *Tally) Quantiles() Quantiles {
	if t.n == 0 {
		return Quantiles{}
	}
	q := Quantiles{Min: t.min, Mean: t.sum / t.n, Max: t.max}
	wanted := []struct {
		share float64
		to    *int64
	}{{0.5, &q.P50}, {0.9, &q.P90}, {0.99, &q.P99}, {0.999, &q.P999}}
	seen := int64(0)
	for i := t.low; i < t.high && len(wanted) > 0; i++ {
		seen += int64(t.counts[i])
		for len(wanted) > 0 && float64(seen) >= wanted[0].share*float64(t.n)-1e-9 {
			v, wide := least(i)
			*wanted[0].to = min(v+wide-1, t.max)
			wanted = wanted[1:]
		}
	}
	return q
}
