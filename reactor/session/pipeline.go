package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/gate"
	"sigrun/reactor/input"
)

// pipeline takes a connection's commands one by one to their end or on their way. A turn is what one read brought: commands are
// parsed where they lie, looked ahead over, and then taken from the front: admission, token, execution,
// release. A command that cannot run now becomes a call.Call; everything behind it on
// this connection waits until the call is home, other connections do not.
type pipeline struct {
	s       *Session
	in      input.Input
	cramped bool           // pending waits for room in memory
	pending *postponed     // a parsed command that waits for the end of a pause, or for room
	retried *postponed     // the one that is being tried again
	running int            // bytes of the command that runs, when it is a large one that came in pieces
	away    *call.Call     // the call that everything else waits for
	reorder *reorderBuffer // calls that later commands overtook, nil: none
	wait    wait
	shown   struct { // of Client, for others to see while the call is away
		db, watched int
		watchBytes  int
		watching    *call.Watching
		commands    uint64
	}
}

func (p *pipeline) attach(s *Session) {
	p.s = s
	p.in.Attach(&s.loop.parser, s.Link)
	p.wait.at = -1
}

// idle reports whether nothing is unparsed, under way, or waited for.
func (p *pipeline) idle() bool {
	return p.away == nil && p.reorder == nil && p.pending == nil && p.in.Empty() && !p.in.Stopped() && !p.wait.unarmed
}

// waiting reports whether nothing may be executed now.
func (p *pipeline) waiting() bool {
	return p.away != nil || p.s.closed || p.reorder != nil && p.reorder.draining || p.pending != nil ||
		p.s.Flags&admission.CloseAfterReply != 0 || p.s.Out.Choked()
}

// traffic takes what a read brought.
func (p *pipeline) traffic(buf []byte) {
	p.s.Out.CatchUp()
	switch {
	case p.waiting():
		if p.s.Flags&admission.CloseAfterReply == 0 {
			p.in.Append(buf, p.s.Blocked())
		}
	case p.in.Unparsed() > 0:
		p.in.Add(buf)
		p.resume()
	default:
		p.s.retake()
		p.in.Keep(p.process(buf), p.s.Blocked())
		p.endTurn()
	}
}

// resume goes on with the unparsed input.
func (p *pipeline) resume() {
	for !p.waiting() && p.in.Unparsed() > 0 {
		in := p.in.Take()
		rest := p.process(in)
		if len(rest) == len(in) && !p.waiting() {
			p.in.Restore(in)
			break
		}
		p.in.Leave(rest, p.s.Blocked())
	}
	p.flush()
	if p.in.Stopped() && !p.waiting() {
		p.in.GoOn(false)
	}
	p.s.farewell()
}

// endTurn sends what a turn replied, or has it wait for the turns behind it.
func (p *pipeline) endTurn() {
	out := &p.s.loop.out
	out.TurnEnded()
	if p.reorder != nil || !out.Coalesce(&p.s.Out) {
		p.flush()
		out.SendCoalesced()
	}
	out.TurnSent()
}

// flush sends what the turn replied, or keeps it behind the calls that it must not overtake.
func (p *pipeline) flush() {
	if p.reorder != nil {
		p.reorder.keep(&p.s.loop.out.Writer)
		return
	}
	p.s.Out.Flush()
}

// openReply prepares the loop's writer for replies to this session.
func (p *pipeline) openReply() {
	l := p.s.loop
	l.serving = p.s
	l.out.Proto, l.out.Most = p.s.Proto, p.s.Out.Most()
}

// process executes the commands in buf and returns what it may not touch yet.
func (p *pipeline) process(buf []byte) (rest []byte) {
	s := p.s
	parser := &s.loop.parser
	p.openReply()
	for len(buf) > 0 {
		if p.in.Assembling() && p.reorder != nil {
			p.reorder.draining = true
			return buf
		}
		if p.in.Assembling() {
			n, ok := p.assemble(buf)
			buf = buf[n:]
			if !ok {
				return buf
			}
			continue
		}
		restricted := s.Flags & admission.Unauthenticated
		n, err := parser.Parse(buf, restricted != 0)
		if len(parser.Batch) == 0 && err == nil {
			if n == 0 {
				p.in.Assemble()
			}
			buf = buf[n:]
			continue
		}
		ran := p.turn()
		switch {
		case p.waiting(): // the last one of a batch may have left, too
			return buf[parser.End(ran):]
		case ran < len(parser.Batch) || s.Flags&admission.Unauthenticated != restricted: // what was read ahead, and err, are worth nothing
			buf = buf[parser.End(ran):]
			continue
		}
		buf = buf[n:]
		if err != nil {
			p.violated(err, buf)
			return nil
		}
	}
	return nil
}

