package quicklist

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
)

// Room is where an element that is kept as a number is turned into text.
type Room = [num.MaxIntLen]byte

// Front is the first element: a view, or text in room. The list is not empty.
func (l *List) Front(room *Room) []byte {
	n := at(l.head)
	return n.text(l.head, n.first, room)
}

// Back is the last element: a view, or text in room. The list is not empty.
func (l *List) Back(room *Room) []byte {
	n := at(l.tail)
	return n.text(l.tail, n.before(l.tail, n.last), room)
}

// DropFront takes the first element away. The list is not empty.
func (l *List) DropFront(a *offheap.Arena, m Limit) {
	changing(l, a, l.head)
	n := at(l.head)
	n.first = n.after(l.head, n.first)
	l.dropped(a, m, l.head)
}

// DropBack takes the last element away. The list is not empty.
func (l *List) DropBack(a *offheap.Arena, m Limit) {
	changing(l, a, l.tail)
	n := at(l.tail)
	n.last = n.before(l.tail, n.last)
	l.dropped(a, m, l.tail)
}

// PopFront takes the first element away and appends it to buf; ok is false for
// an empty list.
func (l *List) PopFront(a *offheap.Arena, m Limit, buf []byte) (v []byte, ok bool) {
	if l.count == 0 {
		return buf, false
	}
	var room Room
	buf = append(buf, l.Front(&room)...)
	l.DropFront(a, m)
	return buf, true
}

// PopBack takes the last element away and appends it to buf; ok is false for an
// empty list.
func (l *List) PopBack(a *offheap.Arena, m Limit, buf []byte) (v []byte, ok bool) {
	if l.count == 0 {
		return buf, false
	}
	var room Room
	buf = append(buf, l.Back(&room)...)
	l.DropBack(a, m)
	return buf, true
}

// dropped does the books after a node has lost an element.
func (l *List) dropped(a *offheap.Arena, m Limit, r offheap.Ref) {
	l.count--
	n := at(r)
	if n.count--; n.count == 0 {
		l.remove(a, r)
	} else {
		n.kind &^= firm
		l.shrink(a, r)
	}
	l.foldIfSmall(m)
	if m.Depth > 0 {
		l.fold(a, m)
	}
}

// shrink moves a node that is three quarters empty to half its size, so that
// draining a list frees its memory and costs O(1) amortised.
func (l *List) shrink(a *offheap.Arena, r offheap.Ref) offheap.Ref {
	const small = 256
	n := at(r)
	if n.size <= small || nodeSize+n.packSize() > int(n.size)/4 {
		return r
	}
	size := offheap.ClassSize(int(n.size) / 2)
	return l.resize(a, r, size, (size-nodeSize-n.packSize())/2)
}
