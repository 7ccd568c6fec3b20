package session

import "sigrun/protocol/resp"

// unsynced is a session whose client waits until all commits up to one survive (WAITAOF).
type unsynced struct {
	s      *Session
	seq    uint64
	answer func(out *resp.Writer)
}

// AwaitSync ends the wait that a client has just begun with what answer writes, as soon as a loss of power would leave all commits up to one, or there
// is no log any more. Nobody is answered before the turn under way has ended.
func (s *Session) AwaitSync(seq uint64, answer func(out *resp.Writer)) {
	l := s.loop
	l.listUnsynced(unsynced{s, seq, answer})
	l.Log.AwaitSync(l.ID)         // before it looks: what is synced behind that is told of
	l.Log.Reach(l.ID, seq, false) // of what had no reply nobody has asked that it be written
	if l.Log.Survives(seq) || !l.Log.Wanted() {
		l.Post(l.lookSynced)
	}
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

// lookSynced answers those for whom enough survives. To answer one may end others.
func (l *Loop) lookSynced() {
	for more := len(l.unsynced) > 0; more; {
		more = false
		l.Log.AwaitSync(l.ID)
		wanted := l.Log.Wanted()
		for i := 0; i < len(l.unsynced); {
			if u := l.unsynced[i]; wanted && !l.Log.Survives(u.seq) {
				i++
			} else {
				more = true // the list has changed: somebody may have come where it was passed
				l.unlistUnsynced(u.s)
				u.s.Cancel(u.answer)
			}
		}
	}
}
