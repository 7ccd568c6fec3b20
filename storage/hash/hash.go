// Package hash is the hash value: fields with values, some of which expire. A small one is
// a listpack of fields and values by turns, a large one, or one that has a field which
// expires, is a table of nodes.
//
//	Hash     8 bytes, inside the key's entry: where the listpack, which says how long it is
//	         itself, or the table (value.Members) lies; the top bit tells which
//	node     | time (8) | name length | name | value length | value |
//	word     of the table: the bytes of all nodes; or, when fields expire or did, with the
//	         top bit set where the index of those lies, behind which the bytes stand
//
// The time stands in nodes of fields that expire only, which are marked in the table and
// listed in the index (vset.Set) by time. It is a Unix time in ms. A field whose time has
// come is there as any other until its owner takes it out; who reads decides whether to
// look at it.
//
// A Place is a field that was looked for. Places and values are valid until the hash
// changes.
//
// A Hash lives in off-heap memory and is guarded by the token of its shard; the Allocator is
// always the shard's.
package hash

import (
	"encoding/binary"
	"math/bits"

	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
	"sigrun/storage/vset"
)

// HeaderSize is what a Hash takes in the entry of its key, in bytes.
const HeaderSize = 8

// Never is the time of a field that does not expire.
const Never = int64(-1)

// Hash is a map of byte strings. The zero Hash is empty.
type Hash struct{ where uint64 }

const (
	packed = 1 << 63 // of a Hash
	timed  = 1 << 63 // of the word of a table
)

// times is what a table has whose fields expire.
type times struct {
	index vset.Set
	bytes uint64 // of all nodes
}

const timesBytes = vset.HeaderSize + 8

// Limit says up to where a hash stays small.
type Limit struct {
	Pack  int // fields of a listpack
	Value int // bytes of a field or value of a listpack
}

// Packed reports whether the hash is a listpack.
func (x *Hash) Packed() bool { return x.where&packed != 0 }

// Empty reports whether the hash holds no memory at all.
func (x *Hash) Empty() bool { return x.where == 0 }

func (x *Hash) ref() offheap.Ref { return offheap.Ref(x.where &^ packed) }

func (x *Hash) size() int { return listpack.Size(x.ref().Bytes(listpack.HeaderSize)) }

func (x *Hash) pack() value.Pack { return value.PackAt(x.ref(), x.size()) }

func (x *Hash) keepPack(p value.Pack) { x.where = packed | uint64(p.Ref()) }

func (x *Hash) members() value.Members { return value.MembersAt(offheap.Ref(x.where)) }

// Volatile is the index of the fields that expire, nil when none ever did.
func (x *Hash) Volatile() *vset.Set {
	if x.Empty() || x.Packed() {
		return nil
	}
	if t := x.times(); t != nil {
		return &t.index
	}
	return nil
}

// times is what a table has whose fields expire or did, else nil.
func (x *Hash) times() *times {
	w := *x.members().Word()
	if w&timed == 0 {
		return nil
	}
	return offheap.At[times](offheap.Ref(w &^ timed))
}

// bytes counts those of the nodes of a table.
func (x *Hash) bytes() *uint64 {
	if t := x.times(); t != nil {
		return &t.bytes
	}
	return x.members().Word()
}

// Len is the number of fields.
func (x *Hash) Len() int {
	switch {
	case x.Empty():
		return 0
	case x.Packed():
		p := x.pack()
		return p.Len() / 2
	}
	return x.members().Len()
}

// Live is the number of fields whose time has not come.
func (x *Hash) Live(now int64) int {
	if v := x.Volatile(); v != nil {
		return x.Len() - v.Due(now)
	}
	return x.Len()
}

// Places is how many fields the table of a hash has room for, 0 when it is none.
func (x *Hash) Places() int {
	if x.Empty() || x.Packed() {
		return 0
	}
	return x.members().Places()
}

// Encoding is what OBJECT ENCODING says.
func (x *Hash) Encoding() string {
	if x.Packed() {
		return "listpack"
	}
	return "hashtable"
}

// Raw is a view of the bytes of a hash that is a listpack, as RDB has them.
func (x *Hash) Raw() []byte { return x.ref().Bytes(x.size()) }

// Place is where a field is, or that it is not there.
type Place struct {
	hash uint64
	at   uint64 // node, or offset of the field in a listpack
}

// Exists reports whether the field is there, its time come or not.
func (p Place) Exists() bool { return p.at != 0 }

// Find looks for a field.
func (x *Hash) Find(h *value.Allocator, field []byte) (f Place) {
	switch {
	case x.Empty():
	case x.Packed():
		p := x.pack()
		if at := p.Find(field, p.First(), 2); at >= 0 {
			f.at = uint64(at)
		}
	default:
		f.hash = h.Hash(field)
		f.at = uint64(x.members().Find(f.hash, field))
	}
	return f
}

// Value is the value of a field that is there.
func (x *Hash) Value(f Place) listpack.Value {
	if x.Packed() {
		p := x.pack()
		return p.Get(p.Next(int(f.at)))
	}
	return listpack.Value{Str: valueOf(value.Node(f.at))}
}

// ExpireAt is the time of a field that is there.
func (x *Hash) ExpireAt(f Place) int64 {
	if x.Packed() {
		return Never
	}
	return expireAt(value.Node(f.at))
}

func expireAt(n value.Node) int64 {
	if n.Prefixed() {
		return int64(*n.Prefix())
	}
	return Never
}

// due reports whether the time of a node has come.
func due(n value.Node, now int64) bool { return n.Prefixed() && int64(*n.Prefix()) <= now }

// valueOf is a view of the value in a node.
func valueOf(n value.Node) []byte {
	at := n.Tail()
	if first := *offheap.At[byte](at); first < 0x80 {
		return (at + 1).Bytes(int(first))
	}
	size, k := binary.Uvarint(at.Bytes(binary.MaxVarintLen64))
	return (at + offheap.Ref(k)).Bytes(int(size))
}

// tail is the length of the tail of a node whose value is that long.
func tail(size int) int { return (bits.Len64(uint64(size)|1)+6)/7 + size }

// tailOf is the length of the tail of a node.
func tailOf(n value.Node) int { return tail(len(valueOf(n))) }

// putValue writes the tail of a node.
func putValue(n value.Node, v []byte) {
	b := n.Tail().Bytes(tail(len(v)))
	copy(b[binary.PutUvarint(b, uint64(len(v))):], v)
}
