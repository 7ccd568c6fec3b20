package session

import (
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
)

// Transaction is a session's: what MULTI has queued and EXEC executes, on the condition that WATCH makes.
type Transaction struct {
	s     *Session
	queue []call.Command // commands after MULTI
	db    int            // the database that they will have selected
	bytes int            // that they take
	said  int            // bytes of their arguments
	known bool           // MULTI or WATCH was sent before
	here  bool           // it runs on the loop itself
	inner bool           // a command of it runs that is the session's
}

// Begin has commands be queued from now on.
func (t *Transaction) Begin() {
	t.s.Flags |= admission.InMulti
	t.known = true
	t.db = t.s.DB
}

// enqueue keeps a command until EXEC. False: with it the queue is longer than client-query-buffer-limit.
func (t *Transaction) enqueue(cmd *call.Command) bool {
	t.queue = append(t.queue, cmd.Clone())
	t.bytes += commandBytes(&t.queue[len(t.queue)-1])
	for _, a := range cmd.Args {
		t.said += len(a)
	}
	if n, ok := cmd.Selects(t.s.loop.Databases); ok {
		t.db = n
	}
	most := t.s.loop.Limits.In.QueryBuffer.Load()
	return int64(t.said) <= most && int64(t.bytes) <= 2*most // memory: many small commands take more
}

// Discard ends the queueing; watched keys stay watched until Unwatch.
func (t *Transaction) Discard() {
	t.s.Flags &^= admission.InMulti | admission.DirtyExec
	t.queue, t.bytes, t.said = nil, 0, 0
}

// Exec runs the queued commands: in place when their tokens are to be had, else as a
// call.
func (t *Transaction) Exec(cmd *call.Command, out *resp.Writer) error {
	s, l := t.s, t.s.loop
	if s.Flags&admission.InMulti == 0 {
		return resp.ErrExecWithoutMulti
	}
	queue, dirty := t.queue, s.Flags&admission.DirtyExec != 0
	t.Discard()
	if dirty {
		t.Unwatch()
		return resp.ErrExecAbort
	}
	s.pipe.sample(queue)
	l.set = call.ShardSet{}
	away := false
	l.Run.Prepare(queue, s.DB)
	for i := range queue {
		l.Run.Route(&queue[i], &l.set)
		away = away || queue[i].Spec.Long || queue[i].Spec.Place == command.OnControl || queue[i].Spec.Subscribes()
	}
	l.Tables.WatchSet(s.Watching, &l.set)
	t.execWith(cmd, queue, out, away)
	return nil
}

// execWith runs the queue with the tokens of Loop.set, and with more as long as it turns
// out that more are needed.
func (t *Transaction) execWith(cmd *call.Command, queue []call.Command, out *resp.Writer, away bool) {
	s, l := t.s, t.s.loop
	for tries := 0; !away && tries < 3; tries++ {
		if !l.Dispatcher.TryClaim(&l.set, l.by) {
			break
		}
		t.here = true
		verdict := l.Run.RunTx(queue, &s.Client, out, &l.set, s)
		t.here = false
		s.logDenied(&s.Denied)
		done := verdict.Outcome == call.Finished
		if s.Marks&call.Shown != 0 && done {
			l.Run.Show(cmd, &s.Client)
		}
		l.Dispatcher.ReleaseSet(&l.set, l.by)
		if done {
			s.saw(verdict.Seq)
			return
		}
		l.set = *verdict.Want
	}
	c := s.pipe.detach(cmd)
	if queue == nil {
		queue = []call.Command{}
	}
	c.Tx, c.Set = queue, l.set
	if c.Set.Next(0) < 0 {
		c.Set.Add(int(s.ID) % l.Dispatcher.Shards())
	}
	l.Dispatcher.Submit(c)
}

// run runs a command of the session that stands in the transaction. A session that has
// ended meanwhile stays as it is: nobody would ever take back what it subscribes to.
func (t *Transaction) run(cmd *call.Command, out *resp.Writer) {
	s, l := t.s, t.s.loop
	if s.closed {
		out.Null()
		return
	}
	mark := out.Mark()
	since := l.Run.Began(cmd)
	if s.Marks&call.Shown != 0 {
		l.Run.Show(cmd, &s.Client)
	}
	t.inner = true
	err := t.barred(cmd)
	if err == nil {
		err = l.Handlers[cmd.Spec.ID()](s, cmd, out)
	}
	t.inner = false
	if err != nil {
		out.Rewind(mark)
		writeError(out, err)
	}
	l.Run.Book(cmd, &s.Client, since, out.B[mark:])
	out.Proto = s.Proto
}

// barred is why the user may not run a command of the transaction any more. An executor has looked before it sent the command here; what was taken from
// the user since then, the loop has been told of before, or will find the command done.
func (t *Transaction) barred(cmd *call.Command) error {
	u := t.s.Account.Restricted()
	if t.here || u == nil {
		return nil
	}
	d := u.Check(cmd.Spec, cmd.Args, t.s.DB)
	if d.Reason == acl.None {
		return nil
	}
	t.s.denied(cmd, u, d)
	return acl.QueuedRefusal(d)
}

// watchBytes is what watched keys take.
func (t *Transaction) watchBytes() int {
	if t.s.Watching == nil {
		return 0
	}
	return t.s.Watching.Bytes
}

// Unwatch forgets what the session watches, at once: the shards are told now or, where a
// token is not free, a little later, and the session does not wait for that.
func (t *Transaction) Unwatch() {
	w := t.s.Watching
	t.s.Watching = nil
	if w != nil && len(w.Keys) > 0 {
		t.known = true
		t.s.loop.withdraw(t.s.loop.watched(w))
	}
}
