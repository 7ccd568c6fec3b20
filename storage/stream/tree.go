package stream

import "sigrun/internal/offheap"

// mem is where the memory of a stream comes from, and the account of it.
type mem struct {
	arena *offheap.Arena
	bytes *uint64
	lent  bool // it is on no account but that of bytes
}

func (m mem) alloc(size int) offheap.Ref {
	*m.bytes += uint64(offheap.ClassSize(size))
	r := m.arena.Alloc(size)
	if m.lent {
		m.arena.Lend(size)
	}
	return r
}

func (m mem) free(r offheap.Ref, size int) {
	*m.bytes -= uint64(offheap.ClassSize(size))
	if m.lent {
		m.arena.TakeBack(r, size)
		return
	}
	m.arena.Free(r, size)
}

// tree is a B+-tree of records by ID. A record is the ID and the tree's number of words
// of 8 bytes. The zero tree is empty once words is set.
//
//	page   | records: 16 | room for so many: 16 | 32 free | next | prev | record ... |
//
// Pages of the lowest level are linked with their neighbours. Above, a record is the
// address of a page with an ID that is not greater than any in it; the ID of a page's
// first record is never looked at. Pages have room for pageBytes, but for a single one,
// which begins small.
type tree struct {
	root   offheap.Ref
	count  uint64
	height uint16 // levels above the lowest
	words  uint16
	pages  uint32
}

type page struct {
	n, room    uint16
	_          uint32
	next, prev offheap.Ref
}

const (
	pageHead  = 24
	idBytes   = 16
	pageBytes = 2048
	firstRoom = 2
	maxHeight = 16
	childStep = idBytes + 8
)

func pageAt(r offheap.Ref) *page { return offheap.At[page](r) }

// idAt is the ID of record i, of step bytes each.
func idAt(r offheap.Ref, i, step int) *ID {
	return offheap.At[ID](r + pageHead + offheap.Ref(i*step))
}

// child is the page that record i of an inner page leads to.
func child(r offheap.Ref, i int) *offheap.Ref {
	return offheap.At[offheap.Ref](r + pageHead + offheap.Ref(i*childStep) + idBytes)
}

func (t *tree) step() int { return idBytes + 8*int(t.words) }

// stepOf is the size of a record of a level.
func (t *tree) stepOf(level int) int {
	if level > 0 {
		return childStep
	}
	return t.step()
}

func pageSize(room, step int) int { return pageHead + room*step }

func fullRoom(step int) int { return (pageBytes - pageHead) / step }

func (t *tree) newPage(m mem, room, step int) offheap.Ref {
	r := m.alloc(pageSize(room, step))
	*pageAt(r) = page{room: uint16(room)}
	t.pages++
	return r
}

func (t *tree) freePage(m mem, r offheap.Ref, step int) {
	m.free(r, pageSize(int(pageAt(r).room), step))
	t.pages--
}

// search is the number of records from the first on that are less than id, or also
// those equal to it.
func search(r offheap.Ref, step int, id ID, equal bool) int {
	low, high := 0, int(pageAt(r).n)
	for low < high {
		mid := (low + high) / 2
		at := *idAt(r, mid, step)
		if at.Less(id) || equal && at == id {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// descend is the record of an inner page under which id belongs.
func descend(r offheap.Ref, id ID) int { return max(search(r, childStep, id, true)-1, 0) }

// leaf is the lowest page to which id belongs; the tree is not empty.
func (t *tree) leaf(id ID) offheap.Ref {
	r := t.root
	for range t.height {
		r = *child(r, descend(r, id))
	}
	return r
}

// find is where the words of a record are, 0 when there is none.
func (t *tree) find(id ID) offheap.Ref {
	if t.root == 0 {
		return 0
	}
	r, step := t.leaf(id), t.step()
	i := search(r, step, id, false)
	if i == int(pageAt(r).n) || *idAt(r, i, step) != id {
		return 0
	}
	return r + pageHead + offheap.Ref(i*step) + idBytes
}

// cursor is a place in a tree; page 0 is none. It is valid until a record is added or
// removed.
type cursor struct {
	page offheap.Ref
	i    int
}

// first and last are the ends of a tree.
func (t *tree) first() cursor { return t.end(false) }
func (t *tree) last() cursor  { return t.end(true) }

func (t *tree) end(last bool) cursor {
	if t.count == 0 {
		return cursor{}
	}
	r := t.root
	for range t.height {
		i := 0
		if last {
			i = int(pageAt(r).n) - 1
		}
		r = *child(r, i)
	}
	if last {
		return cursor{r, int(pageAt(r).n) - 1}
	}
	return cursor{r, 0}
}

// from is the first record that is not less than id.
func (t *tree) from(id ID) cursor {
	if t.count == 0 {
		return cursor{}
	}
	r := t.leaf(id)
	c := cursor{r, search(r, t.step(), id, false)}
	if c.i == int(pageAt(r).n) {
		c = cursor{pageAt(r).next, 0}
	}
	return c
}

// upTo is the last record that is not greater than id.
func (t *tree) upTo(id ID) cursor {
	if t.count == 0 {
		return cursor{}
	}
	r := t.leaf(id)
	c := cursor{r, search(r, t.step(), id, true)}
	return t.back(c)
}

// on is the record behind c, back that before it.
func (t *tree) on(c cursor) cursor {
	if c.i++; c.i < int(pageAt(c.page).n) {
		return c
	}
	return cursor{pageAt(c.page).next, 0}
}

func (t *tree) back(c cursor) cursor {
	if c.i > 0 {
		return cursor{c.page, c.i - 1}
	}
	r := pageAt(c.page).prev
	if r == 0 {
		return cursor{}
	}
	return cursor{r, int(pageAt(r).n) - 1}
}

func (t *tree) id(c cursor) ID { return *idAt(c.page, c.i, t.step()) }

// at is where the words of a record are.
func (t *tree) at(c cursor) offheap.Ref {
	return c.page + pageHead + offheap.Ref(c.i*t.step()) + idBytes
}
