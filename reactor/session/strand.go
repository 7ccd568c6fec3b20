package session

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/pubsub"
)

// Strand ends what the session waits for in slots that the node does not serve any more, which nobody would ever give it, and what it listens to in
// slots that have left: those that were given to a node, be it this one, or taken from it.
func (s *Session) Strand(left func(slot uint16) bool) {
	l := s.loop
	if s.Blocked() {
		if err := l.Run.Stranded(&s.Away().Command, &s.Client); err != nil {
			s.Cancel(func(out *resp.Writer) { out.Error(err) })
		}
	}
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
