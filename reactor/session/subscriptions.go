package session

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/reactor/admission"
	"sigrun/reactor/gate"
	"sigrun/reactor/pubsub"
)

// Subscriptions are one session's; the sets are made when first used. They and the loop's own always agree.
type Subscriptions struct {
	Channels [pubsub.Spaces]map[string]struct{}
	Patterns map[string]struct{}
	bytes    int
	s        *Session
}

// subscriptionBytes is what a subscription takes besides its name: entries of the session's, the loop's and
// the node's tables (pubsub.TestSubscriptionsAreSmall).
const subscriptionBytes = 180

// Count is the number of channels and patterns of a space, as SUBSCRIBE or SSUBSCRIBE reports it.
func (x *Subscriptions) Count(in pubsub.Space) int {
	if in == pubsub.Sharded {
		return len(x.Channels[in])
	}
	return len(x.Channels[in]) + len(x.Patterns)
}

// Any reports whether there is one.
func (x *Subscriptions) Any() bool {
	return len(x.Channels[pubsub.Global])+len(x.Patterns)+len(x.Channels[pubsub.Sharded]) > 0
}

// Subscribe adds a channel; one that is there already changes nothing.
func (x *Subscriptions) Subscribe(in pubsub.Space, channel string) {
	if x.enter(&x.Channels[in], channel) {
		x.s.loop.Local.Subscribe(in, channel, x.s)
		x.s.Flags |= admission.Subscribed
	}
}

// PSubscribe does the same for a pattern.
func (x *Subscriptions) PSubscribe(pattern string) {
	if x.enter(&x.Patterns, pattern) {
		x.s.loop.Local.PSubscribe(pattern, x.s)
		x.s.Flags |= admission.Subscribed
	}
}

// Unsubscribe removes a channel if it is there.
func (x *Subscriptions) Unsubscribe(in pubsub.Space, channel string) {
	if x.strike(x.Channels[in], channel) {
		x.s.loop.Local.Unsubscribe(in, channel, x.s)
		x.ended()
	}
}

// PUnsubscribe removes a pattern if it is there.
func (x *Subscriptions) PUnsubscribe(pattern string) {
	if x.strike(x.Patterns, pattern) {
		x.s.loop.Local.PUnsubscribe(pattern, x.s)
		x.ended()
	}
}

// enter adds a name to a set; false: it was there.
func (x *Subscriptions) enter(set *map[string]struct{}, name string) bool {
	if _, there := (*set)[name]; there {
		return false
	}
	if *set == nil {
		*set = map[string]struct{}{}
	}
	(*set)[name] = struct{}{}
	x.bytes += subscriptionBytes + len(name)
	return true
}

// strike removes a name from a set; false: it was not there.
func (x *Subscriptions) strike(set map[string]struct{}, name string) bool {
	if _, there := set[name]; !there {
		return false
	}
	delete(set, name)
	x.bytes -= subscriptionBytes + len(name)
	return true
}

func (x *Subscriptions) ended() {
	if !x.Any() {
		x.s.Flags &^= admission.Subscribed
	}
}

// Monitor makes the session a reader of every command.
func (x *Subscriptions) Monitor() {
	s := x.s
	if s.Flags&admission.Monitor != 0 {
		return
	}
	s.Flags |= admission.Monitor
	s.loop.Local.Monitor(s)
	s.loop.Gate.Set(gate.Monitored)
}

// unmonitor ends that. The gate is opened by the last reader.
func (x *Subscriptions) unmonitor() {
	s := x.s
	if s.Flags&admission.Monitor == 0 {
		return
	}
	s.Flags &^= admission.Monitor
	if s.loop.Local.Unmonitor(s) == 0 {
		unmonitored(s.loop.Gate, s.loop.Local.Hub().Monitors)
	}
}

// unmonitored opens the gate behind the last reader, unless another one has come at the same moment; he may have gone again, and opened it, before it was
// closed for him.
func unmonitored(g *gate.Gate, readers func() int) {
	for {
		g.Clear(gate.Monitored)
		if readers() == 0 {
			return
		}
		g.Set(gate.Monitored)
		if readers() > 0 {
			return
		}
	}
}

// endAll ends all of them.
func (x *Subscriptions) endAll() {
	for in := range x.Channels {
		for channel := range sim.Walk(x.Channels[in], strings.Compare) {
			x.Unsubscribe(pubsub.Space(in), channel)
		}
	}
	for pattern := range sim.Walk(x.Patterns, strings.Compare) {
		x.PUnsubscribe(pattern)
	}
	x.unmonitor()
}
