package set

import "sigrun/storage/value"

// Portray begins the portrait of a set that is a table; put writes a member.
func (s *Set) Portray(h *value.Allocator, put func(member []byte)) *value.Portrait {
	m := s.members()
	return m.Portray(h, *m.Word(), func(n value.Node) { put(n.Name()) })
}

// NodeBytes is what the members of a table take, 0 of another form.
func (s *Set) NodeBytes() uint64 {
	if !s.Table() {
		return 0
	}
	return *s.members().Word()
}
