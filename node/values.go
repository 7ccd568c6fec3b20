package node

import (
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/value"
)

// values tells the keyspace of the types that keep memory of their own.
func values() (v [db.NumTypes]value.Ops) {
	v[db.List] = quicklist.Ops()
	v[db.Set] = set.Ops()
	v[db.Hash] = hash.Ops()
	return v
}
