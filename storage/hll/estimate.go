package hll

import "math"

// histogram counts the registers by what they hold.
type histogram [64]int

// Count estimates the number of different elements that b has seen.
func Count(b []byte) (uint64, error) {
	var h histogram
	if IsDense(b) {
		for i := range Registers / perGroup {
			w := group(b, i)
			h[w&63]++
			h[w>>6&63]++
			h[w>>12&63]++
			h[w>>18&63]++
		}
		return h.estimate(), nil
	}
	err := runs(b, func(_, n int, value byte) { h[value] += n })
	if err != nil {
		return 0, err
	}
	return h.estimate(), nil
}

// estimate is Ertl's improved estimator ("New cardinality estimation algorithms for
// HyperLogLog sketches", 2017): it needs no tables and no case apart for small numbers. Products are
// rounded one by one, since fused ones would give other numbers on other processors.
func (h *histogram) estimate() uint64 {
	const m = float64(Registers)
	const alpha = 0.721347520444481703680 // 1 / (2 ln 2)
	z := m * tau((m-float64(h[maxRank]))/m)
	for k := maxRank - 1; k >= 1; k-- {
		z += float64(h[k])
		z = float64(z * 0.5)
	}
	z += float64(m * sigma(float64(h[0])/m))
	if z == 0 { // every register is full: nobody can tell, and this is what Valkey says on most processors
		return 1 << 63
	}
	return uint64(math.Round(alpha * m * m / z))
}

// sigma is x + x² + 2x⁴ + 4x⁸ ..., infinite at 1.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	sum, factor, before := x, 1.0, 0.0
	for sum != before {
		x = float64(x * x)
		before = sum
		sum += float64(x * factor)
		factor += factor
	}
	return sum
}

// tau is a third of 1 - x - (1-√x)²/2 - (1-⁴√x)²/4 ...
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	sum, factor, before := 1-x, 1.0, 2.0
	for sum != before {
		x = math.Sqrt(x)
		before = sum
		factor *= 0.5
		d := 1 - x
		sum -= float64(float64(d*d) * factor)
	}
	return sum / 3
}
