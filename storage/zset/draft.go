package zset

import "sigrun/storage/value"

// Draft makes a zero Set large without an order: members are found, added, changed and
// removed, nothing else, until Finish.
func (s *Set) Draft(h *value.Allocator) { *s = Set{ref: newTree(h), form: large} }

// Finish puts the members of a draft in order. What the Limits allow becomes small.
func (s *Set) Finish(h *value.Allocator, l Limits) {
	t, held := s.tree(), h.Arena.Used()
	t.root = newLeaf(h.Arena, leafLeast)
	longest := 0
	t.members.Each(func(n value.Node) bool {
		t.insert(h.Arena, scoreOf(n), n)
		longest = max(longest, len(n.Name()))
		return true
	})
	t.bytes += h.Arena.Used() - held
	if l.Allow(s.Len(), longest) {
		s.shrink(h)
	}
}

// shrink gives a large set its small form.
func (s *Set) shrink(h *value.Allocator) {
	p := value.NewPack(h.Arena)
	var room [32]byte
	for it := s.From(0); it.Next(); {
		p.Append(h.Arena, it.Name())
		p.Append(h.Arena, appendScore(room[:0], it.Score()))
	}
	s.Free(h)
	s.keep(p)
}

// Each calls fn for all members, in no order where there is none yet.
func (s *Set) Each(fn func(name []byte, score float64)) {
	if s.form != large {
		for it := s.From(0); it.Next(); {
			fn(it.Name(), it.Score())
		}
		return
	}
	s.tree().members.Each(func(n value.Node) bool { fn(n.Name(), scoreOf(n)); return true })
}
