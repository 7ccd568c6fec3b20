package session

import (
	"time"

	"github.com/puzpuzpuz/xsync/v3"

	"sigrun/internal/sim"
)

// Known are the sessions of a node by their numbers.
type Known struct {
	m *xsync.MapOf[uint64, *Session]
}

// NewKnown is empty.
func NewKnown() *Known { return &Known{xsync.NewMapOf[uint64, *Session]()} }

func (k *Known) enter(s *Session) {
	if k != nil {
		k.m.Store(s.ID, s)
	}
}

func (k *Known) leave(s *Session) {
	if k != nil {
		k.m.Delete(s.ID)
	}
}

// Find is a session that has begun and not ended, nil for none. It may be anywhere.
func (k *Known) Find(id uint64) *Session {
	if k == nil {
		return nil
	}
	s, _ := k.m.Load(id)
	return s
}

// on runs fn on the session's own loop, soon, wherever that goes meanwhile; there: it has not gone for good, else fn runs anywhere.
func (k *Known) on(s *Session, fn func(there bool)) {
	l := s.at.Load()
	if l == nil { // it is between two loops, or has ended
		if k.Find(s.ID) == s {
			sim.AfterFunc(50*time.Microsecond, func() { k.on(s, fn) })
		} else {
			fn(false)
		}
		return
	}
	l.Post(func() {
		if s.at.Load() != l {
			k.on(s, fn)
			return
		}
		fn(!s.closed)
	})
}
