package pubsub

import (
	"cmp"
	"math"
	"strings"
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/protocol/resp"
)

// Subscriber is a session: Send queues a message for it, Show a line of MONITOR, Protocol is its RESP version, Overrun
// ends it, since messages for it are lost, Gone says that it has ended, Number is its own, and Invalidate tells it of changed keys, nil: all.
type Subscriber interface {
	Send(b []byte)
	Show(line []byte)
	Protocol() uint8
	Overrun()
	Gone() bool
	Number() uint64
	Invalidate(keys []byte, broadcast bool)
}

func inOrder(a, b Subscriber) int { return cmp.Compare(a.Number(), b.Number()) }

// mostSpilled bounds the bytes of messages that a loop spills while it waits.
const mostSpilled = 32 << 20

// Local is the subscribers of one loop. Only the loop calls its methods.
type Local struct {
	hub      *Hub
	loop     int
	wake     func()
	pending  atomic.Bool
	channels [Spaces]map[string]map[Subscriber]struct{}
	patterns map[string]map[Subscriber]struct{}
	monitors map[Subscriber]struct{}
	tracked  map[uint64]Subscriber // who is told of changed keys
	frames   [2]resp.Writer        // scratch: the message under way in RESP2 and RESP3

	spilled    int                     // bytes of it, of all partitions
	most       int                     // of them
	lost       map[Subscriber]struct{} // who misses a message that there was no room for
	delivering bool
	first      int           // the partition with which the next share begins
	taken      atomic.Uint64 // bytes that were ever delivered or lost
}

func newLocal(h *Hub, loop int) *Local {
	return &Local{hub: h, loop: loop, wake: func() {},
		channels: [Spaces]map[string]map[Subscriber]struct{}{{}, {}}, patterns: map[string]map[Subscriber]struct{}{},
		monitors: map[Subscriber]struct{}{}, tracked: map[uint64]Subscriber{}, lost: map[Subscriber]struct{}{}, most: mostSpilled}
}

func (l *Local) notify() {
	if !l.pending.Swap(true) {
		l.wake()
	}
}

// Hub is the hub that the loop belongs to.
func (l *Local) Hub() *Hub { return l.hub }

// Subscribe and its like add and remove one subscriber; the caller knows that it is
// not there, or is there, and holds no token.
func (l *Local) Subscribe(in Space, channel string, s Subscriber) {
	p := l.hub.partition(in, []byte(channel))
	l.hub.adjust(p, l.loop, in, channel, 1)
	l.deliverSpilled(p, s)
	add(l.channels[in], channel, s)
}

func (l *Local) Unsubscribe(in Space, channel string, s Subscriber) {
	p := l.hub.partition(in, []byte(channel))
	l.hub.adjust(p, l.loop, in, channel, -1)
	l.deliverSpilled(p, s)
	remove(l.channels[in], channel, s)
}

func (l *Local) PSubscribe(pattern string, s Subscriber) {
	l.hub.adjustPattern(l.loop, pattern, 1)
	l.deliverAllSpilled(s)
	add(l.patterns, pattern, s)
}

func (l *Local) PUnsubscribe(pattern string, s Subscriber) {
	l.hub.adjustPattern(l.loop, pattern, -1)
	l.deliverAllSpilled(s)
	remove(l.patterns, pattern, s)
}

// deliverSpilled delivers the messages of p that were spilled: after adjust all that are older than
// what s just did, and none that are younger. Nobody waits for those of a session that has
// ended, which may do so while others are being delivered.
func (l *Local) deliverSpilled(p *partition, s Subscriber) {
	if l.delivering || s.Gone() {
		return
	}
	l.delivering = true
	for len(p.spilled[l.loop]) > 0 {
		l.deliver(l.next(p))
	}
	l.delivering = false
}

func (l *Local) deliverAllSpilled(s Subscriber) {
	for i := range l.hub.parts[:monitors] {
		l.deliverSpilled(&l.hub.parts[i], s)
	}
}

// Monitor and Unmonitor add and remove a reader of MONITOR and return how many there
// are then on all loops. It begins and ends between two lines, as a subscription does.
func (l *Local) Monitor(s Subscriber) int {
	p := &l.hub.parts[monitors]
	l.hub.monitoring.Add(1)
	n := l.hub.adjust(p, l.loop, Global, "", 1)
	l.deliverSpilled(p, s)
	l.monitors[s] = struct{}{}
	return n
}

