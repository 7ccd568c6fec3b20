package session

import "sigrun/protocol/resp"

// unsynced is a session whose client waits until all commits up to one survive (WAITAOF).
type unsynced struct {
	s      *Session
	seq    uint64
	answer func(out *resp.Writer)
}

// AwaitSync ends the wait of a client with what answer writes as soon as a loss of power would leave all that it has seen.
func (s *Session) AwaitSync(answer func(out *resp.Writer)) {
	l := s.loop
	l.unsynced = append(l.unsynced, unsynced{s, s.Seq, answer})
	l.lookSynced()
}

// lookSynced answers those for whom enough survives.
func (l *Loop) lookSynced() {
	if len(l.unsynced) == 0 {
		return
	}
	l.Log.AwaitSync(l.ID) // before it looks: what is synced behind that is told of
	survives, list := l.Log.Survives(), l.unsynced
	l.unsynced = nil
	for _, u := range list {
		switch {
		case !u.s.Blocked() || u.s.loop != l: // its time is over, or it is gone
		case u.seq <= survives || !l.Log.On():
			u.s.Cancel(u.answer)
		default:
			l.unsynced = append(l.unsynced, u)
		}
	}
}
