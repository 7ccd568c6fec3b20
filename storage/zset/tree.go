package zset

import (
	"unsafe"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

const (
	treeBytes = 32
	maxHeight = 16 // half full, a tree of that height has 18^16 leaves
)

// tree is a large set.
type tree struct {
	members value.Members
	root    offheap.Ref // 0: the order is not known yet (Draft)
	bytes   int64       // everything, but for the tree itself
	height  uint32      // of root; 0: a leaf
	_       uint32
}

var _ [treeBytes]byte = [unsafe.Sizeof(tree{})]byte{}

// path is the way from the root to a place in a leaf.
type path struct {
	step  [maxHeight]struct{ inner, child offheap.Ref } // child: its place in the inner
	depth int
	leaf  offheap.Ref
	i     int
}

func (p *path) at(d int) (*inner, int) { return innerAt(p.step[d].inner), int(p.step[d].child) }

func (p *path) push(r offheap.Ref, i int) offheap.Ref {
	p.step[p.depth].inner, p.step[p.depth].child = r, offheap.Ref(i)
	p.depth++
	return innerAt(r).child[i]
}

// find is the way to a member, or to where it would have its place.
func (t *tree) find(score float64, name []byte, p *path) {
	b := Bound{kind: byBoth, after: true, score: score, name: name} // it may be the first below a child
	r := t.root
	p.depth = 0
	for h := t.height; h > 0; h-- {
		r = p.push(r, innerAt(r).search(&b))
	}
	b.after = false
	p.leaf, p.i = r, leafSearch(r, &b)
}

// seek is the way to the member at a position.
func (t *tree) seek(rank int, p *path) {
	r := t.root
	p.depth = 0
	for h := t.height; h > 0; h-- {
		i, rest := innerAt(r).seek(rank)
		r, rank = p.push(r, i), rest
	}
	p.leaf, p.i = r, rank
}

// rank is the number of members that lie before b.
func (t *tree) rank(b *Bound) (n int) {
	r := t.root
	for h := t.height; h > 0; h-- {
		in := innerAt(r)
		i := in.search(b)
		n += in.before(i)
		r = in.child[i]
	}
	return n + leafSearch(r, b)
}

// count adds k to the counts along a way.
func (p *path) count(k int) {
	for d := range p.depth {
		in, i := p.at(d)
		in.counts[i] += uint32(k)
	}
}

// renew makes the inners of a way, down to depth d, say what is first now below the child
// at depth d, whose place in the lowest of them may have changed to 0.
func (p *path) renew(d int, score float64, n value.Node) {
	for ; d >= 0; d-- {
		in, i := p.at(d)
		in.scores[i], in.nodes[i] = score, n
		if i != 0 {
			return
		}
	}
}

// insert puts a node that is not in the tree in its place.
func (t *tree) insert(a *offheap.Arena, score float64, n value.Node) {
	var p path
	t.find(score, n.Name(), &p)
	p.count(1)
	l := leafAt(p.leaf)
	if l.n == l.room {
		if l.room < leafMost {
			t.root = leafGrow(a, p.leaf)
			p.leaf = t.root
		} else {
			t.splitLeaf(a, &p, score, n)
			return
		}
	}
	leafInsert(p.leaf, p.i, score, n)
	if p.i == 0 {
		p.renew(p.depth-1, score, n)
	}
}

// splitLeaf inserts a member into a leaf that is full. p is counted.
func (t *tree) splitLeaf(a *offheap.Arena, p *path, score float64, n value.Node) {
	l, right := leafAt(p.leaf), newLeaf(a, leafMost)
	leafLink(right, p.leaf)
	cut := int(l.n) / 2
	switch {
	case p.i == int(l.n) && leafAt(right).next == 0:
		cut = p.i
	case p.i == 0 && l.prev == 0:
		cut = 0
	}
	leafMove(right, p.leaf, cut)
	if p.i > cut || p.i == cut && cut != 0 {
		leafInsert(right, p.i-cut, score, n)
	} else {
		leafInsert(p.leaf, p.i, score, n)
		if p.i == 0 {
			p.renew(p.depth-1, score, n)
		}
	}
	t.enter(a, p, branch{leafScores(right)[0], leafNodes(right)[0], right, leafAt(right).n})
}

// enter makes a new child known, right of the one that p leads to and from which its
// members came.
func (t *tree) enter(a *offheap.Arena, p *path, b branch) {
	for d := p.depth - 1; d >= 0; d-- {
		in, i := p.at(d)
		in.counts[i] -= b.count
		if in.n < innerMost {
			in.insert(i+1, b)
			return
		}
		r := newInner(a)
		right := innerAt(r)
		cut := p.cutOf(d)
		right.move(in, cut)
		if i+1 >= cut {
			right.insert(i+1-cut, b)
		} else {
			in.insert(i+1, b)
		}
		b = right.branch(r)
	}
	r := newInner(a)
	root := innerAt(r)
	if t.height == 0 {
		root.insert(0, branch{leafScores(t.root)[0], leafNodes(t.root)[0], t.root, leafAt(t.root).n})
	} else {
		root.insert(0, innerAt(t.root).branch(t.root))
	}
	root.insert(1, b)
	t.root = r
	t.height++
}

// cutOf is where the full inner at depth d is split: in the middle, but at the end of the
// tree where its branches come in order.
func (p *path) cutOf(d int) int {
	first, last := true, true
	for up := range d {
		in, i := p.at(up)
		first, last = first && i == 0, last && i == int(in.n)-1
	}
	switch in, i := p.at(d); {
	case last && i == int(in.n)-1:
		return i + 1
	case first && i == 0:
		return 1
	default:
		return int(in.n) / 2
	}
}

// remove takes k members out of the leaf that p leads to, from its place on; they must
// be there. What they were is the caller's.
func (t *tree) remove(a *offheap.Arena, p *path, k int) {
	p.count(-k)
	l := leafAt(p.leaf)
	leafCut(p.leaf, p.i, k)
	d := p.depth - 1
	switch {
	case d < 0:
		return
	case l.n == 0:
		leafUnlink(p.leaf)
		freeLeaf(a, p.leaf)
		t.leave(a, p, d, int(p.step[d].child))
	default:
		if p.i == 0 {
			p.renew(d, leafScores(p.leaf)[0], leafNodes(p.leaf)[0])
		}
		if l.n < leafMost/2 {
			t.joinLeaves(a, p)
		}
	}
	for t.height > 0 && innerAt(t.root).n == 1 {
		r := t.root
		t.root = innerAt(r).child[0]
		t.height--
		a.Free(r, innerBytes)
	}
}

// joinLeaves puts what is left in a leaf together with a neighbour, if the two fit well.
func (t *tree) joinLeaves(a *offheap.Arena, p *path) {
	in, i := p.at(p.depth - 1)
	i = in.partner(i, leafMost)
	if i < 0 {
		return
	}
	left, right := in.child[i], in.child[i+1]
	leafMove(left, right, 0)
	leafUnlink(right)
	freeLeaf(a, right)
	in.counts[i] += in.counts[i+1]
	t.leave(a, p, p.depth-1, i+1)
}

// partner finds, for a leaf at place i that is less than half full, two neighbours that
// fit into one: the place of the left one, -1 when there are none.
func (in *inner) partner(i, most int) int {
	fits := func(i int) bool {
		return i >= 0 && i+1 < int(in.n) && int(in.counts[i]+in.counts[i+1]) <= most*3/4
	}
	switch {
	case fits(i):
		return i
	case fits(i - 1):
		return i - 1
	}
	return -1
}

// leave takes the branch at place i, whose child is gone, out of the inner at depth d.
func (t *tree) leave(a *offheap.Arena, p *path, d, i int) {
	for {
		in, _ := p.at(d)
		in.cut(i)
		if in.n == 0 {
			a.Free(p.step[d].inner, innerBytes)
			d--
			i = int(p.step[d].child)
			continue
		}
		if i == 0 && d > 0 {
			p.renew(d-1, in.scores[0], in.nodes[0])
		}
		if d == 0 || in.n >= innerMost/2 {
			return
		}
		d--
		up, at := p.at(d)
		if i = up.join(a, at); i < 0 {
			return
		}
	}
}

// join puts the inner at place i together with a neighbour, if the two fit well, and is
// the place whose child is gone then, -1 when none is.
func (in *inner) join(a *offheap.Arena, i int) (gone int) {
	fits := func(i int) bool {
		return i >= 0 && i+1 < int(in.n) && innerAt(in.child[i]).n+innerAt(in.child[i+1]).n <= innerMost*3/4
	}
	if !fits(i) {
		if i--; !fits(i) {
			return -1
		}
	}
	right := in.child[i+1]
	innerAt(in.child[i]).move(innerAt(right), 0)
	in.counts[i] += in.counts[i+1]
	a.Free(right, innerBytes)
	return i + 1
}

// change gives a node another score.
func (t *tree) change(a *offheap.Arena, n value.Node, old, score float64) {
	var p path
	t.find(old, n.Name(), &p)
	invariants.Assert(leafNodes(p.leaf)[p.i] == n, "a member is not where it belongs")
	if !p.stays(score, n) {
		t.remove(a, &p, 1)
		t.insert(a, score, n)
		return
	}
	leafScores(p.leaf)[p.i] = score
	if p.i == 0 {
		p.renew(p.depth-1, score, n)
	}
}

// stays reports whether the member that p leads to remains between its neighbours with
// another score.
func (p *path) stays(score float64, n value.Node) bool {
	l, b := leafAt(p.leaf), at(score, n.Name())
	before, i := p.leaf, p.i-1
	if i < 0 {
		if before = l.prev; before != 0 {
			i = int(leafAt(before).n) - 1
		}
	}
	if before != 0 && !b.behind(leafScores(before)[i], leafNodes(before)[i]) {
		return false
	}
	after, i := p.leaf, p.i+1
	if i == int(l.n) {
		after, i = l.next, 0
	}
	return after == 0 || !b.behind(leafScores(after)[i], leafNodes(after)[i])
}

// dismantle frees the last leaf, and the inners that had no other; false: none is left.
func (t *tree) dismantle(a *offheap.Arena) (more bool) {
	if t.root == 0 {
		return false
	}
	var p path
	r := t.root
	for h := t.height; h > 0; h-- {
		r = p.push(r, int(innerAt(r).n)-1)
	}
	freeLeaf(a, r)
	for d := p.depth - 1; d >= 0; d-- {
		in, _ := p.at(d)
		if in.n--; in.n > 0 {
			return true
		}
		a.Free(p.step[d].inner, innerBytes)
	}
	t.root, t.height = 0, 0
	return false
}
