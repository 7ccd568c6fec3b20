// Package kvstore holds the tables of one numbered database: one hash table
// per slot for the whole node, and per shard the counts that find a slot.
//
//	Store   16384 table headers of 128 bytes, off-heap, indexed by slot
//	Owned   which slots are a shard's
//	Tally   sums over groups of 64 of them
//
// One table per slot keeps what belongs together when a slot moves, and makes
// every table small. A header is guarded by the token of the slot's shard; the
// Store as such has nothing to guard. A Tally is its shard's alone.
package kvstore

import (
	"sync/atomic"

	"sigrun/internal/offheap"
	"sigrun/protocol/slot"
	"sigrun/storage/hashtable"
)

// Store is the tables of one database.
type Store struct {
	region  *offheap.Region
	headers offheap.Block
	holders atomic.Int32 // who still takes its tables apart
}

// New makes 16384 empty tables. They cost addresses until they are used.
func New(g *offheap.Region) *Store {
	return &Store{region: g, headers: g.AllocZeroed(slot.Count * hashtable.TableBytes)}
}

// Retire says that so many are about to take the tables apart, each those of his slots. The memory of
// the store, which it tells, goes when all of them have called Leave.
func (s *Store) Retire(holders int) (bytes int) {
	s.holders.Store(int32(holders))
	return s.headers.Cap
}

// Leave says that one of them is done, and tells how much memory went with the last.
func (s *Store) Leave() (bytes int) {
	if s.holders.Add(-1) > 0 {
		return 0
	}
	s.region.FreeBlock(s.headers)
	return s.headers.Cap
}

// Table is the table of a slot.
func (s *Store) Table(n uint16) *hashtable.Table {
	return offheap.At[hashtable.Table](s.at(n))
}

func (s *Store) at(n uint16) offheap.Ref {
	return s.headers.Ref + offheap.Ref(n&(slot.Count-1))*hashtable.TableBytes
}

// TouchTable, Touch and TouchEntry are the look-ahead of package hashtable.
func (s *Store) TouchTable(n uint16) { hashtable.TouchTable(s.region, s.at(n)) }

// Touch loads the bucket of a hash.
func (s *Store) Touch(n uint16, hash uint64) uint64 {
	return hashtable.Touch(s.region, s.at(n), hash)
}

// TouchEntry loads the entry a hash may refer to in a bucket found by Touch.
func (s *Store) TouchEntry(n uint16, bucket, hash uint64) uint64 {
	return hashtable.TouchEntry(s.region, s.at(n), bucket, hash)
}
