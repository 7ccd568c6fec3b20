package image

import (
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/stream"
	"sigrun/storage/value"
	"sigrun/storage/zset"
)

// Types tells the keyspace, which imports none of them, of the types that keep memory of their own.
func Types() (v [db.NumTypes]value.Ops) {
	v[db.List] = quicklist.Ops()
	v[db.ZSet] = zset.Ops()
	v[db.Set] = set.Ops()
	v[db.Stream] = stream.Ops()
	v[db.Hash] = hash.Ops()
	return v
}
