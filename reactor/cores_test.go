package reactor

import (
	"testing"
	"time"
)

// TestCoreUse plays a host on which a command costs so much with one core and so much with two, and looks at what is chosen.
func TestCoreUse(t *testing.T) {
	for _, host := range []struct {
		name     string
		one, two time.Duration // of a command
		want     int
	}{
		{"a spare core costs", 10 * time.Microsecond, 12 * time.Microsecond, 1},
		{"a spare core saves", 12 * time.Microsecond, 10 * time.Microsecond, 2},
		{"no difference", 10 * time.Microsecond, 10*time.Microsecond - 100, 1},
	} {
		var spent time.Duration
		cores := 8
		c := newCoreUse(func(n int) { cores = n })
		c.spent, c.most = func() time.Duration { return spent }, 8
		load := func(samples int, commands uint64) {
			for range samples {
				cost := host.one
				if cores > 1 {
					cost = host.two
				}
				spent += time.Duration(commands) * cost
				c.step(false, commands)
			}
		}
		load(1, 1000)
		if cores != 1 {
			t.Fatalf("%s: %d cores before a trial", host.name, cores)
		}
		load(firstTrial-1, 1000)
		load(2, worthTrying-1) // too little to be counted
		if c.trial.on || cores != 1 {
			t.Fatalf("%s: a trial without load", host.name)
		}
		load(len(turns)*(samplesOfTurn+1)+2, 1000)
		if c.trial.on || cores != host.want {
			t.Errorf("%s: %d cores after the trial, want %d", host.name, cores, host.want)
		}
		c.step(true, 1000)
		if cores != 8 {
			t.Errorf("%s: %d cores while more are needed, want 8", host.name, cores)
		}
		load(coolAfter, 1000)
		if cores != host.want {
			t.Errorf("%s: %d cores afterwards, want %d", host.name, cores, host.want)
		}
		host.one, host.two = host.two, host.one // the host has changed
		load(betweenTrials+100, 1000)
		if want := map[int]int{1: 2, 2: 1}[host.want]; host.name != "no difference" && cores != want {
			t.Errorf("%s: %d cores after another trial, want %d", host.name, cores, want)
		}
	}
}

// TestCoreUseStops begins a trial that load or need does not let end: what was before holds.
func TestCoreUseStops(t *testing.T) {
	cores := 8
	c := newCoreUse(func(n int) { cores = n })
	c.spent, c.most = func() time.Duration { return 0 }, 8
	for range 1 + firstTrial + 5 {
		c.step(false, 1000)
	}
	if !c.trial.on || cores != 2 {
		t.Fatalf("no trial: %v, %d cores", c.trial.on, cores)
	}
	c.step(false, 0)
	if c.trial.on || cores != 1 {
		t.Errorf("without load: %v, %d cores", c.trial.on, cores)
	}
}
