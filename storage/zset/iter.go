package zset

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Iter walks over members in either direction. It is a value for the stack; the set must
// not change while it is in use.
//
//	for it := s.From(2); it.Next(); {
//		... it.Name(), it.Score() ...
//	}
type Iter struct {
	pack      value.Pack
	offset    int
	leaf      offheap.Ref
	i         int
	begun     bool
	backwards bool
	room      [num.MaxIntLen]byte
}

// From starts at the member at a position and goes up.
func (s *Set) From(rank int) Iter { return s.iter(rank, false) }

// BackFrom starts at the member at a position and goes down.
func (s *Set) BackFrom(rank int) Iter { return s.iter(rank, true) }

func (s *Set) iter(rank int, backwards bool) (it Iter) {
	it.backwards = backwards
	switch {
	case rank < 0 || rank >= s.Len():
	case s.form != large:
		it.pack = s.pack()
		it.offset = it.pack.Seek(2 * rank)
	default:
		var p path
		s.tree().seek(rank, &p)
		it.leaf, it.i = p.leaf, p.i
	}
	return it
}

// Next goes to the next member and reports whether there is one.
func (it *Iter) Next() bool {
	switch {
	case it.leaf != 0:
		return it.nextInLeaf()
	case !it.pack.Exists():
		return false
	case !it.begun:
		it.begun = true
		return true
	case !it.backwards:
		it.offset = it.pack.Next(it.pack.Next(it.offset))
		return it.offset != it.pack.End()
	case it.offset == it.pack.First():
		return false
	}
	it.offset = it.pack.Prev(it.pack.Prev(it.offset))
	return true
}

func (it *Iter) nextInLeaf() bool {
	l := leafAt(it.leaf)
	switch {
	case !it.begun:
		it.begun = true
		return true
	case it.backwards:
		if it.i--; it.i < 0 {
			if it.leaf = l.prev; it.leaf != 0 {
				it.i = int(leafAt(it.leaf).n) - 1
			}
		}
	default:
		if it.i++; it.i == int(l.n) {
			it.leaf, it.i = l.next, 0
		}
	}
	return it.leaf != 0
}

// Name is the present member: a view, or text within the Iter.
func (it *Iter) Name() []byte {
	if it.leaf != 0 {
		return leafNodes(it.leaf)[it.i].Name()
	}
	return it.pack.Get(it.offset).Text(&it.room)
}

// Score is its score.
func (it *Iter) Score() float64 {
	if it.leaf != 0 {
		return leafScores(it.leaf)[it.i]
	}
	return scoreIn(it.pack.Get(it.pack.Next(it.offset)))
}

// Scan returns members from a cursor on, as value.Members has it; all of a small set.
func (s *Set) Scan(cursor uint64, count int, fn func(name []byte, score float64)) (next uint64) {
	if s.form != large {
		for it := s.From(0); it.Next(); {
			fn(it.Name(), it.Score())
		}
		return 0
	}
	return s.tree().members.Scan(cursor, count, func(n value.Node) { fn(n.Name(), scoreOf(n)) })
}
