// Package quicklist is the list value: a chain of off-heap nodes, each of which
// holds the entries of a listpack, with room to grow at both ends.
//
//	List (40 bytes, inside the key's entry)
//	  head ---> node <--> node <--> node <--- tail
//
//	packed node
//	+------+------+--------+-------------------------+------+-------+
//	| node | room | 6 free | entry entry entry ...   | room | 1 free|
//	+------+------+--------+-------------------------+------+-------+
//	                       ^ first                   ^ last
//
// The six bytes before the first entry and the one behind the last are always
// free, so a node becomes an exact listpack by writing its header and its end
// in place: Packs does, for DUMP and RDB. Room at the end in use makes a push a
// copy of the element alone; entries move only when room has run out there, and
// then an eighth of what moves is free again, so pushes and pops at both ends
// cost O(1) amortised, without garbage on any heap.
//
// An element too large for a node has a plain node of its own: its bytes alone.
//
// Nodes inside a long list may be folded: their entries are compressed, behind the length
// that they had. The nodes at both ends never are, nor is one that is being changed;
// whoever reads a folded one unfolds it into a buffer of his own.
//
// Small lists are one node. Such a list calls itself a listpack, as Valkey's
// do, until a push would make it larger than the Limit; it falls back when a
// single node is at most half the Limit.
//
// A List lives in off-heap memory and is guarded by the token of its shard. The
// arena handed to its methods is always the same one. Views of elements are
// valid until the list changes.
package quicklist

import (
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// HeaderSize is what a List takes in the entry of its key, in bytes.
const HeaderSize = 40

var _ [0]struct{} = [unsafe.Sizeof(List{}) - HeaderSize]struct{}{}

// List is a list of byte strings. The zero List is empty.
type List struct {
	head, tail offheap.Ref
	count      uint64
	bytes      uint64 // of the nodes, with what their size classes add
	nodes      uint32
	quick      uint32 // 1: calls itself a quicklist
}

// Limit bounds a node. Elements beyond go to another one.
type Limit struct {
	Bytes int // of a listpack
	Count int // elements
	Depth int // nodes at either end that are not compressed, 0: compress none
	Large int // elements of so many bytes have a node of their own; 0: those that a node does not take
}

// LimitOf reads the value of list-max-listpack-size: a number of elements, or
// -1 to -5 for 4, 8, 16, 32 or 64 KiB.
func LimitOf(config int) Limit {
	const safeBytes, noCount = 8 << 10, 1<<16 - 1
	if config < 0 {
		return Limit{Bytes: 2 << 10 << min(-config, 5), Count: noCount}
	}
	return Limit{Bytes: safeBytes, Count: min(max(config, 1), noCount)}
}

// plain tells whether an element of n bytes whose entry takes size bytes needs a
// node of its own.
func (m Limit) plain(n, size int) bool {
	if m.Large > 0 {
		return n >= m.Large
	}
	return nodeSize+listpack.Overhead+size > m.Bytes
}

// Len is the number of elements.
func (l *List) Len() int { return int(l.count) }

// Quick tells whether OBJECT ENCODING says "quicklist"; else it says "listpack".
func (l *List) Quick() bool { return l.quick != 0 }

// Nodes is the number of nodes.
func (l *List) Nodes() int { return int(l.nodes) }

// Bytes is the off-heap memory of the list, without its header.
func (l *List) Bytes() int64 { return int64(l.bytes) }

// Free gives back all nodes and leaves the list empty.
func (l *List) Free(a *offheap.Arena) {
	for l.FreeStep(a, 1<<20) {
	}
}

// FreeStep gives back up to budget nodes from the front and tells whether there
// are more. Len counts what is left.
func (l *List) FreeStep(a *offheap.Arena, budget int) (more bool) {
	for ; budget > 0 && l.head != 0; budget-- {
		l.count -= uint64(at(l.head).count)
		l.discard(a, l.head)
	}
	if l.head == 0 {
		l.quick = 0
		if a.Watching() {
			unwatch(l, a)
		}
	}
	return l.head != 0
}

// Clone makes dst, which must be empty, a copy of l in another arena or the
// same. Its nodes have no room to spare.
func (l *List) Clone(dst *List, a *offheap.Arena) {
	for r := l.head; r != 0; r = at(r).next {
		from := at(r)
		entries := from.entries(r)
		to := dst.newNode(a, offheap.ClassSize(nodeSize+listpack.Overhead+len(entries)))
		n := at(to)
		n.count, n.kind = from.count, from.kind
		n.last = n.first + uint32(copy(to.Bytes(int(n.size))[n.first:], entries))
		dst.link(a, to, dst.tail, 0)
	}
	dst.count, dst.quick = l.count, l.quick
}

// Packs hands out the nodes in order: each as an exact listpack, or as the
// bytes of one large element. It stops when fn returns false.
func (l *List) Packs(fn func(b []byte, plain bool) bool) {
	var room []byte
	for r := l.head; r != 0; r = at(r).next {
		n := at(r)
		var b []byte
		if b, room = n.form(r, room); !fn(b, n.kind&plain != 0) {
			return
		}
	}
}

// form is a node as Packs hands it out; one that is folded becomes that in room, or a larger one.
func (n *node) form(r offheap.Ref, room []byte) (b, used []byte) {
	switch {
	case n.kind&folded != 0:
		var v view
		v, room = n.unfolded(r, room)
		if b = v.b[v.first:v.last]; n.kind&plain == 0 {
			b = room[:v.last+1]
			listpack.PutHeader(b, len(b), v.count)
			b[len(b)-1] = listpack.End
		}
	case n.kind&plain != 0:
		b = n.entries(r)
	default:
		b = n.pack(r)
	}
	return b, room
}

// Unfolded is what the nodes hold in bytes: the size of their listpacks and large elements
// before they were compressed.
func (l *List) Unfolded() (size int64) {
	for r := l.head; r != 0; r = at(r).next {
		n := at(r)
		size += int64(n.rawSize(r))
		if n.kind&plain == 0 {
			size += listpack.Overhead
		}
	}
	return size
}
