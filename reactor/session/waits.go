package session

import (
	"container/heap"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// waits are a loop's sessions whose calls wait in their shards: those whose wait ends at a time, and those of which the loop is not told
// when they begin to wait.
type waits struct {
	l     *Loop
	until deadlines
	timer *time.Timer
	next  int64 // unix ms for which timer is set, 0: not set

	unarmed []*Session // for tick to look after
	ticker  *time.Timer
	tickIn  time.Duration
}

// wait is a session's part of it.
type wait struct {
	deadline int64 // unix ms
	at       int   // index in waits.until, -1: none
	unarmed  bool  // in waits.unarmed
	sync     int   // place in Loop.unsynced, from 1 on; 0: none
}

// deadlines are a heap, the soonest first.
type deadlines []*Session

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].pipe.wait.deadline < d[j].pipe.wait.deadline }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].pipe.wait.at, d[j].pipe.wait.at = i, j
}
func (d *deadlines) Push(x any) {
	s := x.(*Session)
	s.pipe.wait.at = len(*d)
	*d = append(*d, s)
}
func (d *deadlines) Pop() any {
	n := len(*d) - 1
	s := (*d)[n]
	(*d)[n] = nil
	*d = (*d)[:n]
	s.pipe.wait.at = -1
	return s
}

// arm puts a session whose call waits in its shards under its deadline.
func (p *pipeline) arm() {
	c := p.away
	if c == nil {
		return
	}
	switch c.State() {
	case call.Parked:
	case call.Running: // somebody is trying to serve it already, and may find nothing
		p.s.loop.waits.lookAgain(p.s)
		return
	default:
		return
	}
	if p.s.eof { // whoever has sent his last byte and waits would be served in vain
		p.s.Link.Close()
		return
	}
	p.in.GoOn(true)
	if c.Block.Deadline == 0 || p.wait.at >= 0 {
		return
	}
	p.wait.deadline = c.Block.Deadline
	w := &p.s.loop.waits
	heap.Push(&w.until, p.s)
	w.wind()
}

func (w *waits) disarm(s *Session) {
	if s.pipe.wait.sync > 0 {
		w.l.unlistUnsynced(s)
	}
	if s.pipe.wait.at >= 0 {
		heap.Remove(&w.until, s.pipe.wait.at)
	}
}

// wind sets the timer for the soonest deadline.
func (w *waits) wind() {
	if len(w.until) == 0 || w.next != 0 && w.next <= w.until[0].pipe.wait.deadline {
		return
	}
	w.next = w.until[0].pipe.wait.deadline
	in := time.Duration(max(w.next-w.l.Clock.Millis(), 0)) * time.Millisecond
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = sim.AfterFunc(in, func() { w.l.Post(w.expire) })
}

// expire ends the waits whose time is up.
func (w *waits) expire() {
	w.next = 0
	now := w.l.Clock.Millis()
	for len(w.until) > 0 && w.until[0].pipe.wait.deadline <= now {
		s := heap.Pop(&w.until).(*Session)
		c := s.pipe.away
		if !s.Cancel(func(out *resp.Writer) { TimedOut(c, out) }) && s.pipe.away == c {
			w.lookAgain(s) // somebody is just trying to serve it, and may find nothing
		}
	}
	w.wind()
}

// lookAgain has tick look after a session whose call may come to wait, or may go on
// waiting, with nobody telling the loop.
func (w *waits) lookAgain(s *Session) {
	if !s.pipe.wait.unarmed {
		s.pipe.wait.unarmed = true
		w.unarmed = append(w.unarmed, s)
	}
	if len(w.unarmed) == 1 || w.tickIn > tickFrom {
		w.tickIn = tickFrom
		w.tickSoon()
	}
}

// tick comes this soon after a call left, and then less and less often.
const (
	tickFrom  = time.Millisecond
	tickUntil = 64 * time.Millisecond
)

func (w *waits) tickSoon() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
	w.ticker = sim.AfterFunc(w.tickIn, func() { w.l.Post(w.tick) })
}

// tick arms the sessions whose calls wait by now, tells them what came meanwhile, and ends
// those that are gone, or wait in vain.
func (w *waits) tick() {
	list := w.unarmed
	w.unarmed = nil
	keep := list[:0]
	for _, s := range list {
		c := s.pipe.away
		s.pipe.wait.unarmed = false
		switch {
		case c == nil || c.State() == call.Done:
		case s.closed && s.Cancel(nil): // which ends it
		case s.closed || c.State() != call.Parked:
			s.pipe.wait.unarmed = true
			keep = append(keep, s)
		default:
			s.sendBehind(c)
			s.pipe.endStranded()
			s.pipe.arm()
		}
	}
	w.unarmed = append(keep, w.unarmed...)
	if len(w.unarmed) > 0 {
		w.tickIn = min(2*w.tickIn, tickUntil)
		w.tickSoon()
	}
}

// TimedOut is what a blocking command answers when its time is up.
func TimedOut(c *call.Call, out *resp.Writer) {
	if c.Block.Late != nil {
		c.Block.Late(out)
		return
	}
	out.NullArray()
}
