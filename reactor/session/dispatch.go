package session

import (
	"sigrun/internal/invariants"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/reactor/admission"
)

// dispatch takes the ways that are not the shortest one.
func (p *pipeline) dispatch(cmd *call.Command) {
	l := p.s.loop
	if cmd.Spec.Place == command.OnSession {
		p.here(cmd)
		return
	}
	l.Run.Lap()
	switch {
	case cmd.Spec.Place == command.OnControl:
		p.askControl(cmd)
	case cmd.Spec.Place == command.OnEachShard && cmd.Shard >= 0:
		p.visit(cmd)
	case cmd.Shard >= 0 && !cmd.Spec.Long:
		p.contended(cmd)
	case cmd.Shard == call.NoShard && !cmd.Spec.Long:
		p.withoutTokens(cmd)
	default:
		l.set = call.ShardSet{}
		l.Run.Route(cmd, &l.set)
		p.many(cmd)
	}
}

// askControl sends cmd to the control goroutine or, when it needs every token, to an executor.
func (p *pipeline) askControl(cmd *call.Command) {
	l := p.s.loop
	c := p.detach(cmd)
	if !cmd.Spec.AllTokens {
		l.Node.Control(c)
		return
	}
	l.Run.Route(cmd, &c.Set)
	c.Work = func() { l.Node.ControlHeld(c, &c.Set) }
	l.Dispatcher.Submit(c)
}

var noTokens call.ShardSet // read only: the set of a command that needs none

func (p *pipeline) withoutTokens(cmd *call.Command) {
	s, l := p.s, p.s.loop
	verdict := l.Run.Run(cmd, &s.Client, &l.out.Writer, &noTokens, s)
	p.follow(cmd, verdict)
}

// contended runs a single-key command whose token was not free at the first try.
func (p *pipeline) contended(cmd *call.Command) {
	s, l := p.s, p.s.loop
	shard := int(cmd.Shard)
	l.Heat[cmd.Slot].Add(1)
	if l.Dispatcher.TryHard(shard) {
		l.Run.Lap()
		verdict := l.Run.Run(cmd, &s.Client, &l.out.Writer, nil, s)
		l.Dispatcher.Release(shard, l.by)
		p.follow(cmd, verdict)
		return
	}
	if p.reorder != nil || l.Relaxed && p.plain(cmd) {
		p.overtake(cmd)
		return
	}
	c := p.detach(cmd)
	c.Set.Add(shard)
	l.Dispatcher.Post(l.ID, shard, c, l.by)
	p.awaited(false)
}

// many runs a command with the tokens of l.set.
func (p *pipeline) many(cmd *call.Command) {
	s, l := p.s, p.s.loop
	if l.set.Next(0) < 0 {
		if !cmd.Spec.Long {
			p.withoutTokens(cmd)
			return
		}
		l.set.Add(int(s.ID) % l.Dispatcher.Shards()) // a script without keys runs where it does not crowd
	}
	if !cmd.Spec.Long && l.Dispatcher.TryClaim(&l.set, l.by) {
		l.Run.Lap()
		verdict := call.Verdict{Outcome: call.Moved}
		if l.Run.Owned(cmd, &l.set) {
			verdict = l.Run.Run(cmd, &s.Client, &l.out.Writer, &l.set, s)
		}
		l.Dispatcher.ReleaseSet(&l.set, l.by)
		p.follow(cmd, verdict)
		return
	}
	p.submit(cmd, &l.set)
}

// submit sends cmd to an executor that will have the tokens of set.
func (p *pipeline) submit(cmd *call.Command, set *call.ShardSet) {
	l := p.s.loop
	if p.reorder != nil {
		c := p.reordered(cmd)
		c.Set = *set
		l.Dispatcher.Submit(c)
		return
	}
	c := p.detach(cmd)
	c.Set = *set
	p.awaited(l.Dispatcher.Submit(c))
}

// follow does what a verdict asks for.
func (p *pipeline) follow(cmd *call.Command, verdict call.Verdict) {
	s, l := p.s, p.s.loop
	switch verdict.Outcome {
	case call.Finished:
		s.saw(verdict.Seq)
	case call.Waiting:
		p.arm()
	case call.Moved:
		one := [1]call.Command{*cmd}
		l.Run.Prepare(one[:], s.DB)
		*cmd = one[0]
		p.dispatch(cmd)
	case call.NeedMore:
		l.set = *verdict.Want
		p.many(cmd)
	case call.Lasts:
		p.submit(cmd, verdict.Want)
	}
}

// here runs a command of the session.
func (p *pipeline) here(cmd *call.Command) {
	s, l := p.s, p.s.loop
	mark := l.out.Mark()
	since := l.Run.Began(cmd)
	l.taking = s
	executes := cmd.Spec.Has(command.Executes) && s.Flags&(admission.InMulti|admission.DirtyExec) == admission.InMulti
	err := l.Handlers[cmd.Spec.ID()](s, cmd, &l.out.Writer)
	l.taking = nil
	if s.Marks&call.Shown != 0 && !executes { // else it was shown behind what it executed
		l.Run.Show(cmd, &s.Client)
	}
	if err != nil {
		l.out.Rewind(mark)
		writeError(&l.out.Writer, err)
	}
	if p.away == nil { // else it counts when it has run
		l.Run.Book(cmd, &s.Client, since, l.out.B[mark:])
	}
	l.out.Proto = s.Proto
}

// detach makes a call of cmd, which the session waits for from now on.
func (p *pipeline) detach(cmd *call.Command) *call.Call {
	s := p.s
	invariants.Assert(p.reorder == nil, "a session waits for a call while others are to be reordered")
	c := p.call(cmd)
	p.away = c
	p.shown.db, p.shown.watched, p.shown.commands = s.DB, len(s.Watched()), s.Commands
	p.shown.watching, p.shown.watchBytes = s.Watching, s.Tx.watchBytes()
	return c
}

// call makes a call of cmd, with arguments of its own, that comes home to the session.
func (p *pipeline) call(cmd *call.Command) *call.Call {
	s := p.s
	c := &call.Call{Client: &s.Client, Loop: s.loop.ID, Owner: s, From: s}
	c.Out.Most = s.Out.Most()
	c.Adopt(cmd)
	c.Addressed()
	c.Sent = s.loop.Run.Stamp()
	return c
}
