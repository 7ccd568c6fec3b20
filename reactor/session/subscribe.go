package session

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/reactor/gate"
)

// takeMessages takes in what was published before the session's next command, so that it stands
// before the reply. False: the session has ended by that.
func (s *Session) takeMessages() bool {
	l := s.loop
	l.taking = s
	l.Local.DeliverAll()
	l.taking = nil
	return !s.closed && s.Flags&CloseAfterReply == 0
}

// subscriptionBytes is what a subscription takes besides its name: entries of the session's, the loop's and
// the node's tables.
const subscriptionBytes = 700

// Subscribe adds a channel; one that is there already changes nothing. The sets of a
// session and the loop's own always agree.
func (s *Session) Subscribe(channel string) {
	if _, there := s.Subs.Channels[channel]; there {
		return
	}
	if s.Subs.Channels == nil {
		s.Subs.Channels = map[string]struct{}{}
	}
	s.Subs.Channels[channel] = struct{}{}
	s.Subs.bytes += subscriptionBytes + len(channel)
	s.loop.Local.Subscribe(channel, s)
	s.Flags |= Subscribed
}

// PSubscribe does the same for a pattern.
func (s *Session) PSubscribe(pattern string) {
	if _, there := s.Subs.Patterns[pattern]; there {
		return
	}
	if s.Subs.Patterns == nil {
		s.Subs.Patterns = map[string]struct{}{}
	}
	s.Subs.Patterns[pattern] = struct{}{}
	s.Subs.bytes += subscriptionBytes + len(pattern)
	s.loop.Local.PSubscribe(pattern, s)
	s.Flags |= Subscribed
}

// Unsubscribe removes a channel if it is there.
func (s *Session) Unsubscribe(channel string) {
	if _, there := s.Subs.Channels[channel]; !there {
		return
	}
	delete(s.Subs.Channels, channel)
	s.Subs.bytes -= subscriptionBytes + len(channel)
	s.loop.Local.Unsubscribe(channel, s)
	s.subscriptionEnded()
}

// PUnsubscribe removes a pattern if it is there.
func (s *Session) PUnsubscribe(pattern string) {
	if _, there := s.Subs.Patterns[pattern]; !there {
		return
	}
	delete(s.Subs.Patterns, pattern)
	s.Subs.bytes -= subscriptionBytes + len(pattern)
	s.loop.Local.PUnsubscribe(pattern, s)
	s.subscriptionEnded()
}

func (s *Session) subscriptionEnded() {
	if s.Subs.Count() == 0 {
		s.Flags &^= Subscribed
	}
}

// Monitor makes the session a reader of every command.
func (s *Session) Monitor() {
	if s.Flags&Monitor != 0 {
		return
	}
	s.Flags |= Monitor
	s.loop.Local.Monitor(s)
	s.loop.Gate.Set(gate.Monitored)
}

// unmonitor ends that. The gate is opened by the last reader; should another one come
// at the same moment, it is the one to set it again.
func (s *Session) unmonitor() {
	if s.Flags&Monitor == 0 {
		return
	}
	s.Flags &^= Monitor
	if s.loop.Local.Unmonitor(s) == 0 {
		s.loop.Gate.Clear(gate.Monitored)
		if s.loop.Local.Hub().Monitors() > 0 {
			s.loop.Gate.Set(gate.Monitored)
		}
	}
}

// leaveHub ends all subscriptions.
func (s *Session) leaveHub() {
	for channel := range sim.Walk(s.Subs.Channels, strings.Compare) {
		s.Unsubscribe(channel)
	}
	for pattern := range sim.Walk(s.Subs.Patterns, strings.Compare) {
		s.PUnsubscribe(pattern)
	}
	s.unmonitor()
}

// Reset takes back what commands have changed about the session (RESET).
func (s *Session) Reset() {
	s.Discard()
	s.leaveHub()
	s.Unwatch()
	s.Proto, s.DB, s.Name = 2, 0, ""
	s.Flags &^= ReplyOff | ReplySkipNext // a SKIP that was asked for is for the reply to this
	s.NoTouch, s.Info.NoEvict, s.Info.ReadOnly = false, false, false
	if s.loop.Node.Password() != "" {
		s.Flags |= Unauthenticated
	}
}
