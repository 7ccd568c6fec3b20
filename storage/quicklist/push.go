package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// PushFront adds v, which does not lie in the list itself, before the first element.
func (l *List) PushFront(a *offheap.Arena, m Limit, v []byte) {
	l.Expect(m, 1, len(v))
	l.Add(a, m, v, true)
}

// PushBack adds v, which does not lie in the list itself, behind the last element.
func (l *List) PushBack(a *offheap.Arena, m Limit, v []byte) {
	l.Expect(m, 1, len(v))
	l.Add(a, m, v, false)
}

// Add adds v, which does not lie in the list itself, at one end of a list that was told
// what to Expect.
func (l *List) Add(a *offheap.Arena, m Limit, v []byte, front bool) {
	l.count++
	size := listpack.EntrySize(v)
	if l.quick != 0 && m.plain(len(v), size) {
		l.linkEnd(a, newPlain(l, a, v), front)
	} else {
		r := l.end(front)
		if r == 0 || !l.fits(at(r), m, size) {
			r = l.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+size))
			l.linkEnd(a, r, front)
		}
		l.put(a, m, r, v, size, front)
	}
	if m.Depth > 0 {
		l.fold(a, m)
	}
}

// put writes an entry of size bytes at one end of a node that may take it, and gives the
// node, which may have moved.
func (l *List) put(a *offheap.Arena, m Limit, r offheap.Ref, v []byte, size int, front bool) offheap.Ref {
	changing(l, a, r)
	r = l.makeRoom(a, m, r, size, front)
	n := at(r)
	b := r.Bytes(int(n.size))
	if front {
		n.first -= uint32(size)
		listpack.PutEntry(b[n.first:], v)
	} else {
		listpack.PutEntry(b[n.last:], v)
		n.last += uint32(size)
	}
	n.count++
	return r
}

// Expect makes a listpack a quicklist when count elements, of so many bytes together,
// are too much for it. Valkey counts their bare lengths, and all of a command's at once.
func (l *List) Expect(m Limit, count, bytes int) {
	if l.quick != 0 {
		return
	}
	size := listpack.Overhead
	if l.head != 0 {
		size = at(l.head).packSize()
	}
	if size+bytes > m.Bytes || int(l.count)+count > m.Count {
		l.quick = 1
	}
}

// foldIfSmall makes a quicklist a listpack once it has become small enough.
func (l *List) foldIfSmall(m Limit) {
	if l.quick == 0 || l.nodes > 1 {
		return
	}
	if l.nodes == 1 {
		n := at(l.head)
		if n.kind&plain != 0 || n.packSize() > m.Bytes/2 || int(n.count) > m.Count/2 {
			return
		}
	}
	l.quick = 0
}

func (l *List) end(front bool) offheap.Ref {
	if front {
		return l.head
	}
	return l.tail
}

func (l *List) linkEnd(a *offheap.Arena, r offheap.Ref, front bool) {
	if front {
		l.link(a, r, 0, l.head)
	} else {
		l.link(a, r, l.tail, 0)
	}
}

// fits tells whether a node may take an entry of size bytes. The only node of a
// listpack always may; those of a quicklist are kept within a size class.
func (l *List) fits(n *node, m Limit, size int) bool {
	if l.quick == 0 {
		return true
	}
	return n.kind&plain == 0 && int(n.count) < m.Count && nodeSize+n.packSize()+size <= m.Bytes
}

// newPlain makes a node for one large element.
func newPlain(l *List, a *offheap.Arena, v []byte) offheap.Ref {
	r := l.newNode(a, nodeSize+listpack.Overhead+len(v))
	n := at(r)
	n.kind, n.count = plain, 1
	n.last += uint32(copy(r.Bytes(int(n.size))[n.first:], v))
	return r
}

// makeRoom sees to size free bytes at one end of a node, which may move.
func (l *List) makeRoom(a *offheap.Arena, m Limit, r offheap.Ref, size int, front bool) offheap.Ref {
	n := at(r)
	n.kind &^= firm
	if front {
		n.kind |= pushedFront
		if n.frontRoom() >= size {
			return r
		}
	} else {
		n.kind |= pushedBack
		if n.backRoom() >= size {
			return r
		}
	}
	room := n.room()
	most := m.Bytes
	if l.quick == 0 { // the only node: some air, or a full one would slide at every step
		most += m.Bytes/8 + nodeSize + listpack.Overhead
	}
	if room >= size && (room >= n.used()/8 || int(n.size) >= most) {
		slide(r, n.share(room, size, front))
		return r
	}
	need := nodeSize + n.packSize() + size
	larger := offheap.ClassSize(max(need, min(need+n.used()/2, most)))
	room += larger - int(n.size)
	return l.resize(a, r, larger, n.share(room, size, front))
}

// share is how much of a node's room lies before its entries, when size bytes
// of it are about to be used at one end: all or nothing for a node that is
// pushed to at one end only, else half of what is left.
func (n *node) share(room, size int, front bool) int {
	both := n.kind&(pushedFront|pushedBack) == pushedFront|pushedBack
	switch {
	case both && front:
		return size + (room-size)/2
	case both:
		return (room - size) / 2
	case front:
		return room
	}
	return 0
}