func (l *Local) Unmonitor(s Subscriber) int {
	p := &l.hub.parts[monitors]
	l.hub.monitoring.Add(-1)
	n := l.hub.adjust(p, l.loop, Global, "", -1)
	l.deliverSpilled(p, s)
	delete(l.monitors, s)
	return n
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

// share bounds what one Deliver sends: messages, each as often as there are receivers. One message goes to all of them.
const share = 1024

// Deliver takes in a share of what was published to this loop, and is Waiting afterwards if there is more.
func (l *Local) Deliver() { l.take(share) }

// DeliverAll takes in all that was published before it was called.
func (l *Local) DeliverAll() { l.take(math.MaxInt) }

// take goes on with the partition at which the last share ended, so that none waits for ever behind another.
func (l *Local) take(most int) {
	if l.delivering || !l.pending.Load() {
		return
	}
	l.pending.Store(false)
	l.delivering = true
	for s := range sim.Walk(l.lost, inOrder) {
		delete(l.lost, s)
		s.Overrun()
	}
	first := l.first
	for i := range l.hub.parts {
		at := (first + i) % len(l.hub.parts)
		p := &l.hub.parts[at]
		for there := len(p.spilled[l.loop]) + p.rings[l.loop].Len(); there > 0 && most > 0; there-- { // what comes meanwhile is for the next time
			m := l.next(p)
			if m == nil { // a subscription that ended by a message before had it delivered
				break
			}
			most -= l.deliver(m)
		}
		if most <= 0 {
			l.first = at
			l.pending.Store(true)
			break
		}
	}
	l.delivering = false
}

// next takes the oldest message of p for this loop. Delivering may spill more.
func (l *Local) next(p *partition) *Message {
	old := p.spilled[l.loop]
	if len(old) == 0 {
		return p.rings[l.loop].Pop()
	}
	m := old[0]
	old[0] = nil
	if p.spilled[l.loop] = old[1:]; len(old) == 1 {
		p.spilled[l.loop] = nil
	}
	l.spilled -= m.bytes()
	return m
}

// Spill makes room in the loop's rings without delivering: the loop waits for
// somebody who may be waiting for that room.
func (l *Local) Spill() {
	for i := range l.hub.parts {
		l.spill(&l.hub.parts[i])
	}
}

func (l *Local) spill(p *partition) {
	ring := p.rings[l.loop]
	for m := ring.Pop(); m != nil; m = ring.Pop() {
		if l.spilled >= l.most {
			l.lose(m)
		} else {
			p.spilled[l.loop] = append(p.spilled[l.loop], m)
			l.spilled += m.bytes()
		}
		l.notify()
	}
}

// lose drops a message and notes who misses it.
func (l *Local) lose(m *Message) {
	l.taken.Add(uint64(m.bytes()))
	note := func(set map[Subscriber]struct{}) {
		for s := range set { // in any order
			l.lost[s] = struct{}{}
		}
	}
	switch {
	case len(m.Clients) > 0 && m.forAll():
		for _, s := range l.tracked { // in any order
			l.lost[s] = struct{}{}
		}
		return
	case len(m.Clients) > 0:
		for _, id := range m.Clients {
			if s := l.tracked[id]; s != nil {
				l.lost[s] = struct{}{}
			}
		}
		return
	case m.Channel == nil:
		note(l.monitors)
		return
	}
	if note(l.channels[m.In][string(m.Channel)]); m.In == Sharded {
		return
	}
	for text, set := range l.patterns { // in any order
		if l.hub.match([]byte(text), m.Channel, false) {
			note(set)
		}
	}
}

// messageKinds are the words that messages begin with.
var messageKinds = [Spaces]string{"message", "smessage"}

// deliver returns the cost, in messages sent.
func (l *Local) deliver(m *Message) (cost int) {
	l.taken.Add(uint64(m.bytes()))
	if len(m.Clients) > 0 {
		return l.invalidate(m)
	}
	if m.Channel == nil {
		for s := range sim.Walk(l.monitors, inOrder) {
			s.Show(m.Payload)
		}
		return 1 + len(l.monitors)
	}
	cost = 1
	if set := l.channels[m.In][string(m.Channel)]; len(set) > 0 {
		cost += len(set)
		l.send(set, func(w *resp.Writer) {
			w.Push(3)
			w.BulkString(messageKinds[m.In])
			w.Bulk(m.Channel)
			w.Bulk(m.Payload)
		})
	}
	if m.In == Sharded {
		return cost
	}
	cost += len(l.patterns)
	for text, set := range sim.Walk(l.patterns, strings.Compare) {
		if l.hub.match([]byte(text), m.Channel, false) {
			cost += len(set)
			l.send(set, func(w *resp.Writer) {
				w.Push(4)
				w.BulkString("pmessage")
				w.BulkString(text)
				w.Bulk(m.Channel)
				w.Bulk(m.Payload)
			})
		}
	}
	return cost
}

// send encodes a message once per protocol and queues it for every subscriber.
func (l *Local) send(set map[Subscriber]struct{}, encode func(*resp.Writer)) {
	for i := range l.frames {
		l.frames[i].Proto = uint8(2 + i)
		l.frames[i].Rewind(0)
		encode(&l.frames[i])
	}
	for s := range sim.Walk(set, inOrder) {
		s.Send(l.frames[s.Protocol()-2].B)
	}
}
