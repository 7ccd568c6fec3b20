package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Limit bounds a node; 0 is no bound. Entries beyond go to another one.
type Limit struct {
	Bytes   int // of a listpack
	Entries int
}

// MaxEntry bounds the fields and values of an entry together, in bytes.
const MaxEntry = listpack.MaxSize

// Append adds an entry behind all others: its ID is greater than LastID. fields are names
// and values in turn, at most MaxEntry bytes.
func (s *Stream) Append(h *value.Allocator, lim Limit, id ID, fields [][]byte) {
	m, size := s.mem(h), 0
	for _, f := range fields {
		size += len(f)
	}
	same := false
	if !s.tailTakes(lim, size) {
		s.newTail(m, id, fields, size)
		same = true
	} else {
		same = s.tailNames(fields)
	}
	s.put(m, id, fields, size, same)
	if s.length == 0 {
		s.first = id
	}
	s.length++
	s.added++
	s.last = id
}

// tailTakes tells whether the tail may take an entry with fields of so many bytes.
func (s *Stream) tailTakes(lim Limit, size int) bool {
	if s.tail == 0 {
		return false
	}
	most := lim.Bytes
	if most <= 0 || most > MaxEntry {
		most = MaxEntry
	}
	lp := pack(s.tail)
	if len(lp)+size >= most {
		return false
	}
	live, at := number(lp, liveAt)
	dead, _ := number(lp, at)
	return lim.Entries == 0 || live+dead < int64(lim.Entries)
}

// tailNames tells whether the fields are named as those of the tail's master entry.
func (s *Stream) tailNames(fields [][]byte) bool {
	lp := pack(s.tail)
	_, at := number(lp, liveAt)
	_, at = number(lp, at)
	n, at := number(lp, at)
	if int(n) != len(fields)/2 {
		return false
	}
	var room Room
	for i := 0; i < len(fields); i += 2 {
		if string(listpack.Get(lp[at:]).Text(&room)) != string(fields[i]) {
			return false
		}
		at += listpack.Next(lp[at:])
	}
	return true
}

// most is the most that an element takes beside its bytes.
const most = 10

// newTail begins a node for an entry. The one before it gives its spare room back; its
// length is what the new one will come to.
func (s *Stream) newTail(m mem, id ID, fields [][]byte, size int) {
	room := 0
	if s.tail != 0 {
		used := len(pack(s.tail))
		if !offheap.SameClass(used, int(s.tailRoom)) {
			s.move(m, s.tailID, s.tail, used, used)
		}
		room = min(used, maxAhead)
	}
	head := listpack.Overhead + 4*listpack.IntEntrySize(int64(len(fields)))
	for i := 0; i < len(fields); i += 2 {
		head += listpack.EntrySize(fields[i])
	}
	room = offheap.ClassSize(max(room, head+s.entrySize(id, id, fields, true)))
	r := m.alloc(room)
	b := r.Bytes(room)
	at := listpack.HeaderSize
	at += listpack.PutIntEntry(b[at:], 0)
	at += listpack.PutIntEntry(b[at:], 0)
	at += listpack.PutIntEntry(b[at:], int64(len(fields)/2))
	for i := 0; i < len(fields); i += 2 {
		at += listpack.PutEntry(b[at:], fields[i])
	}
	at += listpack.PutIntEntry(b[at:], 0)
	b[at] = listpack.End
	listpack.PutHeader(b, at+1, 4+len(fields)/2)
	s.enter(m, id, r, room)
}

// maxAhead bounds the room that a new node gets at once.
const maxAhead = 16 << 10

// enter makes a node, in memory of that room, the tail.
func (s *Stream) enter(m mem, id ID, r offheap.Ref, room int) {
	s.nodes.words = 1
	born(s, m, id)
	words, _ := s.nodes.insert(m, id)
	*offheap.At[offheap.Ref](words) = r
	s.tail, s.tailID, s.tailRoom = r, id, uint32(room)
}

// entrySize is the size of an entry in a node.
func (s *Stream) entrySize(id, base ID, fields [][]byte, same bool) int {
	n := listpack.IntEntrySize(0) + listpack.IntEntrySize(int64(id.Ms-base.Ms)) +
		listpack.IntEntrySize(int64(id.Seq-base.Seq)) + listpack.IntEntrySize(int64(len(fields)+4))
	for i, f := range fields {
		if !same || i%2 == 1 {
			n += listpack.EntrySize(f)
		}
	}
	if !same {
		n += listpack.IntEntrySize(int64(len(fields) / 2))
	}
	return n
}

// put writes an entry, with fields of so many bytes, to the tail.
func (s *Stream) put(m mem, id ID, fields [][]byte, size int, same bool) {
	changing(s, m, s.tailID, s.tail)
	s.makeRoom(m, id, fields, size, same)
	b := s.tail.Bytes(int(s.tailRoom))
	at := listpack.Size(b) - 1
	flags, elements := int64(0), len(fields)+4
	if same {
		flags, elements = sameFields, len(fields)/2+3
	}
	at += listpack.PutIntEntry(b[at:], flags)
	at += listpack.PutIntEntry(b[at:], int64(id.Ms-s.tailID.Ms))
	at += listpack.PutIntEntry(b[at:], int64(id.Seq-s.tailID.Seq))
	if same {
		for i := 1; i < len(fields); i += 2 {
			at += listpack.PutEntry(b[at:], fields[i])
		}
	} else {
		at += listpack.PutIntEntry(b[at:], int64(len(fields)/2))
		for _, f := range fields {
			at += listpack.PutEntry(b[at:], f)
		}
	}
	at += listpack.PutIntEntry(b[at:], int64(elements))
	b[at] = listpack.End
	listpack.Adjust(b, at+1, elements+1)
	live, _ := number(b, liveAt)
	s.setInt(m, s.tailID, s.tail, liveAt, live+1)
}

// makeRoom sees to it that an entry fits into the tail. What it takes is counted only
// when it may be too much.
func (s *Stream) makeRoom(m mem, id ID, fields [][]byte, size int, same bool) {
	used := len(pack(s.tail))
	if used+size+(len(fields)+5)*most <= int(s.tailRoom) {
		return
	}
	need := used + s.entrySize(id, s.tailID, fields, same)
	if need > int(s.tailRoom) {
		s.move(m, s.tailID, s.tail, used, offheap.ClassSize(max(need, used*3/2)))
	}
}
