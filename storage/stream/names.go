package stream

import (
	"bytes"

	"sigrun/internal/offheap"
)

// names are objects by name: their addresses in one array, in the order of the names. An
// object is a fixed part, whose first words are a named, and its name behind that.
type names struct {
	ref     offheap.Ref
	n, room uint32
}

type named struct {
	size uint32 // of the fixed part
	len  uint32 // of the name
}

func (x *names) at(i int) offheap.Ref { return *x.slot(i) }

// bytes is the array as far as it is used.
func (x *names) bytes() []byte {
	if x.n == 0 {
		return nil
	}
	return x.ref.Bytes(8 * int(x.n))
}

func (x *names) slot(i int) *offheap.Ref { return offheap.At[offheap.Ref](x.ref + offheap.Ref(8*i)) }

// nameOf is the name of an object.
func nameOf(r offheap.Ref) []byte {
	head := offheap.At[named](r)
	return (r + offheap.Ref(head.size)).Bytes(int(head.len))
}

// search is the place of a name, and whether it is there.
func (x *names) search(name []byte) (i int, found bool) {
	low, high := 0, int(x.n)
	for low < high {
		mid := (low + high) / 2
		switch c := bytes.Compare(nameOf(x.at(mid)), name); {
		case c == 0:
			return mid, true
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return low, false
}

func (x *names) find(name []byte) offheap.Ref {
	if i, found := x.search(name); found {
		return x.at(i)
	}
	return 0
}

// add makes an object of a size, zero but for its name, which is not there yet.
func (x *names) add(m mem, name []byte, size int) offheap.Ref {
	i, _ := x.search(name)
	if x.n == x.room {
		x.resize(m, max(2, 2*int(x.room)))
	}
	r := m.alloc(size + len(name))
	clear(r.Bytes(size))
	*offheap.At[named](r) = named{uint32(size), uint32(len(name))}
	copy(nameOf(r), name)
	x.n++
	b := x.ref.Bytes(8 * int(x.n))
	copy(b[8*(i+1):], b[8*i:])
	*x.slot(i) = r
	return r
}

// remove forgets an object and frees its fixed part and name; what it refers to has been
// freed.
func (x *names) remove(m mem, name []byte) {
	i, found := x.search(name)
	if !found {
		return
	}
	x.freeObject(m, x.at(i))
	b := x.ref.Bytes(8 * int(x.n))
	copy(b[8*i:], b[8*(i+1):])
	switch x.n--; {
	case x.n == 0:
		x.resize(m, 0)
	case x.n <= x.room/4:
		x.resize(m, int(x.room)/2)
	}
}

func (x *names) freeObject(m mem, r offheap.Ref) {
	head := offheap.At[named](r)
	m.free(r, int(head.size+head.len))
}

// removeLast is remove for the last object.
func (x *names) removeLast(m mem) {
	x.freeObject(m, x.at(int(x.n)-1))
	if x.n--; x.n == 0 {
		x.resize(m, 0)
	}
}

func (x *names) resize(m mem, room int) {
	old := *x
	x.ref, x.room = 0, uint32(room)
	if room > 0 {
		x.ref = m.alloc(8 * room)
		copy(x.ref.Bytes(8*room), old.bytes())
	}
	if old.room > 0 {
		m.free(old.ref, 8*int(old.room))
	}
}
