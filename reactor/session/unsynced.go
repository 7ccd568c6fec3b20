package session

import "sigrun/protocol/resp"

// unsynced is a session whose client waits until all commits up to one survive (WAITAOF).
type unsynced struct {
	s      *Session
	seq    uint64
	answer func(out *resp.Writer)
}

// AwaitSync ends the wait that a client has just begun with what answer writes, as soon as a loss of power would leave all that it has seen, or there
// is no log any more.
func (s *Session) AwaitSync(answer func(out *resp.Writer)) {
	l := s.loop
	l.listUnsynced(unsynced{s, s.Seq, answer})
	l.lookSynced()
}

func (l *Loop) listUnsynced(u unsynced) {
	l.unsynced = append(l.unsynced, u)
	u.s.pipe.wait.sync = len(l.unsynced)
}

// unlistUnsynced follows the end of a wait.
func (l *Loop) unlistUnsynced(s *Session) {
	at, end := s.pipe.wait.sync-1, len(l.unsynced)-1
	s.pipe.wait.sync = 0
	if l.unsynced[at] = l.unsynced[end]; at != end {
		l.unsynced[at].s.pipe.wait.sync = at + 1
	}
	l.unsynced[end] = unsynced{}
	l.unsynced = l.unsynced[:end]
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
		u.s.pipe.wait.sync = 0
		if u.seq > survives && l.Log.On() || !u.s.Cancel(u.answer) {
			l.listUnsynced(u)
		}
	}
}
