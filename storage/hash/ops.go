package hash

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
	"sigrun/storage/vset"
)

// Free gives all memory back and leaves the hash empty.
func (x *Hash) Free(h *value.Allocator) {
	for x.FreeStep(h, 1<<20) {
	}
}

// FreeStep gives back about budget fields, or blocks of the index before them, and reports
// whether there are more.
func (x *Hash) FreeStep(h *value.Allocator, budget int) (more bool) {
	if x.Empty() {
		return false
	}
	if x.Packed() {
		p := x.pack()
		p.Free(h.Arena)
		*x = Hash{}
		return false
	}
	m := x.members()
	if t := x.times(); t != nil {
		if t.index.FreeStep(h.Arena, budget) {
			return true
		}
		w := m.Word()
		h.Arena.Free(offheap.Ref(*w&^timed), timesBytes)
		*w = 0
	}
	if m.FreeStep(h, budget, func(n value.Node) { n.Free(h.Arena, tailOf(n)) }) {
		return true
	}
	*x = Hash{}
	return false
}

// Clone makes to, which is empty, a copy with memory of another Allocator or the same.
func (x *Hash) Clone(dst *value.Allocator, to *Hash) {
	if x.Empty() {
		return
	}
	if x.Packed() {
		to.LoadPack(dst, x.Raw())
		return
	}
	*to = Hash{uint64(value.NewMembers(dst).Ref())}
	copyOf := func(n value.Node) {
		to.insert(dst, dst.Hash(n.Name()), n.Name(), valueOf(n), expireAt(n))
	}
	x.members().Each(func(n value.Node) bool {
		if !n.Prefixed() {
			copyOf(n)
		}
		return true
	})
	if v := x.Volatile(); v != nil {
		to.volatile(dst)
		v.Each(func(_ int64, ref offheap.Ref) bool { copyOf(value.Node(ref)); return true })
	}
}

// Bytes is the off-heap memory of the hash, without its header.
func (x *Hash) Bytes() int64 {
	if x.Empty() {
		return 0
	}
	if x.Packed() {
		return int64(offheap.ClassSize(x.size()))
	}
	m := x.members()
	sum := int64(m.Bytes()) + int64(*x.bytes())
	if v := x.Volatile(); v != nil {
		sum += int64(offheap.ClassSize(timesBytes)) + v.Bytes()
	}
	return sum
}

// Ops is what the keyspace must know of hashes.
func Ops() value.Ops {
	of := offheap.At[Hash]
	return value.Ops{
		Header:   HeaderSize,
		FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool { return of(v).FreeStep(h, budget) },
		Clone:    func(dst *value.Allocator, from, to offheap.Ref) { of(from).Clone(dst, of(to)) },
		Bytes:    func(v offheap.Ref) int64 { return of(v).Bytes() },
		Len:      func(v offheap.Ref) int { return of(v).Len() },
		Encoding: func(v offheap.Ref) string { return of(v).Encoding() },
		Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
			return of(v).Compact(h, at, budget)
		},
		Volatile: func(v offheap.Ref) *vset.Set { return of(v).Volatile() },
		Digest: func(v offheap.Ref, d value.Digest) {
			var field, text [num.MaxIntLen]byte
			of(v).Each(Never, func(name, v listpack.Value, at int64) bool {
				d.Bytes(name.Text(&field))
				d.Bytes(v.Text(&text))
				d.Number(at)
				d.Element()
				return true
			})
		},
	}
}
