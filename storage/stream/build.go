package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
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

// AddPack adds a node that is Valid behind all others; false: its ID is not the greatest,
// and nothing was done. What Restore sets is to be set once all are there.
func (s *Stream) AddPack(h *value.Home, id ID, lp []byte) bool {
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

// Count looks into every node for the number of entries and the ID of the first one: what
// Facts of files that do not have them, or may lie, are compared with.
func (s *Stream) Count() (entries uint64, first ID) {
	for c := s.nodes.first(); c.page != 0; c = s.nodes.on(c) {
		live, _ := number(pack(*s.nodeRef(c)), liveAt)
		entries += uint64(live)
	}
	return entries, s.bottom()
}

// Valid tells whether bytes from outside are the listpack of a node: after it, a stream
// may hold them. It neither panics nor reads beyond lp, whatever the bytes.
func Valid(lp []byte) bool {
	if !listpack.Valid(lp) {
		return false
	}
	w := walker{lp: lp, at: listpack.HeaderSize, ok: true}
	live, dead, fields := w.number(), w.number(), w.number()
	if live < 0 || dead < 0 || live+dead <= 0 || fields < 0 {
		return false
	}
	w.pass(fields)
	if w.number() != 0 || !w.ok {
		return false
	}
	for range live + dead {
		if !w.entry(fields, &live) {
			return false
		}
	}
	return w.lp[w.at] == listpack.End && live == 0
}

// walker goes over the elements of a listpack that is valid; ok turns false where they
// are not as they have to be.
type walker struct {
	lp []byte
	at int
	ok bool
}

// number passes an integer.
func (w *walker) number() int64 {
	if !w.ok || w.lp[w.at] == listpack.End {
		w.ok = false
		return 0
	}
	v := listpack.Get(w.lp[w.at:])
	w.ok = v.IsInt
	w.pass(1)
	return v.Int
}

// pass passes n elements.
func (w *walker) pass(n int64) {
	for ; n > 0 && w.ok; n-- {
		if w.lp[w.at] == listpack.End {
			w.ok = false
			return
		}
		w.at += listpack.Next(w.lp[w.at:])
	}
}

// entry passes an entry, and counts live down when it is not deleted. Its flags are one
// byte: they are changed in place.
func (w *walker) entry(fields int64, live *int64) bool {
	if w.lp[w.at] > entryDeleted|sameFields {
		return false
	}
	flags := w.number()
	w.number()
	w.number()
	elements := fields
	if flags&sameFields == 0 {
		if fields = w.number(); fields < 0 || fields > int64(len(w.lp)) {
			return false
		}
		elements = 2*fields + 1
		w.pass(2 * fields)
	} else {
		w.pass(fields)
	}
	if flags&entryDeleted == 0 {
		*live--
	}
	return w.number() == elements+3 && w.ok
}
