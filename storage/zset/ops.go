package zset

import (
	"math"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Ops is what the keyspace must know of sorted sets.
func Ops() value.Ops {
	of := offheap.At[Set]
	return value.Ops{
		Header:   HeaderSize,
		FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool { return of(v).FreeStep(h, budget) },
		Clone:    func(dst *value.Allocator, from, to offheap.Ref) { of(from).Clone(dst, of(to)) },
		Bytes:    func(v offheap.Ref) int64 { return of(v).Bytes() },
		Len:      func(v offheap.Ref) int { return of(v).Len() },
		Encoding: func(v offheap.Ref) string {
			if of(v).Large() {
				return "skiplist"
			}
			return "listpack"
		},
		Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
			return of(v).Compact(h, at, budget)
		},
		Digest: func(v offheap.Ref, d value.Digest) {
			of(v).Each(func(name []byte, score float64) {
				d.Bytes(name)
				d.Number(int64(math.Float64bits(score)))
				d.Element()
			})
		},
	}
}

// Clone makes to, which is zero, a copy of s in another Allocator or the same.
func (s *Set) Clone(dst *value.Allocator, to *Set) {
	if s.form != large {
		to.LoadPack(dst, s.Pack())
		return
	}
	to.Init(dst, true)
	s.copyTo(dst, to)
}
