package value

import (
	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
)

// Cursor is how far Ops.Compact has come in a value; the zero Cursor is its beginning. What the
// numbers mean is the type's.
type Cursor struct {
	Part, Sub int
	A, B      uint64
}

// Compact moves the listpack out of memory that drains.
func (p *Pack) Compact(a *offheap.Arena) { p.ref = a.Move(p.ref, int(p.size)) }

// Compact moves the table's own front, and returns where the table is now.
func (m Members) Compact(h *Allocator) Members {
	return Members{h.Arena.Move(m.table, hashtable.TableBytes)}
}

// Relocate moves about budget nodes' share of the table from a cursor on, as Scan counts them;
// each node becomes what fn returns for it. fn must not change the table.
func (m Members) Relocate(h *Allocator, cursor uint64, budget int, fn func(Node) Node) (next uint64) {
	t := m.at()
	for {
		var page int
		page, cursor = t.ScanPage(cursor)
		if page < t.Pages() {
			t.Relocate(&h.table, page, func(r offheap.Ref, _ bool) offheap.Ref {
				budget--
				return offheap.Ref(fn(Node(r)))
			})
		}
		if cursor == 0 || budget <= 0 {
			return cursor
		}
	}
}

// Leaves reports whether the node lies in memory that drains.
func (n Node) Leaves(a *offheap.Arena) bool { return a.Leaves(offheap.Ref(n)) }

// Move gives a node, with a tail of that length, another place if its memory drains.
func (n Node) Move(a *offheap.Arena, tail int) Node {
	size := nodeBytes(len(n.Name()), n.Prefixed(), tail)
	if n.Prefixed() {
		return Node(a.Move(offheap.Ref(n)-prefixBytes, size) + prefixBytes)
	}
	return Node(a.Move(offheap.Ref(n), size))
}
