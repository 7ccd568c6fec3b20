package metrics

import (
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

func TestBucketsCoverEveryValueOnce(t *testing.T) {
	next, lastBucket := uint64(0), bucketOf(LongestCounted)
	for i := range lastBucket + 1 {
		least, largest := edges(i)
		if least != next {
			t.Fatalf("bucket %d begins at %d, not at %d", i, least, next)
		}
		for _, v := range []uint64{least, (least + largest) / 2, largest} {
			if bucketOf(v) != i {
				t.Fatalf("%d is in bucket %d, not %d", v, bucketOf(v), i)
			}
		}
		if least >= 2*steps && (largest-least+1)*steps > least {
			t.Fatalf("bucket %d of %d..%d is wider than 1/%d", i, least, largest, steps)
		}
		next = largest + 1
	}
	if lastBucket >= buckets {
		t.Fatalf("the last bucket is %d of %d", lastBucket, buckets)
	}
}

func TestPercentilesAreWithinTheBound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	var all []uint64
	for range 20_000 {
		v := r.Uint64N(1 << (1 + r.Uint64N(29)))
		h.Observe(v, 1)
		all = append(all, v)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	var d Distribution
	d.Add(&h)
	for _, p := range []float64{0, 1, 25, 50, 90, 99, 99.9, 100} {
		want := all[max(int(p/100*float64(len(all))+0.9999999), 1)-1]
		got := d.Percentile(p)
		if got < want || float64(got-want) > float64(want)/steps {
			t.Errorf("p%v is %d, counted %d", p, want, got)
		}
	}
	d.UpTo(func(ns, count uint64) {
		want := sort.Search(len(all), func(i int) bool { return all[i] > ns })
		if diff := int64(count) - int64(want); diff > 0 || diff < -int64(len(all)/50) {
			t.Errorf("up to %d ns there are %d, counted %d", ns, want, count)
		}
	})
}

func TestLongDurationsCountAsTheLongest(t *testing.T) {
	var h Histogram
	h.Observe(1<<50, 1)
	var d, none Distribution
	d.Add(&h)
	if p := d.Percentile(50); p < LongestCounted || p > LongestCounted*17/16 {
		t.Errorf("a long duration shows as %d", p)
	}
	calls := 0
	d.UpTo(func(_, count uint64) { calls++ })
	if calls != 1 {
		t.Errorf("one duration fills %d buckets", calls)
	}
	d.Sub(&d)
	if d.Total() != 0 || none.Percentile(99) != 0 {
		t.Error("nothing has a percentile")
	}
}

func TestBoundsAreValkeys(t *testing.T) {
	var h Histogram
	for _, ns := range []uint64{900, 30_000, 65_000, 65_001, 2_000_000, 900_000_000, 1 << 40} {
		h.Observe(ns, 1)
	}
	var d Distribution
	d.Add(&h)
	var got [][2]uint64
	d.UpTo(func(ns, count uint64) { got = append(got, [2]uint64{ns / 1000, count}) })
	if want := [][2]uint64{{1, 1}, {33, 2}, {66, 4}, {2113, 5}, {1073741, 7}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	var h Histogram
	if n := testing.AllocsPerRun(100, func() { h.Observe(250, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	var h Histogram
	for i := range b.N {
		h.Observe(uint64(i&1023), 1)
	}
}
