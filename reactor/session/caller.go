package session

import (
	"sigrun/internal/offheap"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// What a command that runs asks of the connection that sent it (sender).

// Detach makes the call of a command that has to wait in its shards.
func (s *Session) Detach() *call.Call { return s.pipe.detach(s.loop.running) }

// Visit is the walk over shards that is under way.
func (s *Session) Visit() *call.Visit { return s.loop.visit }

// TakeBlock gives away the block of an argument of the running command.
func (s *Session) TakeBlock(arg int) (b offheap.Block, n int, ok bool) {
	if s.loop.Large == nil {
		return offheap.Block{}, 0, false
	}
	return s.loop.Large.TakeBlock(arg)
}

// RunHere runs a command of the session or of control that stands in a transaction. On the loop it runs at once; on an executor
// it is sent to the loop, which is free, and waited for.
func (s *Session) RunHere(cmd *call.Command, out *resp.Writer) {
	l := s.loop
	if cmd.Spec.Place == command.OnControl {
		c := &call.Call{Client: &s.Client, Loop: -1, From: s}
		c.Command = *cmd
		c.Out.Proto = out.Proto
		l.Node.ControlHeld(c, &s.pipe.away.Set)
		out.Raw(c.Out.B)
		return
	}
	if s.Tx.here {
		s.Tx.run(cmd, out)
		return
	}
	done := make(chan struct{})
	reply := resp.Writer{Proto: out.Proto}
	l.Post(func() {
		l.Run.Lap() // the loop may have rested since the last one
		s.Tx.run(cmd, &reply)
		l.Run.Lap() // and may rest now
		close(done)
	})
	if sim.Either("waits for its loop", done, l.Ended) == 1 {
		out.ErrorText("ERR the server is shutting down")
		return
	}
	out.Raw(reply.B)
	out.Proto = reply.Proto
}
