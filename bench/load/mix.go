package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// Mix is a random workload: commands of several families, values of many sizes, keys
// by Zipf's law, of which a part do not exist.
type Mix struct {
	Seed   uint64
	Keys   int
	Misses float64 // share of keys that are never set
	Theta  float64 // exponent of Zipf's law
}

// Pipelines prepares n pipelines of depth commands.
func (m Mix) Pipelines(n, depth int) []*Pipeline {
	r := rand.New(rand.NewPCG(m.Seed, 7))
	z := NewZipf(m.Keys, m.Theta)
	out := make([]*Pipeline, n)
	for i := range out {
		p := &Pipeline{}
		for p.Replies < depth {
			m.add(p, r, z)
		}
		out[i] = p
	}
	return out
}

func (m Mix) add(p *Pipeline, r *rand.Rand, z *Zipf) {
	key := fmt.Sprintf("mix:%09d", z.Next(r))
	if r.Float64() < m.Misses {
		key = fmt.Sprintf("miss:%08d", r.IntN(m.Keys))
	}
	switch x := r.IntN(100); {
	case x < 45:
		p.Add("GET", key)
	case x < 65:
		if strings.HasPrefix(key, "miss") {
			p.Add("EXISTS", key)
			return
		}
		p.Add("SET", key, value(r))
	case x < 72:
		p.Add("MGET", key, fmt.Sprintf("mix:%09d", z.Next(r)), fmt.Sprintf("mix:%09d", z.Next(r)))
	case x < 77:
		p.Add("INCR", fmt.Sprintf("count:%d", r.IntN(1000)))
	case x < 82:
		p.Add("EXPIRE", key, "10000")
	case x < 85:
		p.Add("TTL", key)
	case x < 91:
		p.Add("RPUSH", fmt.Sprintf("list:%d", r.IntN(1000)), value(r))
	case x < 97:
		p.Add("LPOP", fmt.Sprintf("list:%d", r.IntN(1000)))
	default:
		p.Add("DEL", key)
	}
}

// value has from 1 byte to some kilobytes, mostly little.
func value(r *rand.Rand) string {
	return strings.Repeat("v", 1+int(math.Exp(r.Float64()*r.Float64()*8)))
}

// Zipf draws from 0..n-1 with an exponent below 1, after Gray et al. (SIGMOD 1994).
type Zipf struct{ n, theta, alpha, zetan, eta float64 }

// NewZipf prepares the law; O(n).
func NewZipf(n int, theta float64) *Zipf {
	z := &Zipf{n: float64(n), theta: theta, alpha: 1 / (1 - theta)}
	for i := 1; i <= n; i++ {
		z.zetan += 1 / math.Pow(float64(i), theta)
	}
	z.eta = (1 - math.Pow(2/z.n, 1-theta)) / (1 - (1+math.Pow(0.5, theta))/z.zetan)
	return z
}

// Next draws one.
func (z *Zipf) Next(r *rand.Rand) int {
	u := r.Float64()
	switch uz := u * z.zetan; {
	case uz < 1:
		return 0
	case uz < 1+math.Pow(0.5, z.theta):
		return 1
	}
	return int(z.n * math.Pow(z.eta*u-z.eta+1, z.alpha))
}
