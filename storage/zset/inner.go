package zset

import (
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

const (
	innerMost  = 36
	innerBytes = 1024
)

// inner is a branch of the tree.
type inner struct {
	n      uint32
	_      uint32
	_      uint64
	scores [innerMost]float64    // of the first member below each child
	nodes  [innerMost]value.Node // that member
	child  [innerMost]offheap.Ref
	counts [innerMost]uint32 // members below each child
}

var _ [innerBytes]byte = [unsafe.Sizeof(inner{})]byte{}

// branch is what an inner knows of a child.
type branch struct {
	score float64
	node  value.Node
	child offheap.Ref
	count uint32
}

func innerAt(r offheap.Ref) *inner { return offheap.At[inner](r) }

func newInner(a *offheap.Arena) offheap.Ref {
	r := a.Alloc(innerBytes)
	innerAt(r).n = 0
	return r
}

// search is the child below which b lies.
func (in *inner) search(b *Bound) int {
	return b.search(in.scores[1:in.n], in.nodes[1:in.n]) // the first child is the answer when none lies before b
}

// before is the number of members below the children before child i.
func (in *inner) before(i int) (n int) {
	for _, k := range in.counts[:i] {
		n += int(k)
	}
	return n
}

// total is the number of members below all children.
func (in *inner) total() int { return in.before(int(in.n)) }

// seek is the child below which the member at a position lies, and the position there.
func (in *inner) seek(rank int) (i, rest int) {
	last := int(in.n) - 1
	for i < last && rank >= int(in.counts[i]) {
		rank -= int(in.counts[i])
		i++
	}
	return i, rank
}

func (in *inner) set(i int, b branch) {
	in.scores[i], in.nodes[i], in.child[i], in.counts[i] = b.score, b.node, b.child, b.count
}

// insert puts a branch at place i; there is room.
func (in *inner) insert(i int, b branch) {
	copy(in.scores[i+1:in.n+1], in.scores[i:in.n])
	copy(in.nodes[i+1:in.n+1], in.nodes[i:in.n])
	copy(in.child[i+1:in.n+1], in.child[i:in.n])
	copy(in.counts[i+1:in.n+1], in.counts[i:in.n])
	in.set(i, b)
	in.n++
}

// cut takes the branch at place i out.
func (in *inner) cut(i int) {
	copy(in.scores[i:], in.scores[i+1:in.n])
	copy(in.nodes[i:], in.nodes[i+1:in.n])
	copy(in.child[i:], in.child[i+1:in.n])
	copy(in.counts[i:], in.counts[i+1:in.n])
	in.n--
}

// move appends the branches of from, beginning with place i, to in.
func (in *inner) move(from *inner, i int) {
	copy(in.scores[in.n:], from.scores[i:from.n])
	copy(in.nodes[in.n:], from.nodes[i:from.n])
	copy(in.child[in.n:], from.child[i:from.n])
	k := copy(in.counts[in.n:], from.counts[i:from.n])
	in.n += uint32(k)
	from.n -= uint32(k)
}

// first is a branch for an inner that lies at r.
func (in *inner) branch(r offheap.Ref) branch {
	return branch{in.scores[0], in.nodes[0], r, uint32(in.total())}
}
