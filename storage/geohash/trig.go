package geohash

import "math"

// The C library's sine, cosine and arcsine are right in all but about one of a hundred last bits. Those of package math
// are wrong in many, which a score made of a distance shows. Here angles are at most pi.

// double is a number of twice the precision: the sum of both, of which lo is less than half of the last place of hi.
type double struct{ hi, lo float64 }

func sum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func (x double) add(y double) double {
	s := sum(x.hi, y.hi)
	return sum(s.hi, s.lo+(x.lo+y.lo))
}

func (x double) mul(y double) double {
	p := x.hi * y.hi
	return sum(p, math.FMA(x.hi, y.hi, -p)+(x.hi*y.lo+x.lo*y.hi))
}

func (x double) div(n float64) double {
	q := x.hi / n
	return sum(q, (math.FMA(-q, n, x.hi)+x.lo)/n)
}

// gridStep is the distance of the angles of which sine and cosine are kept.
const gridStep = 1.0 / 128

// small is the angle below which the grid is too coarse for what its sine has of places.
const small = 0.126

// grid holds sine and cosine of the multiples of gridStep up to a right angle.
var grid = func() (all [203]struct{ sin, cos double }) {
	for i := range all {
		x := double{hi: float64(i) * gridStep}
		all[i].sin, all[i].cos = series(x, x, 1), series(double{hi: 1}, x, 0)
	}
	return all
}()

// series adds up term - term x²/((n+1)(n+2)) + ...
func series(term, x double, n float64) double {
	total, square := term, x.mul(x)
	for ; math.Abs(term.hi) > 1e-34; n += 2 {
		term = term.mul(square).div(-(n + 1) * (n + 2))
		total = total.add(term)
	}
	return total
}

// near returns the index in grid nearest to x, which is not negative, and sine and 1 less cosine of the angle x + dx
// less that of the index.
func near(x, dx float64) (i int, s, c float64) {
	i = int(x*(1/gridStep) + 0.5)
	r := x - float64(i)*gridStep
	rr := r * r
	s = r + (dx + r*rr*(-1.0/6+rr*(1.0/120)))
	c = r*dx + rr*(1.0/2+rr*(-1.0/24+rr*(1.0/720)))
	return i, s, c
}

// parts are the sine of x + dx, x not negative and at most a right angle: what the grid has, and what comes to it.
func parts(x, dx float64) (whole, rest float64) {
	if x < small {
		xx := x * x
		return x, dx + x*xx*(-1.0/6+xx*(1.0/120+xx*(-1.0/5040+xx*(1.0/362880+xx*(-1.0/39916800)))))
	}
	i, s, c := near(x, dx)
	g := &grid[i]
	return g.sin.hi, (g.sin.lo + s*g.cos.lo - g.sin.hi*c) + g.cos.hi*s
}

func sin(x float64) float64 {
	const piLo = 1.2246467991473515e-16 // pi less math.Pi
	a, dx := math.Abs(x), 0.0
	if a > math.Pi/2 {
		d := sum(math.Pi, -a)
		a, dx = d.hi, d.lo+piLo
		if a < 0 { // an angle of pi and its last place
			a, dx, x = -a, -dx, -x
		}
	}
	whole, rest := parts(a, dx)
	return math.Copysign(whole+rest, x)
}

func cos(x float64) float64 {
	i, s, c := near(math.Abs(x), 0)
	g := &grid[i]
	return g.cos.hi + ((g.cos.lo - s*g.sin.lo - g.cos.hi*c) - g.sin.hi*s)
}

// asin mends what math.Asin says by the sine of it.
func asin(x float64) float64 {
	y := math.Asin(x)
	if !(y > 0 && y < math.Pi/2) {
		return y
	}
	whole, rest := parts(y, 0)
	return y + ((x-whole)-rest)/cos(y)
}
