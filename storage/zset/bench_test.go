package zset

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sigrun/storage/value"
)

// BenchmarkInsert adds members of 16 bytes to one large set, in order or at random.
func BenchmarkInsert(b *testing.B) {
	for _, order := range []string{"up", "random"} {
		b.Run(order, func(b *testing.B) {
			h := newAllocator(b, nil)
			r := rand.New(rand.NewPCG(1, 2))
			var s Set
			s.Init(h, true)
			for i := range b.N {
				name := fmt.Appendf(nil, "member:%09d", i)
				score := float64(i)
				if order == "random" {
					score = r.Float64()
				}
				f := s.Find(h, name)
				s.Insert(h, Limits{}, &f, name, score)
			}
			b.ReportMetric(float64(h.Arena.Used())/float64(b.N), "bytes/member")
		})
	}
}

// filled is a large set of n members at scores from next, and their names.
func filled(b *testing.B, n int, next func() float64) (h *value.Allocator, s *Set, names [][]byte) {
	h, s, names = newAllocator(b, nil), new(Set), make([][]byte, n)
	s.Init(h, true)
	for i := range names {
		names[i] = fmt.Appendf(nil, "member:%09d", i)
		f := s.Find(h, names[i])
		s.Insert(h, Limits{}, &f, names[i], next())
	}
	return h, s, names
}

// BenchmarkRank looks up positions, at random, in a set of a million.
func BenchmarkRank(b *testing.B) {
	h, s, names := filled(b, 1_000_000, rand.New(rand.NewPCG(1, 2)).Float64)
	b.ResetTimer()
	for i := range b.N {
		f := s.Find(h, names[i*7919%len(names)])
		_ = s.Rank(&f)
	}
}

// BenchmarkChange gives members of a set of 100 000 other scores, at random.
func BenchmarkChange(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	score := func() float64 { return float64(r.IntN(100_000)) }
	h, s, names := filled(b, 100_000, score)
	b.ResetTimer()
	for range b.N {
		name := names[r.IntN(len(names))]
		f := s.Find(h, name)
		s.Change(h, &f, name, score())
	}
}
