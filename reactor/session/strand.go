package session

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/pubsub"
)

// Strand ends what the session waits for in slots that the node does not serve any more, which nobody would ever give it, and what it listens to in
// slots that have left: those that were given to a node, be it this one, or taken from it.
func (s *Session) Strand(left func(slot uint16) bool) {
	s.pipe.endStranded()
	for channel := range sim.Walk(s.Subs.Channels[pubsub.Sharded], strings.Compare) {
		if !left(slot.Of([]byte(channel))) {
			continue
		}
		s.Subs.Unsubscribe(pubsub.Sharded, channel)
		w := resp.Writer{Proto: s.Proto}
		w.Push(3)
		w.BulkString("sunsubscribe")
		w.BulkString(channel)
		w.Int(int64(s.Subs.Count(pubsub.Sharded)))
		s.Send(w.B)
	}
}

// endStranded ends a wait for keys that the node does not serve. Who is just being tried is looked at again when that is over.
func (p *pipeline) endStranded() {
	s := p.s
	if s.Blocked() {
		err := s.loop.Run.Stranded(&p.away.Command, &s.Client)
		if err == nil || s.Cancel(func(out *resp.Writer) { out.Error(err) }) {
			return
		}
	}
	if p.tried() {
		s.loop.waits.lookAgain(s)
	}
}

// tried reports whether somebody is just trying to serve what the session waits for. It may go on waiting.
func (p *pipeline) tried() bool {
	c := p.away
	return c != nil && c.State() == call.Running && c.WaitsFor() > 0
}

// Unblock ends what a session waits for. again: that is to be asked once more, since somebody is just trying to serve it.
func (l *Loop) Unblock(s *Session, reply func(c *call.Call, out *resp.Writer)) (ended, again bool) {
	if c := s.pipe.away; s.Blocked() && s.Cancel(func(out *resp.Writer) { reply(c, out) }) {
		return true, false
	}
	return false, s.pipe.tried()
}
