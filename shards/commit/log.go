package commit

import (
	"slices"
	"sync/atomic"

	"sigrun/internal/metrics"
	"sigrun/internal/sim"
)

// Consumer takes the commits of a node that have records. Take is called under the tokens of all that the commit changed,
// from any goroutine and several at a time: commits of different shards come in any order, those that concern the same
// shard in the order of Seq, and every Seq from the one at which the consumer was added on comes once. Take must not block, nor keep
// what the commit refers to: writers are held back at admission, never here.
type Consumer interface {
	Take(c *Commit)
}

// Log is the order of a node's commits. While it has no consumer nothing is recorded and nothing is counted.
type Log struct {
	on        atomic.Bool
	consumers []Consumer

	_   metrics.Pad // everybody reads what is above, and every commit writes what is below
	seq atomic.Uint64
	_   metrics.Pad

	alone sim.RWMutex // held by those who come without a token, while they look at consumers
}

// On reports whether anybody takes records.
func (l *Log) On() bool { return l.on.Load() }

// Seq is the number of the newest commit.
func (l *Log) Seq() uint64 { return l.seq.Load() }

// Settled is the number of the newest commit, when all up to it were handed over. All tokens are held.
func (l *Log) Settled() uint64 {
	l.alone.Lock()
	defer l.alone.Unlock()
	return l.seq.Load()
}

// Add switches a consumer on: it takes the commits behind the Seq that is returned. All tokens are held.
func (l *Log) Add(c Consumer) (behind uint64) {
	l.alone.Lock()
	defer l.alone.Unlock()
	l.consumers = append(l.consumers, c)
	l.on.Store(true)
	return l.seq.Load()
}

// Remove switches a consumer off. All tokens are held.
func (l *Log) Remove(c Consumer) {
	l.alone.Lock()
	defer l.alone.Unlock()
	l.consumers = slices.DeleteFunc(l.consumers, func(o Consumer) bool { return o == c })
	l.on.Store(len(l.consumers) > 0)
}

// Number gives a commit its number before it is over. Tokens are held, of which none is given back before Append has it.
func (l *Log) Number(c *Commit) { c.Seq = l.seq.Add(1) }

// Append gives a commit its number, if it has none yet, and hands it over; all tokens of what it changed are held. One that is Half leaves a gap, at
// which whoever takes commits in their order stays.
func (l *Log) Append(c *Commit) {
	if c.Seq == 0 {
		l.Number(c)
	}
	if c.Half {
		return
	}
	for _, to := range l.consumers {
		to.Take(c)
	}
}

// AppendAlone is Append for a commit that changed nothing, so that no token is held: a message to replicas.
func (l *Log) AppendAlone(c *Commit) {
	l.alone.RLock()
	defer l.alone.RUnlock()
	if len(l.consumers) > 0 {
		l.Append(c)
	}
}
