package image

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

func listOf(e db.Entry) *quicklist.List { return offheap.At[quicklist.List](e.Value()) }

// list writes nodes, which RDB has as they are.
func (w *Writer) list(e db.Entry) {
	l := listOf(e)
	w.Length(uint64(l.Nodes()))
	l.Packs(func(b []byte, plain bool) bool {
		w.node(b, plain)
		return true
	})
}

func (w *Writer) node(b []byte, plain bool) {
	if plain {
		w.Plain()
	} else {
		w.Packed()
	}
	w.String(b)
}

// Element appends to the list (rdb.Builder).
func (b *Builder) Element(v []byte) {
	listOf(b.e).PushBack(b.part.Allocator().Arena, b.Limits.List, v)
}
