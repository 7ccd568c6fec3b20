package zset

import (
	"bytes"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Portrait is a large set as it was when the portrait was begun. It is written from the highest member down, as long as there is an
// order: what was put aside early comes in any.
type Portrait struct {
	*value.Portrait
	h     *value.Allocator
	tree  offheap.Ref
	begun bool
	score float64 // of the last member that was written in order
	name  []byte
}

// Portray begins the portrait of a large set; put writes a member.
func (s *Set) Portray(h *value.Allocator, put func(member []byte, score float64)) *Portrait {
	t := s.tree()
	p := &Portrait{h: h, tree: s.ref}
	p.Portrait = t.members.Portray(h, uint64(t.bytes), func(n value.Node) { put(n.Name(), scoreOf(n)) })
	p.InOrder(p.passed)
	return p
}

// TreeBytes is what a large set takes, 0 of a small one.
func (s *Set) TreeBytes() int64 {
	if !s.Large() {
		return 0
	}
	return s.tree().bytes
}

// passed reports whether the walk has been at the place of a node.
func (p *Portrait) passed(n value.Node) bool {
	if !p.begun {
		return false
	}
	if score := scoreOf(n); score != p.score {
		return score > p.score
	}
	return bytes.Compare(n.Name(), p.name) >= 0
}

// mostSeen bounds the members that a step looks at: those that were put aside are passed over.
const mostSeen = 2048

// Step writes the next members until more says that it was enough, and reports whether any are left.
func (p *Portrait) Step(more func() bool) (left bool) {
	if p.Apart {
		return p.Portrait.Step(more)
	}
	t := offheap.At[tree](p.tree)
	rank := t.members.Len()
	if p.begun {
		b := at(p.score, p.name)
		rank = t.rank(&b)
	}
	if rank == 0 {
		return false
	}
	var way path
	t.seek(rank-1, &way)
	seen := 0
	for leaf, i := way.leaf, way.i; ; {
		n := leafNodes(leaf)[i]
		if seen++; seen > mostSeen || !more() {
			return true
		}
		if !p.Disturbed() || !p.Settled(p.h.Hash(n.Name())) {
			p.Put(n)
		}
		p.begun, p.score, p.name = true, leafScores(leaf)[i], append(p.name[:0], n.Name()...)
		if i--; i < 0 {
			if leaf = leafAt(leaf).prev; leaf == 0 {
				return false
			}
			i = int(leafAt(leaf).n) - 1
		}
	}
}
