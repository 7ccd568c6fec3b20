package typed

import (
	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
	"sigrun/storage/set"
	"sigrun/storage/value"
	"sigrun/storage/zset"
)

// ZSource is a set or a sorted set that ZUNION and its kin read; the members of a set have
// the score 1. Without a key it is empty.
type ZSource struct {
	Weight float64
	plain  *set.Set
	sorted *zset.Set
	alloc  *value.Allocator
}

// ReadZSource looks up a key for reading; it counts as a hit or miss.
func ReadZSource(c *exec.Ctx, k *db.Key) (s ZSource, err error) {
	e := c.Look(k, exec.Reads, exec.Told).E
	s.Weight, s.alloc = 1, c.Allocator(k)
	switch {
	case e == 0:
	case e.Type() == db.Set:
		s.plain = offheap.At[set.Set](e.Value())
	case e.Type() == db.ZSet:
		s.sorted = offheap.At[zset.Set](e.Value())
	default:
		return s, resp.ErrWrongType
	}
	return s, nil
}

// Len is the number of members.
func (s *ZSource) Len() int {
	switch {
	case s.sorted != nil:
		return s.sorted.Len()
	case s.plain != nil:
		return s.plain.Len()
	}
	return 0
}

// Score is the score of a member, without the weight.
func (s *ZSource) Score(name []byte) (score float64, ok bool) {
	switch {
	case s.sorted != nil:
		f := s.sorted.Find(s.alloc, name)
		return f.Score, f.Exists()
	case s.plain != nil:
		return 1, s.plain.Has(s.alloc, name)
	}
	return 0, false
}

// Each calls fn for all members, in order where they have one, until it returns false.
func (s *ZSource) Each(fn func(name []byte, score float64) bool) {
	switch {
	case s.sorted != nil:
		for it := s.sorted.From(0); it.Next(); {
			if !fn(it.Name(), it.Score()) {
				return
			}
		}
	case s.plain != nil:
		s.plain.Each(func(v listpack.Value) bool { return fn(s.alloc.Text(v), 1) })
	}
}
