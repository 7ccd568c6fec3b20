package quicklist

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
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
	n := at(l.head)
	n.first = n.after(l.head, n.first)
	l.dropped(a, m, l.head)
}

// DropBack takes the last element away. The list is not empty.
func (l *List) DropBack(a *offheap.Arena, m Limit) {
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
		l.shrink(a, r)
	}
	l.settle(m)
}

// shrink moves a node that is three quarters empty to half its size, so that
// draining a list frees its memory and costs O(1) amortised.
func (l *List) shrink(a *offheap.Arena, r offheap.Ref) {
	const small = 256
	n := at(r)
	if n.size <= small || nodeSize+n.packSize() > int(n.size)/4 {
		return
	}
	size := offheap.ClassSize(int(n.size) / 2)
	l.resize(a, r, size, (size-nodeSize-n.packSize())/2)
}

// text is the element at an offset of a node.
func (n *node) text(r offheap.Ref, offset uint32, room *Room) []byte {
	b := r.Bytes(int(n.last))[offset:]
	if n.kind&plain != 0 {
		return b[:len(b):len(b)]
	}
	return listpack.Get(b).Text(room)
}

// after is the offset behind the element at an offset.
func (n *node) after(r offheap.Ref, offset uint32) uint32 {
	if n.kind&plain != 0 {
		return n.last
	}
	return offset + uint32(listpack.Next(r.Bytes(int(n.last))[offset:]))
}

// before is the offset of the element that ends at an offset.
func (n *node) before(r offheap.Ref, offset uint32) uint32 {
	if n.kind&plain != 0 {
		return n.first
	}
	return offset - uint32(listpack.Prev(r.Bytes(int(offset))))
}
