package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Flags of an entry.
const (
	entryDeleted = 1
	sameFields   = 2
)

// node is what the master entry of a listpack says.
type node struct {
	lp         []byte
	base       ID
	live, dead int64 // how many entries there are, and how many were deleted
	fields     int   // of the master entry
	deadAt     int   // where dead stands
	namesAt    int   // where the names of the fields stand
	entriesAt  int   // where the first entry begins
}

const liveAt = listpack.HeaderSize

func read(r offheap.Ref, base ID) (n node) {
	n.lp, n.base = pack(r), base
	at := liveAt
	n.live, at = number(n.lp, at)
	n.deadAt = at
	n.dead, at = number(n.lp, at)
	fields, at := number(n.lp, at)
	n.fields, n.namesAt = int(fields), at
	for range n.fields {
		at = behind(n.lp, at)
	}
	n.entriesAt = behind(n.lp, at)
	return n
}

// number reads the integer at an offset, and tells what comes behind it. Nearly all are
// small.
func number(lp []byte, at int) (n int64, next int) {
	if c := lp[at]; c < 0x80 {
		return int64(c), at + 2
	}
	return listpack.Get(lp[at:]).Int, at + listpack.Next(lp[at:])
}

// element reads the element at an offset, and tells what comes behind it. Nearly all are
// short.
func element(lp []byte, at int) (v listpack.Value, next int) {
	switch c := lp[at]; {
	case c < 0x80:
		return listpack.Value{Int: int64(c), IsInt: true}, at + 2
	case c < 0xC0:
		end := at + 1 + int(c&0x3F)
		return listpack.Value{Str: lp[at+1 : end : end]}, end + 1
	}
	return listpack.Get(lp[at:]), at + listpack.Next(lp[at:])
}

// behind is what comes behind the element at an offset.
func behind(lp []byte, at int) int {
	switch c := lp[at]; {
	case c < 0x80:
		return at + 2
	case c < 0xC0:
		return at + 2 + int(c&0x3F)
	}
	return at + listpack.Next(lp[at:])
}

// head reads the front of the entry at an offset. pos is where its names and values begin.
func (n *node) head(at int) (flags int64, id ID, fields, pos int) {
	flags, at = number(n.lp, at)
	ms, at := number(n.lp, at)
	seq, at := number(n.lp, at)
	id = ID{n.base.Ms + uint64(ms), n.base.Seq + uint64(seq)}
	if flags&sameFields != 0 {
		return flags, id, n.fields, at
	}
	count, at := number(n.lp, at)
	return flags, id, int(count), at
}

// before is the offset of the entry that ends at an offset.
func (n *node) before(end int) int {
	at := end - listpack.Prev(n.lp[:end])
	for left, _ := number(n.lp, at); left > 0; left-- {
		at -= listpack.Prev(n.lp[:at])
	}
	return at
}

// lastID is the ID of the last entry, deleted or not.
func (n *node) lastID() ID {
	_, id, _, _ := n.head(n.before(len(n.lp) - 1))
	return id
}
