// Package ignition decides how many loops and workers a node uses: it wakes another
// one when those awake are busy and there are idle cores to give (ignition), and parks
// the last one when little is left to do (cooldown). A Policy is a pure state machine,
// stepped with samples; Machine reads from the kernel how idle the machine is. Nothing
// here touches a loop: the reactor acts on the decisions.
package ignition

// Settings of a Policy.
type Settings struct {
	Max       int     // loops that may be awake
	Ignite    float64 // busy share of a core above which one more is woken
	Cool      float64 // share below which the last one is parked
	Patience  int     // samples in a row that must agree before one is woken
	Composure int     // samples in a row before one is parked
	Spare     float64 // cores that must be idle for one to be woken
}

// Defaults are the start values: wake after two samples, park after twenty.
func Defaults(max int, ignitePercent, coolPercent int64) Settings {
	return Settings{Max: max, Ignite: float64(ignitePercent) / 100, Cool: float64(coolPercent) / 100,
		Patience: 2, Composure: 20, Spare: 0.5}
}

// Sample is what was measured since the last one.
type Sample struct {
	Busy []float64 // share of a core used by each loop, awake ones first
	Idle float64   // cores that this process could still use
}

// Decision says what to do.
type Decision int8

const (
	Stay Decision = iota
	Wake
	Park
)

// Policy decides. The zero value is not usable: call New.
type Policy struct {
	Settings
	awake     int
	hot, cold int
	Ignitions uint64
	Cooldowns uint64
}

// New starts with one loop awake.
func New(s Settings) *Policy { return &Policy{Settings: s, awake: 1} }

// Awake is the number of loops awake.
func (p *Policy) Awake() int { return p.awake }

// Step takes a sample into account.
func (p *Policy) Step(s Sample) Decision {
	total, busiest := 0.0, 0.0
	for i := 0; i < p.awake && i < len(s.Busy); i++ {
		total += s.Busy[i]
		busiest = max(busiest, s.Busy[i])
	}
	p.count(busiest >= p.Ignite && s.Idle >= p.Spare, &p.hot)
	p.count(p.awake > 1 && total/float64(p.awake) < p.Cool, &p.cold)
	switch {
	case p.hot >= p.Patience && p.awake < p.Max:
		p.awake++
		p.hot, p.cold = 0, 0
		p.Ignitions++
		return Wake
	case p.cold >= p.Composure:
		p.awake--
		p.hot, p.cold = 0, 0
		p.Cooldowns++
		return Park
	}
	return Stay
}

func (p *Policy) count(agrees bool, n *int) {
	if agrees {
		*n++
	} else {
		*n = 0
	}
}
