package value

import (
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/storage/hashtable"
)

// Members is a table of nodes by name: a reference to a hashtable.Table. The zero
// Members is none; NewMembers makes one.
//
// Every node has a mark of its own in the table, which says what its owner wants it to
// and can be counted and drawn from (fields that expire).
type Members struct{ table offheap.Ref }

// NewMembers makes an empty table.
func NewMembers(h *Allocator) Members {
	r := h.Arena.Alloc(hashtable.TableBytes)
	*offheap.At[hashtable.Table](r) = hashtable.Table{}
	return Members{r}
}

// MembersAt is the table that a Ref was told of.
func MembersAt(r offheap.Ref) Members { return Members{r} }

// Ref is where the table lies.
func (m Members) Ref() offheap.Ref { return m.table }

func (m Members) at() *hashtable.Table { return offheap.At[hashtable.Table](m.table) }

// Exists reports whether m is a table at all.
func (m Members) Exists() bool { return m.table != 0 }

// Len is the number of nodes, Marked how many of them are marked.
func (m Members) Len() int    { return m.at().Len() }
func (m Members) Marked() int { return m.at().Volatile() }

// Word is room for a number of m's owner, 0 at first.
func (m Members) Word() *uint64 { return m.at().Word() }

// Places is how many nodes the table has room for as it is.
func (m Members) Places() int { return m.at().Places() }

// Bytes is the memory of the table, without the nodes.
func (m Members) Bytes() int { return hashtable.TableBytes + m.at().Bytes() }

// Find is the node of a name whose hash is given, 0 when there is none.
func (m Members) Find(hash uint64, name []byte) Node {
	for p := m.at().Probe(hash); p.Next(); {
		if n := Node(p.Ref); string(n.Name()) == string(name) {
			return n
		}
	}
	return 0
}

// Insert adds a node whose name is new.
func (m Members) Insert(h *Allocator, hash uint64, n Node, marked bool) {
	m.Changing(h, hash)
	m.at().Insert(&h.table, hash, offheap.Ref(n), marked)
}

// Replace puts n in the place of old, which has the same name, or changes the mark when
// both are the same.
func (m Members) Replace(h *Allocator, hash uint64, old, n Node, marked bool) {
	m.Changing(h, hash)
	m.at().Replace(hash, offheap.Ref(old), offheap.Ref(n), marked)
}

// Delete takes a node out; it goes on living.
func (m Members) Delete(h *Allocator, hash uint64, n Node) {
	m.Changing(h, hash)
	m.at().Delete(&h.table, hash, offheap.Ref(n))
}

// Random is a fair choice among the nodes, 0 when there are none.
func (m Members) Random(r *rng.Rand) Node { return Node(m.at().Random(r, false)) }

// Each calls fn for all nodes until it returns false. fn must not change the table.
func (m Members) Each(fn func(Node) bool) {
	t, on := m.at(), true
	for i := 0; i < t.Pages() && on; i++ {
		t.Page(i, func(r offheap.Ref, _ bool) { on = on && fn(Node(r)) })
	}
}

// Scan returns nodes from a cursor on, at least count of them when there are as many,
// and the cursor to go on with, 0 at the end. Each node that is there during a whole
// scan is returned, whatever else comes and goes. fn must not change the table.
func (m Members) Scan(cursor uint64, count int, fn func(Node)) (next uint64) {
	t := m.at()
	for {
		var page int
		page, cursor = t.ScanPage(cursor)
		if page < t.Pages() {
			t.Page(page, func(r offheap.Ref, _ bool) { count--; fn(Node(r)) })
		}
		if cursor == 0 || count <= 0 {
			return cursor
		}
	}
}

// FreeStep takes up to about budget nodes out and hands them to free. When none are
// left the table is gone, too, and m is none. Between the first step and the last
// nothing else may be done with m.
func (m *Members) FreeStep(h *Allocator, budget int, free func(Node)) (more bool) {
	for budget > 0 {
		if h.Arena.Watching() {
			m.leaving(h)
		}
		more := m.at().TakePage(&h.table, func(r offheap.Ref) { budget--; free(Node(r)) })
		if !more {
			if h.Arena.Watching() {
				m.left(h)
			}
			h.Arena.Free(m.table, hashtable.TableBytes)
			m.table = 0
			return false
		}
	}
	return true
}
