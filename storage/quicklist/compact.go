package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// nodeCost is what looking at a node takes of a budget in elements.
const nodeCost = 16

// Where Compact rests: nowhere yet, or at the arena's bookmark.
const (
	compactStart = iota
	compactRested
)

// Compact moves what lies in memory that drains, as value.Ops says. It rests at a node under
// the arena's bookmark; when that node is freed meanwhile, it is done with the list.
func (l *List) Compact(a *offheap.Arena, at *value.Cursor, budget int) (more bool) {
	r := l.head
	if at.Part == compactRested {
		r = a.Bookmark()
	}
	for ; r != 0 && budget > 0; budget -= nodeCost {
		if !mayHold(l, r) {
			r = 0
			break
		}
		r = l.relocate(a, r)
	}
	a.SetBookmark(r)
	at.Part = compactRested
	return r != 0
}

// mayHold is false for a node at the end of another list, which took over the nodes that
// were this one's: renaming does that, and a new list may have the name.
func mayHold(l *List, r offheap.Ref) bool {
	n := at(r)
	return (n.prev != 0 || l.head == r) && (n.next != 0 || l.tail == r)
}

// relocate moves a node and returns the next one.
func (l *List) relocate(a *offheap.Arena, r offheap.Ref) (next offheap.Ref) {
	n := at(r)
	if to := a.Move(r, int(n.size)); to != r {
		n = at(to)
		l.rewire(a, to, n.prev, n.next)
	}
	return n.next
}
