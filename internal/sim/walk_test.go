package sim_test

import (
	"cmp"
	"testing"

	"sigrun/internal/sim"
)

var sum int

func TestWalkCostsNothing(t *testing.T) {
	if sim.Enabled {
		t.Skip("that is said of the product")
	}
	m := map[int]int{1: 1, 2: 2}
	if n := testing.AllocsPerRun(100, func() {
		for k, v := range sim.Walk(m, cmp.Compare) {
			sum += k + v
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRange(b *testing.B) {
	for _, n := range []int{1, 1000} {
		m := map[int]int{}
		for i := range n {
			m[i] = i
		}
		b.Run("raw", func(b *testing.B) {
			for b.Loop() {
				for k, v := range m {
					sum += k + v
				}
			}
		})
		b.Run("walk", func(b *testing.B) {
			for b.Loop() {
				for k, v := range sim.Walk(m, cmp.Compare) {
					sum += k + v
				}
			}
		})
	}
}
