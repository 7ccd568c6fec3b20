package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// HeaderSize is what a Stream takes in the entry of its key, in bytes.
const HeaderSize = 144

// Stream is entries by ID, and the groups that read them. The zero Stream is empty.
type Stream struct {
	nodes    tree
	groups   names
	tail     offheap.Ref // the last node
	tailID   ID
	tailRoom uint32 // what it may grow to
	_        uint32
	length   uint64
	added    uint64
	first    ID
	last     ID
	deleted  ID
	bytes    uint64
}

// At is the stream whose header lies at v.
func At(v offheap.Ref) *Stream { return offheap.At[Stream](v) }

func (s *Stream) mem(h *value.Allocator) mem { return mem{arena: h.Arena, bytes: &s.bytes} }

// Len is the number of entries.
func (s *Stream) Len() uint64 { return s.length }

// Nodes is the number of nodes, Pages that of the pages of their index.
func (s *Stream) Nodes() int { return int(s.nodes.count) }
func (s *Stream) Pages() int { return int(s.nodes.pages) }

// Bytes is the off-heap memory of the stream, without its header.
func (s *Stream) Bytes() int64 { return int64(s.bytes) }

// LastID is the ID generated last, First that of the first entry, zero when there is
// none, MaxDeleted the greatest that was deleted by its ID.
func (s *Stream) LastID() ID     { return s.last }
func (s *Stream) First() ID      { return s.first }
func (s *Stream) MaxDeleted() ID { return s.deleted }

// Added is how many entries were ever added.
func (s *Stream) Added() uint64 { return s.added }

// SetLastID changes the ID generated last. It is not less than that of any entry.
func (s *Stream) SetLastID(id ID) { s.last = id }

// SetAdded and SetMaxDeleted change what Added and MaxDeleted tell.
func (s *Stream) SetAdded(n uint64)   { s.added = n }
func (s *Stream) SetMaxDeleted(id ID) { s.deleted = id }

// Top is the ID of the last entry; false when there is none.
func (s *Stream) Top() (ID, bool) {
	it := s.Back(ID{}, MaxID)
	ok := it.Next()
	return it.ID, ok
}

// bottom is the ID of the first entry, zero when there is none.
func (s *Stream) bottom() ID {
	if it := s.Range(ID{}, MaxID); it.Next() {
		return it.ID
	}
	return ID{}
}

// Has reports whether there is an entry of that ID.
func (s *Stream) Has(id ID) bool {
	it := s.Range(id, id)
	return it.Next()
}

// Tombstones reports whether an entry may have been deleted that would stand at from or
// behind it, while others are left.
func (s *Stream) Tombstones(from ID) bool {
	return s.length > 0 && !s.deleted.IsZero() && !s.deleted.Less(from)
}

// Position is how many entries were added up to the one of that ID, ok false when that
// cannot be told.
func (s *Stream) Position(id ID) (n uint64, ok bool) {
	whole := s.deleted.IsZero() || s.deleted.Less(s.first)
	switch {
	case s.added == 0:
		return 0, true
	case id == s.last, s.length == 0 && id.Less(s.last):
		return s.added, true
	case s.last.Less(id), !whole, !id.IsZero() && id.Less(s.deleted):
		return 0, false
	case id.Less(s.first):
		return s.added - s.length, true
	case id == s.first:
		return s.added - s.length + 1, true
	}
	return 0, false
}

// pack is a view of the listpack of a node.
func pack(r offheap.Ref) []byte {
	return r.Bytes(listpack.Size(r.Bytes(listpack.HeaderSize)))
}

// nodeRef is the address of the node at c.
func (s *Stream) nodeRef(c cursor) *offheap.Ref { return offheap.At[offheap.Ref](s.nodes.at(c)) }

// findTail finds the tail anew after another node has become the last one.
func (s *Stream) findTail() {
	c := s.nodes.last()
	if c.page == 0 {
		s.tail, s.tailID, s.tailRoom = 0, ID{}, 0
		return
	}
	s.tail, s.tailID = *s.nodeRef(c), s.nodes.id(c)
	s.tailRoom = uint32(offheap.ClassSize(len(pack(s.tail))))
}

// roomOf is what the memory of a node takes.
func (s *Stream) roomOf(r offheap.Ref) int {
	if r == s.tail {
		return int(s.tailRoom)
	}
	return len(pack(r))
}

func (s *Stream) removeNode(m mem, id ID, r offheap.Ref) {
	freeNode(s, m, id, r)
	s.nodes.remove(m, id)
	if r == s.tail {
		s.findTail()
	}
}

// move gives a node, of which size bytes are in use, memory of another size.
func (s *Stream) move(m mem, id ID, r offheap.Ref, size, room int) offheap.Ref {
	to := m.alloc(room)
	copy(to.Bytes(size), r.Bytes(size))
	m.free(r, s.roomOf(r))
	if r == s.tail {
		s.tail, s.tailRoom = to, uint32(room)
	}
	*offheap.At[offheap.Ref](s.nodes.find(id)) = to
	return to
}

// setInt puts n in the place of the integer at an offset of a node, which may move.
func (s *Stream) setInt(m mem, id ID, r offheap.Ref, at int, n int64) offheap.Ref {
	changing(s, m, id, r)
	lp := pack(r)
	was, is := listpack.Next(lp[at:]), listpack.IntEntrySize(n)
	if size := len(lp) + is - was; size > len(lp) {
		if r == s.tail && size > int(s.tailRoom) || r != s.tail && !offheap.SameClass(size, len(lp)) {
			r = s.move(m, id, r, len(lp), offheap.ClassSize(size))
		}
		s.slide(r, at, len(lp), was, is)
	} else if size < len(lp) {
		small := r != s.tail && !offheap.SameClass(size, len(lp))
		room := offheap.ClassSize(len(lp))
		s.slide(r, at, len(lp), was, is)
		if small {
			to := m.alloc(size)
			copy(to.Bytes(size), r.Bytes(size))
			m.free(r, room)
			*offheap.At[offheap.Ref](s.nodes.find(id)) = to
			r = to
		}
	}
	listpack.PutIntEntry(r.Bytes(at + is)[at:], n)
	return r
}

// slide makes was bytes at an offset of a listpack of a length is bytes.
func (s *Stream) slide(r offheap.Ref, at, length, was, is int) {
	b := r.Bytes(max(length, length+is-was))
	copy(b[at+is:], b[at+was:length])
	listpack.Adjust(b, length+is-was, 0)
}
