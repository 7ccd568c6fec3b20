package actors

import (
	"sync/atomic"

	"sigrun/internal/sim"
)

// Ring is a bounded queue between one producer and one consumer. It never grows:
// Push on a full ring fails and the item stays with the producer. An item belongs to
// the consumer from the moment tail is stored, and its place to the producer from
// the moment head is.
type Ring[T any] struct {
	slots []*T
	mask  uint64
	_     [64]byte
	head  atomic.Uint64 // consumer stores
	_     [64]byte
	tail  atomic.Uint64 // producer stores
	_     [64]byte
}

// NewRing makes a ring of at least size places, a power of two.
func NewRing[T any](size int) *Ring[T] {
	n := 1
	for n < size {
		n *= 2
	}
	return &Ring[T]{slots: make([]*T, n), mask: uint64(n - 1)}
}

// Push appends c; false when the ring is full. Producer only.
func (r *Ring[T]) Push(c *T) bool {
	sim.Yield("pushes")
	t := r.tail.Load()
	if t-r.head.Load() == uint64(len(r.slots)) {
		return false
	}
	r.slots[t&r.mask] = c
	sim.Yield("has written a place")
	r.tail.Store(t + 1)
	return true
}

// Pop removes the oldest item, nil when there is none. Consumer only.
func (r *Ring[T]) Pop() *T {
	sim.Yield("pops")
	h := r.head.Load()
	if h == r.tail.Load() {
		return nil
	}
	c := r.slots[h&r.mask]
	r.slots[h&r.mask] = nil
	sim.Yield("has read a place")
	r.head.Store(h + 1)
	return c
}

// Peek is the oldest item, which stays there, nil when there is none. Consumer only.
func (r *Ring[T]) Peek() *T {
	h := r.head.Load()
	if h == r.tail.Load() {
		return nil
	}
	return r.slots[h&r.mask]
}

// Len is how many items there are; what the producer has pushed before the consumer asks is counted. Consumer only.
func (r *Ring[T]) Len() int { return int(r.tail.Load() - r.head.Load()) }

// Empty may be called by either side; the answer is old when it arrives.
func (r *Ring[T]) Empty() bool { return r.head.Load() == r.tail.Load() }
