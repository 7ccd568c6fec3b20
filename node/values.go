package node

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// values tells the keyspace how the types that keep memory of their own are freed and
// copied.
func values() (v [db.NumTypes]db.ValueOps) {
	v[db.List] = db.ValueOps{
		FreeStep: func(a *offheap.Arena, at offheap.Ref, budget int) bool {
			return offheap.At[quicklist.List](at).FreeStep(a, budget)
		},
		Clone: func(dst *offheap.Arena, from, to offheap.Ref) {
			offheap.At[quicklist.List](from).Clone(offheap.At[quicklist.List](to), dst)
		},
	}
	return v
}
