package zset

import (
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

const (
	leafHead  = 32
	leafMost  = 62 // leafHead + 16*leafMost: a KiB
	leafLeast = 4
)

// leaf is the front of a leaf; room scores follow, then room nodes.
type leaf struct {
	next, prev offheap.Ref
	n, room    uint32
	_          uint64
}

var _ [leafHead]byte = [unsafe.Sizeof(leaf{})]byte{}

func leafAt(r offheap.Ref) *leaf { return offheap.At[leaf](r) }

func leafBytes(room int) int { return leafHead + 16*room }

func newLeaf(a *offheap.Arena, room int) offheap.Ref {
	r := a.Alloc(leafBytes(room))
	*leafAt(r) = leaf{room: uint32(room)}
	return r
}

func freeLeaf(a *offheap.Arena, r offheap.Ref) { a.Free(r, leafBytes(int(leafAt(r).room))) }

// leafScores and leafNodes are the places of a leaf, taken or not.
func leafScores(r offheap.Ref) []float64 {
	return offheap.At[[leafMost]float64](r + leafHead)[:leafAt(r).room]
}

func leafNodes(r offheap.Ref) []value.Node {
	room := leafAt(r).room
	return offheap.At[[leafMost]value.Node](r + leafHead + 8*offheap.Ref(room))[:room]
}

// leafSearch is the number of members of a leaf that lie before b.
func leafSearch(r offheap.Ref, b *Bound) int {
	scores, nodes := leafScores(r), leafNodes(r)
	n := int(leafAt(r).n)
	return b.search(scores[:n], nodes[:n])
}

// leafInsert puts a member at place i of a leaf that has room.
func leafInsert(r offheap.Ref, i int, score float64, node value.Node) {
	l, scores, nodes := leafAt(r), leafScores(r), leafNodes(r)
	copy(scores[i+1:l.n+1], scores[i:l.n])
	copy(nodes[i+1:l.n+1], nodes[i:l.n])
	scores[i], nodes[i] = score, node
	l.n++
}

// leafCut takes k members out, from place i on.
func leafCut(r offheap.Ref, i, k int) {
	l, scores, nodes := leafAt(r), leafScores(r), leafNodes(r)
	copy(scores[i:], scores[i+k:l.n])
	copy(nodes[i:], nodes[i+k:l.n])
	l.n -= uint32(k)
}

// leafMove appends the members of one leaf from place i on to another.
func leafMove(to, from offheap.Ref, i int) {
	l, f := leafAt(to), leafAt(from)
	copy(leafScores(to)[l.n:], leafScores(from)[i:f.n])
	k := copy(leafNodes(to)[l.n:], leafNodes(from)[i:f.n])
	l.n += uint32(k)
	f.n -= uint32(k)
}

// leafGrow moves a leaf without neighbours to a place of twice the room.
func leafGrow(a *offheap.Arena, r offheap.Ref) offheap.Ref {
	to := newLeaf(a, min(2*int(leafAt(r).room), leafMost))
	leafMove(to, r, 0)
	freeLeaf(a, r)
	return to
}

// leafLink puts r behind another leaf.
func leafLink(r, prev offheap.Ref) {
	l, p := leafAt(r), leafAt(prev)
	l.prev, l.next = prev, p.next
	if p.next != 0 {
		leafAt(p.next).prev = r
	}
	p.next = r
}

// leafUnlink takes r from between its neighbours.
func leafUnlink(r offheap.Ref) {
	l := leafAt(r)
	if l.prev != 0 {
		leafAt(l.prev).next = l.next
	}
	if l.next != 0 {
		leafAt(l.next).prev = l.prev
	}
}
