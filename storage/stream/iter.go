package stream

import (
	"sigrun/internal/num"
	"sigrun/storage/listpack"
)

// Room is where an element that is kept as a number is turned into text.
type Room = [num.MaxIntLen]byte

// Iter walks over the entries of a range of IDs. It is a value for the stack; the stream
// must not change while it is in use.
//
//	for it := s.Range(from, to); it.Next(); {
//		for range it.Fields {
//			name, v := it.Field()
//		}
//	}
type Iter struct {
	ID     ID  // of the present entry
	Fields int // how many it has

	s        *Stream
	at       cursor // the present node
	node     node
	from, to ID
	back     bool
	entry    int // where the present entry begins
	end      int // backwards: where the entries not yet seen end
	pos      int // where the next element of the entry stands
	left     int // fields not yet asked for
	inEntry  bool
	same     bool
	name     int // where the next name of the master entry stands
}

// Range walks from one ID to another, both included.
func (s *Stream) Range(from, to ID) Iter {
	it := Iter{s: s, from: from, to: to, at: s.nodes.upTo(from)}
	if it.at.page == 0 {
		it.at = s.nodes.first()
	}
	if it.at.page != 0 {
		it.load()
		it.nearEnd()
	}
	return it
}

// Back walks over the same entries in the opposite order.
func (s *Stream) Back(from, to ID) Iter {
	it := Iter{s: s, from: from, to: to, back: true, at: s.nodes.upTo(to)}
	if it.at.page != 0 {
		it.load()
	}
	return it
}

// About is some number that the entries from one ID to another are not much more than,
// and count, unless it is negative.
func (s *Stream) About(from, to ID, count int64) int {
	const few = 1000
	most := int64(s.length)
	if count >= 0 {
		most = min(most, count)
	}
	if most < few {
		return int(most)
	}
	each, n := int64(s.length/s.nodes.count)+1, int64(0)
	c := s.nodes.upTo(from)
	if c.page == 0 {
		c = s.nodes.first()
	}
	for c.page != 0 && n < most && !to.Less(s.nodes.id(c)) {
		n += each * int64(int(pageAt(c.page).n)-c.i)
		c = cursor{pageAt(c.page).next, 0}
	}
	return int(min(n, most))
}

// load enters the present node.
func (it *Iter) load() {
	it.node = read(*it.s.nodeRef(it.at), it.s.nodes.id(it.at))
	it.pos, it.end = it.node.entriesAt, len(it.node.lp)-1
	it.inEntry = false
}

// nearEnd goes to the first entry from the end of the tail when it lies nearer to that,
// as far as the IDs tell: who reads what is new begins there.
func (it *Iter) nearEnd() {
	base, last := it.node.base, it.s.last
	if it.from.Less(base) || last.Less(it.from) || *it.s.nodeRef(it.at) != it.s.tail {
		return
	}
	if last.Ms != base.Ms {
		if it.from.Ms-base.Ms < (last.Ms-base.Ms)/2 {
			return
		}
	} else if it.from.Seq-base.Seq < (last.Seq-base.Seq)/2 {
		return
	}
	pos := it.end
	for pos > it.node.entriesAt {
		at := it.node.before(pos)
		_, id, _, _ := it.node.head(at)
		if id.Less(it.from) {
			break
		}
		pos = at
	}
	it.pos = pos
}

// Next goes to the next entry and tells whether there is one.
func (it *Iter) Next() bool {
	if it.back {
		return it.nextBack()
	}
	for it.at.page != 0 {
		it.skip()
		if it.pos == it.end {
			if it.at = it.s.nodes.on(it.at); it.at.page != 0 {
				it.load()
			}
			continue
		}
		deleted := it.open(it.pos)
		switch {
		case it.to.Less(it.ID):
			it.at.page = 0
			return false
		case !deleted && !it.ID.Less(it.from):
			return true
		}
	}
	return false
}

func (it *Iter) nextBack() bool {
	for it.at.page != 0 {
		if it.end == it.node.entriesAt {
			if it.at = it.s.nodes.back(it.at); it.at.page != 0 {
				it.load()
			}
			continue
		}
		it.end = it.node.before(it.end)
		deleted := it.open(it.end)
		switch {
		case it.ID.Less(it.from):
			it.at.page = 0
			return false
		case !deleted && !it.to.Less(it.ID):
			return true
		}
	}
	return false
}

// open reads the front of the entry at an offset.
func (it *Iter) open(at int) (deleted bool) {
	it.entry = at
	flags, id, fields, pos := it.node.head(at)
	it.ID, it.Fields, it.pos, it.left = id, fields, pos, fields
	it.same, it.name, it.inEntry = flags&sameFields != 0, it.node.namesAt, true
	return flags&entryDeleted != 0
}

// skip goes behind what is left of the present entry.
func (it *Iter) skip() {
	if !it.inEntry {
		return
	}
	elements := it.left + 1
	if !it.same {
		elements += it.left
	}
	for range elements {
		it.pos = behind(it.node.lp, it.pos)
	}
	it.inEntry = false
}

// Field is the next field of the present entry. It is asked for at most Fields times.
func (it *Iter) Field() (name, v listpack.Value) {
	lp := it.node.lp
	if it.same {
		name, it.name = element(lp, it.name)
	} else {
		name, it.pos = element(lp, it.pos)
	}
	v, it.pos = element(lp, it.pos)
	it.left--
	return name, v
}
