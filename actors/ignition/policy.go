// Package ignition decides how many loops a node uses: it wakes another one when those
// awake are busy and there are idle cores to give (ignition), and parks the last one
// when little is left to do, when it brought nothing, or when others need the cores
// (cooldown). A Policy is a pure state machine,
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
	Wait      float64 // share of commands waiting for several tokens that ends a trial at once
	Full      float64 // idle cores below which the machine is full
	Gain      float64 // factor by which commands per second must rise for a woken loop to stay
	Trial     int     // samples after which that is judged; the first half of them do not count
	Bar       int     // samples for which nothing is woken after a trial failed; doubles each time
}

// Defaults are the start values: wake after two samples, park after twenty.
func Defaults(max int, ignitePercent, coolPercent int64) Settings {
	return Settings{Max: max, Ignite: float64(ignitePercent) / 100, Cool: float64(coolPercent) / 100,
		Patience: 2, Composure: 20, Spare: 0.5, Wait: 0.2, Full: 0.2, Gain: 1.25, Trial: 12, Bar: 50}
}

// Sample is what was measured since the last one.
type Sample struct {
	Busy []float64 // share of a core used by each loop, awake ones first
	Idle float64   // cores that this process could still use
	Used float64   // cores that it used, for whatever
	Rate float64   // commands per second
	Wait float64   // share of commands that had to queue for several tokens
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
	awake int

	pace   float64 // commands per second, smoothed, while nothing is on trial
	before float64 // pace when the loop on trial was woken
	queues int     // samples in a row with too much waiting
	trial  int     // samples since then, 0: nothing is on trial
	during float64 // sum of the rates that count
	barred int     // samples for which nothing is woken
	bars   int     // length of the last bar

	full      int // samples in a row on a full machine with work for fewer loops
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
	if p.awake > p.Max { // which somebody has lowered
		return p.park()
	}
	p.barred = max(p.barred-1, 0)
	if p.trial == 0 {
		p.pace += (s.Rate - p.pace) / 4
	}
	total, busiest := 0.0, 0.0
	for i := 0; i < p.awake && i < len(s.Busy); i++ {
		total += s.Busy[i]
		busiest = max(busiest, s.Busy[i])
	}
	p.count(busiest >= p.Ignite && s.Idle >= p.Spare, &p.hot)
	p.count(p.awake > 1 && total/float64(p.awake) < p.Cool, &p.cold)
	p.count(p.awake > 1 && s.Idle < p.Full && s.Used <= float64(p.awake-1)*1.05, &p.full)
	switch {
	case p.full >= 2*p.Patience: // others need the cores, and one loop less does the same work for less
		return p.park()
	case p.trial > 0 && p.failed(s):
		p.bars = min(max(2*p.bars, p.Bar), 20*p.Bar)
		p.barred = p.bars
		return p.park()
	case p.hot >= p.Patience && p.awake < p.Max && p.barred == 0:
		p.awake++
		p.hot, p.cold = 0, 0
		p.before, p.trial, p.during, p.queues = max(p.pace, s.Rate), 1, 0, 0 // the pace of a load that has just begun lags behind
		p.Ignitions++
		return Wake
	case p.cold >= p.Composure:
		p.bars = 0
		return p.park()
	}
	return Stay
}

func (p *Policy) park() Decision {
	p.awake--
	p.hot, p.cold, p.trial, p.full = 0, 0, 0, 0
	p.Cooldowns++
	return Park
}

func (p *Policy) count(agrees bool, n *int) {
	if agrees {
		*n++
	} else {
		*n = 0
	}
}

// failed judges a woken loop: work that needs all shards at once, or a client that is
// the bottleneck itself, gains nothing from it and only costs more.
func (p *Policy) failed(s Sample) bool {
	p.trial++
	p.count(s.Wait > p.Wait, &p.queues)
	if p.queues >= p.Patience {
		return true
	}
	if p.trial <= p.Trial/2 {
		return false
	}
	p.during += s.Rate
	counted := p.trial - p.Trial/2
	mean := p.during / float64(counted)
	if p.trial < p.Trial {
		return counted >= p.Patience && mean < p.before // it does harm
	}
	p.trial, p.pace = 0, mean
	return mean < p.before*p.Gain
}
