package verdict

import (
	"math"
	"math/rand/v2"
	"testing"
)

// noisy is a measurement: most are near, a few wild, and the machine drifts.
func noisy(r *rand.Rand, truth, drift float64) float64 {
	v := truth * (1 + drift + 0.02*r.NormFloat64())
	if r.Float64() < 0.03 {
		v *= 1 + r.Float64()
	}
	return v
}

// verdicts compares many times and counts how often a difference was seen.
func verdicts(slower float64, pairs int) (seen int) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		var a, b []float64
		for i := range pairs {
			drift := 0.2 * math.Sin(float64(i)/3+float64(seed)) // both drift alike
			a, b = append(a, noisy(r, 100, drift)), append(b, noisy(r, 100*slower, drift))
		}
		if Compare(a, b, 0.0125).Differs {
			seen++
		}
	}
	return seen
}

func TestSameServerDoesNotDiffer(t *testing.T) {
	if n := verdicts(1, 24); n > 20 { // of 400; 5 by alpha
		t.Errorf("a difference where there is none in %d of 400", n)
	}
}

func TestFivePercentAreFound(t *testing.T) {
	if n := verdicts(1.05, 24); n < 380 {
		t.Errorf("5 %% were found in %d of 400 only", n)
	}
}

func TestCompareKnownFigures(t *testing.T) {
	// All of n pairs on one side: the probability is 2 of 2^n.
	a, b := make([]float64, 10), make([]float64, 10)
	for i := range a {
		a[i], b[i] = 100, 110+float64(i)
	}
	d := Compare(a, b, 0.05)
	if math.Abs(d.P-2.0/1024) > 1e-9 || !d.Differs || d.Low < 1.1 || d.High > 1.2 || d.Ratio < d.Low || d.Ratio > d.High {
		t.Errorf("%+v", d)
	}
	if d := Compare(a, a, 0.05); d.Differs || d.Ratio != 1 {
		t.Errorf("equal: %+v", d)
	}
	if d := Compare(a[:3], b[:3], 0.05); d.Differs || d.Low != 0 {
		t.Errorf("three pairs cannot tell: %+v", d)
	}
	if d := Compare(nil, nil, 0.05); d.Differs || d.Pairs != 0 {
		t.Errorf("none: %+v", d)
	}
	if d := Compare([]float64{0, 1}, []float64{1, math.Inf(1)}, 0.05); d.Pairs != 0 {
		t.Errorf("no figures: %+v", d)
	}
}

// search runs a search against a server that keeps its promise up to a rate, but for some tries.
func search(s *Search, truth, disturbed float64, seed uint64) (best float64, tries int) {
	r := rand.New(rand.NewPCG(seed, 9))
	var probes []Probe
	for {
		rate, best, done := s.Next(probes)
		if done {
			return best, len(probes)
		}
		probes = append(probes, Probe{rate, rate <= truth && r.Float64() >= disturbed})
	}
}

func TestSearch(t *testing.T) {
	for _, truth := range []float64{150, 999, 12345, 333333} {
		best, tries := search(&Search{Start: 1000, Most: 1e9, Precision: 0.03}, truth, 0, 1)
		if best > truth || best < truth*0.96 || tries > 40 {
			t.Errorf("%g: found %g after %d", truth, best, tries)
		}
	}
	if best, _ := search(&Search{Start: 1000, Most: 5000, Precision: 0.03}, 1e9, 0, 1); best != 5000 {
		t.Errorf("above the most: %g", best)
	}
	if best, _ := search(&Search{Start: 1000, Most: 5000, Precision: 0.03}, 0, 0, 1); best != 0 {
		t.Errorf("nothing is good: %g", best)
	}
}

func TestSearchAmongDisturbances(t *testing.T) {
	within := 0
	for seed := range uint64(100) {
		best, _ := search(&Search{Start: 1000, Most: 1e9, Precision: 0.03}, 20000, 0.1, seed)
		if best > 20000 {
			t.Fatalf("%g is above the truth", best)
		}
		if best >= 19000 {
			within++
		}
	}
	if within < 80 {
		t.Errorf("near the truth in %d of 100", within)
	}
}
