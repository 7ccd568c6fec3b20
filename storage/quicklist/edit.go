package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Set replaces element i, which must exist.
func (l *List) Set(a *offheap.Arena, m Limit, i int, v []byte) {
	l.Expect(m, 1, len(v))
	it := l.seek(i, false)
	n := at(it.node)
	size := listpack.EntrySize(v)
	if n.kind&plain == 0 && !(l.quick != 0 && m.plain(len(v), size)) {
		entry := it.node.Bytes(int(n.last))[it.offset:]
		if listpack.Next(entry) == size {
			listpack.PutEntry(entry, v)
			l.settle(m)
			return
		}
	}
	l.Insert(a, m, i, v)
	l.Remove(a, m, i+1, 1)
}

// Insert adds v before element i, or behind the last one when i is Len.
func (l *List) Insert(a *offheap.Arena, m Limit, i int, v []byte) {
	if i == 0 || i == l.Len() {
		l.Expect(m, 1, len(v))
		l.Add(a, m, v, i == 0)
		return
	}
	it := l.seek(i, false)
	l.Expect(m, 1, len(v))
	l.count++
	r, n := it.node, at(it.node)
	size := listpack.EntrySize(v)
	switch {
	case l.quick != 0 && m.plain(len(v), size):
		next := l.split(a, r, it.offset)
		l.link(l.newPlain(a, v), at(next).prev, next)
	case l.fits(n, m, size):
		l.openAndPut(a, m, r, it.offset, v, size)
	case it.offset == n.first && l.fits(at(n.prev), m, size):
		l.put(a, m, n.prev, v, size, false)
	default:
		next := l.split(a, r, it.offset)
		prev := at(next).prev
		if !l.fits(at(prev), m, size) {
			r = l.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+size))
			l.link(r, prev, next)
			prev = r
		}
		l.put(a, m, prev, v, size, false)
	}
}

// openAndPut puts an entry of size bytes into the middle of a node, moving the
// shorter side.
func (l *List) openAndPut(a *offheap.Arena, m Limit, r offheap.Ref, offset uint32, v []byte, size int) {
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
}

// split cuts a node before the element at an offset and gives the node that
// begins with it. The first element needs no cut.
func (l *List) split(a *offheap.Arena, r offheap.Ref, offset uint32) offheap.Ref {
	n := at(r)
	if offset == n.first {
		return r
	}
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
	l.link(to, r, n.next)
	l.shrink(a, r)
	return to
}

// Remove takes k elements away from element i on; they must exist.
func (l *List) Remove(a *offheap.Arena, m Limit, i, k int) {
	if k <= 0 {
		return
	}
	it := l.seek(i, false)
	r, offset := it.node, it.offset
	for k > 0 {
		n := at(r)
		next := n.next
		if offset == n.first && k >= int(n.count) {
			k -= int(n.count)
			l.count -= uint64(n.count)
			l.remove(a, r)
		} else {
			k -= l.cut(a, r, offset, k)
		}
		if r = next; r != 0 {
			offset = at(r).first
		}
	}
	l.settle(m)
}

// cut takes up to k elements out of a node, not all it has, from the one at an
// offset on, closing the gap from the shorter side. It gives their number.
func (l *List) cut(a *offheap.Arena, r offheap.Ref, offset uint32, k int) (done int) {
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
	l.shrink(a, r)
	return done
}
