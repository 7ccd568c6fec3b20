package slotmap

import "testing"

// TestLaidOver: a pause lies over what the cluster gives a slot to be, neither ends the other, and a slot that is served elsewhere is not held here.
func TestLaidOver(t *testing.T) {
	m := New(4)
	const n = 5000 // of shard 1
	for _, step := range []struct {
		does string
		do   func()
		want State
		held bool
	}{
		{"pause", func() { m.Lay(n, Paused, true) }, Paused, true},
		{"close", func() { m.SetState(n, Closed) }, Closed, false},
		{"open", func() { m.SetState(n, Own) }, Paused, true},
		{"migrate", func() { m.SetState(n, Migrating) }, Migrating, true},
		{"give away", func() { m.SetState(n, Away) }, Away, false},
		{"hide", func() { m.Lay(n, Hidden, true) }, Hidden, false},
		{"resume", func() { m.Lay(n, Paused, false) }, Hidden, false},
		{"get back", func() { m.SetState(n, Own) }, Own, false},
		{"show", func() { m.Lay(n, Hidden, false) }, Own, false},
	} {
		step.do()
		if m.State(n) != step.want || m.Paused(n) != step.held || m.Owner(n) != 1 || step.want != Own && m.OwnIn(n, 1) {
			t.Errorf("%s: state %d, held %v, shard %d, own %v", step.does, m.State(n), m.Paused(n), m.Owner(n), m.OwnIn(n, 1))
		}
	}
	m.Lay(n, Paused, true)
	if m.Move(n, 3); m.State(n) != Paused || m.Owner(n) != 3 {
		t.Errorf("moved: state %d, shard %d", m.State(n), m.Owner(n))
	}
}
