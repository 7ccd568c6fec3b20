package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// flush sends what the turn replied, with one write. What the socket does not take of a
// large reply stays where it is: the session gets the buffer, the loop another one.
func (s *Session) flush() {
	if s.lane != nil {
		s.holdBack()
		return
	}
	s.sendOut()
}

func (s *Session) sendOut() {
	l := s.loop
	if l.out.Cut {
		l.out.Cut, l.out.B = false, l.buffer()
		s.outputKill()
		return
	}
	if b := l.out.B; len(b) > 0 {
		rest := s.send(b)
		switch {
		case len(rest) >= worthKeeping && len(s.out) == 0:
			s.outBuf, s.out = b, rest
			l.out.B = l.buffer()
			s.owes(cap(b))
		default:
			if len(rest) > 0 {
				s.owe(rest)
			}
			l.out.B = b[:0]
		}
		if cap(l.out.B) > maxKept {
			l.out.B = l.buffer()
		}
	}
	if s.Flags&CloseAfterReply != 0 && len(s.out) == 0 {
		s.Link.Close()
	}
}

const (
	maxKept      = 4 << 20  // the largest buffer that a loop keeps for the next turn
	worthKeeping = 32 << 10 // less than this is copied
	replyBuffer  = 16 << 10 // a new buffer
	spareBuffers = 8
)

// keepBuffer takes a buffer back that is not needed any more.
func (l *Loop) keepBuffer(b []byte) {
	if n := len(l.buffers); cap(b) <= maxKept && n < spareBuffers || cap(b) <= replyBuffer && n < spareBuffers+mostLate {
		l.buffers = append(l.buffers, b[:0])
	}
}

// buffer is an empty one for replies.
func (l *Loop) buffer() []byte {
	if n := len(l.buffers); n > 0 {
		b := l.buffers[n-1]
		l.buffers = l.buffers[:n-1]
		return b
	}
	return make([]byte, 0, replyBuffer)
}

// transmit sends b now if nothing is waiting before it, and keeps a copy of what the
// socket does not take.
func (s *Session) transmit(b []byte) {
	if rest := s.send(b); len(rest) > 0 {
		s.owe(rest)
	}
}

// send gives b to the socket, behind what the session is owed already, and returns what
// is still to be kept.
func (s *Session) send(b []byte) (rest []byte) {
	s.catchUp()
	if s.closed || s.exceeds(len(b)) {
		return nil
	}
	s.Info.NetOut += uint64(len(b))
	s.loop.Counters.NetOut.Add(uint64(len(b)))
	if len(s.out) > 0 {
		return b
	}
	s.loop.Counters.Writes.Inc()
	n, err := s.Link.Write(b)
	if err != nil {
		s.Link.Close()
		return nil
	}
	if n < len(b) {
		s.Link.AwaitWritable()
	}
	return b[n:]
}

// owe keeps b until the socket takes it, within the limits of the session's class.
func (s *Session) owe(b []byte) {
	before := cap(s.outBuf)
	grown := append(s.out, b...)
	if cap(grown) != cap(s.out) {
		s.outBuf = grown
	}
	s.out = grown
	s.owes(cap(s.outBuf) - before)
}

// owes accounts for more bytes held for the session and closes it when they exceed the
// limits of its class.
func (s *Session) owes(more int) {
	l := s.loop
	l.Limits.Outstanding.Add(int64(more))
	if s.overLimit(l.Clock.Millis()) {
		s.outputKill()
	} else if s.softSince != 0 && !s.softListed {
		s.softListed = true
		l.overSoft = append(l.overSoft, s)
		l.wantsTick.Store(true)
	}
}

// uncounted is how much a client may be sent whatever its limit is. Valkey's clients have a
// buffer of 16 KiB that limits do not count, but replies whose length is not known at first
// pass by it.
const uncounted = 8 << 10

// hardLimit bounds what a client may be owed, 0: nothing does. One that nobody knows yet, and
// that has to say who it is, may be owed little.
func (s *Session) hardLimit() int64 {
	if s.Flags&Unauthenticated != 0 && !s.Known {
		return mostUnknown
	}
	return s.loop.Limits.Output[s.class()].Hard.Load()
}

const mostUnknown = 8 << 10

// mostOut is from what size on a reply is not delivered, 0: there is none.
func (s *Session) mostOut() int {
	if hard := s.hardLimit(); hard > 0 {
		return int(hard + uncounted)
	}
	return 0
}

