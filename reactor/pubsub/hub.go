// Package pubsub carries messages from publishers to the loops whose sessions have
// subscribed. Channels are divided among partitions, each with a token of its own and
// a ring to every loop: all messages of one channel go the same way, so that their
// order is the same for everybody, whoever publishes on which loop. A loop keeps its
// own subscribers (Local); a partition only knows how many each loop has.
//
// A ring never grows. A publisher that finds one full wakes that loop and waits; while
// a loop waits, for room or for a partition's token, it spills the messages for itself
// from its rings to lists of its own, so that two full loops cannot wait for each other. It never delivers them
// there: delivery may end a session, which takes tokens. What is spilled is bounded, and whoever
// would have to get more than that is closed, as one that does not read.
//
// Whoever has its reply to PUBLISH before another message is published has its own come first to all who get both, whatever the channels:
// messages have numbers, which they are given before they come into a ring, and a loop takes them in by these.
//
// Who subscribes or unsubscribes does so between two messages: those that were published before,
// and counted it or not, are delivered first (deliverSpilled).
//
// There are two spaces of channels, which have nothing to do with each other: everybody's, and those that belong to slots as keys
// do (Sharded), which no pattern matches.
//
// One more partition carries the keyspace events, so that those of one key or command come
// in their order whatever their channels, one the lines of MONITOR, so that everybody
// who reads them sees the same sequence, and one what clients are told that hold keys in caches of their own.
package pubsub

import (
	"bytes"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dgryski/go-wyhash"

	"sigrun/actors"
	"sigrun/internal/account"
	"sigrun/internal/sim"
)

// Message is one published message on its way to a loop. It is read only. A line for
// MONITOR has no Channel and is sent as it is.
type Message struct {
	Channel, Payload []byte
	In               Space
	Clients          []uint64 // whom it is for: Payload is keys that were changed; everyClient: all are gone
	Broadcast        bool     // because of their prefix
	seq              uint64   // of all messages of the node, given before it comes into a ring
}

// Space is one of the two spaces of channels.
type Space uint8

const (
	Global  Space = iota // PUBLISH, SUBSCRIBE
	Sharded              // SPUBLISH, SSUBSCRIBE
	Spaces               // how many there are
)

// messageBytes is what a message takes besides its texts.
const messageBytes = 72

func (m *Message) bytes() int {
	return messageBytes + len(m.Channel) + len(m.Payload) + 8*len(m.Clients)
}

// Matcher decides whether a channel matches a pattern.
type Matcher func(pattern, s []byte, nocase bool) bool

const (
	partitions = 16
	events     = partitions // the partition of the channels of keyspace events
	monitors   = events + 1 // that of MONITOR
	changes    = events + 2 // that of changed keys
)

// Hub is one node's publish/subscribe.
type Hub struct {
	tracking // who is told of changed keys
	seed     uint64
	match    Matcher
	parts    [changes + 1]partition
	locals   []*Local

	// Whoever holds the token of any partition reads these; they change under all of them.
	patterns []*pattern
	byText   map[string]*pattern

	Published  atomic.Uint64
	seq        atomic.Uint64  // of the newest message
	Redirected account.Figure // bytes of messages that sessions hand on to others
	closed     atomic.Bool
	monitoring atomic.Int64
	matching   atomic.Int64 // patterns
}

// partition is the channels of one token. Its holder is the producer of its rings.
type partition struct {
	token    sim.Mutex
	channels [Spaces]map[string]interest
	rings    []*actors.Ring[Message] // by loop
	inRing   []atomic.Int64          // by loop, bytes; for a moment too few, or below 0
	spilled  [][]*Message            // by loop, its own: older than what is in its ring
	pushed   atomic.Uint64           // bytes that ever came into the rings
	share    account.Share           // tells of them
	names    [Spaces]atomic.Int64    // how many channels there are, for who has no token
	reached  []int32                 // scratch: by loop
}

// interest counts the subscribers of a channel or pattern by loop. Most have them on one loop alone.
type interest struct {
	total int32
	loop  int32   // of all of them, as long as loops is nil
	loops []int32 // by loop
}

// on is how many there are on a loop.
func (in *interest) on(loop int) int {
	switch {
	case in.loops != nil:
		return int(in.loops[loop])
	case int(in.loop) == loop:
		return int(in.total)
	}
	return 0
}

// count adds them to numbers by loop.
func (in *interest) count(by []int32) {
	if in.loops == nil {
		by[in.loop] += in.total
		return
	}
	for l, n := range in.loops {
		by[l] += n
	}
}

// add counts some more on one of so many loops.
func (in *interest) add(loop, by, loops int) {
	switch {
	case in.loops != nil:
		in.loops[loop] += int32(by)
	case in.total == 0:
		in.loop = int32(loop)
	case int(in.loop) != loop:
		in.loops = make([]int32, loops)
		in.loops[in.loop] = in.total
		in.loops[loop] = int32(by)
	}
	in.total += int32(by)
}

