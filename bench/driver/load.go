package driver

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Mix describes prepared commands.
type Mix struct {
	Keys     int
	Pipeline int
	Zipf     float64 // 0: uniform
	Writes   float64 // share of SET among single-key commands
	MSET     float64 // share of MSET of 8 keys
	Size     int     // of values
}

// Inputs prepares n pipelines for one loop.
func (m Mix) Inputs(n int, seed uint64) [][]byte {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := m.picker(r)
	value := make([]byte, m.Size)
	for i := range value {
		value[i] = 'x'
	}
	out := make([][]byte, n)
	for i := range out {
		var b []byte
		for j := 0; j < m.Pipeline; j++ {
			switch x := r.Float64(); {
			case x < m.MSET:
				args := []string{"MSET"}
				for k := 0; k < 8; k++ {
					args = append(args, key(pick()), string(value))
				}
				b = appendCommand(b, args...)
			case r.Float64() < m.Writes:
				b = appendCommand(b, "SET", key(pick()), string(value))
			default:
				b = appendCommand(b, "GET", key(pick()))
			}
		}
		out[i] = b
	}
	return out
}

func (m Mix) picker(r *rand.Rand) func() int {
	if m.Zipf == 0 {
		return func() int { return r.IntN(m.Keys) }
	}
	z := newZipf(m.Keys, m.Zipf)
	return func() int { return z.next(r) }
}

func key(n int) string { return fmt.Sprintf("key:%012d", n) }

func appendCommand(b []byte, args ...string) []byte {
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

// zipf draws from 0..n-1 with exponent below 1, after Gray et al. (SIGMOD 1994).
type zipf struct {
	n                        float64
	theta, alpha, zetan, eta float64
}

func newZipf(n int, theta float64) *zipf {
	z := &zipf{n: float64(n), theta: theta, alpha: 1 / (1 - theta)}
	for i := 1; i <= n; i++ {
		z.zetan += 1 / math.Pow(float64(i), theta)
	}
	zeta2 := 1 + math.Pow(0.5, theta)
	z.eta = (1 - math.Pow(2/z.n, 1-theta)) / (1 - zeta2/z.zetan)
	return z
}

func (z *zipf) next(r *rand.Rand) int {
	u := r.Float64()
	switch uz := u * z.zetan; {
	case uz < 1:
		return 0
	case uz < 1+math.Pow(0.5, z.theta):
		return 1
	}
	return int(z.n * math.Pow(z.eta*u-z.eta+1, z.alpha))
}
