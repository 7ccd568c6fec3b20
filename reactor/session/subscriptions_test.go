package session

import (
	"testing"

	"sigrun/reactor/gate"
)

// TestGateOpensBehindTheLastReader: of two readers of MONITOR who leave one sees the other, who is gone and has opened the gate before it is closed for him.
func TestGateOpensBehindTheLastReader(t *testing.T) {
	for name, c := range map[string]struct {
		readers []int // as they are seen one after the other
		want    gate.State
	}{
		"nobody else":               {[]int{0}, 0},
		"another one":               {[]int{1, 1}, gate.Monitored},
		"one who left":              {[]int{1, 0, 0}, 0},
		"one who left, and a third": {[]int{1, 0, 1, 1}, gate.Monitored},
	} {
		var g gate.Gate
		g.Set(gate.Monitored)
		unmonitored(&g, func() int {
			n := c.readers[0]
			c.readers = c.readers[1:]
			return n
		})
		if g.Load() != c.want || len(c.readers) != 0 {
			t.Errorf("%s: the gate is %b, want %b, and %d looks are left", name, g.Load(), c.want, len(c.readers))
		}
	}
}
