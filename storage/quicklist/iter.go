package quicklist

import "sigrun/internal/offheap"

// Iter walks over elements, in either direction. It is a value for the stack;
// the list must not change while it is in use.
//
//	for it := l.From(2); it.Next(); {
//		... it.Value() ...
//	}
type Iter struct {
	node      offheap.Ref
	offset    uint32 // of the present element
	skip      bool   // the present element was delivered
	backwards bool
	room      Room
}

// From starts at element i, 0 to Len-1, and goes to the end of the list.
func (l *List) From(i int) Iter { return l.seek(i, false) }

// BackFrom starts at element i and goes to the front of the list.
func (l *List) BackFrom(i int) Iter { return l.seek(i, true) }

// Next goes to the next element and tells whether there is one.
func (it *Iter) Next() bool {
	if it.node == 0 {
		return false
	}
	if !it.skip {
		it.skip = true
		return true
	}
	n := at(it.node)
	if it.backwards {
		if it.offset != n.first {
			it.offset = n.before(it.node, it.offset)
			return true
		}
		if it.node = n.prev; it.node != 0 {
			n = at(it.node)
			it.offset = n.before(it.node, n.last)
		}
		return it.node != 0
	}
	if it.offset = n.after(it.node, it.offset); it.offset != n.last {
		return true
	}
	if it.node = n.next; it.node != 0 {
		it.offset = at(it.node).first
	}
	return it.node != 0
}

// Value is the present element: a view, or text within the Iter.
func (it *Iter) Value() []byte { return at(it.node).text(it.node, it.offset, &it.room) }

// Index is element i, counted from the back when negative: a view, or text in
// room; ok is false when there is none.
func (l *List) Index(i int, room *Room) (v []byte, ok bool) {
	if i < 0 {
		i += int(l.count)
	}
	if i < 0 || i >= int(l.count) {
		return nil, false
	}
	it := l.seek(i, false)
	return at(it.node).text(it.node, it.offset, room), true
}

// Range hands the elements start to stop, both counted from 0 and included, to
// fn until it returns false. It costs one allocation: hot paths use From.
func (l *List) Range(start, stop int, fn func(v []byte) bool) {
	if start < 0 || start > stop || start >= int(l.count) {
		return
	}
	it := l.From(start)
	for i := start; i <= stop && it.Next(); i++ {
		if !fn(it.Value()) {
			return
		}
	}
}

// seek finds element i from the nearer end of the list.
func (l *List) seek(i int, backwards bool) Iter {
	if i < 0 || i >= int(l.count) {
		return Iter{}
	}
	r, left := l.head, i // elements before the one, from the front of node r
	if i < int(l.count)/2 {
		for left >= int(at(r).count) {
			left -= int(at(r).count)
			r = at(r).next
		}
	} else {
		behind := int(l.count) - 1 - i // elements behind it
		for r = l.tail; behind >= int(at(r).count); r = at(r).prev {
			behind -= int(at(r).count)
		}
		left = int(at(r).count) - 1 - behind
	}
	return Iter{node: r, offset: at(r).offset(r, left), backwards: backwards}
}

// offset is where element i of a node begins, walked to from the nearer end.
func (n *node) offset(r offheap.Ref, i int) uint32 {
	if i < int(n.count)/2 {
		offset := n.first
		for ; i > 0; i-- {
			offset = n.after(r, offset)
		}
		return offset
	}
	offset := n.last
	for ; i < int(n.count); i++ {
		offset = n.before(r, offset)
	}
	return offset
}
