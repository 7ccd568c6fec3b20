package zset

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// The parts of a large set that Compact goes through.
const (
	compactOrder = iota // the tree with its nodes, by position
	compactNames        // the pages of the table
)

// Compact moves what lies in memory that drains, as value.Ops says.
func (s *Set) Compact(h *value.Allocator, at *value.Cursor, budget int) (more bool) {
	switch {
	case s.form == small:
		s.ref = h.Arena.Move(s.ref, int(s.size))
		return false
	case s.form != large || s.tree().root == 0:
		return false
	}
	if *at == (value.Cursor{}) {
		s.ref = h.Arena.Move(s.ref, treeBytes)
		s.tree().members = s.tree().members.Compact(h)
	}
	t := s.tree()
	if at.Part == compactNames {
		at.A = t.members.Relocate(h, at.A, budget, func(n value.Node) value.Node { return n })
		return at.A != 0
	}
	for ; budget > 0; budget -= leafMost {
		if at.A >= uint64(s.Len()) {
			*at = value.Cursor{Part: compactNames}
			return true
		}
		at.A += uint64(t.compactLeaf(h, int(at.A)))
	}
	return true
}

// compactLeaf moves the leaf of a position, with the way to it and the members from that
// position on, whose number it returns.
func (t *tree) compactLeaf(h *value.Allocator, rank int) int {
	var p path
	t.seek(rank, &p)
	for d := range p.depth {
		r := h.Arena.Move(p.step[d].inner, innerBytes)
		p.step[d].inner = r
		t.refer(&p, d, r)
	}
	p.leaf = leafRelocate(h.Arena, p.leaf)
	t.refer(&p, p.depth, p.leaf)
	n := int(leafAt(p.leaf).n) - p.i
	for ; p.i < int(leafAt(p.leaf).n); p.i++ {
		if node := leafNodes(p.leaf)[p.i]; node.Leaves(h.Arena) {
			t.relocate(h, &p, node)
		}
	}
	return n
}

// refer makes what is above depth d refer to the page at r.
func (t *tree) refer(p *path, d int, r offheap.Ref) {
	if d == 0 {
		t.root = r
		return
	}
	in, i := p.at(d - 1)
	in.child[i] = r
}

// leafRelocate moves a leaf from between its neighbours.
func leafRelocate(a *offheap.Arena, r offheap.Ref) offheap.Ref {
	to := a.Move(r, leafBytes(int(leafAt(r).room)))
	if l := leafAt(to); to != r {
		if l.prev != 0 {
			leafAt(l.prev).next = to
		}
		if l.next != 0 {
			leafAt(l.next).prev = to
		}
	}
	return to
}

// relocate moves the node that p leads to.
func (t *tree) relocate(h *value.Allocator, p *path, n value.Node) {
	to := n.Move(h.Arena, 0)
	t.members.Replace(h, h.Hash(to.Name()), n, to, false)
	leafNodes(p.leaf)[p.i] = to
	if p.i == 0 {
		p.renew(p.depth-1, scoreOf(to), to)
	}
}
