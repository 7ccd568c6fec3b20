package session

import (
	"bytes"
	"time"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// awaitFor is how long a loop waits for an executor's answer before it goes on: most
// scripts are answered in the same turn.
const awaitFor = 200 * time.Microsecond

// patience decides whether waiting for executors is worth it: while their answers come
// in time the loop waits for each; when they do not, it lets more and more go by before
// it tries again. What waiting burns in vain is a core that an executor could use.
type patience struct {
	skip, next int // answers to let go by now, and after the next failure
}

const mostSkipped = 64 // answers let go by between two tries

func (p *patience) try() bool {
	if p.skip > 0 {
		p.skip--
		return false
	}
	return true
}

func (p *patience) learn(came bool) bool {
	if came {
		p.skip, p.next = 0, 1
	} else {
		p.skip, p.next = p.next, min(2*p.next+1, mostSkipped)
	}
	return came
}

// awaited follows a call that was just sent away; started: an executor has it. When it is
// home soon enough its reply is written, and the session need not wait.
func (s *Session) awaited(started bool) {
	l := s.loop
	c := s.away
	if started && l.turning && l.patience.try() && l.patience.learn(l.Dispatcher.Await(l.ID, c, awaitFor)) && c.Hasty() {
		s.away = nil
		c.Owner = nil // it comes by the ring as well, when the session may have gone to another loop
		s.Commands += c.Executed
		s.saw(c.Seq)
		l.out.Take(&c.Out)
		l.out.Proto = s.Proto
		return
	}
	if c.Spec.Has(command.Blocking) {
		l.lookAgain(s)
	}
}

// finish takes the reply of the call that the session waited for and goes on.
func (s *Session) finish(c *call.Call) {
	l := s.loop
	if do := c.TakeBefore(); do != nil {
		do(func() { l.Post(func() { s.finish(c) }) })
		return
	}
	s.away = nil
	s.Commands += c.Executed
	s.saw(c.Seq)
	l.disarm(s)
	if s.closed {
		l.end(s)
		return
	}
	if c.Out.Cut && s.Flags&(ReplyOff|ReplySkip) == 0 {
		s.outputKill()
		return
	}
	s.answer(c, c.Out.B)
}

// answer sends the reply to a call, unless CLIENT REPLY drops it, and goes on.
func (s *Session) answer(c *call.Call, reply []byte) {
	if !s.muted() {
		s.transmit(reply)
	}
	s.sendBehind(c)
	s.loop.out.Proto = s.Proto
	s.resume()
}

// Cancel ends the wait of a session before its call has run: reply is sent instead,
// or with nil nothing. False: the call is running or done.
func (s *Session) Cancel(reply func(out *resp.Writer)) bool {
	c := s.away
	if c == nil {
		return false
	}
	parked := c.Claim(call.Parked, call.Cancelled)
	if !parked && !c.Claim(call.Pending, call.Cancelled) {
		return false
	}
	s.away = nil
	s.loop.disarm(s)
	if parked && c.Block.First > 0 {
		s.loop.forget(c)
	}
	if reply != nil {
		w := resp.Writer{Proto: s.Proto}
		reply(&w)
		if parked {
			s.loop.bookEnd(s, c, w.B)
		}
		s.answer(c, w.B)
	}
	return true
}

// bookEnd counts a command whose wait somebody has ended. One that is answered with an error
// counts as refused.
func (l *Loop) bookEnd(s *Session, c *call.Call, reply []byte) {
	if text, refused := bytes.CutPrefix(reply, []byte("-")); refused {
		l.Run.Refused(&c.Command, string(bytes.TrimRight(text, "\r\n")))
		reply = nil
	}
	l.Run.Book(&c.Command, &s.Client, l.Run.Lap(), reply)
	l.Run.Lap()
}

// forget has the shards remove a waiting call from their tables.
func (l *Loop) forget(c *call.Call) {
	var set call.ShardSet
	l.Run.Route(&c.Command, &set)
	if l.Dispatcher.TryClaim(&set, l.Run) {
		all := l.Run.Forget(c, &set)
		l.Dispatcher.ReleaseSet(&set, l.Run)
		if all {
			return
		}
	}
	l.forgetLater(c)
}

// forgetLater does the same on an executor, as often as it takes: slots may move
// between looking them up and having their tokens.
func (l *Loop) forgetLater(c *call.Call) {
	work := &call.Call{Home: -1}
	l.Run.Route(&c.Command, &work.Set)
	work.Work = func(r call.Runner) {
		set := work.Set
		if !r.Forget(c, &set) {
			l.Post(func() { l.forgetLater(c) })
		}
	}
	l.Dispatcher.Submit(work)
}

// CancelPending answers every call that has not started with an error: a script holds
// its tokens and is over its time (BUSY).
func (l *Loop) CancelPending(err *resp.Error) {
	l.Each(func(s *Session) {
		s.cancelLane(err)
		c := s.away
		if c == nil || c.State() != call.Pending || c.Spec == nil || c.Spec.Has(command.AllowBusy) && c.Tx == nil ||
			!c.Spec.AllTokens && (c.Work != nil || c.Spec.Place == command.OnControl) {
			return
		}
		tx := c.Tx != nil
		s.Cancel(func(out *resp.Writer) {
			answer := err
			if tx {
				s.Unwatch()
				answer = resp.ExecAbortBecause(err.Text)
			}
			l.Run.Refused(&c.Command, answer.Text)
			out.Error(answer)
		})
	})
}

// RunHere runs a command of the session or of control that stands in a transaction
// (call.Caller). On the loop it runs at once; on an executor it is sent to the loop,
// which is free, and waited for.
func (s *Session) RunHere(cmd *call.Command, out *resp.Writer) {
	l := s.loop
	if cmd.Spec.Place == command.OnControl {
		c := &call.Call{Client: &s.Client, Home: -1, From: s}
		c.Command = *cmd
		c.Out.Proto = out.Proto
		l.Node.ControlHeld(c, &s.away.Set)
		out.Raw(c.Out.B)
		return
	}
	if s.txHere {
		s.runQueued(cmd, out)
		return
	}
	done := make(chan struct{})
	reply := resp.Writer{Proto: out.Proto}
	l.Post(func() {
		l.Run.Lap() // the loop may have rested since the last one
		s.runQueued(cmd, &reply)
		l.Run.Lap() // and may rest now
		close(done)
	})
	if sim.Either("waits for its loop", done, l.Ended) == 1 {
		out.ErrorText("ERR the server is shutting down")
		return
	}
	out.Raw(reply.B)
	out.Proto = reply.Proto
}

// runQueued runs a command of the session that stands in a transaction. A session that has
// ended meanwhile stays as it is: nobody would ever take back what it subscribes to.
func (s *Session) runQueued(cmd *call.Command, out *resp.Writer) {
	if s.closed {
		out.Null()
		return
	}
	mark := out.Mark()
	since := s.loop.Run.Began(cmd)
	if s.Shown {
		s.loop.Run.Show(cmd, &s.Client)
	}
	if err := s.loop.Handlers[cmd.Spec.ID()](s, cmd, out); err != nil {
		out.Rewind(mark)
		writeError(out, err)
	}
	s.loop.Run.Book(cmd, &s.Client, since, out.B[mark:])
	out.Proto = s.Proto
}

// CameHome takes a call that control has answered.
func (l *Loop) CameHome(c *call.Call) {
	l.home = append(l.home, c)
	l.settle()
	l.Homecoming()
}