type pattern struct {
	text string
	at   int // in Hub.patterns
	interest
}

// NewHub makes a hub for loops whose wake function is set later by Attach.
func NewHub(loops, ringSize int, match Matcher) *Hub {
	h := &Hub{seed: sim.Uint64(), match: match, locals: make([]*Local, loops), byText: map[string]*pattern{}}
	for i := range h.parts {
		p := &h.parts[i]
		p.channels = [Spaces]map[string]interest{{}, {}}
		p.rings = make([]*actors.Ring[Message], loops)
		p.inRing = make([]atomic.Int64, loops)
		p.spilled = make([][]*Message, loops)
		p.reached = make([]int32, loops)
		for l := range p.rings {
			p.rings[l] = actors.NewRing[Message](ringSize)
		}
	}
	h.tracking.init(loops)
	for l := range h.locals {
		h.locals[l] = newLocal(h, l)
	}
	return h
}

// Attach sets how loop is woken to take its messages in.
func (h *Hub) Attach(loop int, wake func()) { h.locals[loop].wake = wake }

// Close says that loops come to their end: from now on nobody waits for room in their rings, and messages for which there is none
// are lost.
func (h *Hub) Close() { h.closed.Store(true) }

// Local is loop's own side.
func (h *Hub) Local(loop int) *Local { return h.locals[loop] }

// partition is where a channel belongs. Who can choose channels can make them meet in one
// partition and gains nothing: the maps in there are keyed.
func (h *Hub) partition(in Space, channel []byte) *partition {
	if in == Global && (bytes.HasPrefix(channel, keyspace) || bytes.HasPrefix(channel, keyevent)) {
		return &h.parts[events]
	}
	return &h.parts[wyhash.Hash(channel, h.seed)%partitions]
}

// The channels of keyspace events have names of their own, with the database behind.
var keyspace, keyevent = []byte("__keyspace@"), []byte("__keyevent@")

// lock takes the token of p. loop is the caller's loop, -1 for other goroutines. Its
// holder may wait for room in the rings of that very loop.
func (h *Hub) lock(p *partition, loop int) {
	for spins := 0; !p.token.TryLock(); spins++ {
		h.pause(loop, spins)
	}
}

// pause is a step of waiting.
func (h *Hub) pause(loop, spins int) {
	if loop >= 0 {
		h.locals[loop].Spill()
	}
	if spins < 64 {
		sim.Gosched()
	} else {
		sim.Sleep(20 * time.Microsecond)
	}
}

// Publish sends payload to everybody subscribed to channel and returns how many that
// are. loop is the caller's loop, -1 for other goroutines. The arguments are copied.
func (h *Hub) Publish(loop int, channel, payload []byte) int {
	return h.publish(loop, Global, channel, payload)
}

// PublishSharded does the same for a channel that belongs to a slot.
func (h *Hub) PublishSharded(loop int, channel, payload []byte) int {
	return h.publish(loop, Sharded, channel, payload)
}

func (h *Hub) publish(loop int, in Space, channel, payload []byte) int {
	h.Published.Add(1)
	p := h.partition(in, channel)
	h.lock(p, loop)
	defer p.token.Unlock()
	var m *Message
	total := 0
	for l, n := range h.receivers(p, in, channel) {
		if n == 0 {
			continue
		}
		total += int(n)
		if m == nil {
			m = &Message{Channel: append([]byte{}, channel...), Payload: append([]byte(nil), payload...), In: in, seq: h.seq.Add(1)}
		}
		h.push(p, l, loop, m)
	}
	return total
}

// Feed sends lines to every monitor, one behind the other. line is kept.
func (h *Hub) Feed(loop int, line []byte) {
	p := &h.parts[monitors]
	h.lock(p, loop)
	defer p.token.Unlock()
	in := p.channels[Global][""]
	if in.total == 0 {
		return
	}
	m := &Message{Payload: line, seq: h.seq.Add(1)}
	for l := range p.rings {
		if in.on(l) > 0 {
			h.push(p, l, loop, m)
		}
	}
}

// receivers counts, by loop, the sessions that channel reaches. Each pattern is looked at once, however many loops there are: others wait for the token.
func (h *Hub) receivers(p *partition, space Space, channel []byte) []int32 {
	clear(p.reached)
	if in, there := p.channels[space][string(channel)]; there {
		in.count(p.reached)
	}
	if space == Sharded {
		return p.reached
	}
	for _, like := range h.patterns {
		if h.match([]byte(like.text), channel, false) {
			like.count(p.reached)
		}
	}
	return p.reached
}

