package verdict

import "math"

// Probe is what came of trying a rate.
type Probe struct {
	Rate float64
	Good bool
}

// Search looks for the highest rate at which a promise is kept. A rate is bad when it failed twice, and good when it was kept
// once on the way up and twice where it is decided, since any single try may have been disturbed.
type Search struct {
	Start     float64 // the first rate
	Most      float64 // no rate above
	Precision float64 // the answer may be lower than the truth by this share
	good, bad map[float64]int
	Tries     int // at most; 0: 60
}

// Next is the rate to try after these; done: best is the answer, 0 for none.
func (s *Search) Next(probes []Probe) (rate, best float64, done bool) {
	s.good, s.bad = map[float64]int{}, map[float64]int{}
	for _, p := range probes {
		if p.Good {
			s.good[p.Rate]++
		} else {
			s.bad[p.Rate]++
		}
	}
	low, high := s.bracket()
	most := s.Tries
	if most == 0 {
		most = 60
	}
	if len(probes) >= most {
		return 0, low, true
	}
	if n := len(probes); n > 0 { // a rate that is not decided is tried again
		if last := probes[n-1].Rate; !s.isBad(last) && s.bad[last] > 0 && !s.isGood(last) {
			return last, 0, false
		}
	}
	switch {
	case math.IsInf(high, 1) && low == 0:
		return s.Start, 0, false
	case math.IsInf(high, 1) && low >= s.Most:
		return s.confirm(low)
	case math.IsInf(high, 1):
		return min(2*low, s.Most), 0, false
	case low == 0 && high <= s.Start/1024:
		return 0, 0, true
	case low == 0:
		return high / 2, 0, false
	case high/low > 1+s.Precision:
		return (low + high) / 2, 0, false
	}
	return s.confirm(low)
}

// confirm has the answer kept twice.
func (s *Search) confirm(rate float64) (float64, float64, bool) {
	if s.good[rate] >= 2 {
		return 0, rate, true
	}
	return rate, 0, false
}

func (s *Search) isGood(rate float64) bool { return s.good[rate] > 0 && s.good[rate] > s.bad[rate] }

func (s *Search) isBad(rate float64) bool { return s.bad[rate] >= 2 && s.bad[rate] >= s.good[rate] }

// bracket is the highest rate that is good, below the lowest that is bad.
func (s *Search) bracket() (low, high float64) {
	high = math.Inf(1)
	for r := range s.bad { // in any order
		if s.isBad(r) {
			high = min(high, r)
		}
	}
	for r := range s.good { // in any order
		if s.isGood(r) && r < high {
			low = max(low, r)
		}
	}
	return low, high
}
