package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/admission"
)

// Lingers reports whether a peer that has sent its last byte is still owed something;
// then the connection stays open for writing until that is sent (farewell).
// A command that a pause has postponed is not worth staying for: nobody may wait for it any more. One that waits for room in memory is.
func (s *Session) Lingers() bool {
	s.Out.CatchUp()
	p := &s.pipe
	if s.Flags&admission.CloseAfterReply != 0 && s.Out.Owed() == 0 || p.pending != nil && !p.cramped || p.away != nil && p.away.Spec.Has(command.Blocking) {
		return false
	}
	if p.away != nil || p.reorder != nil || p.pending != nil || s.Out.Owed() > 0 {
		s.eof = true
	}
	return s.eof
}

// farewell closes the connection of a peer that has sent its last byte, once it has got
// everything that it is owed.
func (s *Session) farewell() {
	if p := &s.pipe; s.eof && p.away == nil && p.reorder == nil && p.pending == nil && s.Out.Owed() == 0 {
		s.Link.Close()
	}
}

// Closed ends the session: the connection is gone. While a call is running for it, it
// lives on until the call is home.
func (s *Session) Closed() {
	if s.closed {
		return
	}
	s.closed = true
	s.loop.load.reclass(s, -1) // nothing is won by who closes it again
	s.Out.End()
	s.Subs.endAll()
	s.Keys.End()
	p := &s.pipe
	p.in.Drop()
	p.pending = nil
	s.UnderWay((*call.Call).Abandon)
	switch {
	case p.reorder != nil: // it ends when the last call is home
	case p.away == nil:
		s.loop.end(s)
	case s.Cancel(nil): // which ends it
	case p.away.Spec.Has(command.Blocking):
		s.loop.waits.lookAgain(s) // it is running and may come to wait yet, for nobody
	}
}

// end forgets a session that nothing refers to any more.
func (l *Loop) end(s *Session) {
	l.Remove(s)
	l.Known.leave(s)
	l.waits.disarm(s)
	l.standing.leave(s)
	s.pipe.in.Abort()
	l.Counters.Closed.Inc()
	s.Tx.queue, s.Tx.bytes = nil, 0
	if w := s.Watching; w != nil && len(w.Keys) > 0 {
		s.Watching = nil
		l.withdrawLater(l.watched(w))
	}
	l.Node.Gone(s)
}

// Kill closes the session: at once, or for the one that asks behind its reply.
func (s *Session) Kill(self bool) {
	if self {
		s.Flags |= admission.CloseAfterReply
		return
	}
	s.Out.CatchUp()
	s.Link.Close()
}

// CloseIdle closes the sessions that have sent nothing since a time (unix ms). Who
// waits for something is not idle.
func (l *Loop) CloseIdle(since int64) {
	l.Each(func(s *Session) {
		if s.Info.Last <= since && s.pipe.away == nil && s.pipe.pending == nil && !s.Flags.Listening() && !s.closed {
			s.Link.Close()
		}
	})
}
