package exec

import "sigrun/internal/metrics"

// Tally counts what one Ctx did. Its goroutine writes it, INFO adds all of them up.
type Tally struct {
	_            metrics.Pad
	Hits, Misses metrics.Counter
	Expired      metrics.Counter
	Dirty        metrics.Counter
	_            metrics.Pad
}

// tallies are those of all runners that were ever made; they never go.
func (e *Engine) newTally() *Tally {
	t := &Tally{}
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
