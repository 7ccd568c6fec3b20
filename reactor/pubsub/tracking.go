package pubsub

import (
	"strconv"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v3"

	"sigrun/internal/sim"
)

// Clients that hold keys in caches of their own are told of changes by the rings, too: by those of one partition, in their order. Such a
// session stays on its loop, as subscribers do.

// everyClient is Clients of a message for all of them, that all keys are gone.
var everyClient = []uint64{0}

func (m *Message) forAll() bool { return len(m.Clients) == 1 && m.Clients[0] == 0 }

// tracking knows where those clients are.
type tracking struct {
	at    *xsync.MapOf[uint64, int] // their loops
	count []atomic.Int64            // by loop
}

func (t *tracking) init(loops int) {
	t.at, t.count = xsync.NewMapOf[uint64, int](), make([]atomic.Int64, loops)
}

// Track has a session be told of changed keys, Untrack no more.
func (l *Local) Track(s Subscriber) {
	l.tracked[s.Number()] = s
	l.hub.count[l.loop].Add(1)
	l.hub.at.Store(s.Number(), l.loop)
}

func (l *Local) Untrack(s Subscriber) {
	l.hub.at.Delete(s.Number())
	l.hub.count[l.loop].Add(-1)
	delete(l.tracked, s.Number())
}

// Invalidate tells clients of changed keys; loop is the caller's, -1 for other goroutines. It goes to each loop once, for all of its clients.
func (h *Hub) Invalidate(loop int, clients []uint64, names [][]byte, broadcast bool) {
	var payload []byte
	seq := h.seq.Add(1)
	for to, here := range h.byLoop(clients) {
		if len(here) == 0 {
			continue
		}
		if payload == nil {
			payload = list(names)
		}
		h.pushTo(&h.parts[changes], to, loop, &Message{Clients: here, Payload: payload, Broadcast: broadcast, seq: seq})
	}
}

// byLoop divides clients among their loops. Each is looked up once, however many loops there are: who asks holds the token of what has changed.
func (h *Hub) byLoop(clients []uint64) [][]uint64 {
	lists := make([][]uint64, len(h.locals))
	for _, id := range clients {
		if at, is := h.at.Load(id); is {
			lists[at] = append(lists[at], id)
		}
	}
	return lists
}

// InvalidateAll tells all of them that all keys are gone.
func (h *Hub) InvalidateAll(loop int) {
	m := &Message{Clients: everyClient, seq: h.seq.Add(1)}
	for to := range h.count {
		if h.count[to].Load() > 0 {
			h.pushTo(&h.parts[changes], to, loop, m)
		}
	}
}

func (h *Hub) pushTo(p *partition, to, loop int, m *Message) {
	h.lock(p, loop)
	defer p.token.Unlock()
	h.push(p, to, loop, m)
}

// list is keys as clients read them.
func list(names [][]byte) []byte {
	n := 16
	for _, name := range names {
		n += len(name) + 24
	}
	b := append(make([]byte, 0, n), '*')
	b = append(strconv.AppendInt(b, int64(len(names)), 10), "\r\n"...)
	for _, name := range names {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(name)), 10), "\r\n"...)
		b = append(append(b, name...), "\r\n"...)
	}
	return b
}

// invalidate hands a message to whom it is for, and returns the cost.
func (l *Local) invalidate(m *Message) int {
	if !m.forAll() {
		for _, id := range m.Clients {
			if s := l.tracked[id]; s != nil {
				s.Invalidate(m.Payload, m.Broadcast)
			}
		}
		return len(m.Clients)
	}
	n := len(l.tracked)
	for _, s := range sim.Walk(l.tracked, inNumber) {
		s.Invalidate(nil, false)
	}
	return 1 + n
}

func inNumber(a, b uint64) int { return int(min(max(int64(a)-int64(b), -1), 1)) }
