package session

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/pubsub"
)

// Strand ends what the session waits for and listens to in slots that the node does not serve any more, which nobody would ever give it.
func (s *Session) Strand() {
	l := s.loop
	if s.Blocked() {
		one := [1]call.Command{s.Away().Command}
		if err := l.Run.Placed(one[:], &s.Client); err != nil {
			s.Cancel(func(out *resp.Writer) { out.Error(err) })
		}
	}
	for channel := range sim.Walk(s.Subs.Channels[pubsub.Sharded], strings.Compare) {
		if l.Run.Served(slot.Of([]byte(channel))) {
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
