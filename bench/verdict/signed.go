// Package verdict decides what measurements say: whether two servers differ by more than noise, and at which rate one stops keeping
// a promise. It knows numbers only, so that its judgement can be judged by numbers that are made up.
package verdict

import (
	"math"
	"slices"
)

// Difference is what pairs of measurements say of the ratio between the two.
type Difference struct {
	Ratio float64 `json:"ratio"` // of B to A, the middle of all
	Low   float64 `json:"low"`   // where it lies with the confidence that was asked for
	High  float64 `json:"high"`
	P     float64 `json:"p"` // how likely it is to see as much where there is no difference
	// Differs: it is more than noise.
	Differs bool `json:"differs"`
	Pairs   int  `json:"pairs"`
}

// Compare compares pairs that were measured one beside the other: a[i] with b[i], all above 0. alpha is how often it may see a
// difference where there is none. It is Wilcoxon's signed ranks test on the logarithms of the ratios, exactly: noise may have any
// form as long as it does not prefer one of the two, and a few wild ones do no harm.
func Compare(a, b []float64, alpha float64) Difference {
	var logs []float64
	for i := range min(len(a), len(b)) {
		if a[i] > 0 && b[i] > 0 && !math.IsInf(a[i], 0) && !math.IsInf(b[i], 0) {
			logs = append(logs, math.Log(b[i]/a[i]))
		}
	}
	d := Difference{Ratio: 1, Low: 0, High: math.MaxFloat64, P: 1, Pairs: len(logs)}
	if len(logs) == 0 {
		return d
	}
	walsh := means(logs)
	d.Ratio = math.Exp(middle(walsh))
	counts := rankSums(len(logs))
	d.P = probability(counts, signedRanks(logs), len(logs))
	if at, ok := critical(counts, len(logs), alpha); ok {
		d.Low, d.High = math.Exp(walsh[at]), math.Exp(walsh[len(walsh)-1-at])
		d.Differs = d.Low > 1 || d.High < 1
	}
	return d
}

// means are the means of all pairs of values, each with itself as well, in order (Walsh): their middle is the estimate of Hodges and
// Lehmann, and the bounds of confidence are among them.
func means(v []float64) (list []float64) {
	for i := range v {
		for j := 0; j <= i; j++ {
			list = append(list, (v[i]+v[j])/2)
		}
	}
	slices.Sort(list)
	return list
}

func middle(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// signedRanks is the sum of the ranks of those above zero, by distance from zero; equal ones share their ranks.
func signedRanks(v []float64) float64 {
	order := slices.Clone(v)
	slices.SortFunc(order, func(a, b float64) int {
		switch x, y := math.Abs(a), math.Abs(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	sum := 0.0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && math.Abs(order[j]) == math.Abs(order[i]) {
			j++
		}
		rank := float64(i+1+j) / 2
		for ; i < j; i++ {
			if order[i] > 0 {
				sum += rank
			} else if order[i] == 0 {
				sum += rank / 2
			}
		}
	}
	return sum
}

// rankSums is in how many of all 2^n ways to give signs to the ranks 1 to n each sum comes about, as shares.
func rankSums(n int) []float64 {
	counts := make([]float64, n*(n+1)/2+1)
	counts[0] = 1
	for r := 1; r <= n; r++ {
		for s := len(counts) - 1; s >= 0; s-- {
			counts[s] /= 2
			if s >= r {
				counts[s] += counts[s-r] / 2
			}
		}
	}
	return counts
}

// probability is how likely a sum is at least as far from the middle.
func probability(counts []float64, sum float64, n int) float64 {
	far := min(sum, float64(n*(n+1)/2)-sum)
	p := 0.0
	for s := 0; float64(s) <= far; s++ {
		p += counts[s]
	}
	return min(2*p, 1)
}

// critical is how many of the means lie outside the bounds on either side; false: there are too few pairs to be so sure.
func critical(counts []float64, n int, alpha float64) (at int, ok bool) {
	p := 0.0
	for s := range counts {
		if p += counts[s]; 2*p > alpha {
			return s - 1, s > 0
		}
	}
	return 0, false
}
