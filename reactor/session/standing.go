package session

import (
	"slices"
	"sync/atomic"
)

// standing are the sessions of a loop whose peers are owed so much that nothing is executed for them until they read. Most do, and go on by that. One
// that takes nothing may be waiting itself: for what it still has to send to be taken, before it reads any of the replies. So each tick in
// which its socket took nothing has it be owed twice as much, within the limits of its class and of all clients.
type standing struct {
	list []*Session
	any  atomic.Bool
}

// stand lists a session whose peer must read first.
func (l *Loop) stand(s *Session) {
	if s.stands || !s.Out.Choked() {
		return
	}
	s.stands, s.took = true, s.Out.Taken()
	l.standing.list = append(l.standing.list, s)
	l.standing.any.Store(true)
}

// leave takes a session off the list.
func (x *standing) leave(s *Session) {
	if s.stands {
		s.stands = false
		x.list = slices.DeleteFunc(x.list, func(o *Session) bool { return o == s })
		x.any.Store(len(x.list) > 0)
	}
}

// look goes on with those whose sockets took nothing since the last look, and forgets those that go on by themselves.
func (x *standing) look() {
	list := x.list
	x.list = nil
	for _, s := range list {
		if !s.stands {
			continue
		}
		s.stands = false
		if s.closed || !s.Out.Choked() {
			continue
		}
		took := s.Out.Taken()
		if still := took == s.took; still && s.Out.Indulge() {
			s.pipe.resume()
			s.reweigh()
		}
		if s.loop.stand(s); s.stands {
			s.took = took
		}
	}
	x.any.Store(len(x.list) > 0)
}
