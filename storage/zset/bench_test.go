package zset

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkInsert adds members of 16 bytes to one large set, in order or at random.
func BenchmarkInsert(b *testing.B) {
	for _, order := range []string{"up", "random"} {
		b.Run(order, func(b *testing.B) {
			h := newHome(b, nil)
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

// BenchmarkRank looks up positions, at random, in a set of a million.
func BenchmarkRank(b *testing.B) {
	h := newHome(b, nil)
	r := rand.New(rand.NewPCG(1, 2))
	var s Set
	s.Init(h, true)
	names := make([][]byte, 1_000_000)
	for i := range names {
		names[i] = fmt.Appendf(nil, "member:%09d", i)
		f := s.Find(h, names[i])
		s.Insert(h, Limits{}, &f, names[i], r.Float64())
	}
	b.ResetTimer()
	for i := range b.N {
		f := s.Find(h, names[i*7919%len(names)])
		_ = s.Rank(&f)
	}
}

// BenchmarkChange gives members of a set of 100 000 other scores, at random.
func BenchmarkChange(b *testing.B) {
	h := newHome(b, nil)
	r := rand.New(rand.NewPCG(1, 2))
	var s Set
	s.Init(h, true)
	names := make([][]byte, 100_000)
	for i := range names {
		names[i] = fmt.Appendf(nil, "element:%012d", i)
		f := s.Find(h, names[i])
		s.Insert(h, Limits{}, &f, names[i], float64(r.IntN(len(names))))
	}
	b.ResetTimer()
	for range b.N {
		name := names[r.IntN(len(names))]
		f := s.Find(h, name)
		s.Change(h, &f, name, float64(r.IntN(len(names))))
	}
}
