package ignition

import "testing"

func TestPolicyWakesOnlyWithIdleCores(t *testing.T) {
	p := New(Defaults(4, 70, 30))
	busy := []float64{0.95, 0, 0, 0}
	for i := 0; i < 10; i++ {
		if d := p.Step(Sample{Busy: busy, Idle: 0.1}); d != Stay {
			t.Fatalf("woke a loop on a machine without idle cores: %v", d)
		}
	}
	if p.Step(Sample{Busy: busy, Idle: 1}) != Stay || p.Step(Sample{Busy: busy, Idle: 1}) != Wake {
		t.Fatal("two hot samples with an idle core must wake one loop")
	}
	if p.Awake() != 2 || p.Ignitions != 1 {
		t.Fatalf("awake %d, ignitions %d", p.Awake(), p.Ignitions)
	}
}

func TestPolicyNeedsPatience(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for i := 0; i < 20; i++ {
		share := 0.9
		if i%2 == 1 {
			share = 0.2
		}
		if p.Step(Sample{Busy: []float64{share}, Idle: 2}) != Stay {
			t.Fatal("a flickering load woke a loop")
		}
	}
}

func TestPolicyNeverExceedsMax(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for i := 0; i < 20; i++ {
		p.Step(Sample{Busy: []float64{1, 1}, Idle: 2})
	}
	if p.Awake() != 2 {
		t.Fatalf("awake %d of at most 2", p.Awake())
	}
}

func TestPolicyCoolsDown(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for p.Awake() < 2 {
		p.Step(Sample{Busy: []float64{1, 0}, Idle: 1})
	}
	steps := untilParked(p, Sample{Busy: []float64{0.1, 0.1}, Idle: 2})
	if steps != p.Composure || p.Cooldowns != 1 {
		t.Fatalf("parked after %d samples, %d cooldowns", steps, p.Cooldowns)
	}
}

// ignited is a policy that has just woken a second loop, at 1000 commands per second.
func ignited() *Policy {
	p := New(Defaults(2, 70, 30))
	for p.Awake() < 2 {
		p.Step(Sample{Busy: []float64{1, 0}, Idle: 1, Rate: 1000})
	}
	return p
}

// untilParked is how many samples it takes until the second loop is parked, 100 when it stays.
func untilParked(p *Policy, s Sample) (steps int) {
	for ; p.Awake() == 2 && steps < 100; steps++ {
		p.Step(s)
	}
	return steps
}

// trial wakes a second loop at a rate and then runs at another; it tells how many loops
// are awake when the trial is over.
func trial(p *Policy, before, after float64) int {
	for p.Awake() < 2 {
		p.Step(Sample{Busy: []float64{1, 0}, Idle: 1, Rate: before})
	}
	for i := 0; i < p.Trial && p.Awake() == 2; i++ {
		p.Step(Sample{Busy: []float64{1, 1}, Idle: 0.5, Rate: after})
	}
	return p.Awake()
}

func TestPolicyKeepsWhatHelps(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for i := 0; i < 20; i++ {
		p.Step(Sample{Busy: []float64{0.5}, Idle: 1, Rate: 1000})
	}
	if trial(p, 1000, 1700) != 2 {
		t.Fatal("a loop that brought 70 % more was parked")
	}
}

func TestPolicyParksWhatDoesNotHelp(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for i := 0; i < 20; i++ {
		p.Step(Sample{Busy: []float64{0.5}, Idle: 1, Rate: 1000})
	}
	if trial(p, 1000, 990) != 1 {
		t.Fatal("a loop that brought nothing stayed awake")
	}
	for i := 0; i < p.Bar-2; i++ {
		if p.Step(Sample{Busy: []float64{1, 0}, Idle: 1, Rate: 1000}) != Stay {
			t.Fatalf("woken again after %d samples", i)
		}
	}
}

func TestPolicyJudgesALoadThatHasJustBegun(t *testing.T) {
	p := New(Defaults(2, 70, 30))
	for range 20 {
		p.Step(Sample{Busy: []float64{0.01}, Idle: 2})
	}
	if trial(p, 1000, 1100) != 1 {
		t.Fatal("a loop that brought a tenth stayed awake")
	}
}

func TestPolicyEndsATrialThatDoesHarm(t *testing.T) {
	p := ignited()
	steps := untilParked(p, Sample{Busy: []float64{1, 1}, Idle: 0.5, Rate: 950})
	if want := p.Trial/2 + p.Patience - 1; steps != want {
		t.Fatalf("parked after %d samples instead of %d", steps, want)
	}
}

func TestPolicyEndsATrialWhereLoopsWaitForEachOther(t *testing.T) {
	p := ignited()
	steps := untilParked(p, Sample{Busy: []float64{1, 1}, Rate: 5000, Wait: 0.5})
	if steps != p.Patience {
		t.Fatalf("parked after %d samples", steps)
	}
}

func TestPolicyGivesCoresBackOnAFullMachine(t *testing.T) {
	p := ignited()
	steps := untilParked(p, Sample{Busy: []float64{0.5, 0.5}, Idle: 0, Used: 1, Rate: 2000})
	if steps != 2*p.Patience {
		t.Fatalf("parked after %d samples", steps)
	}
}

func TestPolicyKeepsCoresThatItUses(t *testing.T) {
	p := ignited()
	for range 100 { // a loop that could not be measured, but the process uses both cores
		p.Step(Sample{Busy: []float64{1, 0}, Idle: 0, Used: 1.8, Rate: 2000})
	}
	if p.Awake() != 2 {
		t.Fatal("a loop was parked that is needed")
	}
}

func TestMachineReadsTheKernel(t *testing.T) {
	var m Machine
	if idle, used := m.Look(); idle != 0 || used != 0 {
		t.Fatal("the first sample knows no difference")
	}
	if _, total := machineTicks(); total == 0 {
		t.Fatal("/proc/stat not understood")
	}
	if affinity() < 1 {
		t.Fatal("no core in the affinity mask")
	}
}

func TestPolicyFollowsALoweredMax(t *testing.T) {
	p := New(Defaults(4, 70, 30))
	for range 100 {
		p.Step(Sample{Busy: []float64{1, 1, 1, 1}, Idle: 4, Rate: float64(p.Awake())})
	}
	if p.Awake() != 4 {
		t.Fatalf("%d are awake", p.Awake())
	}
	for p.Max = 2; p.Awake() > 2; {
		if p.Step(Sample{Busy: []float64{1, 1, 1, 1}, Idle: 4, Rate: 4}) != Park {
			t.Fatal("it does not park")
		}
	}
}
