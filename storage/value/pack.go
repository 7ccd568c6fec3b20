package value

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

// Pack is a listpack in off-heap memory. The zero Pack is none: NewPack makes an empty
// one. Its memory is the class of its size, so that small ones waste nothing and large
// ones are copied once in an eighth of their growth. Elements are found by the offset of
// their entries; an offset is valid until the Pack changes before it.
type Pack struct {
	ref  offheap.Ref
	size uint32
	_    uint32
}

// PackBytes is the size of a Pack itself.
const PackBytes = 16

// NewPack makes an empty pack.
func NewPack(a *offheap.Arena) (p Pack) {
	p.resize(a, listpack.Overhead)
	listpack.New(p.Bytes()[:0])
	return p
}

// CopyPack makes a pack of the bytes of a listpack that is valid.
func CopyPack(a *offheap.Arena, lp []byte) (p Pack) {
	p.resize(a, len(lp))
	copy(p.Bytes(), lp)
	return p
}

// PackAt is the pack that lies at ref and is size bytes long: what Ref and Size told of
// one whose owner keeps these two in a form of its own.
func PackAt(ref offheap.Ref, size int) Pack { return Pack{ref: ref, size: uint32(size)} }

// Ref is where the listpack lies.
func (p *Pack) Ref() offheap.Ref { return p.ref }

// Exists reports whether p is a listpack at all.
func (p *Pack) Exists() bool { return p.ref != 0 }

// Bytes is a view of the whole listpack, as RDB has it.
func (p *Pack) Bytes() []byte { return p.ref.Bytes(int(p.size)) }

// Size is the length of the listpack in bytes, Memory what it takes.
func (p *Pack) Size() int   { return int(p.size) }
func (p *Pack) Memory() int { return offheap.ClassSize(int(p.size)) }

// Len is the number of elements.
func (p *Pack) Len() int { return listpack.Count(p.Bytes()) }

// Free gives the memory back; p is none then.
func (p *Pack) Free(a *offheap.Arena) {
	if p.ref != 0 {
		a.Free(p.ref, int(p.size))
	}
	*p = Pack{}
}

// First is the offset of the first element, also where it would be in an empty pack.
func (p *Pack) First() int { return listpack.HeaderSize }

// End is the offset behind the last element.
func (p *Pack) End() int { return int(p.size) - 1 }

// Get reads the element at an offset.
func (p *Pack) Get(at int) listpack.Value { return listpack.Get(p.Bytes()[at:]) }

// Next is the offset of the element behind that at an offset, Prev of that before it.
func (p *Pack) Next(at int) int { return at + listpack.Next(p.Bytes()[at:]) }
func (p *Pack) Prev(at int) int { return at - listpack.Prev(p.Bytes()[:at]) }

// Seek is the offset of element i, which must exist, walked to from the nearer end.
func (p *Pack) Seek(i int) int {
	n := p.Len()
	if i <= n/2 {
		at := p.First()
		for ; i > 0; i-- {
			at = p.Next(at)
		}
		return at
	}
	at := p.End()
	for ; i < n; i++ {
		at = p.Prev(at)
	}
	return at
}

// Find is the offset of the first element equal to v among those at from and every
// step elements behind it, -1 when there is none: with step 2, of the fields of a hash.
func (p *Pack) Find(v []byte, from, step int) int {
	b := p.Bytes()
	n, isInt := num.ParseInt(v)
	for at := from; b[at] != listpack.End; {
		switch e := listpack.Get(b[at:]); {
		case e.IsInt:
			if isInt && e.Int == n {
				return at
			}
		case !isInt && string(e.Str) == string(v):
			return at
		}
		for i := 0; i < step && b[at] != listpack.End; i++ {
			at += listpack.Next(b[at:])
		}
	}
	return -1
}

// Append adds v behind the last element.
func (p *Pack) Append(a *offheap.Arena, v []byte) { p.Insert(a, p.End(), v) }

// Insert adds v before the element at an offset, or behind the last one at End.
func (p *Pack) Insert(a *offheap.Arena, at int, v []byte) {
	size := listpack.EntrySize(v)
	p.splice(a, at, 0, size, 1)
	listpack.PutEntry(p.Bytes()[at:], v)
}

// Replace puts v in the place of the element at an offset.
func (p *Pack) Replace(a *offheap.Arena, at int, v []byte) {
	size := listpack.EntrySize(v)
	p.splice(a, at, listpack.Next(p.Bytes()[at:]), size, 0)
	listpack.PutEntry(p.Bytes()[at:], v)
}

// Remove takes n elements out, from that at an offset on; they must exist.
func (p *Pack) Remove(a *offheap.Arena, at, n int) {
	end := at
	for range n {
		end = p.Next(end)
	}
	p.splice(a, at, end-at, 0, -n)
}

// splice makes the old bytes at an offset become new ones, which are undefined, and the
// elements so many more.
func (p *Pack) splice(a *offheap.Arena, at, old, new, elements int) {
	count, was := p.Len()+elements, *p
	size := int(p.size) + new - old
	if offheap.SameClass(size, int(was.size)) {
		b := p.ref.Bytes(max(size, int(was.size)))
		copy(b[at+new:size], b[at+old:was.size])
		p.size = uint32(size)
	} else {
		from := was.Bytes()
		p.resize(a, size)
		b := p.Bytes()
		copy(b, from[:at])
		copy(b[at+new:], from[at+old:])
		a.Free(was.ref, int(was.size))
	}
	listpack.PutHeader(p.Bytes(), size, count)
}

func (p *Pack) resize(a *offheap.Arena, size int) {
	p.ref, p.size = a.Alloc(size), uint32(size)
}
