package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/admission"
	"sigrun/reactor/output"
)

// Send queues b behind whatever the session is owed; the loop writes it before it
// sleeps, together with what else comes for the session in the same round.
func (s *Session) Send(b []byte) {
	if log := s.loop.Log; log != nil && log.On() {
		s.saw(log.Newest()) // it tells of a change, or comes behind one
	}
	if s.loop.taking == s && s.pipe.away == nil {
		s.loop.out.Raw(b)
		return
	}
	if s.closed || s.putBehind(b) || s.Out.Append(b) {
		return
	}
	if s.Out.CatchUp(); s.closed {
		return
	}
	if s.Out.Owed() == 0 && !s.messaged {
		s.messaged = true
		s.loop.listMessaged(s)
	}
	s.Out.Queue(b)
	if s.messaged && s.Out.Owed() > output.HeldMost { // who does not read is not in the list, and hurries nobody
		s.loop.overdue = true
	}
	if !s.messaged { // it does not read, and nothing else will look at it
		s.weigh()
	}
}

// Show is Send for a line of MONITOR, which CLIENT REPLY OFF holds back as it does a reply.
func (s *Session) Show(line []byte) {
	if s.Flags&admission.ReplyOff == 0 {
		s.Send(line)
	}
}

// Overrun closes a session for which messages were lost (pubsub.Subscriber).
func (s *Session) Overrun() {
	if !s.closed {
		s.Out.Kill()
	}
}

// takeMessages takes in what was published before the session's next command, so that it stands
// before the reply. False: the session has ended by that.
func (s *Session) takeMessages() bool {
	l := s.loop
	l.taking = s
	l.Local.DeliverAll()
	l.taking = nil
	return !s.closed && s.Flags&admission.CloseAfterReply == 0
}

// putBehind keeps a message until the command under way is answered: it may be the command's
// own doing (a script that publishes), and comes behind its reply then. While a command
// waits for others, messages do not.
func (s *Session) putBehind(b []byte) bool {
	c := s.pipe.away
	if c == nil {
		return false
	}
	if c.State() == call.Parked {
		s.sendBehind(c)
		return false
	}
	if s.Out.Exceeds(len(c.Behind) + len(b)) {
		c.Behind = nil
		return true
	}
	room := cap(c.Behind)
	c.Behind = append(c.Behind, b...)
	if cap(c.Behind) > room { // the call may last, and nothing else looks at what waits meanwhile
		s.weigh()
	}
	if c.Spec.Has(command.Blocking) {
		s.loop.waits.lookAgain(s) // it may come to wait, or go on waiting
	}
	return true
}

// sendBehind sends what came while c was under way.
func (s *Session) sendBehind(c *call.Call) {
	if b := c.Behind; len(b) > 0 {
		c.Behind = nil
		s.Out.Transmit(b)
	}
}

// messagesFor bounds how long messages wait: ns of turns.
const messagesFor = 1_000_000

func (l *Loop) listMessaged(s *Session) {
	if len(l.messaged) == 0 {
		l.busyThen, l.overdue = l.Counters.Busy.Load(), false
	}
	l.messaged = append(l.messaged, s)
}

// audienceOf is how many sessions wait for messages when it costs less to look for more messages for them than to write to each once more.
const audienceOf = 8

// messagesDue reports whether messages are to be written now. While connections stand in line for the loop, or many sessions have messages, they wait
// for the end of the round: those for a connection that comes meanwhile go with its replies, and each of the others is written to once.
func (l *Loop) messagesDue() bool {
	waiting := len(l.messaged) - l.flushed
	return waiting > 0 && (l.overdue || !l.out.Awaited(waiting >= audienceOf, l.behindTurn) || l.Counters.Busy.Load()-l.busyThen > l.Watch.Ticks(messagesFor))
}

// retake has messages that wait for a session go with the replies of the turn that begins.
func (s *Session) retake() {
	if s.messaged && s.Out.Owed() > 0 && s.pipe.reorder == nil {
		s.Out.Retake()
	}
}

// flushAtOnce is for how many sessions flushMessages writes: each is a system call, and one message may be for thousands.
const flushAtOnce = 64

// flushMessages writes what Send queued for the sessions that come first; the others wait for the next time.
func (l *Loop) flushMessages() {
	for n := 0; n < flushAtOnce && l.flushed < len(l.messaged); n++ {
		s := l.messaged[l.flushed]
		l.messaged[l.flushed] = nil
		l.flushed++
		s.messaged = false
		if !s.closed && s.Out.Owed() > 0 {
			s.Writable()
		}
	}
	if l.flushed == len(l.messaged) {
		l.messaged, l.flushed = l.messaged[:0], 0
	} else if l.flushed > len(l.messaged)/2 { // or the list would grow for as long as it never is empty
		left := copy(l.messaged, l.messaged[l.flushed:])
		clear(l.messaged[left:])
		l.messaged, l.flushed = l.messaged[:left], 0
	}
}
