// Package set is the set value. A small one is an intset when all its members are
// integers, else a listpack; a large one is a table of nodes.
//
//	Set (16 bytes, inside the key's entry)
//	  ref    the intset, the listpack, or the table (value.Members)
//	  info   the form << 32 | size in bytes of an intset or listpack
//
// A table's word counts the bytes of its nodes. When a form gives way to the next one is
// said by a Limit, and decided where Valkey decides: by what is there and what comes, never
// back by a removal (Rebuild is how a set that lost most of its members starts again).
//
// Members are handed out as listpack.Value: a string or an integer, a view that is valid
// until the set changes.
//
// A Set lives in off-heap memory and is guarded by the token of its shard; the Allocator is
// always the shard's.
package set

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/intset"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// HeaderSize is what a Set takes in the entry of its key, in bytes.
const HeaderSize = 16

// Set is a set of byte strings. The zero Set is empty.
type Set struct {
	ref  offheap.Ref
	info uint64
}

// form is how the members are held.
type form uint8

const (
	none form = iota
	ints
	packed
	table
)

const formShift = 32

// Limit says up to where a set stays small.
type Limit struct {
	Ints  int // members of an intset
	Pack  int // members of a listpack
	Value int // bytes of a member of a listpack
}

func (s *Set) form() form { return form(s.info >> formShift) }

func (s *Set) intset() intset.Set { return intset.At(s.ref, int(uint32(s.info))) }

func (s *Set) keepInts(i intset.Set) {
	s.ref, s.info = i.Ref(), uint64(ints)<<formShift|uint64(i.Size())
}

func (s *Set) pack() value.Pack { return value.PackAt(s.ref, int(uint32(s.info))) }

func (s *Set) keepPack(p value.Pack) {
	s.ref, s.info = p.Ref(), uint64(packed)<<formShift|uint64(p.Size())
}

func (s *Set) members() value.Members { return value.MembersAt(s.ref) }

func (s *Set) keepTable(m value.Members) { s.ref, s.info = m.Ref(), uint64(table)<<formShift }

// Len is the number of members.
func (s *Set) Len() int {
	switch s.form() {
	case ints:
		i := s.intset()
		return i.Len()
	case packed:
		p := s.pack()
		return p.Len()
	case table:
		return s.members().Len()
	}
	return 0
}

// Integers reports whether the set is an intset.
func (s *Set) Integers() bool { return s.form() == ints }

// Table reports whether the set is a table: only then are members found by hash.
func (s *Set) Table() bool { return s.form() == table }

// Places is how many members the table of a set has room for, 0 when it is none.
func (s *Set) Places() int {
	if s.form() != table {
		return 0
	}
	return s.members().Places()
}

// Encoding is what OBJECT ENCODING says.
func (s *Set) Encoding() string {
	switch s.form() {
	case ints:
		return "intset"
	case packed:
		return "listpack"
	}
	return "hashtable"
}

// Raw is a view of the bytes of a set that is an intset or a listpack, as RDB has them.
func (s *Set) Raw() []byte { return s.ref.Bytes(int(uint32(s.info))) }

// Has reports whether v is a member.
func (s *Set) Has(h *value.Allocator, v []byte) bool {
	switch s.form() {
	case ints:
		n, isInt := num.ParseInt(v)
		i := s.intset()
		if !isInt {
			return false
		}
		_, found := i.Find(n)
		return found
	case packed:
		p := s.pack()
		return p.Find(v, p.First(), 1) >= 0
	case table:
		return s.members().Find(h.Hash(v), v) != 0
	}
	return false
}

// Holds is Has for a member of another set.
func (s *Set) Holds(h *value.Allocator, v listpack.Value) bool {
	if s.form() != ints {
		return s.Has(h, h.Text(v))
	}
	i := s.intset()
	if v.IsInt {
		_, found := i.Find(v.Int)
		return found
	}
	n, isInt := num.ParseInt(v.Str) // of a table
	if !isInt {
		return false
	}
	_, found := i.Find(n)
	return found
}

// Remove takes v out; false: it is no member.
func (s *Set) Remove(h *value.Allocator, v []byte) bool {
	switch s.form() {
	case ints:
		n, isInt := num.ParseInt(v)
		if !isInt {
			return false
		}
		i := s.intset()
		found := i.Remove(h.Arena, n)
		s.keepInts(i)
		return found
	case packed:
		p := s.pack()
		at := p.Find(v, p.First(), 1)
		if at >= 0 {
			p.Remove(h.Arena, at, 1)
			s.keepPack(p)
		}
		return at >= 0
	case table:
		hash := h.Hash(v)
		n := s.members().Find(hash, v)
		if n != 0 {
			s.drop(h, hash, n)
		}
		return n != 0
	}
	return false
}

// drop takes a node out of the table and frees it.
func (s *Set) drop(h *value.Allocator, hash uint64, n value.Node) {
	m := s.members()
	m.Delete(h, hash, n)
	*m.Word() -= uint64(n.Bytes(0))
	n.Free(h.Arena, 0)
}
