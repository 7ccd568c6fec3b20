package geohash

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is the sine of x by its series, to 200 bits.
func exact(x float64) *big.Float {
	wide := func(f float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(f) }
	term, total, square := wide(x), wide(x), wide(x)
	square.Mul(square, square)
	for n := 1.0; n < 60; n += 2 {
		term.Mul(term, square)
		term.Quo(term, wide(-(n+1)*(n+2)))
		total.Add(total, term)
	}
	return total
}

// TestSinesAreRounded allows one last place of a hundred to be wrong, and none by more than one.
func TestSinesAreRounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 3000
	wrong := map[string]int{}
	check := func(name string, x, got, want float64) {
		if got == want {
			return
		}
		wrong[name]++
		if got != math.Nextafter(want, got) {
			t.Errorf("%s of %v is %v, want %v", name, x, got, want)
		}
	}
	for range n {
		x := math.Pi * (2*r.Float64() - 1) * math.Pow(10, -4*r.Float64())
		want, _ := exact(x).Float64()
		check("sine", x, sin(x), want)
		if y := math.Abs(x / 2); y > 0 {
			s := exact(y)
			narrow, _ := s.Float64() // not what the angle is of, but by its last places
			lost, _ := s.Sub(s, big.NewFloat(narrow)).Float64()
			check("arcsine", narrow, asin(narrow), y-lost/math.Cos(y))
		}
	}
	for name, times := range wrong {
		if times > n/100 {
			t.Errorf("%s is wrong %d times of %d", name, times, n)
		}
	}
	for _, x := range []float64{0, math.Pi / 2, math.Pi, -math.Pi} {
		if math.Abs(sin(x)-math.Sin(x)) > 1e-16 || math.Abs(cos(x/2)-math.Cos(x/2)) > 1e-16 {
			t.Errorf("of %v: %v %v", x, sin(x), cos(x/2))
		}
	}
	if asin(0) != 0 || asin(1) != math.Pi/2 || !math.IsNaN(asin(1.5)) {
		t.Error("the ends of the arcsine")
	}
}

func BenchmarkDistance(b *testing.B) {
	p := Point{13.361389, 38.115556}
	for i := range b.N {
		Distance(p, Point{15, 37 + float64(i&15)})
	}
}
