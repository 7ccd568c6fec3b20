package session

import (
	"slices"
	"strings"

	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/gate"
)

// checkedStep is step for sessions in a special state and for nodes in one: what others have sent before, admission and the command, and
// then what CLIENT REPLY asks for.
func (p *pipeline) checkedStep(cmd *call.Command) (plain bool) {
	s, out := p.s, &p.s.loop.out
	if s.Flags == admission.Restricted && s.loop.Gate.Load() == 0 && p.permitted(cmd) {
		return p.run(cmd)
	}
	s.Out.Next()
	if s.Flags&admission.Tracking != 0 {
		s.Keys.next()
	}
	if s.Flags.Pushed() && !s.takeMessages() {
		return false
	}
	mark, cut := out.Mark(), out.Cut
	asking := s.Flags & admission.Asking
	p.admit(cmd)
	if asking != 0 && s.Flags&admission.InMulti == 0 && p.pending == nil && (cmd.Spec == nil || !cmd.Spec.Has(command.Asks)) {
		s.Flags &^= admission.Asking // it was for this command, or the transaction that began with it
	}
	if s.Flags&admission.Tracking != 0 && p.pending == nil {
		s.Keys.ran(cmd)
	}
	if p.away == nil && p.pending == nil && s.Out.Muted() { // else whoever answers in the end asks
		out.Rewind(mark)
		out.Cut = cut
	}
	return false
}

// permitted reports whether a command of a user who may not do everything, in a session in which nothing else is special, may run as that of any
// other: it has its form, and the user may.
func (p *pipeline) permitted(cmd *call.Command) bool {
	if cmd.Spec == nil || !cmd.Spec.ArityOK(len(cmd.Args)) || cmd.Spec.Special() {
		return false
	}
	u := p.s.Account.User()
	return u.Permits(cmd.Spec, cmd.Args, p.s.DB)
}

// admit does with cmd what admission decides.
func (p *pipeline) admit(cmd *call.Command) {
	s, l := p.s, p.s.loop
	f := &l.facts
	l.asked = s
	cmd.Asking = s.Flags&admission.Asking != 0
	f.Cmd, f.Session, f.Node, f.Proto, f.Queue = cmd, s.Flags, l.Gate.Load(), s.Proto, s.Tx.queue
	f.User, f.DB = s.Account.Restricted(), s.database()
	if f.User == nil { // it was, when the command came
		f.Session &^= admission.Restricted
	}
	f.Trusted = cmd.Spec != nil && cmd.Spec.Guarded() && l.Node.MayDebug(s)
	decision, err := f.Decide()
	cmd.Barred = decision != admission.Run
	switch decision {
	case admission.Refuse:
		s.Info.LastCmd = cmd.Spec
		if f.Denial.Reason != acl.None {
			s.denied(cmd, f.User, f.Denial)
		}
		p.reject(cmd, err)
	case admission.Postpone:
		p.postpone(cmd)
		l.postpone(s)
	case admission.Await:
		p.postpone(cmd)
		p.cramped = true
		l.awaitRoom(s)
	case admission.Enqueue:
		if !s.Tx.enqueue(cmd) {
			p.cutOff()
			return
		}
		s.Info.LastCmd = cmd.Spec
		l.out.Simple("QUEUED")
	default:
		s.Mark(call.Shown, f.Node&gate.Monitored != 0)
		if s.Flags&admission.Tracking != 0 && !s.Out.Silent() && !s.takeMessages() { // of what went to make room for it
			return
		}
		p.run(cmd)
	}
}

// postponed is a command for later, with arguments of its own.
type postponed [1]call.Command

// postpone keeps cmd for later. One that was postponed before is not copied again: it may be large, and waits for as long as it takes.
func (p *pipeline) postpone(cmd *call.Command) {
	if kept := p.retried; kept != nil && cmd == &kept[0] {
		p.pending = kept
		return
	}
	p.pending = &postponed{cmd.Clone()}
}

// reject answers with an error; a transaction that is being queued will abort. EXEC that
// is refused is the end of its transaction.
func (p *pipeline) reject(cmd *call.Command, err *resp.Error) {
	s, l := p.s, p.s.loop
	if cmd.Spec == nil && foreign(cmd.Args[0]) {
		s.hangUp()
		return
	}
	if s.Flags&admission.InMulti != 0 {
		s.Flags |= admission.DirtyExec
	}
	l.Counters.Rejected.Inc()
	exec := cmd.Spec != nil && cmd.Spec.Has(command.Executes)
	if exec && !l.facts.Elsewhere {
		err = resp.ExecAbortBecause(strings.TrimPrefix(err.Text, "ERR "))
	}
	l.Run.Refused(cmd, err.Text)
	l.out.Error(err)
	if exec {
		s.Tx.Discard()
		s.Tx.Unwatch()
	}
}

func writeError(out *resp.Writer, err error) {
	if e, ok := err.(*resp.Error); ok {
		out.Error(e)
		return
	}
	out.Error(resp.Errorf("ERR %s", err))
}

// postpone lists a session whose command a pause keeps from running. Those that are gone by now
// leave the list when it would grow to twice the number of sessions.
func (l *Loop) postpone(s *Session) {
	if len(l.paused) >= 2*l.count+leastPaused {
		l.paused = slices.DeleteFunc(l.paused, func(s *Session) bool { return s.pipe.pending == nil })
	}
	l.paused = append(l.paused, s)
}

const leastPaused = 16

// Unpaused goes on with every session whose command a pause kept from running.
func (l *Loop) Unpaused() {
	list := l.paused
	l.paused = nil
	for _, s := range list {
		s.pipe.goOn()
	}
}

// goOn goes on with a postponed command.
func (p *pipeline) goOn() {
	s, l := p.s, p.s.loop
	kept := p.pending
	if kept == nil || s.closed {
		return
	}
	p.pending, p.retried, p.cramped = nil, kept, false
	kept[0].Barred = false
	l.Run.Prepare(kept[:], s.DB)
	p.openReply()
	p.checkedStep(&kept[0]) // it was counted when it came
	p.sample(kept[:])
	l.running, p.retried = nil, nil
	l.Run.Lap()
	p.resume()
	s.reweigh()
}
