package rdb

import (
	"sigrun/internal/num"
	"sigrun/storage/listpack"
)

// Flags of an entry in a stream node.
const (
	entryDeleted    = 1
	entrySameFields = 2
)

// checkStreamNode checks the listpack of a stream node, whose ids are relative to base, and adds what it learns to s:
//
//	| entries | deleted | fields n | field … | 0 |           what the first entry, deleted or not, had for fields
//	| flags | ms | seq | value … | 3 + n |                   an entry with these fields
//	| flags | ms | seq | m | field | value … | 4 + 2 m |     an entry with others
//
// ms and seq are what the id is above base. The last element says how many stand before it, to walk back.
func checkStreamNode(base StreamID, pack []byte, s *streamNodes) bool {
	if !listpack.Valid(pack) {
		return false
	}
	c := &packCursor{pack: pack, at: listpack.HeaderSize}
	live, deleted, fields := c.count(), c.count(), c.count()
	c.skip(fields)
	if end, ok := c.int(); !ok || end != 0 || live+deleted == 0 {
		return false
	}
	for i := live + deleted; i > 0; i-- {
		flags, ok := c.streamEntry(base, fields, s)
		if !ok {
			return false
		}
		if flags&entryDeleted != 0 {
			deleted--
		} else {
			live--
		}
	}
	return !c.bad && c.done() && live == 0 && deleted == 0
}

// streamEntry checks one entry.
func (c *packCursor) streamEntry(base StreamID, fields int64, s *streamNodes) (flags int64, ok bool) {
	flags, ok = c.int()
	if !ok || flags&^(entryDeleted|entrySameFields) != 0 {
		return flags, false
	}
	id, ok := c.streamID(base)
	if !ok || id.Less(base) || s.any && !s.last.Less(id) {
		return flags, false
	}
	elements := 3 + fields
	if flags&entrySameFields != 0 {
		c.skip(fields)
	} else {
		own := c.count()
		c.skip(2 * own)
		elements = 4 + 2*own
	}
	if back, ok := c.int(); !ok || back != elements {
		return flags, false
	}
	if flags&entryDeleted == 0 {
		if s.live == 0 {
			s.first = id
		}
		s.live++
	}
	s.last, s.any = id, true
	return flags, true
}

func (c *packCursor) streamID(base StreamID) (id StreamID, ok bool) {
	ms, ok := c.int()
	if !ok {
		return id, false
	}
	seq, ok := c.int()
	return StreamID{base.Ms + uint64(ms), base.Seq + uint64(seq)}, ok
}

// EachEntry tells of the entries of a stream node that are not deleted: of its id and how many fields it has, and then of each of these. The node was
// handed to a Builder, so that it is known to be whole; field and value live until visit returns.
func EachEntry(base StreamID, pack []byte, begin func(id StreamID, fields int), visit func(field, value []byte)) {
	c := &packCursor{pack: pack, at: listpack.HeaderSize}
	entries := c.count() + c.count()
	fields := c.count()
	first := c.at
	c.skip(fields + 1)
	var name, value [num.MaxIntLen]byte
	for ; entries > 0; entries-- {
		flags, _ := c.int()
		id, _ := c.streamID(base)
		names, n := &packCursor{pack: pack, at: first}, fields
		if flags&entrySameFields == 0 {
			names, n = c, c.count()
		}
		there := flags&entryDeleted == 0
		if there {
			begin(id, int(n))
		}
		for ; n > 0; n-- {
			f := names.next().Text(&name)
			if v := c.next().Text(&value); there {
				visit(f, v)
			}
		}
		c.skip(1)
	}
}

// packCursor walks over a listpack that is valid. Once it meets what should not be there it is bad and gives zeros.
type packCursor struct {
	pack []byte
	at   int
	bad  bool
}

func (c *packCursor) done() bool { return c.bad || c.pack[c.at] == listpack.End }

// next is the next element.
func (c *packCursor) next() (v listpack.Value) {
	if c.done() {
		c.bad = true
		return v
	}
	v = listpack.Get(c.pack[c.at:])
	c.at += listpack.Next(c.pack[c.at:])
	return v
}

// int is the next element, which has to be an integer.
func (c *packCursor) int() (n int64, ok bool) {
	v := c.next()
	c.bad = c.bad || !v.IsInt
	return v.Int, v.IsInt
}

// count is an int that counts elements of this listpack.
func (c *packCursor) count() int64 {
	n, _ := c.int()
	if n < 0 || n > int64(len(c.pack)) {
		c.bad = true
		return 0
	}
	return n
}

// skip passes over n elements.
func (c *packCursor) skip(n int64) {
	for ; n > 0 && !c.bad; n-- {
		if c.done() {
			c.bad = true
			return
		}
		c.at += listpack.Next(c.pack[c.at:])
	}
}