// tokensAhead is how many commands before its turn a token is brought to this core.
const tokensAhead = 6

// turn runs the batch from the front and returns how many commands are done with: the
// rest must be parsed again later.
func (p *pipeline) turn() (done int) {
	l := p.s.loop
	batch := l.parser.Batch
	if len(batch) == 0 {
		return 0
	}
	if p.s.Marks != 0 {
		p.unmark()
	}
	l.Run.Prepare(batch, p.s.DB)
	began := l.Run.Began(&batch[0])
	done = p.stepAll(batch)
	p.sample(batch[max(done-1, 0):done])
	l.running = nil
	ended := l.Run.Lap()
	spent := ended - began
	if l.untimed--; l.untimed < 0 && done > 0 {
		p.timeTurn(&batch[done-1], ended)
	}
	l.out.Spent(spent)
	l.Counters.Busy.Add(spent)
	l.Counters.LongestTurn.Observe(spent)
	l.Counters.MostInTurn.Observe(uint64(done))
	return done
}

// unmark has commands go the plain way again when nobody reads MONITOR any more. Calls under way look at the marks.
func (p *pipeline) unmark() {
	if p.reorder == nil && p.s.loop.Gate.Load()&gate.Monitored == 0 {
		p.s.Mark(call.Shown, false)
	}
}

// timedTurns is of how many turns that ran their commands in place about one is timed up to the socket.
const timedTurns = 61

// timeTurn has be told when the reply to the last command of a turn has gone to the socket.
func (p *pipeline) timeTurn(last *call.Command, ended uint64) {
	l := p.s.loop
	l.untimed = timedTurns/2 + int(ended%timedTurns) // never in step with what comes in turns
	if last.Spec != nil && !p.waiting() && p.reorder == nil && len(l.out.B) > 0 && l.Run.Stamp() != 0 {
		p.s.Out.Timed(int(last.Spec.ID()), ended)
	}
}

func (p *pipeline) stepAll(batch []call.Command) int {
	s, l := p.s, p.s.loop
	shared, sampled := l.Dispatcher.Shared.Load(), l.Run.Samples()
	beside := shared || sampled
	restricted := s.Flags & admission.Unauthenticated // a command that changes this changes what those behind it may look like
	for i := range batch {
		if p.reorder != nil && p.stalls(&batch[i]) {
			return i
		}
		if beside {
			if ahead := i + tokensAhead; shared && ahead < len(batch) && batch[ahead].Shard >= 0 {
				l.Dispatcher.Ahead(int(batch[ahead].Shard))
			}
			if sampled && i > 0 {
				p.sample(batch[i-1 : i])
			}
		}
		if !p.step(&batch[i]) || s.Flags&admission.Unauthenticated != restricted {
			return i + 1
		}
		if s.Out.Full() {
			l.Run.Lap()
			p.flush()
			l.Run.Lap()
			if p.waiting() {
				return i + 1
			}
			l.out.Proto = s.Proto
		}
	}
	return len(batch)
}

// sample shows keys of commands that admission has let run, in the database that is the session's now, to those who look for the hottest ones.
func (p *pipeline) sample(cmds []call.Command) {
	if l := p.s.loop; l.Run.Samples() {
		l.Run.Sample(cmds, p.s.Describe().Database())
	}
}

// step takes one command to its end or on its way; false: the session must wait or
// close, nothing behind the command may be looked at. Whatever was done, that is decided
// here alone, by the state in which it left the session.
func (p *pipeline) step(cmd *call.Command) bool {
	s, l := p.s, p.s.loop
	l.Counters.Commands.Inc()
	switch {
	case s.Flags != 0 || l.Gate.Load() != 0:
		if p.checkedStep(cmd) {
			return true
		}
	case cmd.Spec == nil || !cmd.Spec.ArityOK(len(cmd.Args)) || cmd.Spec.Special():
		p.admit(cmd)
	default:
		if p.run(cmd) {
			return true
		}
	}
	return !p.waiting()
}

