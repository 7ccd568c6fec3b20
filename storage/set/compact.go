package set

import "sigrun/storage/value"

// Compact moves what lies in memory that drains, as value.Ops says.
func (s *Set) Compact(h *value.Allocator, at *value.Cursor, budget int) (more bool) {
	switch s.form() {
	case ints, packed:
		s.ref = h.Arena.Move(s.ref, int(uint32(s.info)))
	case table:
		if at.A == 0 {
			s.ref = s.members().Compact(h).Ref()
		}
		at.A = s.members().Relocate(h, at.A, budget, func(n value.Node) value.Node {
			if n.Leaves(h.Arena) {
				return n.Move(h.Arena, 0)
			}
			return n
		})
	}
	return at.A != 0
}
