package hash

import "sigrun/storage/value"

// Portray begins the portrait of a hash that is a table; put writes a field.
func (x *Hash) Portray(h *value.Allocator, put func(field, v []byte, at int64)) *value.Portrait {
	return x.members().Portray(h, *x.bytes(), func(n value.Node) { put(n.Name(), valueOf(n), expireAt(n)) })
}

// NodeBytes is what the fields of a table take, 0 of a listpack.
func (x *Hash) NodeBytes() uint64 {
	if x.Empty() || x.Packed() {
		return 0
	}
	return *x.bytes()
}
