package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Set replaces element i, which must exist.
func (l *List) Set(a *offheap.Arena, m Limit, i int, v []byte) {
	l.Expect(m, 1, len(v))
	r, offset := l.open(a, i)
	n := at(r)
	size := listpack.EntrySize(v)
	if n.kind&plain == 0 && !(l.quick != 0 && m.plain(len(v), size)) {
		entry := r.Bytes(int(n.last))[offset:]
		if listpack.Next(entry) == size {
			changing(l, a, r)
			listpack.PutEntry(entry, v)
			l.foldIfSmall(m)
			l.edited(a, m, r)
			return
		}
	}
	l.insert(a, m, i, v)
	l.Remove(a, m, i+1, 1)
	r, _ = l.find(i)
	l.edited(a, m, r)
}

// Insert adds v before element i, or behind the last one when i is Len.
func (l *List) Insert(a *offheap.Arena, m Limit, i int, v []byte) {
	l.Expect(m, 1, len(v))
	r := l.insert(a, m, i, v)
	l.edited(a, m, r)
}

// insert is Insert without what comes before and behind. It gives a node at the place.
func (l *List) insert(a *offheap.Arena, m Limit, i int, v []byte) offheap.Ref {
	if i == 0 || i == l.Len() {
		l.Add(a, m, v, i == 0)
		return l.end(i == 0)
	}
	r, offset := l.open(a, i)
	l.count++
	n := at(r)
	size := listpack.EntrySize(v)
	switch {
	case l.quick != 0 && m.plain(len(v), size):
		next := l.split(a, r, offset)
		r = newPlain(l, a, v)
		l.link(a, r, at(next).prev, next)
		return r
	case l.fits(n, m, size):
		return l.openAndPut(a, m, r, offset, v, size)
	}
	next := r // before which it comes
	if offset != n.first {
		next = l.split(a, r, offset)
	}
	prev := at(next).prev
	if prev != 0 {
		prev = l.unfold(a, prev)
	}
	if prev == 0 || !l.fits(at(prev), m, size) {
		r = l.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+size))
		l.link(a, r, prev, next)
		prev = r
	}
	return l.put(a, m, prev, v, size, false)
}

// openAndPut puts an entry of size bytes into the middle of a node, moving the
// shorter side.
func (l *List) openAndPut(a *offheap.Arena, m Limit, r offheap.Ref, offset uint32, v []byte, size int) offheap.Ref {
	changing(l, a, r)
	n := at(r)
	before := offset - n.first
	front := int(before) < n.used()/2
	r = l.makeRoom(a, m, r, size, front)
	n = at(r)
	b, offset := r.Bytes(int(n.size)), n.first+before
	if front {
		copy(b[n.first-uint32(size):], b[n.first:offset])
		n.first -= uint32(size)
		offset -= uint32(size)
	} else {
		copy(b[offset+uint32(size):], b[offset:n.last])
		n.last += uint32(size)
	}
	listpack.PutEntry(b[offset:], v)
	n.count++
	return r
}

// split cuts a node before the element at an offset and gives the node that
// begins with it. The first element needs no cut.
func (l *List) split(a *offheap.Arena, r offheap.Ref, offset uint32) offheap.Ref {
	n := at(r)
	if offset == n.first {
		return r
	}
	changing(l, a, r)
	behind := uint16(0)
	for o := offset; o != n.last; o = n.after(r, o) {
		behind++
	}
	moved := r.Bytes(int(n.last))[offset:]
	to := l.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+len(moved)))
	t := at(to)
	t.last += uint32(copy(to.Bytes(int(t.size))[t.first:], moved))
	t.count = behind
	n.count -= behind
	n.last = offset
	l.link(a, to, r, n.next)
	l.shrink(a, r)
	return to
}

// Remove takes k elements away from element i on; they must exist.
func (l *List) Remove(a *offheap.Arena, m Limit, i, k int) {
	if k <= 0 {
		return
	}
	r, before := l.find(i) // elements of the node that stay before the cut
	for k > 0 {
		n := at(r)
		if before == 0 && k >= int(n.count) {
			next := n.next
			k -= int(n.count)
			l.count -= uint64(n.count)
			l.discard(a, r)
			r = next
			continue
		}
		was := n.kind & folded
		r = l.unfold(a, r)
		n = at(r)
		v := n.view(r)
		changing(l, a, r)
		k -= l.cut(r, v.offset(before), k)
		next := n.next
		l.cleared(a, r, was)
		r, before = next, 0
	}
	l.tend(a, m)
}

// cut takes up to k elements out of a node, not all it has, from the one at an
// offset on, closing the gap from the shorter side. It gives their number.
func (l *List) cut(r offheap.Ref, offset uint32, k int) (done int) {
	n := at(r)
	end := offset
	for done < k && end != n.last {
		end = n.after(r, end)
		done++
	}
	b := r.Bytes(int(n.last))
	if gap := end - offset; offset-n.first < n.last-end {
		copy(b[n.first+gap:], b[n.first:offset])
		n.first += gap
	} else {
		copy(b[offset:], b[end:])
		n.last -= gap
	}
	n.count -= uint16(done)
	l.count -= uint64(done)
	return done
}
