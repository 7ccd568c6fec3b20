package stream

import (
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Delete removes the entry of an ID; false: there is none.
func (s *Stream) Delete(h *value.Allocator, id ID) bool {
	it := s.Range(id, id)
	if !it.Next() {
		return false
	}
	m, n := s.mem(h), &it.node
	r := *s.nodeRef(it.at)
	if n.live <= 1 {
		s.removeNode(m, n.base, r)
	} else {
		s.mark(m, n, it.at, it.entry)
		s.count(m, n, it.at, n.live-1, n.dead+1)
	}
	s.length--
	if s.deleted.Less(id) {
		s.deleted = id
	}
	if s.length == 0 || id == s.first {
		s.first = s.bottom()
	}
	return true
}

// mark marks the entry at an offset of a node as deleted, and tells by how much that made
// the node shorter: nothing, but for numbers that other programs write long.
func (s *Stream) mark(m mem, n *node, at cursor, entry int) (shorter int) {
	if n.lp[entry] <= sameFields {
		changing(s, m, n.base, *s.nodeRef(at))
		n.lp[entry] |= entryDeleted
		return 0
	}
	size, flags := len(n.lp), listpack.Get(n.lp[entry:]).Int
	n.lp = pack(s.setInt(m, n.base, *s.nodeRef(at), entry, flags|entryDeleted))
	return size - len(n.lp)
}

// count writes how many entries a node has; it may move.
func (s *Stream) count(m mem, n *node, at cursor, live, dead int64) {
	r := s.setInt(m, n.base, *s.nodeRef(at), n.deadAt, dead)
	s.setInt(m, n.base, r, liveAt, live)
}

// Trim says which entries to remove from the front of a stream: those beyond a number,
// or those with a lesser ID.
type Trim struct {
	ByID   bool
	MaxLen uint64
	MinID  ID
	Nodes  bool  // whole nodes only
	Limit  int64 // at most so many; 0 is no limit
}

// Trim removes entries and tells how many.
func (s *Stream) Trim(h *value.Allocator, t *Trim) (removed int64) {
	m := s.mem(h)
	for {
		c := s.nodes.first()
		if c.page == 0 || !t.ByID && s.length <= t.MaxLen {
			break
		}
		r := *s.nodeRef(c)
		n := read(r, s.nodes.id(c))
		if t.Limit != 0 && removed+n.live > t.Limit {
			break
		}
		if t.wholly(s, &n) {
			s.removeNode(m, n.base, r)
			s.length -= uint64(n.live)
			removed += n.live
			continue
		}
		if !t.Nodes {
			removed += s.trimNode(m, t, &n, c)
		}
		break
	}
	if removed > 0 {
		s.first = s.bottom()
	}
	return removed
}

// wholly tells whether all of the first node goes.
func (t *Trim) wholly(s *Stream, n *node) bool {
	if t.ByID {
		return n.lastID().Less(t.MinID)
	}
	return s.length-uint64(n.live) >= t.MaxLen
}

// trimNode deletes entries of the first node, not all of them.
func (s *Stream) trimNode(m mem, t *Trim, n *node, c cursor) (removed int64) {
	for at := n.entriesAt; at < len(n.lp)-1; {
		flags, id, fields, pos := n.head(at)
		if t.ByID && !id.Less(t.MinID) || !t.ByID && s.length <= t.MaxLen {
			break
		}
		elements := fields + 1
		if flags&sameFields == 0 {
			elements += fields
		}
		if flags&entryDeleted == 0 {
			pos -= s.mark(m, n, c, at)
			removed++
			s.length--
		}
		for at = pos; elements > 0; elements-- {
			at += listpack.Next(n.lp[at:])
		}
	}
	s.count(m, n, c, n.live-removed, n.dead+removed)
	return removed
}
