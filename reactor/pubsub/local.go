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
	frames   [2]resp.Writer // scratch: the message under way in RESP2 and RESP3
}

func newLocal(h *Hub, loop int) *Local {
	return &Local{hub: h, loop: loop, wake: func() {},
		channels: map[string]map[Subscriber]struct{}{}, patterns: map[string]map[Subscriber]struct{}{}}
}

func (l *Local) notify() {
	if !l.pending.Swap(true) {
		l.wake()
	}
}

// Subscribe and its like add and remove one subscriber; the caller knows that it is
// not there, or is there.
func (l *Local) Subscribe(channel string, s Subscriber) {
	add(l.channels, channel, s)
	l.hub.adjust(l.loop, channel, 1)
}

func (l *Local) Unsubscribe(channel string, s Subscriber) {
	remove(l.channels, channel, s)
	l.hub.adjust(l.loop, channel, -1)
}

func (l *Local) PSubscribe(pattern string, s Subscriber) {
	add(l.patterns, pattern, s)
	l.hub.adjustPattern(l.loop, pattern, 1)
}

func (l *Local) PUnsubscribe(pattern string, s Subscriber) {
	remove(l.patterns, pattern, s)
	l.hub.adjustPattern(l.loop, pattern, -1)
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
	l.takeOthers(nil)
}

// takeOthers takes in the messages of every partition but skip.
func (l *Local) takeOthers(skip *partition) {
	for i := range l.hub.parts {
		if p := &l.hub.parts[i]; p != skip {
			l.takeFrom(p)
		}
	}
}

func (l *Local) takeFrom(p *partition) {
	ring := p.rings[l.loop]
	for m := ring.Pop(); m != nil; m = ring.Pop() {
		l.deliver(m)
	}
}

func (l *Local) deliver(m *Message) {
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
