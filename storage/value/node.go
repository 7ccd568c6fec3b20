package value

import (
	"encoding/binary"
	"math/bits"

	"sigrun/internal/offheap"
)

// Node is an element with a name; 0 is none. See the package comment.
type Node offheap.Ref

const prefixBytes = 8

// NewNode makes a node for a name, with tail bytes behind it. Prefix and tail are
// undefined.
func NewNode(a *offheap.Arena, name []byte, prefixed bool, tail int) Node {
	r := a.Alloc(nodeBytes(len(name), prefixed, tail))
	head := uint64(len(name)) << 1
	if prefixed {
		r += prefixBytes
		head |= 1
	}
	k := headLen(len(name))
	b := r.Bytes(k + len(name))
	binary.PutUvarint(b, head)
	copy(b[k:], name)
	return Node(r)
}

// Free gives the node's memory back; tail is what NewNode was told.
func (n Node) Free(a *offheap.Arena, tail int) {
	r, prefixed := offheap.Ref(n), n.Prefixed()
	size := nodeBytes(len(n.Name()), prefixed, tail)
	if prefixed {
		r -= prefixBytes
	}
	a.Free(r, size)
}

// Bytes is the memory of a node with a tail of that length.
func (n Node) Bytes(tail int) int {
	return offheap.ClassSize(nodeBytes(len(n.Name()), n.Prefixed(), tail))
}

// Fits tells whether a tail of another length has room in the node's memory. Free must be
// told the length that the tail has then.
func (n Node) Fits(tail, other int) bool {
	name, prefixed := len(n.Name()), n.Prefixed()
	return offheap.SameClass(nodeBytes(name, prefixed, tail), nodeBytes(name, prefixed, other))
}

// Prefixed reports whether the node has a prefix.
func (n Node) Prefixed() bool { return *offheap.At[byte](offheap.Ref(n))&1 != 0 }

// Prefix is the prefix of a node that has one.
func (n Node) Prefix() *uint64 { return offheap.At[uint64](offheap.Ref(n) - prefixBytes) }

// Name is a view of the name.
func (n Node) Name() []byte {
	at, size := n.name()
	return (offheap.Ref(n) + offheap.Ref(at)).Bytes(size)
}

// Tail is where the tail begins.
func (n Node) Tail() offheap.Ref {
	at, size := n.name()
	return offheap.Ref(n) + offheap.Ref(at+size)
}

// name is where the name begins and how long it is.
func (n Node) name() (at, size int) {
	first := *offheap.At[byte](offheap.Ref(n))
	if first < 0x80 {
		return 1, int(first >> 1)
	}
	head, k := binary.Uvarint(offheap.Ref(n).Bytes(binary.MaxVarintLen64))
	return k, int(head >> 1)
}

func nodeBytes(name int, prefixed bool, tail int) int {
	size := headLen(name) + name + tail
	if prefixed {
		size += prefixBytes
	}
	return size
}

// headLen is how long the varint of a name's length is.
func headLen(name int) int { return (bits.Len64(uint64(name)<<1|1) + 6) / 7 }
