package session

import "sigrun/protocol/call"

// visit runs a command that looks at shards one after another (SCAN), with one token at
// a time. Where a token is not to be had it ends early, which such commands may; for
// the first shard it waits like any other command.
func (p *pipeline) visit(cmd *call.Command) {
	s, l := p.s, p.s.loop
	if !l.Dispatcher.Try(int(cmd.Shard)) {
		p.contended(cmd)
		return
	}
	var v call.Visit
	verdict := p.visitOne(cmd, &v)
	for verdict.Outcome == call.NextShard {
		one := *cmd
		one.Slot = v.Slot
		one.Shard = int32(l.Run.Owner(v.Slot))
		if !l.Dispatcher.Try(int(one.Shard)) {
			v.Stop = true
			one.Shard = call.NoShard
			l.visit = &v
			verdict = l.Run.Run(&one, &s.Client, &l.out.Writer, &noTokens, s)
			l.visit = nil
			break
		}
		if verdict = p.visitOne(&one, &v); verdict.Outcome == call.Moved {
			verdict.Outcome = call.NextShard // the slot moved meanwhile: ask again whose it is
		}
	}
	p.follow(cmd, verdict)
}

// visitOne runs cmd at its shard, whose token was taken, and releases it.
func (p *pipeline) visitOne(cmd *call.Command, v *call.Visit) call.Verdict {
	s, l := p.s, p.s.loop
	l.visit = v
	verdict := l.Run.Run(cmd, &s.Client, &l.out.Writer, nil, s)
	l.visit = nil
	s.saw(verdict.Seq)
	l.Dispatcher.Release(int(cmd.Shard), l.by)
	return verdict
}
