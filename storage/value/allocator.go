package value

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
	"sigrun/storage/listpack"
)

// Allocator is where the values of one shard live.
type Allocator struct {
	Arena *offheap.Arena
	table hashtable.Allocator
	hash  func(name []byte) uint64
	room  [num.MaxIntLen]byte
}

// NewAllocator makes a Allocator. hash is keyed, so that clients cannot choose names that collide.
func NewAllocator(a *offheap.Arena, hash func([]byte) uint64) *Allocator {
	return &Allocator{Arena: a, hash: hash, table: hashtable.Allocator{
		Arena: a, Hash: func(r offheap.Ref) uint64 { return hash(Node(r).Name()) },
	}}
}

// Hash is the hash of a name.
func (h *Allocator) Hash(name []byte) uint64 { return h.hash(name) }

// Text is an element as clients see it. That of an integer is valid until the next call.
func (h *Allocator) Text(v listpack.Value) []byte { return v.Text(&h.room) }
