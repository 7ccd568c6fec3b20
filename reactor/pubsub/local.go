package pubsub

import (
	"sync/atomic"

	"sigrun/protocol/resp"
)

// Subscriber is a session: Send queues bytes for it, Protocol is its RESP version.
type Subscriber interface {
	Send(b []byte)
	Protocol() uint8
}

// Local is the subscribers of one loop. Only the loop calls its methods.
type Local struct {
	hub      *Hub
	loop     int
	wake     func()
	pending  atomic.Bool
	channels map[string]map[Subscriber]struct{}
	patterns map[string]map[Subscriber]struct{}
	monitors map[Subscriber]struct{}
	frames   [2]resp.Writer // scratch: the message under way in RESP2 and RESP3
}

func newLocal(h *Hub, loop int) *Local {
	return &Local{hub: h, loop: loop, wake: func() {},
		channels: map[string]map[Subscriber]struct{}{}, patterns: map[string]map[Subscriber]struct{}{},
		monitors: map[Subscriber]struct{}{}}
}

func (l *Local) notify() {
	if !l.pending.Swap(true) {
		l.wake()
	}
}

// Hub is the hub that the loop belongs to.
func (l *Local) Hub() *Hub { return l.hub }

// Subscribe and its like add and remove one subscriber; the caller knows that it is
// not there, or is there.
func (l *Local) Subscribe(channel string, s Subscriber) {
	add(l.channels, channel, s)
	l.hub.adjust(l.hub.partition([]byte(channel)), l.loop, channel, 1)
}

func (l *Local) Unsubscribe(channel string, s Subscriber) {
	remove(l.channels, channel, s)
	l.hub.adjust(l.hub.partition([]byte(channel)), l.loop, channel, -1)
}

func (l *Local) PSubscribe(pattern string, s Subscriber) {
	add(l.patterns, pattern, s)
	l.hub.adjustPattern(l.loop, pattern, 1)
}

func (l *Local) PUnsubscribe(pattern string, s Subscriber) {
	remove(l.patterns, pattern, s)
	l.hub.adjustPattern(l.loop, pattern, -1)
}

// Monitor and Unmonitor add and remove a reader of MONITOR and return how many there
// are then on all loops.
func (l *Local) Monitor(s Subscriber) int {
	l.monitors[s] = struct{}{}
	l.hub.monitoring.Add(1)
	return l.hub.adjust(&l.hub.parts[monitors], l.loop, "", 1)
}

func (l *Local) Unmonitor(s Subscriber) int {
	delete(l.monitors, s)
	l.hub.monitoring.Add(-1)
	return l.hub.adjust(&l.hub.parts[monitors], l.loop, "", -1)
}

func add(m map[string]map[Subscriber]struct{}, name string, s Subscriber) {
	if m[name] == nil {
		m[name] = map[Subscriber]struct{}{}
	}
	m[name][s] = struct{}{}
}

func remove(m map[string]map[Subscriber]struct{}, name string, s Subscriber) {
	delete(m[name], s)
	if len(m[name]) == 0 {
		delete(m, name)
	}
}

// Waiting reports whether Deliver has something to do.
func (l *Local) Waiting() bool { return l.pending.Load() }

// Deliver takes in what was published to this loop.
func (l *Local) Deliver() {
	if !l.pending.Load() {
		return
	}
	l.pending.Store(false)
	for i := range l.hub.parts {
		p := &l.hub.parts[i]
		for m := l.next(p); m != nil; m = l.next(p) {
			l.deliver(m)
		}
	}
}

// next takes the oldest message of p for this loop. Delivering may put more aside.
func (l *Local) next(p *partition) *Message {
	old := p.aside[l.loop]
	if len(old) == 0 {
		return p.rings[l.loop].Pop()
	}
	m := old[0]
	old[0] = nil
	p.aside[l.loop] = old[1:]
	return m
}

// PutAside makes room in the loop's rings without delivering: the loop waits for
// somebody who may be waiting for that room.
func (l *Local) PutAside() {
	for i := range l.hub.parts {
		p := &l.hub.parts[i]
		ring := p.rings[l.loop]
		for m := ring.Pop(); m != nil; m = ring.Pop() {
			p.aside[l.loop] = append(p.aside[l.loop], m)
			l.notify()
		}
	}
}

func (l *Local) deliver(m *Message) {
	if m.Channel == nil {
		for s := range l.monitors {
			s.Send(m.Payload)
		}
		return
	}
	if set := l.channels[string(m.Channel)]; len(set) > 0 {
		l.send(set, func(w *resp.Writer) {
			w.Push(3)
			w.BulkString("message")
			w.Bulk(m.Channel)
			w.Bulk(m.Payload)
		})
	}
	for text, set := range l.patterns {
		if l.hub.match([]byte(text), m.Channel, false) {
			l.send(set, func(w *resp.Writer) {
				w.Push(4)
				w.BulkString("pmessage")
				w.BulkString(text)
				w.Bulk(m.Channel)
				w.Bulk(m.Payload)
			})
		}
	}
}

// send encodes a message once per protocol and queues it for every subscriber.
func (l *Local) send(set map[Subscriber]struct{}, encode func(*resp.Writer)) {
	for i := range l.frames {
		l.frames[i].Proto = uint8(2 + i)
		l.frames[i].Rewind(0)
		encode(&l.frames[i])
	}
	for s := range set {
		s.Send(l.frames[s.Protocol()-2].B)
	}
}
