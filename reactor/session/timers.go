package session

import (
	"container/heap"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// timers holds the sessions whose wait ends at a time, soonest first.
type timers struct {
	list  []*Session
	timer *time.Timer
	next  int64 // unix ms for which timer is set, 0: not set
}

func (t *timers) Len() int           { return len(t.list) }
func (t *timers) Less(i, j int) bool { return t.list[i].deadline < t.list[j].deadline }
func (t *timers) Swap(i, j int) {
	t.list[i], t.list[j] = t.list[j], t.list[i]
	t.list[i].heapAt, t.list[j].heapAt = i, j
}
func (t *timers) Push(x any) {
	s := x.(*Session)
	s.heapAt = len(t.list)
	t.list = append(t.list, s)
}
func (t *timers) Pop() any {
	n := len(t.list) - 1
	s := t.list[n]
	t.list[n] = nil
	t.list = t.list[:n]
	s.heapAt = -1
	return s
}

// armed puts a session whose call waits in its shards under its deadline.
func (s *Session) armed() {
	l := s.loop
	c := s.away
	if c == nil || c.State() != call.Parked {
		return
	}
	if s.eof { // whoever has sent his last byte and waits would be served in vain
		s.Link.Close()
		return
	}
	if c.Block.Deadline == 0 || s.heapAt >= 0 {
		return
	}
	s.deadline = c.Block.Deadline
	heap.Push(&l.timers, s)
	l.wind()
}

func (l *Loop) disarm(s *Session) {
	if s.heapAt >= 0 {
		heap.Remove(&l.timers, s.heapAt)
	}
}

// wind sets the timer for the soonest deadline.
func (l *Loop) wind() {
	t := &l.timers
	if len(t.list) == 0 || t.next != 0 && t.next <= t.list[0].deadline {
		return
	}
	t.next = t.list[0].deadline
	in := time.Duration(max(t.next-l.Clock.Millis(), 0)) * time.Millisecond
	if t.timer != nil {
		t.timer.Stop()
	}
	t.timer = sim.AfterFunc(in, func() { l.Post(l.ring) })
}

// ring ends the waits whose time is up.
func (l *Loop) ring() {
	t := &l.timers
	t.next = 0
	now := l.Clock.Millis()
	for len(t.list) > 0 && t.list[0].deadline <= now {
		s := heap.Pop(t).(*Session)
		c := s.away
		if !s.Cancel(func(out *resp.Writer) { TimedOut(c, out) }) && s.away == c {
			l.lookAgain(s) // somebody is just trying to serve it, and may find nothing
		}
	}
	l.wind()
}

// lookAgain has tick look after a session whose call may come to wait, or may go on
// waiting, with nobody telling the loop.
func (l *Loop) lookAgain(s *Session) {
	if !s.unarmed {
		s.unarmed = true
		l.unarmed = append(l.unarmed, s)
	}
	if len(l.unarmed) == 1 || l.tickIn > tickFrom {
		l.tickIn = tickFrom
		l.tickSoon()
	}
}

// tick comes this soon after a call left, and then less and less often.
const (
	tickFrom  = time.Millisecond
	tickUntil = 64 * time.Millisecond
)

func (l *Loop) tickSoon() {
	if l.ticker != nil {
		l.ticker.Stop()
	}
	l.ticker = sim.AfterFunc(l.tickIn, func() { l.Post(l.tick) })
}

// tick arms the sessions whose calls wait by now, tells them what came meanwhile, and ends
// those that are gone.
func (l *Loop) tick() {
	list := l.unarmed
	l.unarmed = nil
	keep := list[:0]
	for _, s := range list {
		c := s.away
		s.unarmed = false
		switch {
		case c == nil || c.State() == call.Done:
		case s.closed && s.Cancel(nil):
			l.end(s)
		case s.closed || c.State() != call.Parked:
			s.unarmed = true
			keep = append(keep, s)
		default:
			s.sendBehind(c)
			s.armed()
		}
	}
	l.unarmed = append(keep, l.unarmed...)
	if len(l.unarmed) > 0 {
		l.tickIn = min(2*l.tickIn, tickUntil)
		l.tickSoon()
	}
}

// WantsTick reports whether Tick has something to do. Any goroutine may ask.
func (l *Loop) WantsTick() bool { return l.wantsTick.Load() }

// Tick is called about ten times a second while the loop WantsTick: it closes the
// sessions that have been over their soft limit for too long.
func (l *Loop) Tick() {
	now := l.Clock.Millis()
	list := l.overSoft // who is closed may bring others over the limit
	l.overSoft = nil
	keep := list[:0]
	for _, s := range list {
		switch {
		case s.closed || s.softSince == 0:
			s.softListed = false
		case s.overLimit(now):
			s.softListed = false
			s.outputKill()
		case s.softSince == 0: // it is below again
			s.softListed = false
		default:
			keep = append(keep, s)
		}
	}
	clear(list[len(keep):])
	l.overSoft = append(keep, l.overSoft...)
	l.wantsTick.Store(len(l.overSoft) > 0)
}

// CloseIdle closes the sessions that have sent nothing since a time (unix ms). Who
// waits for something is not idle.
func (l *Loop) CloseIdle(since int64) {
	l.Each(func(s *Session) {
		if s.Info.Last <= since && s.away == nil && s.pending == nil && s.Flags&(Subscribed|Monitor) == 0 && !s.closed {
			s.Link.Close()
		}
	})
}

// TimedOut is what a blocking command answers when its time is up.
func TimedOut(c *call.Call, out *resp.Writer) {
	if c.Block.Late != nil {
		c.Block.Late(out)
		return
	}
	out.NullArray()
}
