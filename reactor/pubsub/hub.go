// Package pubsub carries messages from publishers to the loops whose sessions have
// subscribed. Channels are divided among partitions, each with a token of its own and
// a ring to every loop: all messages of one channel go the same way, so that their
// order is the same for everybody, whoever publishes on which loop. A loop keeps its
// own subscribers (Local); a partition only knows how many each loop has.
//
// A ring never grows. A publisher that finds one full wakes that loop and waits,
// taking in the messages for its own loop meanwhile, so that two full loops cannot
// wait for each other.
package pubsub

import (
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/actors"
)

// Message is one published message on its way to a loop. It is read only.
type Message struct {
	Channel, Payload []byte
}

// Matcher decides whether a channel matches a pattern.
type Matcher func(pattern, s []byte, nocase bool) bool

const partitions = 16

// Hub is one node's publish/subscribe.
type Hub struct {
	seed     maphash.Seed
	match    Matcher
	parts    [partitions]partition
	patterns atomic.Pointer[[]pattern] // copied on write, under patternMu
	mu       sync.Mutex                // guards changes of patterns
	locals   []*Local

	Published atomic.Uint64
}

// partition is the channels of one token. Its holder is the producer of its rings.
type partition struct {
	token    sync.Mutex
	channels map[string]*interest
	rings    []*actors.Ring[Message] // by loop
}

// interest counts the subscribers of a channel or pattern by loop.
type interest struct {
	loops []int
	total int
}

type pattern struct {
	text string
	interest
}

// NewHub makes a hub for loops whose wake function is set later by Attach.
func NewHub(loops, ringSize int, match Matcher) *Hub {
	h := &Hub{seed: maphash.MakeSeed(), match: match, locals: make([]*Local, loops)}
	h.patterns.Store(&[]pattern{})
	for i := range h.parts {
		p := &h.parts[i]
		p.channels = map[string]*interest{}
		p.rings = make([]*actors.Ring[Message], loops)
		for l := range p.rings {
			p.rings[l] = actors.NewRing[Message](ringSize)
		}
	}
	for l := range h.locals {
		h.locals[l] = newLocal(h, l)
	}
	return h
}

// Attach sets how loop is woken to take its messages in.
func (h *Hub) Attach(loop int, wake func()) { h.locals[loop].wake = wake }

// Local is loop's own side.
func (h *Hub) Local(loop int) *Local { return h.locals[loop] }

func (h *Hub) partition(channel []byte) *partition {
	return &h.parts[maphash.Bytes(h.seed, channel)%partitions]
}

// Publish sends payload to everybody subscribed to channel and returns how many that
// are. loop is the caller's loop, -1 for other goroutines. The arguments are copied.
func (h *Hub) Publish(loop int, channel, payload []byte) int {
	h.Published.Add(1)
	p := h.partition(channel)
	p.token.Lock()
	defer p.token.Unlock()
	patterns := *h.patterns.Load()
	var m *Message
	total := 0
	for l := range p.rings {
		n := h.receivers(p, patterns, l, channel)
		if n == 0 {
			continue
		}
		total += n
		if m == nil {
			m = &Message{append([]byte(nil), channel...), append([]byte(nil), payload...)}
		}
		h.push(p, l, loop, m)
	}
	return total
}

// receivers counts the sessions of one loop that channel reaches.
func (h *Hub) receivers(p *partition, patterns []pattern, loop int, channel []byte) int {
	n := 0
	if in := p.channels[string(channel)]; in != nil {
		n = in.loops[loop]
	}
	for i := range patterns {
		if c := patterns[i].loops[loop]; c > 0 && h.match([]byte(patterns[i].text), channel, false) {
			n += c
		}
	}
	return n
}

// push puts m into loop's ring. from is the caller's own loop, which takes in its own
// messages while it waits.
func (h *Hub) push(p *partition, loop, from int, m *Message) {
	for spins := 0; !p.rings[loop].Push(m); spins++ {
		if loop == from {
			h.locals[from].takeFrom(p)
			continue
		}
		h.locals[loop].notify()
		if from >= 0 {
			h.locals[from].takeOthers(p)
		}
		if spins < 64 {
			runtime.Gosched()
		} else {
			time.Sleep(20 * time.Microsecond)
		}
	}
	if loop == from {
		h.locals[loop].pending.Store(true)
		return
	}
	h.locals[loop].notify()
}

// Channels lists the channels with subscribers that match pattern (nil: all).
func (h *Hub) Channels(pattern []byte) (names []string) {
	for i := range h.parts {
		p := &h.parts[i]
		p.token.Lock()
		for name := range p.channels {
			if pattern == nil || h.match(pattern, []byte(name), false) {
				names = append(names, name)
			}
		}
		p.token.Unlock()
	}
	return names
}

// Subscribers counts the subscribers of one channel.
func (h *Hub) Subscribers(channel []byte) int {
	p := h.partition(channel)
	p.token.Lock()
	defer p.token.Unlock()
	if in := p.channels[string(channel)]; in != nil {
		return in.total
	}
	return 0
}

// Patterns counts the patterns that anybody has subscribed to.
func (h *Hub) Patterns() int { return len(*h.patterns.Load()) }

// adjust changes the number of subscribers that loop has on a channel.
func (h *Hub) adjust(loop int, channel string, by int) {
	p := h.partition([]byte(channel))
	p.token.Lock()
	defer p.token.Unlock()
	in := p.channels[channel]
	if in == nil {
		in = &interest{loops: make([]int, len(p.rings))}
		p.channels[channel] = in
	}
	in.loops[loop] += by
	if in.total += by; in.total == 0 {
		delete(p.channels, channel)
	}
}

// adjustPattern does the same for a pattern; readers see the old list or the new one.
func (h *Hub) adjustPattern(loop int, text string, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := *h.patterns.Load()
	list := make([]pattern, 0, len(old)+1)
	found := false
	for _, p := range old {
		if p.text == text {
			found = true
			p.loops = append([]int(nil), p.loops...)
			p.loops[loop] += by
			if p.total += by; p.total == 0 {
				continue
			}
		}
		list = append(list, p)
	}
	if !found {
		p := pattern{text: text, interest: interest{loops: make([]int, len(h.locals)), total: by}}
		p.loops[loop] = by
		list = append(list, p)
	}
	h.patterns.Store(&list)
}
