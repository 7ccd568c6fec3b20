package pubsub

import (
	"cmp"
	"math"
	"strings"
	"sync/atomic"

	"sigrun/internal/account"
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
	channels [Spaces]map[string]audience
	patterns map[string]audience
	monitors map[Subscriber]struct{}
	tracked  map[uint64]Subscriber // who is told of changed keys
	frames   [2]resp.Writer        // scratch: the message under way in RESP2 and RESP3

	spilled    int                     // bytes of it, of all partitions
	most       int                     // of them
	lost       map[Subscriber]struct{} // who misses a message that there was no room for
	delivering bool
	taken      atomic.Uint64 // bytes that were ever delivered or lost
	share      account.Share // tells of them
}

func newLocal(h *Hub, loop int) *Local {
	return &Local{hub: h, loop: loop, wake: func() {},
		channels: [Spaces]map[string]audience{{}, {}}, patterns: map[string]audience{},
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
	if spilled := p.spilled[l.loop]; len(spilled) > 0 {
		l.delivering = true
		l.merge(spilled[len(spilled)-1].seq, math.MaxInt)
		l.delivering = false
	}
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

// audience is the subscribers of a channel or pattern, of which most have one.
type audience struct {
	only Subscriber              // as long as there is one alone
	all  map[Subscriber]struct{} // nil: there is
}

func (a *audience) len() int {
	if a.only != nil {
		return 1
	}
	return len(a.all)
}

// each calls fn for all of them, in the order of their numbers where that is to be repeated.
func (a *audience) each(fn func(s Subscriber)) {
	if a.only != nil {
		fn(a.only)
		return
	}
	for s := range sim.Walk(a.all, inOrder) {
		fn(s)
	}
}

func add(m map[string]audience, name string, s Subscriber) {
	a := m[name]
	switch {
	case a.all != nil:
		a.all[s] = struct{}{}
		return
	case a.only == nil:
		a.only = s
	default:
		a = audience{all: map[Subscriber]struct{}{a.only: {}, s: {}}}
	}
	m[name] = a
}

func remove(m map[string]audience, name string, s Subscriber) {
	a := m[name]
	if delete(a.all, s); a.only == s || len(a.all) == 0 && a.only == nil {
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

// take takes in what has been given a number by now. What has one and is not in its ring yet is somebody's who has no reply yet.
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
	if l.merge(l.hub.seq.Load(), most) {
		l.pending.Store(true)
	}
	l.delivering = false
}

// merge delivers the messages of all partitions up to a number, by their numbers, and reports whether there are more of them, since it has sent as
// many as it may. A partition in which nothing was when it began is looked at the next time: what comes into it now is somebody's who had no reply.
func (l *Local) merge(upTo uint64, most int) (more bool) {
	var some [len(Hub{}.parts)]*partition
	n := 0
	for i := range l.hub.parts {
		if p := &l.hub.parts[i]; l.oldest(p) != nil {
			some[n] = p
			n++
		}
	}
	for n > 0 {
		from, least := -1, upTo+1
		for i := 0; i < n; i++ {
			m := l.oldest(some[i])
			if m == nil { // it was delivered, perhaps by what a message brought about
				n--
				some[i] = some[n]
				i--
			} else if m.seq < least {
				from, least = i, m.seq
			}
		}
		if from < 0 {
			return false
		}
		if most <= 0 {
			return true
		}
		most -= l.deliver(l.next(some[from]))
	}
	return false
}

// oldest is the message of p for this loop that next takes.
func (l *Local) oldest(p *partition) *Message {
	if old := p.spilled[l.loop]; len(old) > 0 {
		return old[0]
	}
	return p.rings[l.loop].Peek()
}

// next takes the oldest message of p for this loop. Delivering may spill more.
func (l *Local) next(p *partition) *Message {
	old := p.spilled[l.loop]
	if len(old) == 0 {
		return p.pop(l.loop)
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
	for m := p.pop(l.loop); m != nil; m = p.pop(l.loop) {
		if l.spilled >= l.most {
			l.lose(m)
		} else {
			p.spilled[l.loop] = append(p.spilled[l.loop], m)
			l.spilled += m.bytes()
		}
		l.notify()
	}
}

// took counts a message that is on its way no more.
func (l *Local) took(m *Message) { l.share.Note(-int64(l.taken.Add(uint64(m.bytes())))) }

// lose drops a message and notes who misses it.
func (l *Local) lose(m *Message) {
	l.took(m)
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
		for s := range l.monitors { // in any order
			l.lost[s] = struct{}{}
		}
		return
	}
	lost := func(s Subscriber) { l.lost[s] = struct{}{} }
	set := l.channels[m.In][string(m.Channel)]
	if set.each(lost); m.In == Sharded {
		return
	}
	for text, set := range l.patterns { // in any order
		if l.hub.match([]byte(text), m.Channel, false) {
			set.each(lost)
		}
	}
}

// messageKinds are the words that messages begin with.
var messageKinds = [Spaces]string{"message", "smessage"}

// deliver returns the cost, in messages sent.
func (l *Local) deliver(m *Message) (cost int) {
	l.took(m)
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
	if set, there := l.channels[m.In][string(m.Channel)]; there {
		cost += set.len()
		l.send(&set, func(w *resp.Writer) {
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
			cost += set.len()
			l.send(&set, func(w *resp.Writer) {
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
func (l *Local) send(set *audience, encode func(*resp.Writer)) {
	for i := range l.frames {
		l.frames[i].Proto = uint8(2 + i)
		l.frames[i].Rewind(0)
		encode(&l.frames[i])
	}
	set.each(func(s Subscriber) { s.Send(l.frames[s.Protocol()-2].B) })
}
