package exec

import (
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/protocol/command"
)

// Tally counts what one Ctx did. Its goroutine writes it, INFO adds all of them up.
type Tally struct {
	_             metrics.Pad
	Hits, Misses  metrics.Counter
	Expired       metrics.Counter
	FieldsExpired metrics.Counter
	Dirty         metrics.Counter
	Looked, Due   metrics.Counter // entries that upkeep looked at for keys past their time, and the latter
	CutShort      metrics.Counter // slices of upkeep that ended with work left
	ExpireTime    metrics.Counter // ns of all slices
	_             metrics.Pad
	commands      []commandTally // by command id
}

// taken is what is counted of a script and taken back with what it did: hits, misses, and
// fields whose time had come, which are there again then.
type taken [3]uint64

func (t *Tally) counts() taken {
	return taken{t.Hits.Load(), t.Misses.Load(), t.FieldsExpired.Load()}
}

// restore takes back what was counted since.
func (t *Tally) restore(counts taken) {
	t.Hits.Set(counts[0])
	t.Misses.Set(counts[1])
	t.FieldsExpired.Set(counts[2])
}

// commandTally counts the calls of one command.
type commandTally struct {
	calls, nanos     metrics.Counter
	rejected, failed metrics.Counter
	latency          atomic.Pointer[metrics.Histogram] // made at the first call
}

// count counts n calls that took ns nanoseconds each.
func (t *commandTally) count(ns uint64, n int, tracked bool) {
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

// tallies are those of all runners that were ever made; they never go.
func (e *Engine) newTally() *Tally {
	t := &Tally{commands: make([]commandTally, len(e.Table.Specs()))}
	e.tallyMu.Lock()
	defer e.tallyMu.Unlock()
	e.tallies = append(e.tallies, t)
	return t
}

// Total adds one figure of all tallies up.
func (e *Engine) Total(figure func(*Tally) *metrics.Counter) (sum uint64) {
	e.tallyMu.Lock()
	defer e.tallyMu.Unlock()
	for _, t := range e.tallies {
		sum += figure(t).Load()
	}
	return sum
}

// Calls is how many commands were executed, those of scripts and transactions among them.
func (e *Engine) Calls() (sum uint64) {
	e.tallyMu.Lock()
	defer e.tallyMu.Unlock()
	for _, t := range e.tallies {
		for id := range t.commands {
			sum += t.commands[id].calls.Load()
		}
	}
	return sum
}

// CommandStats are the calls of one command since the last ResetStats.
type CommandStats struct {
	Calls, Nanos, Rejected, Failed uint64
	Latency                        metrics.Distribution
}

// add adds what one runner has counted.
func (s *CommandStats) add(t *commandTally) {
	s.Calls += t.calls.Load()
	s.Nanos += t.nanos.Load()
	s.Rejected += t.rejected.Load()
	s.Failed += t.failed.Load()
	if h := t.latency.Load(); h != nil {
		s.Latency.Add(h)
	}
}

func (s *CommandStats) sub(o *CommandStats) {
	s.Calls -= o.Calls
	s.Nanos -= o.Nanos
	s.Rejected -= o.Rejected
	s.Failed -= o.Failed
	s.Latency.Sub(&o.Latency)
}

// Shown is the command under which calls of spec are shown.
func Shown(spec *command.Spec) *command.Spec {
	if spec.Inner() {
		return spec.Parent()
	}
	return spec
}

// CommandStats adds up the calls of every command and subcommand that is shown.
func (e *Engine) CommandStats() map[*command.Spec]*CommandStats {
	e.tallyMu.Lock()
	defer e.tallyMu.Unlock()
	all := e.commandTotals()
	for spec, base := range e.statsBase { // in any order
		all[spec].sub(base)
	}
	return all
}

func (e *Engine) commandTotals() map[*command.Spec]*CommandStats {
	all := map[*command.Spec]*CommandStats{}
	for id, spec := range e.Table.Specs() {
		spec = Shown(spec)
		for _, t := range e.tallies {
			c := &t.commands[id]
			if c.calls.Load()|c.rejected.Load()|c.failed.Load() == 0 {
				continue
			}
			if all[spec] == nil {
				all[spec] = &CommandStats{}
			}
			all[spec].add(c)
		}
	}
	return all
}

// ResetStats starts the statistics of commands and errors again. Counters are never
// reset, since they belong to others: what they show now counts as nothing.
func (e *Engine) ResetStats() {
	e.tallyMu.Lock()
	e.statsBase = e.commandTotals()
	e.tallyMu.Unlock()
	e.Errors.Reset()
}
