package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Multi starts a transaction.
func (s *Session) Multi() {
	s.Flags |= InMulti
	s.transacts = true
}

// Discard ends the queueing of a transaction; watched keys stay watched until Unwatch.
func (s *Session) Discard() {
	s.Flags &^= InMulti | DirtyExec
	s.Queue = nil
}

// Exec runs the queued transaction: in place when its tokens are to be had, else as a
// call.
func (s *Session) Exec(cmd *call.Command, out *resp.Writer) error {
	if s.Flags&InMulti == 0 {
		return resp.ErrExecWithoutMulti
	}
	queue, dirty := s.Queue, s.Flags&DirtyExec != 0
	s.Discard()
	if dirty {
		s.Unwatch()
		return resp.ErrExecAbort
	}
	l := s.loop
	l.set = call.ShardSet{}
	away := false
	l.Run.Prepare(queue, s.DB)
	for i := range queue {
		l.Run.Route(&queue[i], &l.set)
		away = away || queue[i].Spec.Long || queue[i].Spec.Place == command.OnControl || queue[i].Spec.Subscribes()
	}
	l.Run.WatchSet(s.Watching, &l.set)
	return s.execWith(cmd, queue, out, away)
}

// execWith runs the queue with the tokens of l.set, and with more as long as it turns
// out that more are needed.
func (s *Session) execWith(cmd *call.Command, queue []call.Command, out *resp.Writer, away bool) error {
	l := s.loop
	for tries := 0; !away && tries < 3; tries++ {
		if !l.Dispatcher.TryClaim(&l.set, l.Run) {
			break
		}
		s.txHere = true
		verdict := l.Run.RunTx(queue, &s.Client, out, &l.set, s)
		s.txHere = false
		done := verdict.Outcome == call.Finished
		if s.Shown && done {
			l.Run.Show(cmd, &s.Client)
		}
		l.Dispatcher.ReleaseSet(&l.set, l.Run)
		if done {
			s.saw(verdict.Seq)
			return nil
		}
		l.set = *verdict.Want
	}
	c := s.leave(cmd)
	if queue == nil {
		queue = []call.Command{}
	}
	c.Tx, c.Set = queue, l.set
	if c.Set.Next(0) < 0 {
		c.Set.Add(int(s.ID) % l.Dispatcher.Shards())
	}
	l.Dispatcher.Submit(c)
	return nil
}

// Unwatch forgets what the session watches, at once: the shards are told now or, where a
// token is not free, a little later, and the session does not wait for that.
func (s *Session) Unwatch() {
	w := s.Watching
	s.Watching = nil
	if w != nil && len(w.Keys) > 0 {
		s.transacts = true
		s.loop.unwatch(w)
	}
}

// unwatch removes from the shards what nobody watches any more.
func (l *Loop) unwatch(w *call.Watching) {
	var set call.ShardSet
	l.Run.WatchSet(w, &set)
	if l.Dispatcher.TryClaim(&set, l.Run) {
		all := l.Run.Unwatch(w, &set)
		l.Dispatcher.ReleaseSet(&set, l.Run)
		if all {
			return
		}
	}
	l.unwatchLater(w)
}

// unwatchLater does the same on an executor, as often as it takes: slots may move between
// looking them up and having their tokens.
func (l *Loop) unwatchLater(w *call.Watching) {
	work := &call.Call{Home: -1}
	l.Run.WatchSet(w, &work.Set)
	work.Work = func(r call.Runner) {
		set := work.Set
		if !r.Unwatch(w, &set) {
			l.Post(func() { l.unwatchLater(w) })
		}
	}
	l.Dispatcher.Submit(work)
}