// exceeds closes a session that would be owed n bytes more than its limit allows, and reports
// whether it did.
func (s *Session) exceeds(n int) bool {
	most := s.mostOut()
	if most == 0 || len(s.out)+max(n, int(s.loop.Limits.LeastReply.Load())) < most {
		return false
	}
	s.outputKill()
	return true
}

// flushAt is how much a turn collects before it writes. What goes beyond the limit is to
// be seen before any of it is sent.
func (s *Session) flushAt() int {
	return int(max(outFlush, min(s.hardLimit()+uncounted, mostHeld)))
}

// outputKill closes a session that does not read.
func (s *Session) outputKill() {
	s.loop.Counters.OutputKilled.Inc()
	s.Flags |= CloseAfterReply // nothing more is executed
	s.drop()
	s.Link.Close()
}

// drop forgets what the session is owed; the loop keeps a few of the buffers.
func (s *Session) drop() {
	l := s.loop
	l.Limits.Outstanding.Add(-int64(cap(s.outBuf)))
	if cap(s.outBuf) >= worthKeeping {
		l.keepBuffer(s.outBuf)
	}
	s.out, s.outBuf, s.softSince = nil, nil, 0
}

// Send queues b behind whatever the session is owed; the loop writes it before it
// sleeps, together with what else comes for the session in the same round.
func (s *Session) Send(b []byte) {
	if s.loop.taking == s && s.away == nil {
		s.loop.out.Raw(b)
		return
	}
	s.catchUp()
	if s.closed || s.putBehind(b) {
		return
	}
	if len(s.out) == 0 && !s.touched {
		s.touched = true
		s.loop.touched = append(s.loop.touched, s)
	}
	s.Info.NetOut += uint64(len(b))
	s.loop.Counters.NetOut.Add(uint64(len(b)))
	s.owe(b)
}

// Overrun closes a session for which messages were lost (pubsub.Subscriber).
func (s *Session) Overrun() {
	if !s.closed {
		s.outputKill()
	}
}

// putBehind keeps a message until the command under way is answered: it may be the command's
// own doing (a script that publishes), and comes behind its reply then. While a command
// waits for others, messages do not.
func (s *Session) putBehind(b []byte) bool {
	c := s.away
	if c == nil {
		return false
	}
	if c.State() == call.Parked {
		s.sendBehind(c)
		return false
	}
	if s.exceeds(len(c.Behind) + len(b)) {
		c.Behind = nil
		return true
	}
	c.Behind = append(c.Behind, b...)
	if c.Spec.Has(command.Blocking) {
		s.loop.lookAgain(s) // it may come to wait, or go on waiting
	}
	return true
}

// sendBehind sends what came while c was under way.
func (s *Session) sendBehind(c *call.Call) {
	if b := c.Behind; len(b) > 0 {
		c.Behind = nil
		s.transmit(b)
	}
}

// flushAtOnce is for how many sessions flushTouched writes: each is a system call, and one message may be for thousands.
const flushAtOnce = 64

// flushTouched writes what Send queued for the sessions that come first; the others wait for the next time.
func (l *Loop) flushTouched() {
	for n := 0; n < flushAtOnce && l.flushed < len(l.touched); n++ {
		s := l.touched[l.flushed]
		l.touched[l.flushed] = nil
		l.flushed++
		s.touched = false
		if !s.closed && len(s.out) > 0 {
			s.Writable()
		}
	}
	if l.flushed == len(l.touched) {
		l.touched, l.flushed = l.touched[:0], 0
	} else if l.flushed > len(l.touched)/2 { // or the list would grow for as long as it never is empty
		left := copy(l.touched, l.touched[l.flushed:])
		clear(l.touched[left:])
		l.touched, l.flushed = l.touched[:left], 0
	}
}

// Writable sends on what waited for the socket.
func (s *Session) Writable() {
	for len(s.out) > 0 {
		s.loop.Counters.Writes.Inc()
		n, err := s.Link.Write(s.out)
		if err != nil {
			s.Link.Close()
			return
		}
		if n < len(s.out) {
			s.out = s.out[n:]
			s.Link.AwaitWritable()
			break
		}
		s.drop()
	}
	if !s.choked() {
		s.resume()
	}
}

// choked reports whether the peer must read before more is executed for it.
func (s *Session) choked() bool {
	n := len(s.out)
	return n >= outStop || n >= outStopCrowd && s.loop.Limits.Outstanding.Load() >= outCrowd
}

