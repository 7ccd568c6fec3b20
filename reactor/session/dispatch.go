package session

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// dispatch takes the ways that are not the shortest one.
func (s *Session) dispatch(cmd *call.Command) {
	l := s.loop
	if cmd.Spec.Place == command.OnSession {
		s.here(cmd)
		return
	}
	l.Run.Lap()
	switch {
	case cmd.Spec.Place == command.OnControl:
		s.askControl(cmd)
	case cmd.Spec.Place == command.OnEachShard && cmd.Shard >= 0:
		s.visit(cmd)
	case cmd.Shard >= 0 && !cmd.Spec.Long:
		s.contended(cmd)
	case cmd.Shard == call.NoShard && !cmd.Spec.Long:
		s.withoutTokens(cmd)
	default:
		l.set = call.ShardSet{}
		l.Run.Route(cmd, &l.set)
		s.many(cmd)
	}
}

// askControl sends cmd to the control goroutine or, when it needs every token, to an executor.
func (s *Session) askControl(cmd *call.Command) {
	l := s.loop
	c := s.leave(cmd)
	if !cmd.Spec.AllTokens {
		l.Node.Control(c)
		return
	}
	l.Run.Route(cmd, &c.Set)
	c.Work = func(call.Runner) { l.Node.ControlHeld(c, &c.Set) }
	l.Dispatcher.Submit(c)
}

var noTokens call.ShardSet // read only: the set of a command that needs none

func (s *Session) withoutTokens(cmd *call.Command) {
	l := s.loop
	verdict := l.Run.Run(cmd, &s.Client, &l.out, &noTokens, s)
	s.follow(cmd, verdict)
}

// contended runs a single-key command whose token was not free at the first try.
func (s *Session) contended(cmd *call.Command) {
	l := s.loop
	shard := int(cmd.Shard)
	l.Heat[cmd.Slot].Add(1)
	if l.Dispatcher.TryHard(shard) {
		l.Run.Lap()
		verdict := l.Run.Run(cmd, &s.Client, &l.out, nil, s)
		l.Dispatcher.Release(shard, l.Run)
		s.follow(cmd, verdict)
		return
	}
	if l.Relaxed && s.overtakable(cmd) {
		s.overtake(cmd)
		return
	}
	c := s.leave(cmd)
	c.Set.Add(shard)
	l.Dispatcher.Post(l.ID, shard, c, l.Run)
	s.awaited(false)
}

// many runs a command with the tokens of l.set.
func (s *Session) many(cmd *call.Command) {
	l := s.loop
	if l.set.Next(0) < 0 {
		if !cmd.Spec.Long {
			s.withoutTokens(cmd)
			return
		}
		l.set.Add(int(s.ID) % l.Dispatcher.Shards()) // a script without keys runs where it does not crowd
	}
	if !cmd.Spec.Long && l.Dispatcher.TryClaim(&l.set, l.Run) {
		l.Run.Lap()
		verdict := call.Verdict{Outcome: call.Moved}
		if l.Run.Owned(cmd, &l.set) {
			verdict = l.Run.Run(cmd, &s.Client, &l.out, &l.set, s)
		}
		l.Dispatcher.ReleaseSet(&l.set, l.Run)
		s.follow(cmd, verdict)
		return
	}
	c := s.leave(cmd)
	c.Set = l.set
	s.awaited(l.Dispatcher.Submit(c))
}

// follow does what a verdict asks for.
func (s *Session) follow(cmd *call.Command, verdict call.Verdict) {
	l := s.loop
	switch verdict.Outcome {
	case call.Finished:
		s.saw(verdict.Seq)
	case call.Waiting:
		s.armed()
	case call.Moved:
		one := [1]call.Command{*cmd}
		l.Run.Prepare(one[:], s.DB)
		*cmd = one[0]
		s.dispatch(cmd)
	case call.NeedMore:
		l.set = *verdict.Want
		s.many(cmd)
	case call.Lasts:
		c := s.leave(cmd)
		c.Set = *verdict.Want
		s.awaited(l.Dispatcher.Submit(c))
	}
}

// saw notes the newest commit that a reply may show.
func (s *Session) saw(seq uint64) {
	if seq > s.Seq {
		s.Seq = seq
	}
}

// here runs a command of the session.
func (s *Session) here(cmd *call.Command) {
	l := s.loop
	mark := l.out.Mark()
	since := l.Run.Began(cmd)
	l.taking = s
	executes := cmd.Spec.Has(command.Executes) && s.Flags&(InMulti|DirtyExec) == InMulti
	err := l.Handlers[cmd.Spec.ID()](s, cmd, &l.out)
	l.taking = nil
	if s.Shown && !executes { // else it was shown behind what it executed
		l.Run.Show(cmd, &s.Client)
	}
	if err != nil {
		l.out.Rewind(mark)
		writeError(&l.out, err)
	}
	if s.away == nil { // else it counts when it has run
		l.Run.Book(cmd, &s.Client, since, l.out.B[mark:])
	}
	l.out.Proto = s.Proto
}

// leave makes a call of cmd, which the session waits for from now on.
func (s *Session) leave(cmd *call.Command) *call.Call {
	c := &call.Call{Client: &s.Client, Home: s.loop.ID, Owner: s, From: s}
	c.Out.Most = s.mostOut()
	c.Adopt(cmd)
	c.Addressed()
	s.away = c
	s.shown.db, s.shown.watched, s.shown.commands = s.DB, len(s.Watched()), s.Commands
	s.shown.watching, s.shown.watchBytes = s.Watching, s.watchBytes()
	return c
}

// Wait has the client of the running command wait until a time, unix ms, 0 for ever, or CLIENT UNBLOCK, and then get what late
// writes. The handler replies nothing.
func (s *Session) Wait(deadline int64, late func(out *resp.Writer)) {
	c := s.Detach()
	c.Park(call.Block{Deadline: deadline, Late: late})
	c.SetState(call.Parked)
	s.armed()
}

// Detach makes the call of a command that has to wait in its shards (call.Caller).
func (s *Session) Detach() *call.Call {
	l := s.loop
	return s.leave(l.running)
}
