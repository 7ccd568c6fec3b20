package session

import (
	"slices"
	"strings"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// checkedStep is step for sessions in a special state and for nodes in one: the
// ordered list of admission, then the command, then what CLIENT REPLY asks for.
func (s *Session) checkedStep(cmd *call.Command) {
	l := s.loop
	if s.Flags&ReplySkipNext != 0 {
		s.Flags = s.Flags&^ReplySkipNext | ReplySkip
	}
	if s.Flags&(Subscribed|Monitor) != 0 && !s.takeMessages() {
		return
	}
	mark, cut := l.out.Mark(), l.out.Cut
	s.admit(cmd)
	if s.away == nil && s.pending == nil && s.muted() { // else whoever answers in the end asks
		l.out.Rewind(mark)
		l.out.Cut = cut
	}
}

// muted reports whether the reply just written is to be dropped, and forgets a SKIP.
func (s *Session) muted() bool {
	f := s.Flags
	s.Flags &^= ReplySkip | pushing
	return f&(ReplyOff|ReplySkip) != 0 && f&pushing == 0
}

// Pushing says of the reply to the present command that it is a push: it is sent whatever
// CLIENT REPLY says.
func (s *Session) Pushing() {
	if s.Flags&(ReplyOff|ReplySkip) != 0 {
		s.Flags |= pushing
	}
}

// admit checks and runs cmd.
func (s *Session) admit(cmd *call.Command) {
	l := s.loop
	if err := s.refuse(cmd); err != nil {
		s.reject(cmd, err)
		return
	}
	state := l.Gate.Load()
	if state&(gate.PauseAll|gate.PauseWrites) != 0 && s.pausedBy(cmd, state) {
		return
	}
	if s.Flags&InMulti != 0 && !cmd.Spec.Has(command.Undelayed) {
		s.Queue = append(s.Queue, cmd.Clone())
		l.out.Simple("QUEUED")
		return
	}
	s.Shown = state&gate.Monitored != 0
	s.run(cmd)
}

// refuse is the list of reasons not to run a command, in Valkey's order.
func (s *Session) refuse(cmd *call.Command) *resp.Error {
	spec := cmd.Spec
	if s.Flags&Unauthenticated != 0 && (spec == nil || !spec.Has(command.NoAuth)) {
		return resp.ErrNoAuth
	}
	if err := malformed(cmd); err != nil {
		return err
	}
	if spec.Guarded() && !s.loop.Node.MayDebug(s) {
		return resp.DebugNotAllowed(spec.FullName())
	}
	if s.Flags&InMulti != 0 && spec.Has(command.NoMulti) {
		return resp.NotInMulti(spec.FullName())
	}
	switch state := s.loop.Gate.Load(); {
	case state&gate.DiskError != 0 && (spec.Has(command.Probe) || s.some(cmd, command.Write)):
		return resp.ErrMisconfRDB
	case s.Flags&Subscribed != 0 && s.Proto == 2 && !spec.Has(command.Listening):
		return resp.SubscribedOnly(spec.FullName())
	case state&gate.Loading != 0 && !s.all(cmd, command.Loading):
		return resp.ErrLoading
	case state&gate.Busy != 0 && !spec.Has(command.AllowBusy):
		return resp.ErrBusyScript
	case s.Flags&Monitor != 0 && s.some(cmd, command.Write|command.ReadOnly|command.MayReplicate):
		return resp.ErrMonitors
	}
	return nil
}

// some reports whether cmd, or a command that it executes, has one of the flags. Scripts are
// asked when they run.
func (s *Session) some(cmd *call.Command, flags command.Flag) bool {
	if cmd.Spec.Has(command.Executes) {
		for i := range s.Queue {
			if s.Queue[i].Spec.Flags&flags != 0 {
				return true
			}
		}
	}
	return cmd.Spec.Flags&flags != 0
}

// all reports whether cmd has a flag, and every command that it executes.
func (s *Session) all(cmd *call.Command, flag command.Flag) bool {
	if cmd.Spec.Has(command.Executes) {
		for i := range s.Queue {
			if !s.Queue[i].Spec.Has(flag) {
				return false
			}
		}
	}
	return cmd.Spec.Has(flag)
}

// malformed reports an unknown command or a wrong number of arguments.
func malformed(cmd *call.Command) *resp.Error {
	spec := cmd.Spec
	switch {
	case spec == nil:
		return resp.UnknownCommand(cmd.Args)
	case len(spec.Subs) > 0 && len(cmd.Args) > 1:
		if spec.Subs[0].Inner() {
			return resp.UnknownSubcommandArity(spec.Name, cmd.Args[1])
		}
		return resp.UnknownSubcommand(spec.Name, cmd.Args[1])
	case spec.Inner() && !spec.ArityOK(len(cmd.Args)):
		return resp.UnknownSubcommandArity(spec.Parent().Name, cmd.Args[1])
	case len(spec.Subs) > 0 && spec.Arity != -1 || !spec.ArityOK(len(cmd.Args)):
		return resp.WrongArity(spec.FullName())
	}
	return nil
}

// reject answers with an error; a transaction that is being queued will abort. EXEC that
// is refused is the end of its transaction.
func (s *Session) reject(cmd *call.Command, err *resp.Error) {
	if cmd.Spec == nil && foreign(cmd.Args[0]) {
		s.hangUp()
		return
	}
	if s.Flags&InMulti != 0 {
		s.Flags |= DirtyExec
	}
	s.loop.Counters.Rejected.Inc()
	exec := cmd.Spec != nil && cmd.Spec.Has(command.Executes)
	if exec {
		err = resp.ExecAbortBecause(strings.TrimPrefix(err.Text, "ERR "))
	}
	s.loop.Run.Refused(cmd, err.Text)
	writeError(&s.loop.out, err)
	if exec {
		s.Discard()
		s.Unwatch()
	}
}

func writeError(out *resp.Writer, err error) {
	if e, ok := err.(*resp.Error); ok {
		out.Error(e)
		return
	}
	out.Error(resp.Errorf("ERR %s", err))
}

// pausedBy keeps a command that CLIENT PAUSE holds back; the session goes on with it
// when the pause is over.
func (s *Session) pausedBy(cmd *call.Command, state gate.State) bool {
	run := s.loop.Run
	held := run.MayWrite(cmd)
	if cmd.Spec.Has(command.Executes) {
		for i := range s.Queue {
			held = held || run.MayWrite(&s.Queue[i])
		}
	}
	if !held && state&gate.PauseAll == 0 { // else even CLIENT UNPAUSE waits, as in Valkey
		return false
	}
	own := cmd.Clone()
	s.pending = &own
	s.loop.postpone(s)
	return true
}

// postpone lists a session whose command a pause holds back. Those that are gone by now
// leave the list when it would grow to twice the number of sessions.
func (l *Loop) postpone(s *Session) {
	if len(l.paused) >= 2*l.count+leastPaused {
		l.paused = slices.DeleteFunc(l.paused, func(s *Session) bool { return s.pending == nil })
	}
	l.paused = append(l.paused, s)
}

const leastPaused = 16

// Unpaused goes on with every session that a pause held back.
func (l *Loop) Unpaused() {
	list := l.paused
	l.paused = nil
	for _, s := range list {
		cmd := s.pending
		if cmd == nil || s.closed {
			continue
		}
		s.pending = nil
		one := [1]call.Command{*cmd}
		l.Run.Prepare(one[:], s.DB)
		l.out.Proto, l.out.Most = s.Proto, s.mostOut()
		s.checkedStep(&one[0]) // it was counted when it came
		l.Run.Lap()
		s.resume()
	}
}
