// Package image turns the keys of the keyspace into RDB and back. It knows how every type is stored in either, and nothing of files,
// commands or moments: whoever calls holds the token of the shard that a key lies in.
//
//	Writer    a key, or a value alone, written as the records of storage/rdb
//	Builder   takes the pieces of a value as storage/rdb reads them, and becomes an entry that no table refers to until it is whole
package image

import (
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/zset"
)

// Limits say how large values may grow in their small forms: those of the configuration, as commands use them.
type Limits struct {
	List quicklist.Limit
	Set  set.Limit
	ZSet zset.Limits
	Hash hash.Limit
}
