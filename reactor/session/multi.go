package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Multi starts a transaction.
func (s *Session) Multi() error {
	if s.Flags&InMulti != 0 {
		return resp.ErrNestedMulti
	}
	s.Flags |= InMulti
	return nil
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
		away = away || queue[i].Spec.Long || queue[i].Spec.Place == command.OnControl
	}
	l.Run.WatchSet(&s.Client, &l.set)
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
		if s.Shown && verdict == call.Finished {
			l.Run.Show(cmd, &s.Client)
		}
		l.asked(verdict)
		l.Dispatcher.ReleaseSet(&l.set, l.Run)
		if verdict == call.Finished {
			return nil
		}
		l.set = l.more
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

// Unwatch forgets what the session watches. It may happen a little later when a token
// is not free: nothing depends on when, since the marks are cleared at once.
func (s *Session) Unwatch() {
	l := s.loop
	if len(s.Watched) == 0 {
		s.Dirty.Store(false)
		return
	}
	var set call.ShardSet
	l.Run.WatchSet(&s.Client, &set)
	if l.Dispatcher.TryClaim(&set, l.Run) {
		l.Run.Unwatch(&s.Client)
		l.Dispatcher.ReleaseSet(&set, l.Run)
		return
	}
	c := s.leave(&call.Command{Spec: &unwatch, Shard: call.NoShard})
	c.Set = set
	c.Work = func(r call.Runner) { r.Unwatch(&s.Client) }
	l.Dispatcher.Submit(c)
}

// unwatch stands for the internal call that removes watches.
var unwatch = command.Spec{Name: "UNWATCH"}