// overLimit reports whether client-output-buffer-limit closes the session.
func (s *Session) overLimit(now int64) bool {
	lim := &s.loop.Limits.Output[s.class()]
	n := int64(len(s.out))
	if hard := s.hardLimit(); hard > 0 && n >= hard {
		return true
	}
	soft := lim.Soft.Load()
	if soft <= 0 || n < soft {
		s.softSince = 0
		return false
	}
	if s.softSince == 0 {
		s.softSince = now
	}
	return now-s.softSince > lim.SoftSeconds.Load()*1000
}

func (s *Session) class() int {
	if s.Flags&(Subscribed|Monitor) != 0 {
		return ClassPubSub
	}
	return ClassNormal
}

// protocolError answers a violation of the protocol, with which rest begins; nothing after it is read.
func (s *Session) protocolError(err error, rest []byte) {
	if s.loop.Violated != nil {
		s.loop.Violated(s, err, rest)
	}
	if e, ok := err.(*resp.ProtocolError); ok {
		s.loop.out.Error(e.Reply)
		s.loop.Run.Refused(&call.Command{}, e.Reply.Text)
	}
	s.loop.Counters.ProtocolErrors.Inc()
	s.Flags |= CloseAfterReply
	s.in = nil
}

// assemble feeds a command that does not arrive whole and runs it when it is there.
// n is what it took of buf; false: the session waits or closes.
func (s *Session) assemble(buf []byte) (n int, goOn bool) {
	l := s.loop
	lim := s.limits()
	n, done, err := s.asm.Feed(buf, &lim)
	if err != nil {
		l.release(s)
		s.protocolError(err, buf)
		return len(buf), false
	}
	if s.tooMuchInput() {
		return n, false
	}
	if !done {
		return n, true
	}
	goOn = s.runAssembled()
	return n, goOn
}

// runAssembled runs the command that is now whole. It lies in the assembler, which is not
// the session's any more: should that end now, its command goes on.
func (s *Session) runAssembled() bool {
	l := s.loop
	asm, goOn := s.asm, true
	s.asm = nil
	if args := asm.Args(); len(args) > 0 {
		l.batch = append(l.batch[:0], call.Command{Spec: l.lookup(args), Args: args})
		l.Run.Prepare(l.batch, s.DB)
		l.running = &l.batch[0]
		l.Large = asm
		goOn = s.step(&l.batch[0])
		l.Run.Lap()
		l.Large = nil
	}
	l.spared(asm)
	return goOn
}

// Direct is where the rest of a large argument can be read to, nil when the next
// bytes must come by Traffic. The reactor reads into it and calls Arrived.
func (s *Session) Direct() []byte {
	if s.asm == nil || s.lane != nil || s.waiting() || len(s.in) > 0 {
		return nil
	}
	return s.asm.Direct()
}

// Arrived says that n bytes were read into Direct.
func (s *Session) Arrived(n int) {
	s.Info.NetIn += uint64(n)
	s.loop.Counters.NetIn.Add(uint64(n))
	done := s.asm.Advance(n)
	if s.tooMuchInput() {
		return
	}
	if err := s.asm.Err(); err != nil {
		s.loop.release(s)
		s.protocolError(err, nil)
	} else if !done {
		return
	} else {
		s.loop.out.Proto = s.Proto
		s.runAssembled()
	}
	s.flush()
}

// tooMuchInput closes a session that has sent more than client-query-buffer-limit in one
// command, and reports whether it did.
func (s *Session) tooMuchInput() bool {
	most := s.loop.Limits.QueryBuffer.Load()
	if int64(s.asm.Received()) <= most && int64(s.asm.Size()) <= 2*most { // memory: many small arguments take more
		return false
	}
	s.loop.Counters.InputKilled.Inc()
	s.in = nil
	s.Flags |= CloseAfterReply
	s.Link.Close()
	return true
}

// assembler takes a spare one.
func (l *Loop) assembler() *resp.Assembler {
	if n := len(l.spare); n > 0 {
		a := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return a
	}
	return resp.NewAssembler(l.Blocks)
}

// release takes the session's assembler back.
func (l *Loop) release(s *Session) {
	if s.asm != nil {
		l.spared(s.asm)
		s.asm = nil
	}
}

// spared takes an assembler back that is not needed any more.
func (l *Loop) spared(a *resp.Assembler) {
	a.Reset()
	if len(l.spare) < 64 {
		l.spare = append(l.spare, a)
	}
}
