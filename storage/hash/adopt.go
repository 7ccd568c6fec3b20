package hash

import (
	"bytes"
	"math/bits"

	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Adopt makes an empty hash of a listpack of fields and values by turns, which is exact. False: the hash could not be a listpack, or a field is there
// twice; then it is empty as before. room is scratch for whoever adopts many.
func (x *Hash) Adopt(h *value.Allocator, m Limit, lp []byte, room *Distinct) bool {
	n := listpack.Count(lp)
	if n == 0 || n%2 != 0 || n/2 > m.Pack || !within(lp, m.Value) || !room.of(h, lp, n/2) {
		return false
	}
	x.keepPack(value.CopyPack(h.Arena, lp))
	return true
}

// within reports whether no element is longer than that.
func within(lp []byte, most int) bool {
	for b := lp[listpack.HeaderSize:]; b[0] != listpack.End; {
		size := listpack.Next(b)
		if size > most && len(listpack.Get(b).Str) > most { // an entry is longer than what it holds
			return false
		}
		b = b[size:]
	}
	return true
}

// Distinct is scratch for looking whether fields are all different. Its zero value is ready.
type Distinct struct {
	fields [][]byte
	places []uint32 // of fields by their hashes, 0: none
}

// fewFields are compared each with each.
const fewFields = 16

// of reports whether the n fields of a listpack are different. Entries are equal where elements are.
func (d *Distinct) of(h *value.Allocator, lp []byte, n int) bool {
	d.fields = d.fields[:0]
	for b := lp[listpack.HeaderSize:]; b[0] != listpack.End; {
		field := b[:listpack.Next(b)]
		d.fields = append(d.fields, field)
		b = b[len(field):]
		b = b[listpack.Next(b):]
	}
	defer clear(d.fields)
	if n <= fewFields {
		for i, field := range d.fields {
			for _, other := range d.fields[:i] {
				if bytes.Equal(field, other) {
					return false
				}
			}
		}
		return true
	}
	return d.byHash(h)
}

func (d *Distinct) byHash(h *value.Allocator) bool {
	size := 2 << bits.Len(uint(len(d.fields)))
	if len(d.places) < size {
		d.places = make([]uint32, size)
	} else {
		clear(d.places[:size])
	}
	for i, field := range d.fields {
		at := h.Hash(field) & uint64(size-1)
		for ; d.places[at] != 0; at = (at + 1) & uint64(size-1) {
			if bytes.Equal(d.fields[d.places[at]-1], field) {
				return false
			}
		}
		d.places[at] = uint32(i + 1)
	}
	return true
}
