package driver

import (
	"math/rand/v2"

	"sigrun/bench/load"
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
	out := make([][]byte, n)
	for i, p := range m.Pipelines(n, seed) {
		out[i] = p.Bytes
	}
	return out
}

// Pipelines prepares n pipelines.
func (m Mix) Pipelines(n int, seed uint64) []*load.Pipeline {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := m.picker(r)
	value := make([]byte, m.Size)
	for i := range value {
		value[i] = 'x'
	}
	out := make([]*load.Pipeline, n)
	for i := range out {
		p := &load.Pipeline{}
		for j := 0; j < m.Pipeline; j++ {
			switch x := r.Float64(); {
			case x < m.MSET:
				args := []string{"MSET"}
				for k := 0; k < 8; k++ {
					args = append(args, load.Key(pick()), string(value))
				}
				p.Add(args...)
			case r.Float64() < m.Writes:
				p.Add("SET", load.Key(pick()), string(value))
			default:
				p.Add("GET", load.Key(pick()))
			}
		}
		out[i] = p
	}
	return out
}

func (m Mix) picker(r *rand.Rand) func() int {
	if m.Zipf == 0 {
		return func() int { return r.IntN(m.Keys) }
	}
	z := load.NewZipf(m.Keys, m.Zipf)
	return func() int { return z.Next(r) }
}
