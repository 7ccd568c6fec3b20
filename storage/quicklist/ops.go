package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Ops is what the keyspace must know of lists.
func Ops() value.Ops {
	of := offheap.At[List]
	return value.Ops{
		Header:   HeaderSize,
		FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool { return of(v).FreeStep(h.Arena, budget) },
		Clone:    func(dst *value.Allocator, from, to offheap.Ref) { of(from).Clone(of(to), dst.Arena) },
		Bytes:    func(v offheap.Ref) int64 { return of(v).Bytes() },
		Len:      func(v offheap.Ref) int { return of(v).Len() },
		Encoding: func(v offheap.Ref) string {
			if of(v).Quick() {
				return "quicklist"
			}
			return "listpack"
		},
		Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
			return of(v).Compact(h.Arena, at, budget)
		},
		Digest: func(v offheap.Ref, d value.Digest) {
			d.Number(int64(of(v).Len()))
			for it := of(v).From(0); it.Next(); {
				d.Bytes(it.Value())
			}
		},
	}
}
