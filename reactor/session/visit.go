package session

import (
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
)

// visit runs a command that looks at shards one after another (SCAN), with one token at
// a time. Where a token is not to be had it ends early, which such commands may; for
// the first shard it waits like any other command.
func (s *Session) visit(cmd *call.Command) {
	l := s.loop
	if !l.Dispatcher.Try(int(cmd.Shard)) {
		s.contended(cmd)
		return
	}
	var v call.Visit
	verdict := s.visitOne(cmd, &v)
	for verdict.Outcome == call.NextShard {
		one := *cmd
		one.Slot = v.Slot
		one.Shard = int32(l.Run.Owner(v.Slot))
		if !l.Dispatcher.Try(int(one.Shard)) {
			v.Stop = true
			one.Shard = call.NoShard
			l.visit = &v
			verdict = l.Run.Run(&one, &s.Client, &l.out, &noTokens, s)
			l.visit = nil
			break
		}
		if verdict = s.visitOne(&one, &v); verdict.Outcome == call.Moved {
			verdict.Outcome = call.NextShard // the slot moved meanwhile: ask again whose it is
		}
	}
	s.follow(cmd, verdict)
}

// visitOne runs cmd at its shard, whose token was taken, and releases it.
func (s *Session) visitOne(cmd *call.Command, v *call.Visit) call.Verdict {
	l := s.loop
	l.visit = v
	verdict := l.Run.Run(cmd, &s.Client, &l.out, nil, s)
	l.visit = nil
	l.Dispatcher.Release(int(cmd.Shard), l.Run)
	return verdict
}

// Visit is the walk over shards that is under way (call.Caller).
func (s *Session) Visit() *call.Visit { return s.loop.visit }

// TakeBlock gives away the block of an argument of the running command (call.Caller).
func (s *Session) TakeBlock(arg int) (b offheap.Block, n int, ok bool) {
	if s.loop.Large == nil {
		return offheap.Block{}, 0, false
	}
	return s.loop.Large.TakeBlock(arg)
}
