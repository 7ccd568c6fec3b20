package session

import (
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/metrics"
	"sigrun/reactor/admission"
)

// Crowd is the memory of all clients of a node together, and who of them goes when it is too much (maxmemory-clients).
type Crowd struct {
	Account *account.Account
	Evicted atomic.Uint64
	Tell    func(line string) // told of whoever goes; nil: nobody is
	loops   []*Loop
}

// load is what a loop's sessions take. The loop writes it, anybody reads.
type load struct {
	share   account.Share
	bytes   atomic.Int64
	largest atomic.Int64 // the session that takes most, or one that did
	crowded bool         // relieve is due
}

func (c *Crowd) join(l *Loop) {
	if c.Account == nil {
		c.Account = account.New(nil, nil)
	}
	c.loops = append(c.loops, l)
	l.load.share = c.Account.Share()
}

// Figures are what INFO tells.
func (c *Crowd) Figures() []metrics.Row {
	return []metrics.Row{metrics.Count("evicted_clients", c.Evicted.Load)}
}

// light reports whether the session takes nothing but itself, and did when it was weighed: the plain path looks no further.
func (s *Session) light() bool {
	p := &s.pipe
	return s.plain && s.Flags == 0 && p.away == nil && p.reorder == nil && p.pending == nil && p.in.Empty() && s.Watching == nil && s.Out.Size() == 0
}

// weigh brings the account of what the session takes up to date.
func (s *Session) weigh() {
	l := s.loop
	if s.gone || s.closed && s.pipe.away == nil {
		return
	}
	d := s.Describe()
	n := d.Memory()
	s.plain = n == d.least()
	l.adds(n - s.weight)
	s.weight = n
	if !s.Info.NoEvict && int64(n) > l.load.largest.Load() {
		l.load.largest.Store(int64(n))
	}
	if c := l.Crowd.Account; c.Over() {
		l.load.crowded = true
	}
}

// Grew says that the session itself takes something else than when it was weighed: the end of its turn looks again.
func (s *Session) Grew() { s.plain = false }

// Weigh brings the account up to date. Its loop calls it.
func (s *Session) Weigh() { s.weigh() }

// reweigh is weigh where something may have changed, and relief when that was too much.
func (s *Session) reweigh() {
	if s.light() {
		return
	}
	s.weigh()
	if l := s.loop; l.load.crowded {
		l.relieve()
	}
}

// unweigh takes a session out of the account.
func (s *Session) unweigh() {
	s.loop.adds(-s.weight)
	s.weight = 0
}

func (l *Loop) adds(n int) {
	if n != 0 {
		l.load.share.Note(l.load.bytes.Add(int64(n)))
	}
}

// relieve closes the sessions that take most, of all loops, until all together take no more than they may. Each loop knows its own: what it
// does not know it leaves to the one that seems to have the largest.
func (l *Loop) relieve() {
	l.load.crowded = false
	c := l.Crowd
	for c.tooMany() {
		s := l.largest()
		if other := c.larger(l); other != nil {
			other.Post(other.relieve)
			return
		}
		if s == nil {
			return
		}
		s.evict()
	}
}

// tooMany looks closer than the account does.
func (c *Crowd) tooMany() bool {
	most := c.Account.Most()
	return most != 0 && c.Bytes() > most
}

// Bytes is what all clients take.
func (c *Crowd) Bytes() (sum int64) {
	for _, l := range c.loops {
		sum += l.load.bytes.Load()
	}
	return sum
}

// larger is another loop with a session that seems to be larger than any of l.
func (c *Crowd) larger(l *Loop) (other *Loop) {
	most := l.load.largest.Load()
	for _, o := range c.loops {
		if n := o.load.largest.Load(); o != l && n > most {
			other, most = o, n
		}
	}
	return other
}

// largest is the session of the loop that takes most, of those that may be closed for it.
func (l *Loop) largest() (found *Session) {
	most := int64(0)
	l.Each(func(s *Session) {
		if !s.gone && !s.closed && !s.Info.NoEvict && int64(s.weight) > most {
			found, most = s, int64(s.weight)
		}
	})
	l.load.largest.Store(most)
	return found
}

// evict closes the session. It counts no more from now on.
func (s *Session) evict() {
	c := s.loop.Crowd
	c.Evicted.Add(1)
	if c.Tell != nil {
		c.Tell("Evicting client: " + string(s.Describe().Line(nil, s.loop.Pulse.Millis())))
	}
	s.unweigh()
	s.gone = true
	s.Flags |= admission.CloseAfterReply
	s.Link.Close()
}

// Relieve has the loop look whether clients take too much. Any goroutine may call it.
func (l *Loop) Relieve() { l.Post(l.relieve) }
