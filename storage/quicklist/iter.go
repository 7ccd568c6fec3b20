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
	view      view
	offset    uint32 // of the present element
	skip      bool   // the present element was delivered
	backwards bool
	room      Room
	unfolded  []byte // the entries of the present node when it is folded
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
	if it.backwards {
		if it.offset == it.view.first {
			if !it.enter(at(it.node).prev) {
				return false
			}
			it.offset = it.view.last
		}
		it.offset = it.view.before(it.offset)
		return true
	}
	if it.offset = it.view.after(it.offset); it.offset == it.view.last {
		if !it.enter(at(it.node).next) {
			return false
		}
		it.offset = it.view.first
	}
	return true
}

// enter goes to a node, 0 for none.
func (it *Iter) enter(r offheap.Ref) bool {
	if it.node = r; r == 0 {
		return false
	}
	if n := at(r); n.kind&folded != 0 {
		it.view, it.unfolded = n.unfolded(r, it.unfolded)
	} else {
		it.view = n.view(r)
	}
	return true
}

// Value is the present element: a view, or text within the Iter.
func (it *Iter) Value() []byte { return it.view.text(it.offset, &it.room) }

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
	return it.view.text(it.offset, room), true
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
func (l *List) seek(i int, backwards bool) (it Iter) {
	if i < 0 || i >= int(l.count) {
		return it
	}
	r, left := l.find(i)
	it.backwards = backwards
	it.enter(r)
	it.offset = it.view.offset(left)
	return it
}

// find is the node with element i, which exists, and the number of elements before it there.
func (l *List) find(i int) (r offheap.Ref, left int) {
	r, left = l.head, i
	if i < int(l.count)/2 {
		for left >= int(at(r).count) {
			left -= int(at(r).count)
			r = at(r).next
		}
		return r, left
	}
	behind := int(l.count) - 1 - i // elements behind it
	for r = l.tail; behind >= int(at(r).count); r = at(r).prev {
		behind -= int(at(r).count)
	}
	return r, int(at(r).count) - 1 - behind
}

// open finds element i for changing something there.
func (l *List) open(a *offheap.Arena, i int) (r offheap.Ref, offset uint32) {
	r, left := l.find(i)
	r = l.unfold(a, r)
	v := at(r).view(r)
	return r, v.offset(left)
}