// mostInRing bounds the bytes of messages in a ring, as its size does their number. One has room always.
const mostInRing = 4 << 20

// take puts m into loop's ring if there is room.
func (p *partition) take(loop int, m *Message) bool {
	n := int64(m.bytes())
	if in := p.inRing[loop].Load(); in > 0 && in+n > mostInRing || !p.rings[loop].Push(m) {
		return false
	}
	p.inRing[loop].Add(n)
	return true
}

// pop takes the oldest message out of loop's ring, nil: there is none. Only the loop calls it.
func (p *partition) pop(loop int) *Message {
	m := p.rings[loop].Pop()
	if m != nil {
		p.inRing[loop].Add(-int64(m.bytes()))
	}
	return m
}

// push puts m into loop's ring. from is the caller's own loop.
func (h *Hub) push(p *partition, loop, from int, m *Message) {
	for spins := 0; !p.take(loop, m); spins++ {
		if h.closed.Load() { // the loop may have ended: nobody makes room
			return
		}
		if loop != from {
			h.locals[loop].notify()
		}
		h.pause(from, spins)
	}
	p.share.Note(int64(p.pushed.Add(uint64(m.bytes()))))
	if loop == from {
		h.locals[loop].pending.Store(true) // it looks at the end of its turn
		return
	}
	h.locals[loop].notify()
}

// Channels lists the channels of a space with subscribers that match pattern (nil: all). loop is
// the caller's, -1 for other goroutines, here and below.
func (h *Hub) Channels(loop int, in Space, pattern []byte) (names []string) {
	for i := range h.parts[:monitors] {
		p := &h.parts[i]
		h.lock(p, loop)
		for name := range sim.Walk(p.channels[in], strings.Compare) {
			if pattern == nil || h.match(pattern, []byte(name), false) {
				names = append(names, name)
			}
		}
		p.token.Unlock()
	}
	return names
}

// Subscribers counts the subscribers of one channel.
func (h *Hub) Subscribers(loop int, space Space, channel []byte) int {
	p := h.partition(space, channel)
	h.lock(p, loop)
	defer p.token.Unlock()
	return int(p.channels[space][string(channel)].total)
}

// Monitors counts the readers of MONITOR. It may be a moment old.
func (h *Hub) Monitors() int { return int(h.monitoring.Load()) }

// Patterns counts the patterns that anybody has subscribed to.
func (h *Hub) Patterns() int { return int(h.matching.Load()) }

// InTransit is how many bytes of messages are on their way to the loops.
func (h *Hub) InTransit() uint64 {
	var in, out uint64
	for _, l := range h.locals {
		out += l.taken.Load()
	}
	for i := range h.parts { // later, so that the difference is none below 0
		in += h.parts[i].pushed.Load()
	}
	return in - out + uint64(max(h.Redirected.Bytes(), 0))
}

// Join has an account know of that.
func (h *Hub) Join(a *account.Account) {
	h.Redirected.Join(a)
	for i := range h.parts {
		h.parts[i].share = a.Share()
	}
	for _, l := range h.locals {
		l.share = a.Share()
	}
}

// Named counts the channels of a space that anybody has subscribed to. It may be a moment old.
func (h *Hub) Named(in Space) (n int) {
	for i := range h.parts[:monitors] {
		n += int(h.parts[i].names[in].Load())
	}
	return n
}

// adjust changes the number of subscribers that loop has on a channel of p and returns
// how many there are then on all loops. What was published before is spilled afterwards.
func (h *Hub) adjust(p *partition, loop int, space Space, channel string, by int) int {
	h.lock(p, loop)
	defer p.token.Unlock()
	h.locals[loop].spill(p)
	in := p.channels[space][channel]
	if in.add(loop, by, len(p.rings)); in.total == 0 {
		delete(p.channels[space], channel)
	} else {
		p.channels[space][channel] = in
	}
	p.names[space].Store(int64(len(p.channels[space])))
	return int(in.total)
}

// adjustPattern does the same for a pattern, under the tokens of all partitions, since it
// may match any channel.
func (h *Hub) adjustPattern(loop int, text string, by int) {
	for i := range h.parts[:monitors] {
		p := &h.parts[i]
		h.lock(p, loop)
		defer p.token.Unlock()
		h.locals[loop].spill(p)
	}
	like := h.byText[text]
	if like == nil {
		like = &pattern{text: text, at: len(h.patterns)}
		h.byText[text], h.patterns = like, append(h.patterns, like)
	}
	if like.add(loop, by, len(h.locals)); like.total == 0 {
		last := len(h.patterns) - 1
		h.patterns[like.at], h.patterns[last].at = h.patterns[last], like.at
		h.patterns[last] = nil
		h.patterns = h.patterns[:last]
		delete(h.byText, text)
	}
	h.matching.Store(int64(len(h.patterns)))
}
