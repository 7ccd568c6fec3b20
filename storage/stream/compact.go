package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// A Cursor in a stream: Part 0 is the entries, Part i+1 is group i, of which Sub 0 is what is
// pending and Sub k+1 is consumer k. A and B are the ID to go on with.

// movablePending is up to how many pending deliveries a consumer moves: each refers to it.
const movablePending = 1000

// Compact moves what lies in memory that drains, as value.Ops says.
func (s *Stream) Compact(h *value.Allocator, at *value.Cursor, budget int) (more bool) {
	a := h.Arena
	switch {
	case at.Part == 0:
		if !s.nodes.compact(a, at, budget, func(words offheap.Ref) { s.relocate(a, words) }) {
			s.groups.compact(a)
			*at = value.Cursor{Part: 1}
		}
	case at.Part > s.Groups():
		return false
	default:
		if !s.compactGroup(a, at, budget) {
			*at = value.Cursor{Part: at.Part + 1}
		}
	}
	return true
}

// relocate moves the node that the words of a record refer to.
func (s *Stream) relocate(a *offheap.Arena, words offheap.Ref) {
	ref := offheap.At[offheap.Ref](words)
	from := *ref
	if !a.Leaves(from) {
		return
	}
	*ref = a.Move(from, s.roomOf(from))
	if from == s.tail {
		s.tail = *ref
	}
}

func (s *Stream) compactGroup(a *offheap.Arena, at *value.Cursor, budget int) (more bool) {
	if *at == (value.Cursor{Part: at.Part}) {
		r := s.groups.relocate(a, at.Part-1)
		g := offheap.At[Group](r)
		g.self = r
		g.consumers.compact(a)
	}
	g := s.GroupAt(at.Part - 1)
	switch {
	case at.Sub == 0:
		if !g.pending.compact(a, at, budget, nil) {
			*at = value.Cursor{Part: at.Part, Sub: 1}
		}
	case at.Sub > g.Consumers():
		return false
	default:
		c := g.At(at.Sub - 1)
		if at.A == 0 && at.B == 0 && c.Pending() <= movablePending {
			c = g.relocate(a, at.Sub-1)
		}
		if !c.pending.compact(a, at, budget, nil) {
			*at = value.Cursor{Part: at.Part, Sub: at.Sub + 1}
		}
	}
	return true
}

// relocate moves consumer i, and tells what is pending for it where it is.
func (g *Group) relocate(a *offheap.Arena, i int) *Consumer {
	was := g.consumers.at(i)
	r := g.consumers.relocate(a, i)
	c := offheap.At[Consumer](r)
	if r != was {
		c.self = r
		for it := g.PendingFrom(c, ID{}); it.Next(); {
			it.P.consumer = r
		}
	}
	return c
}

// compact moves the array of the objects.
func (x *names) compact(a *offheap.Arena) { x.ref = a.Move(x.ref, 8*int(x.room)) }

// relocate moves object i and tells where it is.
func (x *names) relocate(a *offheap.Arena, i int) offheap.Ref {
	head := offheap.At[named](x.at(i))
	*x.slot(i) = a.Move(x.at(i), int(head.size+head.len))
	return x.at(i)
}

// compact moves pages from the ID of a cursor on, with those above them; fn, if there is one,
// sees the words of their records. more: the cursor was set to the ID to go on with.
func (t *tree) compact(a *offheap.Arena, at *value.Cursor, budget int, fn func(words offheap.Ref)) (more bool) {
	for ; t.count > 0 && budget > 0; budget -= fullRoom(t.step()) {
		var p path
		t.to(&p, ID{at.A, at.B})
		for level := int(t.height); level >= 0; level-- {
			t.relocate(a, &p, level)
		}
		c := p[0]
		for ; fn != nil && c.i < int(pageAt(c.page).n); c.i++ {
			fn(t.at(c))
		}
		next := pageAt(c.page).next
		if next == 0 {
			return false
		}
		id := *idAt(next, 0, t.step())
		at.A, at.B = id.Ms, id.Seq
	}
	return t.count > 0
}

// relocate moves p[level]'s page; those above it have their places.
func (t *tree) relocate(a *offheap.Arena, p *path, level int) {
	from := p[level].page
	to := a.Move(from, pageSize(int(pageAt(from).room), t.stepOf(level)))
	if to == from {
		return
	}
	p[level].page = to
	if level == int(t.height) {
		t.root = to
	} else {
		*child(p[level+1].page, p[level+1].i) = to
	}
	if pg := pageAt(to); level == 0 {
		if pg.next != 0 {
			pageAt(pg.next).prev = to
		}
		if pg.prev != 0 {
			pageAt(pg.prev).next = to
		}
	}
}
