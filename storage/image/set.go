package image

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
	"sigrun/storage/rdb"
	"sigrun/storage/set"
)

func setOf(e db.Entry) *set.Set { return offheap.At[set.Set](e.Value()) }

// setType is how a set is written. Files before version 11 have no sets that are listpacks.
func (w *Writer) setType(s *set.Set) rdb.Type {
	switch {
	case s.Integers():
		return rdb.TypeSetIntset
	case s.Table() || w.Form().Version < 11:
		return rdb.TypeSet
	}
	return rdb.TypeSetListpack
}

func (w *Writer) set(s *set.Set) {
	if w.setType(s) != rdb.TypeSet {
		w.String(s.Raw())
		return
	}
	w.Length(uint64(s.Len()))
	s.Each(func(v listpack.Value) bool {
		if v.IsInt {
			w.Integer(v.Int)
		} else {
			w.String(v.Str)
		}
		return true
	})
}

// Member adds to the set (rdb.Builder).
func (b *Builder) Member(v []byte) bool {
	s := setOf(b.e)
	if b.expect > 0 {
		s.Expect(b.part.Allocator(), b.Limits.Set, b.expect, v)
		b.expect = 0
	}
	return s.Add(b.part.Allocator(), b.Limits.Set, v)
}
