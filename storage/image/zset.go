package image

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/rdb"
	"sigrun/storage/zset"
)

func zsetOf(e db.Entry) *zset.Set { return offheap.At[zset.Set](e.Value()) }

func zsetType(s *zset.Set) rdb.Type {
	if s.Large() {
		return rdb.TypeZSet2
	}
	return rdb.TypeZSetListpack
}

// zset writes members from the highest score down: other servers insert each before the one that they inserted last.
func (w *Writer) zset(s *zset.Set) {
	if !s.Large() {
		w.String(s.Pack())
		return
	}
	w.Length(uint64(s.Len()))
	for it := s.BackFrom(s.Len() - 1); it.Next(); {
		w.String(it.Name())
		w.Double(it.Score())
	}
}

// zset gives a new sorted set the form that so many members ask for.
func (b *Builder) zset(count int) {
	zsetOf(b.e).Init(b.part.Allocator(), !b.Limits.ZSet.Allow(count, 0))
}

// Scored adds to the sorted set (rdb.Builder).
func (b *Builder) Scored(member []byte, score float64) bool {
	s, h := zsetOf(b.e), b.part.Allocator()
	f := s.Find(h, member)
	if f.Exists() {
		return false
	}
	s.Insert(h, b.Limits.ZSet, &f, member, score)
	return true
}
