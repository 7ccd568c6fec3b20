package hash

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// The parts of a large hash that Compact goes through.
const (
	compactFields = iota
	compactTimes
)

// Compact moves what lies in memory that drains, as value.Ops says.
func (x *Hash) Compact(h *value.Allocator, at *value.Cursor, budget int) (more bool) {
	if x.Empty() {
		return false
	}
	if x.Packed() {
		p := x.pack()
		p.Compact(h.Arena)
		x.keepPack(p)
		return false
	}
	switch at.Part {
	case compactFields:
		if at.A == 0 {
			x.compactFront(h)
		}
		at.A = x.members().Relocate(h, at.A, budget, func(n value.Node) value.Node { return x.relocate(h, n) })
		if at.A == 0 {
			at.Part = compactTimes
		}
		return true
	default:
		if v := x.Volatile(); v != nil {
			at.A = uint64(v.Compact(h.Arena, int(at.A), budget))
		}
		return at.A != 0
	}
}

// compactFront moves what a hash has once.
func (x *Hash) compactFront(h *value.Allocator) {
	m := x.members().Compact(h)
	x.where = uint64(m.Ref())
	if w := m.Word(); *w&timed != 0 {
		*w = timed | uint64(h.Arena.Move(offheap.Ref(*w&^timed), timesBytes))
	}
}

func (x *Hash) relocate(h *value.Allocator, n value.Node) value.Node {
	if !n.Leaves(h.Arena) {
		return n
	}
	to := n.Move(h.Arena, tailOf(n))
	if to.Prefixed() {
		x.Volatile().Replace(h.Arena, expireAt(to), offheap.Ref(n), offheap.Ref(to))
	}
	return to
}
