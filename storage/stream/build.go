package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Packs hands out the nodes in order: the ID of each one's first entry, and its listpack.
// It stops when fn returns false.
func (s *Stream) Packs(fn func(id ID, lp []byte) bool) {
	for c := s.nodes.first(); c.page != 0; c = s.nodes.on(c) {
		if !fn(s.nodes.id(c), pack(*s.nodeRef(c))) {
			return
		}
	}
}

// AddPack adds a node behind all others; false: its ID is not the greatest, and nothing was
// done. Its listpack is known to be the node that it claims to be: storage/rdb checks it.
// What Restore sets is to be set once all are there.
func (s *Stream) AddPack(h *value.Allocator, id ID, lp []byte) bool {
	if s.tail != 0 && !s.tailID.Less(id) {
		return false
	}
	m := s.mem(h)
	r := m.alloc(len(lp))
	copy(r.Bytes(len(lp)), lp)
	s.enter(m, id, r, offheap.ClassSize(len(lp)))
	return true
}

// Facts are what a stream knows beside its entries.
type Facts struct {
	Len, Added           uint64
	First, Last, Deleted ID
}

// Facts tells them, Restore sets them: Len is the number of entries that the nodes hold.
func (s *Stream) Facts() Facts { return Facts{s.length, s.added, s.first, s.last, s.deleted} }

func (s *Stream) Restore(f Facts) {
	s.length, s.added, s.first, s.last, s.deleted = f.Len, f.Added, f.First, f.Last, f.Deleted
}
