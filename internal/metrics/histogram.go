package metrics

import (
	"math"
	"math/bits"
)

// A Histogram counts durations in nanoseconds: exactly below 32 ns, above that in 16
// steps for every power of two, so that a bucket is at most 1/16 as wide as its lower
// end. What lasts longer than LongestCounted counts as that. One owner writes, anybody
// reads.
type Histogram struct {
	counts [buckets]Counter
}

const (
	stepBits       = 4
	steps          = 1 << stepBits
	LongestCounted = 1_000_000_000 // a second, as in Valkey
)

// buckets is what bucketOf(LongestCounted) needs: 26 octaves above the exact values.
const buckets = 27 * steps

// bucketOf is the bucket of a value.
func bucketOf(ns uint64) int {
	shift := max(bits.Len64(ns)-stepBits-1, 0)
	return shift<<stepBits + int(ns>>shift)
}

// edges are the least and the largest value of a bucket.
func edges(bucket int) (least, largest uint64) {
	if bucket < 2*steps {
		return uint64(bucket), uint64(bucket)
	}
	shift := bucket>>stepBits - 1
	least = uint64(bucket&(steps-1)|steps) << shift
	return least, least + 1<<shift - 1
}

// Observe counts a duration n times; a negative n takes back what was counted. Owner only.
func (h *Histogram) Observe(ns uint64, n int) {
	h.counts[bucketOf(min(ns, LongestCounted))].Add(uint64(n))
}

// Distribution is the sum of histograms at one moment; the zero one is empty.
type Distribution struct {
	counts [buckets]uint64
	total  uint64
}

// Add adds what h has counted.
func (d *Distribution) Add(h *Histogram) {
	for i := range h.counts {
		n := h.counts[i].Load()
		d.counts[i] += n
		d.total += n
	}
}

// Sub takes away what an earlier sum of the same histograms had.
func (d *Distribution) Sub(earlier *Distribution) {
	for i, n := range earlier.counts {
		d.counts[i] -= n
	}
	d.total -= earlier.total
}

// Total is the number of durations.
func (d *Distribution) Total() uint64 { return d.total }

// Percentile is the duration in nanoseconds that p per cent of all do not exceed: the
// largest of its bucket, so at most 1/16 too much.
func (d *Distribution) Percentile(p float64) uint64 {
	if d.total == 0 {
		return 0
	}
	rank := max(uint64(math.Ceil(p/100*float64(d.total))), 1)
	var sum uint64
	for i, n := range d.counts {
		if sum += n; sum >= rank {
			_, largest := edges(i)
			return largest
		}
	}
	return LongestCounted
}

// UpTo calls fn for 1024 ns, 2048 ns and so on with the number of durations that are shorter, where that is more than
// for the one before. What it says of each is the upper bound that Valkey names, whose buckets are 1/128 of the
// power of two wide and have it inside.
func (d *Distribution) UpTo(fn func(ns, count uint64)) {
	const step, last = 128, 1<<30 - 1 // the end of Valkey's last bucket
	var sum, before uint64
	next := 0
	for limit := uint64(1024); sum < d.total; limit *= 2 {
		for ; next < buckets; next++ {
			if _, largest := edges(next); largest > limit {
				break
			}
			sum += d.counts[next]
		}
		if sum > before {
			fn(min(limit+limit/step-1, last), sum)
		}
		if before = sum; next == buckets {
			return
		}
	}
}
