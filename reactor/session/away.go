package session

import (
	"bytes"
	"time"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// awaitFor is how long a loop waits for an executor's answer before it goes on: most
// scripts are answered in the same turn.
const awaitFor = 200 * time.Microsecond

// backoff decides whether waiting for executors is worth it: while their answers come
// in time the loop waits for each; when they do not, it lets more and more go by before
// it tries again. What waiting burns in vain is a core that an executor could use.
type backoff struct {
	skip, next int // answers to let go by now, and after the next failure
}

const mostSkipped = 64 // answers let go by between two tries

func (b *backoff) try() bool {
	if b.skip > 0 {
		b.skip--
		return false
	}
	return true
}

func (b *backoff) learn(came bool) bool {
	if came {
		b.skip, b.next = 0, 1
	} else {
		b.skip, b.next = b.next, min(2*b.next+1, mostSkipped)
	}
	return came
}

// awaited follows a call that was just sent away; started: an executor has it. When it is
// home soon enough its reply is written, and the session need not wait.
func (p *pipeline) awaited(started bool) {
	s, l := p.s, p.s.loop
	c := p.away
	if started && l.turning && l.await.try() && l.await.learn(l.Dispatcher.Await(l.ID, c, awaitFor)) && c.Hasty() {
		p.away = nil
		s.logDenied(&c.Denied)
		c.Owner = nil // it comes by the ring as well, when the session may have gone to another loop
		s.Commands += c.Executed
		s.saw(c.Seq)
		l.out.Take(&c.Out)
		l.out.Proto = s.Proto
		return
	}
	if c.Spec.Has(command.Blocking) {
		l.waits.lookAgain(s)
	}
}

// finish takes the reply of the call that the session waited for and goes on.
func (p *pipeline) finish(c *call.Call) {
	s, l := p.s, p.s.loop
	if do := c.TakeBefore(); do != nil {
		do(func() { l.Post(func() { p.finish(c) }) })
		return
	}
	p.away = nil
	s.logDenied(&c.Denied)
	s.Commands += c.Executed
	s.saw(c.Seq)
	l.waits.disarm(s)
	if s.closed {
		l.end(s)
		return
	}
	if c.Out.Cut && !s.Out.Silent() {
		s.Out.Kill()
		return
	}
	p.answer(c, c.Out.B)
}

// answer sends the reply to a call, unless CLIENT REPLY drops it, and goes on.
func (p *pipeline) answer(c *call.Call, reply []byte) {
	if !p.s.Out.Muted() {
		p.timed(c)
		p.s.Out.Transmit(reply)
	}
	p.s.sendBehind(c)
	p.s.loop.out.Proto = p.s.Proto
	p.resume()
}

// timed has be told when the reply to a call has gone to the socket.
func (p *pipeline) timed(c *call.Call) {
	if c.Ended != 0 {
		p.s.Out.Timed(int(c.Spec.ID()), c.Ended)
	}
}

// Cancel ends the wait of a session before its call has run: reply is sent instead,
// or with nil nothing. A session that waited for nothing else, since its connection is gone, ends with it. False: the call is
// running or done.
func (s *Session) Cancel(reply func(out *resp.Writer)) bool {
	c := s.pipe.away
	if c == nil {
		return false
	}
	parked := c.Move(call.Parked, call.Cancelled)
	if !parked && !c.Move(call.Pending, call.Cancelled) {
		return false
	}
	s.pipe.away = nil
	s.loop.waits.disarm(s)
	if parked {
		s.saw(c.Seq)
	}
	if parked && c.Block.First > 0 {
		s.loop.withdraw(s.loop.parked(c))
	}
	switch {
	case s.closed:
		s.loop.end(s)
	case reply != nil:
		w := resp.Writer{Proto: s.Proto}
		reply(&w)
		if parked {
			s.loop.bookEnd(s, c, w.B)
		}
		s.pipe.answer(c, w.B)
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

// CancelPending answers every call that has not started with an error: a script holds
// its tokens and is over its time (BUSY).
func (l *Loop) CancelPending(err *resp.Error) {
	l.Each(func(s *Session) {
		s.pipe.cancelReordered(err)
		c := s.pipe.away
		if c == nil || c.State() != call.Pending || c.Spec == nil || c.Spec.Has(command.AllowBusy) && c.Tx == nil ||
			!c.Spec.AllTokens && (c.Work != nil || c.Spec.Place == command.OnControl) {
			return
		}
		tx := c.Tx != nil
		s.Cancel(func(out *resp.Writer) {
			answer := err
			if tx {
				s.Tx.Unwatch()
				answer = resp.ExecAbortBecause(err.Text)
			}
			l.Run.Refused(&c.Command, answer.Text)
			out.Error(answer)
		})
	})
}

// CameHome takes a call that control has answered.
func (l *Loop) CameHome(c *call.Call) {
	l.home = append(l.home, c)
	l.answerHome()
	l.Homecoming()
}
