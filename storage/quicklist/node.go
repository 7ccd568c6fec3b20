package quicklist

import (
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// nodeSize is what stands before a node's room, in bytes.
const nodeSize = 32

var _ [0]struct{} = [unsafe.Sizeof(node{}) - nodeSize]struct{}{}

// node is the front of a piece of memory of size bytes.
type node struct {
	prev, next  offheap.Ref
	size        uint32
	first, last uint32 // where the entries lie, from the start of the node
	count       uint16
	kind        uint16
}

// What a node is, and from which ends it was pushed to.
const (
	plain uint16 = 1 << iota
	pushedFront
	pushedBack
	folded // its entries are compressed
	firm   // compressing them gained nothing
)

func at(r offheap.Ref) *node { return offheap.At[node](r) }

func (n *node) entries(r offheap.Ref) []byte { return r.Bytes(int(n.last))[n.first:] }

// pack writes header and end around the entries.
func (n *node) pack(r offheap.Ref) []byte {
	b := r.Bytes(int(n.last) + 1)[n.first-listpack.HeaderSize:]
	listpack.PutHeader(b, len(b), int(n.count))
	b[len(b)-1] = listpack.End
	return b
}

// used is the number of bytes of the entries.
func (n *node) used() int { return int(n.last - n.first) }

// packSize is the size of the listpack.
func (n *node) packSize() int { return n.used() + listpack.Overhead }

// room is the number of free bytes, at one end or at both.
func (n *node) frontRoom() int { return int(n.first) - nodeSize - listpack.HeaderSize }
func (n *node) backRoom() int  { return int(n.size-n.last) - 1 }
func (n *node) room() int      { return n.frontRoom() + n.backRoom() }

// newNode makes an empty packed node of size bytes, all its room at the back.
func (l *List) newNode(a *offheap.Arena, size int) offheap.Ref {
	r := a.Alloc(size)
	l.bytes += uint64(offheap.ClassSize(size))
	if a.Watching() {
		born(l, a, r)
	}
	const first = nodeSize + listpack.HeaderSize
	*at(r) = node{size: uint32(size), first: first, last: first}
	return r
}

// link puts node r between two neighbours, 0 for none.
func (l *List) link(a *offheap.Arena, r, prev, next offheap.Ref) {
	n := at(r)
	n.prev, n.next = prev, next
	l.rewire(a, r, prev, next)
	l.nodes++
}

// rewire makes the neighbours of r point to it.
func (l *List) rewire(a *offheap.Arena, r, prev, next offheap.Ref) {
	if prev != 0 {
		relinking(l, a, prev)
		at(prev).next = r
	} else {
		l.head = r
	}
	if next != 0 {
		at(next).prev = r
	} else {
		l.tail = r
	}
}

// remove unlinks a node and gives it back. The ends of the list stay unfolded.
func (l *List) remove(a *offheap.Arena, r offheap.Ref) {
	l.discard(a, r)
	if l.head != 0 {
		l.unfold(a, l.head)
		l.unfold(a, l.tail)
	}
}

// discard is remove for those who see to the ends later.
func (l *List) discard(a *offheap.Arena, r offheap.Ref) {
	n := at(r)
	if n.prev != 0 {
		relinking(l, a, n.prev)
		at(n.prev).next = n.next
	} else {
		l.head = n.next
	}
	if n.next != 0 {
		at(n.next).prev = n.prev
	} else {
		l.tail = n.prev
	}
	l.nodes--
	l.free(a, r)
}

func (l *List) free(a *offheap.Arena, r offheap.Ref) {
	size := int(at(r).size)
	l.bytes -= uint64(offheap.ClassSize(size))
	if a.Watching() && leaves(l, a, r) {
		return
	}
	a.Free(r, size)
}

// resize moves the entries of a node to one of another size, front bytes of
// its room before them.
func (l *List) resize(a *offheap.Arena, r offheap.Ref, size, front int) offheap.Ref {
	to := l.newNode(a, size)
	from, n := at(r), at(to)
	n.count, n.kind = from.count, from.kind
	n.first += uint32(front)
	n.last = n.first + uint32(copy(to.Bytes(size)[n.first:], from.entries(r)))
	l.swap(a, r, to)
	return to
}

// slide moves the entries of a node within it, front bytes of its room before
// them.
func slide(r offheap.Ref, front int) {
	n := at(r)
	first := uint32(nodeSize + listpack.HeaderSize + front)
	copy(r.Bytes(int(n.size))[first:], n.entries(r))
	n.last += first - n.first
	n.first = first
}
