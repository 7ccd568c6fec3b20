// Package workload says what clients do: which commands in which shares, on which keys, with which values, and what the server
// has to answer. A workload is a text (docs/benchmark.md has its format); some are ready-made. It knows neither sockets nor
// clocks: who runs it draws a task, gets its bytes, and shows it the replies.
package workload

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Dice is what one thread draws with. Equal seeds and ids draw the same.
type Dice struct {
	// Now is the time since the run began in nanoseconds, for what changes with time.
	Now int64
	// Connection is the number of the connection that draws.
	Connection uint64
	// Origin tells the stamps of one generator from those of others, whose clocks began at other times.
	Origin uint64

	pcg    *rand.PCG
	rand   *rand.Rand
	id     uint64
	unique uint64
	drawn  []uint64 // by slot of the task under way
}

// NewDice makes dice of thread id.
func NewDice(seed, id uint64) *Dice {
	pcg := rand.NewPCG(seed, id)
	return &Dice{pcg: pcg, rand: rand.New(pcg), id: id}
}

// Drawn is what was drawn for a task.
type Drawn []uint64

// Keep returns a copy of what was drawn last.
func (d *Dice) Keep() *Drawn {
	list := Drawn(slices.Clone(d.drawn))
	return &list
}

// Restore has it drawn once more.
func (d *Dice) Restore(list *Drawn) { d.drawn = append(d.drawn[:0], *list...) }

// room makes room for what is drawn.
func (d *Dice) room(n int) {
	if cap(d.drawn) < n {
		d.drawn = make([]uint64, n, 2*n)
	}
	d.drawn = d.drawn[:n]
}

// A stamp ({now}) is the time since the run began, in nanoseconds, behind the origin: 16 digits are 115 days.
const (
	stampSpan = uint64(1e16)
	Origins   = 1800 // different ones
)

func (d *Dice) stamp() uint64 { return d.Origin%Origins*stampSpan + uint64(d.Now)%stampSpan }

// Stamped is the time of a stamp at the end of a text, if it is one of this generator's.
func (d *Dice) Stamped(text []byte) (at int64, ok bool) {
	if len(text) < long {
		return 0, false
	}
	n := uint64(0)
	for _, c := range text[len(text)-long:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return int64(n % stampSpan), n/stampSpan == d.Origin%Origins
}

// Below is a number below n, each alike.
func (d *Dice) Below(n uint64) uint64 {
	high, _ := bits.Mul64(d.pcg.Uint64(), n)
	return high
}

// Share is a number from 0 up to 1.
func (d *Dice) Share() float64 { return float64(d.pcg.Uint64()>>11) / (1 << 53) }

// Exponential is a number whose mean is 1, as times between independent arrivals are.
func (d *Dice) Exponential() float64 { return d.rand.ExpFloat64() }

// mix spreads a number over 64 bits, the same number always the same way.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// A spread chooses one of n things.
type spread interface {
	next(d *Dice) uint64
}

type uniform struct{ n uint64 }

func (u uniform) next(d *Dice) uint64 { return d.Below(u.n) }

// zipf is Zipf's law of any exponent, exactly, by rejection and inversion (Hörmann and Derflinger 1996). Ranks are strewn over the
// numbers, so that what is hot does not lie together.
type zipf struct {
	n, stride      uint64
	exponent       float64
	first, last, s float64
}

func newZipf(n uint64, exponent float64) *zipf {
	z := &zipf{n: n, stride: strewn(n), exponent: exponent}
	z.first, z.last = z.area(1.5)-1, z.area(float64(n)+0.5)
	z.s = 2 - z.inverse(z.area(2.5)-z.density(2))
	return z
}

func (z *zipf) next(d *Dice) uint64 {
	for {
		u := z.last + d.Share()*(z.first-z.last)
		x := z.inverse(u)
		k := min(max(math.Floor(x+0.5), 1), float64(z.n))
		if k-x <= z.s || u >= z.area(k+0.5)-z.density(k) {
			high, low := bits.Mul64(uint64(k)-1, z.stride)
			return bits.Rem64(high, low, z.n)
		}
	}
}

func (z *zipf) density(x float64) float64 { return math.Exp(-z.exponent * math.Log(x)) }

func (z *zipf) area(x float64) float64 {
	log := math.Log(x)
	t := (1 - z.exponent) * log
	if math.Abs(t) < 1e-8 {
		return log * (1 + t/2)
	}
	return log * math.Expm1(t) / t
}

func (z *zipf) inverse(x float64) float64 {
	t := max(x*(1-z.exponent), -1)
	if math.Abs(t) < 1e-8 {
		return math.Exp(x * (1 - t/2))
	}
	return math.Exp(x * math.Log1p(t) / t)
}

// strewn is a step that comes to each of n numbers once.
func strewn(n uint64) uint64 {
	step := max(uint64(float64(n)*0.6180339887), 1)
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// gauss is the normal law around the middle; what falls outside comes in on the other side.
type gauss struct {
	n     uint64
	sigma float64 // as a share of n
}

func (g gauss) next(d *Dice) uint64 {
	at := math.Mod(0.5+g.sigma*d.rand.NormFloat64(), 1)
	if at < 0 {
		at++
	}
	return min(uint64(at*float64(g.n)), g.n-1)
}

// hot gives a share of all draws to few, which move on by their own number once in a period.
type hot struct {
	n, few uint64
	share  float64
	period int64 // nanoseconds; 0: they stay
}

func (h hot) next(d *Dice) uint64 {
	if d.Share() >= h.share {
		return d.Below(h.n)
	}
	at := d.Below(h.few)
	if h.period > 0 {
		at += uint64(d.Now/h.period) * h.few
	}
	return at % h.n
}
