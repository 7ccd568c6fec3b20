package quicklist

import (
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// view is the entries of a node that is not folded, or of what was unfolded elsewhere:
// they lie in b from first to last.
type view struct {
	b           []byte
	first, last uint32
	count       int
	plain       bool
}

func (n *node) view(r offheap.Ref) view {
	return view{r.Bytes(int(n.last)), n.first, n.last, int(n.count), n.kind&plain != 0}
}

// text is the element at an offset.
func (v *view) text(offset uint32, room *Room) []byte {
	b := v.b[offset:]
	if v.plain {
		return b[:len(b):len(b)]
	}
	return listpack.Get(b).Text(room)
}

// after is the offset behind the element at an offset.
func (v *view) after(offset uint32) uint32 {
	if v.plain {
		return v.last
	}
	return offset + uint32(listpack.Next(v.b[offset:]))
}

// before is the offset of the element that ends at an offset.
func (v *view) before(offset uint32) uint32 {
	if v.plain {
		return v.first
	}
	return offset - uint32(listpack.Prev(v.b[:offset]))
}

// offset is where element i begins, walked to from the nearer end.
func (v *view) offset(i int) uint32 {
	if i < v.count/2 {
		offset := v.first
		for ; i > 0; i-- {
			offset = v.after(offset)
		}
		return offset
	}
	offset := v.last
	for ; i < v.count; i++ {
		offset = v.before(offset)
	}
	return offset
}

func (n *node) text(r offheap.Ref, offset uint32, room *Room) []byte {
	v := n.view(r)
	return v.text(offset, room)
}

func (n *node) after(r offheap.Ref, offset uint32) uint32 {
	v := n.view(r)
	return v.after(offset)
}

func (n *node) before(r offheap.Ref, offset uint32) uint32 {
	v := n.view(r)
	return v.before(offset)
}
