package actors

import (
	"sync/atomic"

	"sigrun/protocol/call"
)

// Ring is a bounded queue between one producer and one consumer. It never grows:
// Push on a full ring fails and the call stays with the producer. A call belongs to
// the consumer from the moment tail is stored, and its place to the producer from
// the moment head is.
type Ring struct {
	slots []*call.Call
	mask  uint64
	_     [64]byte
	head  atomic.Uint64 // consumer stores
	_     [64]byte
	tail  atomic.Uint64 // producer stores
	_     [64]byte
}

// NewRing makes a ring of at least size places, a power of two.
func NewRing(size int) *Ring {
	n := 1
	for n < size {
		n *= 2
	}
	return &Ring{slots: make([]*call.Call, n), mask: uint64(n - 1)}
}

// Push appends c; false when the ring is full. Producer only.
func (r *Ring) Push(c *call.Call) bool {
	t := r.tail.Load()
	if t-r.head.Load() == uint64(len(r.slots)) {
		return false
	}
	r.slots[t&r.mask] = c
	r.tail.Store(t + 1)
	return true
}

// Pop removes the oldest call, nil when there is none. Consumer only.
func (r *Ring) Pop() *call.Call {
	h := r.head.Load()
	if h == r.tail.Load() {
		return nil
	}
	c := r.slots[h&r.mask]
	r.slots[h&r.mask] = nil
	r.head.Store(h + 1)
	return c
}

// Empty may be called by either side; the answer is old when it arrives.
func (r *Ring) Empty() bool { return r.head.Load() == r.tail.Load() }