// run executes an admitted command, in place if its token is free. True: that is all, and
// the session is as it was.
func (p *pipeline) run(cmd *call.Command) (plain bool) {
	s, l := p.s, p.s.loop
	s.Info.LastCmd = cmd.Spec
	l.running = cmd
	if cmd.Shard >= 0 && cmd.Spec.Place == command.OnShard && !cmd.Spec.Long {
		if shard := int(cmd.Shard); l.Dispatcher.Try(shard) {
			verdict := l.Run.Run(cmd, &s.Client, &l.out.Writer, nil, s)
			if verdict.Outcome == call.Finished {
				l.Dispatcher.Release(shard, l.by)
				s.saw(verdict.Seq)
				return true
			}
			l.Dispatcher.Release(shard, l.by)
			p.follow(cmd, verdict)
			return false
		}
	}
	p.dispatch(cmd)
	return false
}

// assemble feeds a command that does not arrive whole and runs it when it is there.
// n is what it took of buf; false: the session waits or closes.
func (p *pipeline) assemble(buf []byte) (n int, goOn bool) {
	n, done, err := p.in.Feed(buf, p.s.Flags&admission.Unauthenticated != 0)
	if err != nil {
		p.in.Abort()
		p.violated(err, buf)
		return len(buf), false
	}
	if p.tooMuchInput() {
		return n, false
	}
	if !done {
		return n, true
	}
	return n, p.runAssembled()
}

// leastWeighed is the size of a command that is counted while it runs: smaller ones nobody would notice.
const leastWeighed = 64 << 10

// runAssembled runs the command that is now whole. It lies in the assembler, which is not
// the session's any more: should that end now, its command goes on.
func (p *pipeline) runAssembled() bool {
	l := p.s.loop
	asm, goOn := p.in.Whole(), true
	if size := asm.Size(); size >= leastWeighed { // admission asks whether there is room for it
		p.running = size
		defer func() { p.running = 0 }() // the end of the turn looks again
		if p.s.weigh(); l.load.crowded {
			l.relieve()
		}
		if p.s.gone {
			l.parser.Recycle(asm)
			return false
		}
	}
	if args := asm.Args(); len(args) > 0 {
		cmd := l.parser.One(args)
		l.Run.Prepare(l.parser.Batch, p.s.DB)
		l.running = cmd
		l.Large = asm
		goOn = p.step(cmd)
		p.sample(l.parser.Batch)
		l.Run.Lap()
		l.Large, l.running = nil, nil
	}
	l.parser.Recycle(asm)
	return goOn
}

// arrived goes on with a command of which n bytes were read to where they belong.
func (p *pipeline) arrived(n int) {
	done, err := p.in.Arrived(n)
	switch {
	case p.tooMuchInput():
		return
	case err != nil:
		p.in.Abort()
		p.violated(err, nil)
	case !done:
		return
	default:
		l := p.s.loop
		l.serving, l.out.Proto = p.s, p.s.Proto
		p.runAssembled()
	}
	p.flush()
}

// tooMuchInput closes a session that has sent more than client-query-buffer-limit in one
// command, and reports whether it did.
func (p *pipeline) tooMuchInput() bool {
	if !p.in.TooMuch() {
		return false
	}
	p.in.Drop()
	p.cutOff()
	return true
}

// cutOff closes a session that has sent more than may be kept for it.
func (p *pipeline) cutOff() {
	p.s.loop.tellCutOff(p.s, false)
	p.s.loop.Counters.InputKilled.Inc()
	p.s.Flags |= admission.CloseAfterReply
	p.s.Link.Close()
}

// violated answers a violation of the protocol, with which rest begins; nothing after it is read.
func (p *pipeline) violated(err error, rest []byte) {
	s, l := p.s, p.s.loop
	if l.Violated != nil {
		l.Violated(s, err, rest)
	}
	if e, ok := err.(*resp.ProtocolError); ok {
		if s.Out.Next(); !s.Out.Silent() {
			l.out.Error(e.Reply)
		}
		l.Run.Refused(&call.Command{}, e.Reply.Text)
	}
	l.Counters.ProtocolErrors.Inc()
	s.Flags |= admission.CloseAfterReply
	p.in.Drop()
}
