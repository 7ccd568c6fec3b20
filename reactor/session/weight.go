package session

import (
	"math/bits"
	"sync/atomic"

	"sigrun/internal/account"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/reactor/admission"
)

// Crowd is the memory of all clients of a node together, and who of them goes when it is too much (maxmemory-clients).
type Crowd struct {
	Account *account.Account
	Evicted atomic.Uint64
	Tell    func(s *Session) // told of whoever goes; nil: nobody is
	loops   []*Loop
	picking sim.Mutex // of whoever picks who goes: two loops would pick two where one is enough
}

// load is what a loop's sessions take. The loop writes it, anybody reads.
type load struct {
	share   account.Share
	bytes   atomic.Int64
	classes [classes]class // of those that may be closed for it
	top     atomic.Int32   // the highest of them with a session, -1: there is none
	crowded bool           // relieve is due
}

// class is sessions of about the same weight, each up to twice as heavy as those of the class before, the one first that came first. Within
// a class nobody looks for the heaviest.
type class struct{ first, last *Session }

const (
	lightest = 15 // sessions below 2 to the power of this are one class
	heaviest = 33 // and so are those from half of that on
	classes  = 1 + heaviest - lightest
)

// classOf is that of a weight.
func classOf(weight int) int { return min(max(bits.Len(uint(weight)), lightest), heaviest) - lightest }

func (c *Crowd) join(l *Loop) {
	if c.Account == nil {
		c.Account = account.New(nil, nil)
	}
	c.loops = append(c.loops, l)
	l.load.share = c.Account.Share()
	l.load.top.Store(-1)
}

// Figures are what INFO tells.
func (c *Crowd) Figures() []metrics.Row {
	return []metrics.Row{metrics.Count("evicted_clients", c.Evicted.Load)}
}

// light reports whether the session takes nothing but itself, and did when it was weighed: the plain path looks no further.
func (s *Session) light() bool {
	p := &s.pipe
	return s.plain && s.Flags == 0 && p.away == nil && p.reorder == nil && p.pending == nil && p.in.Empty() && len(s.Watched()) == 0 && s.Out.Size() == 0
}

// weigh brings the account of what the session takes up to date.
func (s *Session) weigh() {
	l := s.loop
	if s.gone || s.closed && s.pipe.away == nil {
		return
	}
	d := s.Describe()
	n := d.Weight()
	s.plain = n == d.least()
	to := -1
	if !s.Info.NoEvict && !s.closed {
		to = classOf(n)
	}
	grew := n - s.weight
	s.weight = n
	if grew > 0 { // other loops see whose class it is before they see that there is too much, and after that there is not (pick)
		l.load.reclass(s, to)
		l.adds(grew)
	} else {
		l.adds(grew)
		l.load.reclass(s, to)
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
	l := s.loop
	if l.stand(s); l.load.crowded {
		l.relieve()
	}
}

// unweigh takes a session out of the account.
func (s *Session) unweigh() {
	s.loop.adds(-s.weight)
	s.weight = 0
	s.loop.load.reclass(s, -1)
}

// reclass puts a session at the end of another class, -1: of none.
func (l *load) reclass(s *Session, to int) {
	from := s.class - 1
	if from == to {
		return
	}
	if from >= 0 {
		l.classes[from].remove(s)
	}
	if s.class = to + 1; to >= 0 {
		l.classes[to].add(s)
	}
	if top := int(l.top.Load()); to > top || from == top {
		for top = max(to, top); top >= 0 && l.classes[top].first == nil; top-- {
		}
		l.top.Store(int32(top))
	}
}

func (c *class) add(s *Session) {
	s.behind, s.before = nil, c.last
	if c.last == nil {
		c.first = s
	} else {
		c.last.behind = s
	}
	c.last = s
}

func (c *class) remove(s *Session) {
	if s.before == nil {
		c.first = s.behind
	} else {
		s.before.behind = s.behind
	}
	if s.behind == nil {
		c.last = s.before
	} else {
		s.behind.before = s.before
	}
	s.behind, s.before = nil, nil
}

func (l *Loop) adds(n int) {
	if n != 0 {
		l.load.share.Note(l.load.bytes.Add(int64(n)))
	}
}

// relieve closes sessions, of all loops and of the heaviest class first, until all together take no more than they may. Each loop knows its own, and
// leaves it to the one that has a higher class.
func (l *Loop) relieve() {
	l.load.crowded = false
	c := l.Crowd
	for c.tooMany() {
		s, other := c.pick(l)
		if other != nil {
			other.Post(other.relieve)
		}
		if s == nil {
			return
		}
		s.evict()
	}
}

// pick takes the session of the loop that goes out of the account, nil: none has to go, or one of another loop.
func (c *Crowd) pick(l *Loop) (s *Session, other *Loop) {
	c.picking.Lock()
	defer c.picking.Unlock()
	top := l.load.top.Load()
	if other = c.higher(l, top); other != nil || top < 0 || !c.tooMany() {
		return nil, other
	}
	s = l.load.classes[top].first
	s.unweigh()
	s.gone = true
	return s, nil
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

// higher is another loop with a session of a higher class.
func (c *Crowd) higher(l *Loop, top int32) (other *Loop) {
	for _, o := range c.loops {
		if n := o.load.top.Load(); o != l && n > top {
			other, top = o, n
		}
	}
	return other
}

// evict closes the session, which counts no more.
func (s *Session) evict() {
	c := s.loop.Crowd
	c.Evicted.Add(1)
	if c.Tell != nil {
		c.Tell(s)
	}
	s.Flags |= admission.CloseAfterReply
	s.Link.Close()
}

// Relieve has the loop look whether clients take too much. Any goroutine may call it.
func (l *Loop) Relieve() { l.Post(l.relieve) }
