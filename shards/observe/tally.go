package observe

import (
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/protocol/command"
)

// Tally counts what one runner did. Its goroutine writes it, INFO adds all of them up.
type Tally struct {
	_             metrics.Pad
	Hits, Misses  metrics.Counter
	Expired       metrics.Counter
	FieldsExpired metrics.Counter
	Evicted       metrics.Counter
	Dirty         metrics.Counter
	Looked, Due   metrics.Counter // entries that upkeep looked at for keys past their time, and the latter
	CutShort      metrics.Counter // slices of upkeep that ended with more that may be due
	ExpireTime    metrics.Counter // ns of all slices
	_             metrics.Pad
	commands      []CommandTally // by command id
	delays        []DelayTally   // by command id
}

// Taken is what is counted of a script and taken back with what it did: hits, misses, and
// fields whose time had come, which are there again then.
type Taken [3]uint64

// Counts is what may have to be taken back.
func (t *Tally) Counts() Taken {
	return Taken{t.Hits.Load(), t.Misses.Load(), t.FieldsExpired.Load()}
}

// Restore takes back what was counted since.
func (t *Tally) Restore(counts Taken) {
	t.Hits.Set(counts[0])
	t.Misses.Set(counts[1])
	t.FieldsExpired.Set(counts[2])
}

// CommandTally counts the calls of one command.
type CommandTally struct {
	calls, nanos     metrics.Counter
	Rejected, Failed metrics.Counter
	latency          atomic.Pointer[metrics.Histogram] // made at the first call
}

// Count counts n calls that took ns nanoseconds each.
func (t *CommandTally) Count(ns uint64, n int, tracked bool) {
	t.calls.Add(uint64(n))
	t.nanos.Add(ns * uint64(n))
	if !tracked {
		return
	}
	h := t.latency.Load()
	if h == nil {
		h = &metrics.Histogram{}
		t.latency.Store(h)
	}
	h.Observe(ns, n)
}

// A DelayTally counts what commands waited for before and after they ran.
type DelayTally [Delays]atomic.Pointer[metrics.Histogram] // made at the first one

// Delay is where a command waits.
type Delay int

const (
	RingDelay  Delay = iota // from leaving its connection's turn until its shard begins with it
	WriteDelay              // from its end until its reply has gone to the socket
	Delays
)

// Delayed counts that a command waited for ns nanoseconds.
func (t *Tally) Delayed(id command.ID, where Delay, ns uint64) {
	at := &t.delays[id][where]
	h := at.Load()
	if h == nil {
		h = &metrics.Histogram{}
		at.Store(h)
	}
	h.Observe(ns, 1)
}

// Command is the tally of one command.
func (t *Tally) Command(id command.ID) *CommandTally { return &t.commands[id] }

// Tallies are those of all runners that were ever made; they never go.
type Tallies struct {
	table *command.Table

	mu   sim.Mutex // guards what follows
	all  []*Tally
	base map[*command.Spec]*CommandStats // as of the last Reset
}

// Init is called before anything else.
func (s *Tallies) Init(table *command.Table) { s.table = table }

// New makes the tally of one more runner.
func (s *Tallies) New() *Tally {
	n := len(s.table.Specs())
	t := &Tally{commands: make([]CommandTally, n), delays: make([]DelayTally, n)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, t)
	return t
}

// Total adds one figure of all tallies up.
func (s *Tallies) Total(figure func(*Tally) *metrics.Counter) (sum uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.all {
		sum += figure(t).Load()
	}
	return sum
}

// Calls is how many commands were executed, those of scripts and transactions among them.
func (s *Tallies) Calls() (sum uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.all {
		for id := range t.commands {
			sum += t.commands[id].calls.Load()
		}
	}
	return sum
}

// CommandStats are the calls of one command since the last Reset.
type CommandStats struct {
	Calls, Nanos, Rejected, Failed uint64
	Latency                        metrics.Distribution
	Delay                          [Delays]metrics.Distribution
}

// add adds what one runner has counted.
func (s *CommandStats) add(t *CommandTally, d *DelayTally) {
	s.Calls += t.calls.Load()
	s.Nanos += t.nanos.Load()
	s.Rejected += t.Rejected.Load()
	s.Failed += t.Failed.Load()
	if h := t.latency.Load(); h != nil {
		s.Latency.Add(h)
	}
	for where := range d {
		if h := d[where].Load(); h != nil {
			s.Delay[where].Add(h)
		}
	}
}

func (s *CommandStats) sub(o *CommandStats) {
	s.Calls -= o.Calls
	s.Nanos -= o.Nanos
	s.Rejected -= o.Rejected
	s.Failed -= o.Failed
	s.Latency.Sub(&o.Latency)
	for where := range o.Delay {
		s.Delay[where].Sub(&o.Delay[where])
	}
}

// Shown is the command under which calls of spec are shown.
func Shown(spec *command.Spec) *command.Spec {
	if spec.Inner() {
		return spec.Parent()
	}
	return spec
}

// CommandStats adds up the calls of every command and subcommand that is shown.
func (s *Tallies) CommandStats() map[*command.Spec]*CommandStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.commandTotals()
	for spec, base := range s.base { // in any order
		all[spec].sub(base)
	}
	return all
}

func (s *Tallies) commandTotals() map[*command.Spec]*CommandStats {
	all := map[*command.Spec]*CommandStats{}
	for id, spec := range s.table.Specs() {
		spec = Shown(spec)
		for _, t := range s.all {
			c := &t.commands[id]
			if c.calls.Load()|c.Rejected.Load()|c.Failed.Load() == 0 {
				continue
			}
			if all[spec] == nil {
				all[spec] = &CommandStats{}
			}
			all[spec].add(c, &t.delays[id])
		}
	}
	return all
}

// Reset starts the statistics of commands again. Counters are never
// reset, since they belong to others: what they show now counts as nothing.
func (s *Tallies) Reset() {
	s.mu.Lock()
	s.base = s.commandTotals()
	s.mu.Unlock()
}
