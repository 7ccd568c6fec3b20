package value

import (
	"sigrun/internal/offheap"
	"sigrun/storage/vset"
)

// Ops is what the keyspace and the commands on keys must know of a type. v is the
// address of a value's header.
type Ops struct {
	// Header is what the part of a value takes that lies in its key's entry, in bytes.
	Header int
	// FreeStep frees up to budget pieces (nodes, or elements) and reports whether any
	// are left. When none are, the header is zero and refers to nothing.
	FreeStep func(h *Allocator, v offheap.Ref, budget int) (more bool)
	// Clone makes the header at to, which is zero, a copy of that at from, with memory
	// of dst. The two may belong to different shards.
	Clone func(dst *Allocator, from, to offheap.Ref)
	// Bytes is the off-heap memory of the value beside its header.
	Bytes func(v offheap.Ref) int64
	// Len is the number of its elements.
	Len func(v offheap.Ref) int
	// Encoding is what OBJECT ENCODING says.
	Encoding func(v offheap.Ref) string
	// Digest gives d all that distinguishes the value from others, and nothing of how
	// it is stored.
	Digest func(v offheap.Ref, d Digest)
	// Compact moves what lies in memory that drains elsewhere, from a cursor on about
	// budget elements' worth of looking, and reports whether there is more. The value
	// may change between two calls.
	Compact func(h *Allocator, v offheap.Ref, at *Cursor, budget int) (more bool)
	// Volatile is the index of the elements that expire, nil when the value has none. The
	// keyspace keeps in its mark under which time it has noted the value. nil: no value of
	// the type has elements that expire.
	Volatile func(v offheap.Ref) *vset.Set
}

// Digest takes in what a value holds. What is written up to Element is an element of
// something without an order; Bytes and Number without an Element behind them count
// in their order.
type Digest interface {
	Bytes(b []byte)
	Number(n int64)
	Element()
}
