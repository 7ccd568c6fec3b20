package main

import "math/bits"

// spread tells how values are distributed: exactly below 2048, above that in 1024 steps for every power of two, as the histograms
// do from which Valkey's tool takes its percentiles. The counts grow with the largest value: 20,000 of them for 512 MB.
type spread struct {
	counts []uint64
	used   []int // buckets that are not 0, so that draining costs no more than filling did
	total  uint64
	sum    uint64
	max    uint64
}

const stepBits = 10

// bucketOf is the bucket of a value.
func bucketOf(v uint64) int {
	shift := max(bits.Len64(v)-stepBits-1, 0)
	return shift<<stepBits + int(v>>shift)
}

// largest is the largest value of a bucket.
func largest(bucket int) uint64 {
	shift := max(bucket>>stepBits-1, 0)
	return uint64(bucket-shift<<stepBits+1)<<shift - 1
}

func (s *spread) add(v uint64) {
	s.addTo(bucketOf(v), 1)
	s.sum += v
	s.max = max(s.max, v)
}

func (s *spread) addTo(bucket int, n uint64) {
	if missing := bucket + 1 - len(s.counts); missing > 0 {
		s.counts = append(s.counts, make([]uint64, missing)...)
	}
	if s.counts[bucket] == 0 {
		s.used = append(s.used, bucket)
	}
	s.counts[bucket] += n
	s.total += n
}

// drain moves all that s has to another spread.
func (s *spread) drain(to *spread) {
	for _, b := range s.used {
		to.addTo(b, s.counts[b])
		s.counts[b] = 0
	}
	to.sum += s.sum
	to.max = max(to.max, s.max)
	*s = spread{counts: s.counts, used: s.used[:0]}
}

// percentile is the value that p per cent do not exceed: the largest of its bucket.
func (s *spread) percentile(p float64) uint64 {
	rank := max(uint64(p/100*float64(s.total)+0.5), 1)
	for b, n := range s.counts {
		if n >= rank {
			return largest(b)
		}
		rank -= n
	}
	return 0
}
