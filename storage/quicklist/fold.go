package quicklist

import (
	"encoding/binary"

	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

const (
	foldFrom  = 48 // bytes of entries worth an attempt
	rawLength = 4  // what stands before the compressed bytes
)

// rawSize is how many bytes the entries take, or would if they were not folded.
func (n *node) rawSize(r offheap.Ref) int {
	if n.kind&folded == 0 {
		return n.used()
	}
	return int(binary.LittleEndian.Uint32(n.entries(r)))
}

// unfolded unfolds a folded node into a buffer, or a larger one: with room for the header
// and the end of a listpack.
func (n *node) unfolded(r offheap.Ref, buf []byte) (v view, used []byte) {
	size := n.rawSize(r)
	if cap(buf) < size+listpack.Overhead {
		buf = make([]byte, size+listpack.Overhead)
	}
	buf = buf[:cap(buf)]
	const first = listpack.HeaderSize
	last := first + size
	n.unfoldTo(r, buf[first:last])
	return view{buf[:last], first, uint32(last), int(n.count), n.kind&plain != 0}, buf
}

func (n *node) unfoldTo(r offheap.Ref, b []byte) {
	if err := lzf.Decompress(b, n.entries(r)[rawLength:]); err != nil {
		panic("BUG: a node of a list does not unfold")
	}
}

// unfold replaces a folded node by one that is not, and gives it; any other one as it is.
func (l *List) unfold(a *offheap.Arena, r offheap.Ref) offheap.Ref {
	from := at(r)
	if from.kind&folded == 0 {
		return r
	}
	size := from.rawSize(r)
	to := l.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+size))
	n := at(to)
	n.last += uint32(size)
	from.unfoldTo(r, to.Bytes(int(n.last))[n.first:])
	n.count, n.kind = from.count, from.kind&^folded
	l.swap(a, r, to)
	return to
}

// swap puts a node in the place of another one, which it gives back.
func (l *List) swap(a *offheap.Arena, r, to offheap.Ref) {
	n := at(to)
	n.prev, n.next = at(r).prev, at(r).next
	l.rewire(a, to, n.prev, n.next)
	l.free(a, r)
}

// press folds a node if that makes it smaller. Nodes change their place by it.
func (l *List) press(a *offheap.Arena, r offheap.Ref) {
	from := at(r)
	if from.kind&(folded|firm) != 0 {
		return
	}
	from.kind |= firm
	size := from.used()
	if size < foldFrom {
		return
	}
	most := offheap.ClassSize(int(from.size)) * 7 / 8
	if nodeSize+listpack.Overhead+rawLength >= most {
		return
	}
	draft := l.newNode(a, most)
	n := at(draft)
	b := draft.Bytes(most)[n.first : most-1]
	packed, ok := lzf.Compress(b[rawLength:], from.entries(r))
	if !ok {
		l.free(a, draft)
		return
	}
	binary.LittleEndian.PutUint32(b, uint32(size))
	n.last += uint32(rawLength + packed)
	n.count, n.kind = from.count, from.kind&^firm|folded
	l.swap(a, r, draft)
	if exact := offheap.ClassSize(nodeSize + listpack.Overhead + rawLength + packed); exact < offheap.ClassSize(most) {
		l.resize(a, draft, exact, 0)
	}
}

// tend follows a change that took elements away: it decides what the list is, and which
// nodes are folded.
func (l *List) tend(a *offheap.Arena, m Limit) {
	l.foldIfSmall(m)
	l.fold(a, m)
}

// fold folds the first node from either end that may be, and unfolds those before it: at
// least the ends, which must be ready to be pushed to and popped from.
func (l *List) fold(a *offheap.Arena, m Limit) {
	for i := range min(max(m.Depth, 1), int(l.nodes)) {
		l.unfold(a, l.nth(i, true))
		l.unfold(a, l.nth(i, false))
	}
	if m.Depth > 0 && int(l.nodes) > 2*m.Depth {
		l.press(a, l.nth(m.Depth, true))
		l.press(a, l.nth(m.Depth, false))
	}
}

// nth is the node with i others between it and one end of the list.
func (l *List) nth(i int, front bool) offheap.Ref {
	r := l.end(front)
	for ; i > 0; i-- {
		if front {
			r = at(r).next
		} else {
			r = at(r).prev
		}
	}
	return r
}

// edited folds a node that was changed somewhere, and those next to it, where they may be.
func (l *List) edited(a *offheap.Arena, m Limit, r offheap.Ref) {
	if m.Depth == 0 {
		return
	}
	n := at(r)
	n.kind &^= firm
	for _, near := range [...]offheap.Ref{n.prev, n.next, r} { // r last: it may not be there any more
		if near != 0 && l.inside(m, near) {
			l.press(a, near)
		}
	}
	l.fold(a, m)
}

// inside tells whether a node may be folded.
func (l *List) inside(m Limit, r offheap.Ref) bool {
	if m.Depth == 0 || int(l.nodes) <= 2*m.Depth {
		return false
	}
	front, back := l.head, l.tail
	for range m.Depth {
		if front == r || back == r {
			return false
		}
		front, back = at(front).next, at(back).prev
	}
	return true
}

// cleared follows the removal of elements out of a node that was folded, or not, before.
func (l *List) cleared(a *offheap.Arena, r offheap.Ref, was uint16) {
	at(r).kind &^= firm
	r = l.shrink(a, r)
	if was != 0 {
		l.press(a, r)
	}
}
