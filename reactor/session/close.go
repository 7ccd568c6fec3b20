package session

import "sigrun/protocol/command"

// Lingers reports whether a peer that has sent its last byte is still owed something;
// then the connection stays open for writing until Done.
// A command that a pause holds back is not worth staying for: nobody may wait for it any more.
func (s *Session) Lingers() bool {
	s.catchUp()
	if s.Flags&CloseAfterReply != 0 && len(s.out) == 0 || s.pending != nil || s.away != nil && s.away.Spec.Has(command.Blocking) {
		return false
	}
	if s.away != nil || s.lane != nil || len(s.out) > 0 {
		s.eof = true
	}
	return s.eof
}

// Closed ends the session: the connection is gone. While a call is running for it, it
// lives on until the call is home.
func (s *Session) Closed() {
	if s.closed {
		return
	}
	s.closed = true
	s.leaveHub()
	s.drop()
	s.in, s.pending = nil, nil
	if s.away != nil {
		s.away.Abandon()
	}
	switch {
	case s.lane != nil: // it ends when the last call is home
	case s.away == nil || s.Cancel(nil):
		s.loop.end(s)
	case s.away.Spec.Has(command.Blocking):
		s.loop.lookAgain(s) // it is running and may come to wait yet, for nobody
	}
}

// end forgets a session that nothing refers to any more.
func (l *Loop) end(s *Session) {
	l.Remove(s)
	l.disarm(s)
	l.release(s)
	l.Counters.Closed.Inc()
	s.Queue = nil
	if w := s.Watching; w != nil && len(w.Keys) > 0 {
		s.Watching = nil
		l.unwatchLater(w)
	}
	l.Node.Gone(s)
}

// Kill closes the session: at once, or for the one that asks behind its reply.
func (s *Session) Kill(self bool) {
	if self {
		s.Flags |= CloseAfterReply
		return
	}
	s.catchUp()
	s.Link.Close()
}
