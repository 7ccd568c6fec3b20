package set

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/intset"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Expect prepares for so many members to come. An empty set takes the form that they, the
// first of which is v, ask for; a small one becomes a table when they alone are too many.
func (s *Set) Expect(h *value.Allocator, m Limit, n int, v []byte) {
	switch s.form() {
	case none:
		_, isInt := num.ParseInt(v)
		switch {
		case isInt && n <= m.Ints:
			s.keepInts(intset.New(h.Arena))
		case n <= m.Pack:
			s.keepPack(value.NewPack(h.Arena))
		default:
			s.keepTable(value.NewMembers(h))
		}
	case ints:
		if n > m.Ints {
			s.becomeTable(h)
		}
	case packed:
		if n > m.Pack {
			s.becomeTable(h)
		}
	}
}

// Add makes v a member; false: it is one.
func (s *Set) Add(h *value.Allocator, m Limit, v []byte) bool {
	switch s.form() {
	case none:
		s.Expect(h, m, 1, v)
		return s.Add(h, m, v)
	case ints:
		if n, isInt := num.ParseInt(v); isInt {
			return s.addInt(h, m, n)
		}
		s.leaveInts(h, m, v)
	case packed:
		p := s.pack()
		if p.Find(v, p.First(), 1) >= 0 {
			return false
		}
		if p.Len() >= m.Pack || len(v) > m.Value || p.Size()+len(v) > listpack.MaxSize {
			s.becomeTable(h)
		}
	}
	if s.form() == packed {
		p := s.pack()
		p.Append(h.Arena, v)
		s.keepPack(p)
		return true
	}
	hash := h.Hash(v)
	if s.members().Find(hash, v) != 0 {
		return false
	}
	s.insert(h, hash, v)
	return true
}

// AddMember is Add for a member of another set.
func (s *Set) AddMember(h *value.Allocator, m Limit, v listpack.Value) bool {
	if v.IsInt && s.form() == ints {
		return s.addInt(h, m, v.Int)
	}
	return s.Add(h, m, h.Text(v))
}

func (s *Set) addInt(h *value.Allocator, m Limit, n int64) bool {
	i := s.intset()
	added := i.Add(h.Arena, n)
	s.keepInts(i)
	if added && i.Len() > min(m.Ints, intset.MaxLen) {
		s.becomeTable(h)
	}
	return added
}

// leaveInts gives an intset the form that v, which is no integer, asks for.
func (s *Set) leaveInts(h *value.Allocator, m Limit, v []byte) {
	i := s.intset()
	longest := len(v)
	if n := i.Len(); n > 0 {
		longest = max(longest, num.IntLen(i.Get(0)), num.IntLen(i.Get(n-1)))
	}
	if i.Len() >= m.Pack || longest > m.Value {
		s.becomeTable(h)
		return
	}
	p := value.NewPack(h.Arena)
	var room [num.MaxIntLen]byte
	for n := range i.Len() {
		p.Append(h.Arena, num.AppendInt(room[:0], i.Get(n)))
	}
	i.Free(h.Arena)
	s.keepPack(p)
}

// becomeTable gives a small set the form of a large one.
func (s *Set) becomeTable(h *value.Allocator) {
	var large Set
	large.keepTable(value.NewMembers(h))
	var room [num.MaxIntLen]byte // not the Allocator's: what is to be added may lie there
	s.Each(func(v listpack.Value) bool {
		text := v.Text(&room)
		large.insert(h, h.Hash(text), text)
		return true
	})
	s.Free(h)
	*s = large
}

// insert adds a new member to a table.
func (s *Set) insert(h *value.Allocator, hash uint64, v []byte) {
	m, n := s.members(), value.NewNode(h.Arena, v, false, 0)
	*m.Word() += uint64(n.Bytes(0))
	m.Insert(h, hash, n, false)
}

// Rebuild builds the set anew, one member after another: in the form that a set of these
// members begins with.
func (s *Set) Rebuild(h *value.Allocator, m Limit) {
	var small Set
	s.Each(func(v listpack.Value) bool {
		small.AddMember(h, m, v)
		return true
	})
	s.Free(h)
	*s = small
}

// LoadInts and LoadPack make an empty set of the bytes of a valid intset, or of a valid
// listpack without an element twice.
func (s *Set) LoadInts(h *value.Allocator, b []byte) { s.keepInts(intset.Copy(h.Arena, b)) }
func (s *Set) LoadPack(h *value.Allocator, b []byte) { s.keepPack(value.CopyPack(h.Arena, b)) }

// Free gives all memory back and leaves the set empty.
func (s *Set) Free(h *value.Allocator) {
	for s.FreeStep(h, 1<<20) {
	}
}

// FreeStep gives back about budget members and reports whether there are more.
func (s *Set) FreeStep(h *value.Allocator, budget int) (more bool) {
	switch s.form() {
	case ints:
		i := s.intset()
		i.Free(h.Arena)
	case packed:
		p := s.pack()
		p.Free(h.Arena)
	case table:
		m := s.members()
		if m.FreeStep(h, budget, func(n value.Node) { n.Free(h.Arena, 0) }) {
			return true
		}
	}
	*s = Set{}
	return false
}

// Clone makes to, which is empty, a copy with memory of another Allocator or the same.
func (s *Set) Clone(dst *value.Allocator, to *Set) {
	switch s.form() {
	case ints:
		to.LoadInts(dst, s.Raw())
	case packed:
		to.LoadPack(dst, s.Raw())
	case table:
		to.keepTable(value.NewMembers(dst))
		s.members().Each(func(n value.Node) bool {
			to.insert(dst, dst.Hash(n.Name()), n.Name())
			return true
		})
	}
}

// Bytes is the off-heap memory of the set, without its header.
func (s *Set) Bytes() int64 {
	switch s.form() {
	case ints, packed:
		return int64(offheap.ClassSize(int(uint32(s.info))))
	case table:
		m := s.members()
		return int64(m.Bytes()) + int64(*m.Word())
	}
	return 0
}

// Ops is what the keyspace must know of sets.
func Ops() value.Ops {
	of := offheap.At[Set]
	return value.Ops{
		Header:   HeaderSize,
		FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool { return of(v).FreeStep(h, budget) },
		Clone:    func(dst *value.Allocator, from, to offheap.Ref) { of(from).Clone(dst, of(to)) },
		Bytes:    func(v offheap.Ref) int64 { return of(v).Bytes() },
		Len:      func(v offheap.Ref) int { return of(v).Len() },
		Encoding: func(v offheap.Ref) string { return of(v).Encoding() },
		Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
			return of(v).Compact(h, at, budget)
		},
		Digest: func(v offheap.Ref, d value.Digest) {
			var room [num.MaxIntLen]byte
			of(v).Each(func(m listpack.Value) bool {
				d.Bytes(m.Text(&room))
				d.Element()
				return true
			})
		},
	}
}
