package set

import (
	"sigrun/internal/rng"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Each calls fn for all members until it returns false. fn must not change the set.
func (s *Set) Each(fn func(v listpack.Value) bool) {
	switch s.form() {
	case ints:
		i := s.intset()
		for n := range i.Len() {
			if !fn(listpack.Value{Int: i.Get(n), IsInt: true}) {
				return
			}
		}
	case packed:
		p := s.pack()
		for at := p.First(); at != p.End(); at = p.Next(at) {
			if !fn(p.Get(at)) {
				return
			}
		}
	case table:
		s.members().Each(func(n value.Node) bool { return fn(listpack.Value{Str: n.Name()}) })
	}
}

// Scan calls fn for members from a cursor on and returns the cursor to go on with, 0 at
// the end: for at least count of a table, for all of a small set.
func (s *Set) Scan(cursor uint64, count int, fn func(v listpack.Value)) (next uint64) {
	if s.form() == table {
		return s.members().Scan(cursor, count, func(n value.Node) { fn(listpack.Value{Str: n.Name()}) })
	}
	s.Each(func(v listpack.Value) bool { fn(v); return true })
	return 0
}

// Pick is a member and where it lies. It is valid until the set changes.
type Pick struct {
	Value listpack.Value
	at    uint64 // position, offset, or node
}

// Random is a fair choice among the members, of which there must be some.
func (s *Set) Random(r *rng.Rand) (c Pick) {
	switch s.form() {
	case ints:
		i := s.intset()
		c.at = r.Uint64n(uint64(i.Len()))
		c.Value = listpack.Value{Int: i.Get(int(c.at)), IsInt: true}
	case packed:
		p := s.pack()
		at := p.Seek(r.Intn(p.Len()))
		c.at, c.Value = uint64(at), p.Get(at)
	case table:
		n := s.members().Random(r)
		c.at, c.Value = uint64(n), listpack.Value{Str: n.Name()}
	}
	return c
}

// RemovePicked takes out what Random chose.
func (s *Set) RemovePicked(h *value.Allocator, c Pick) {
	switch s.form() {
	case ints:
		i := s.intset()
		i.RemoveAt(h.Arena, int(c.at))
		s.keepInts(i)
	case packed:
		p := s.pack()
		p.Remove(h.Arena, int(c.at), 1)
		s.keepPack(p)
	case table:
		n := value.Node(c.at)
		s.drop(h, h.Hash(n.Name()), n)
	}
}

// Sample calls fn for count different members, count being at most Len: any such choice is
// as likely as any other.
func (s *Set) Sample(r *rng.Rand, count int, fn func(v listpack.Value)) {
	const few = 3
	if left := s.Len(); s.form() != table || count*few > left {
		s.Each(func(v listpack.Value) bool { // of the members left, each is one of the count left
			if r.Intn(left) < count {
				fn(v)
				count--
			}
			left--
			return count > 0
		})
		return
	}
	chosen := make(map[uint64]struct{}, count)
	for len(chosen) < count {
		c := s.Random(r)
		if _, twice := chosen[c.at]; !twice {
			chosen[c.at] = struct{}{}
			fn(c.Value)
		}
	}
}
