package value

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
	"sigrun/storage/listpack"
)

// Home is where the values of one shard live.
type Home struct {
	Arena *offheap.Arena
	table hashtable.Home
	hash  func(name []byte) uint64
	room  [num.MaxIntLen]byte
}

// NewHome makes a Home. hash is keyed, so that clients cannot choose names that collide.
func NewHome(a *offheap.Arena, hash func([]byte) uint64) *Home {
	return &Home{Arena: a, hash: hash, table: hashtable.Home{
		Arena: a, Hash: func(r offheap.Ref) uint64 { return hash(Node(r).Name()) },
	}}
}

// Hash is the hash of a name.
func (h *Home) Hash(name []byte) uint64 { return h.hash(name) }

// Text is an element as clients see it. That of an integer is valid until the next call.
func (h *Home) Text(v listpack.Value) []byte { return v.Text(&h.room) }
