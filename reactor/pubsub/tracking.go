package pubsub

import (
	"strconv"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v3"

	"sigrun/internal/sim"
)

// Clients that hold keys in caches of their own are told of changes by the rings, too: each by those of one partition, in their order. Such a
// session stays on its loop, as subscribers do.

// everyClient is To of a message for all of them.
const everyClient = ^uint64(0)

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

// Tracks reports whether a client is told of changed keys.
func (h *Hub) Tracks(client uint64) bool {
	_, is := h.at.Load(client)
	return is
}

// Invalidate tells a client of changed keys; loop is the caller's, -1 for other goroutines.
func (h *Hub) Invalidate(loop int, client uint64, names [][]byte, broadcast bool) {
	to, is := h.at.Load(client)
	if !is {
		return
	}
	h.pushTo(&h.parts[client%partitions], to, loop, &Message{To: client, Payload: list(names), Broadcast: broadcast})
}

// InvalidateAll tells all of them that all keys are gone.
func (h *Hub) InvalidateAll(loop int) {
	m := &Message{To: everyClient}
	for to := range h.count {
		if h.count[to].Load() > 0 {
			h.pushTo(&h.parts[0], to, loop, m)
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
	if m.To != everyClient {
		if s := l.tracked[m.To]; s != nil {
			s.Invalidate(m.Payload, m.Broadcast)
		}
		return 1
	}
	n := len(l.tracked)
	for _, s := range sim.Walk(l.tracked, inNumber) {
		s.Invalidate(nil, false)
	}
	return 1 + n
}

func inNumber(a, b uint64) int { return int(min(max(int64(a)-int64(b), -1), 1)) }
