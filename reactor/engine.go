package reactor

import (
	"crypto/x509"

	"sigrun/reactor/session"
)

// Engine runs the loops of a Reactor and has their connections. The product's is gnet with its sockets; others run the same
// sessions without.
type Engine interface {
	// Start starts the loops of r.
	Start(r *Reactor) error
	// Execute runs fn on a loop, soon.
	Execute(loop int, fn func())
	// Move gives the connection of s, on whose loop it is called, to another one (Depart, Join). False: not now.
	Move(s *session.Session, to int) bool
	// Stop ends the loops and closes all connections.
	Stop() error
}

// Peer is who is at the other end of a connection.
type Peer struct {
	Addr, Source, Local string // as CLIENT LIST shows them, and MONITOR
	Unix, Loopback, TLS bool
	Certificate         *x509.Certificate // that it has shown, nil for none
}

// Enter makes a session of a new connection and chooses its loop, on which it then has to Join; or a refusal is the answer that
// the peer gets. A session that did not get as far is Left.
func (r *Reactor) Enter(link session.Link, p Peer) (s *session.Session, loop *session.Loop, refusal string) {
	if r.clients.Add(1) > r.MaxClients() {
		return nil, nil, r.refuse("-ERR max number of clients reached\r\n")
	}
	s = &session.Session{Link: link}
	s.ID, s.Proto = r.nextID.Add(1), 2
	now := r.Session.Clock.Millis()
	s.Info.Created, s.Info.Last = now, now
	s.Addr, s.Source, s.Info.Local, s.Info.Unix, s.Info.Loopback = p.Addr, p.Source, p.Local, p.Unix, p.Loopback
	s.TLS = p.TLS
	if refusal = r.Admit(s); refusal != "" {
		return nil, nil, r.refuse(refusal)
	}
	if p.Certificate != nil && r.Certified != nil {
		r.Certified(s, p.Certificate)
	}
	return s, r.loops[r.pick()], ""
}

func (r *Reactor) refuse(answer string) string {
	r.clients.Add(-1)
	r.Rejected.Add(1)
	return answer
}

// pick chooses among the active loops the one with the fewest connections.
func (r *Reactor) pick() int {
	best := 0
	for i := 1; i < int(r.active.Load()); i++ {
		if r.loops[i].Counters.Connected.Load() < r.loops[best].Counters.Connected.Load() {
			best = i
		}
	}
	return best
}

// Depart takes a session from its loop: it is between two.
func (r *Reactor) Depart(s *session.Session) {
	s.Loop().Remove(s)
	r.transit.Add(1)
	r.Moved.Add(1)
}

// Join makes a session that is new, or has departed from another loop, one of loop's, on which it is called.
func (r *Reactor) Join(s *session.Session, loop *session.Loop) {
	switch s.Loop() {
	case loop:
		return
	case nil:
		loop.Counters.Accepted.Inc()
		loop.Add(s)
		s.Arrive()
	default:
		r.transit.Add(-1)
		loop.Add(s)
	}
}

// Move gives up to n connections of loop from to another one. Those that are in the
// middle of something stay.
func (r *Reactor) Move(from, to, n int) {
	l := r.loops[from]
	l.Post(func() {
		r.transit.Add(1) // before frozen is looked at
		defer r.transit.Add(-1)
		l.Each(func(s *session.Session) {
			if n > 0 && r.frozen.Load() == 0 && s.Movable() && r.engine.Move(s, to) {
				n--
			}
		})
	})
}
