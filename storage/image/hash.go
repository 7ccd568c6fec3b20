package image

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/listpack"
	"sigrun/storage/rdb"
)

func hashOf(e db.Entry) *hash.Hash { return offheap.At[hash.Hash](e.Value()) }

// hashType is how a hash is written. Files before version 80 have no fields that expire.
func (w *Writer) hashType(x *hash.Hash) rdb.Type {
	switch {
	case x.Packed():
		return rdb.TypeHashListpack
	case !volatile(x):
		return rdb.TypeHash
	case w.Form().Version < rdb.Version:
		w.Fail(rdb.ErrTooNew)
	}
	return rdb.TypeHash2
}

// volatile reports whether a hash that is a table has fields that expire.
func volatile(x *hash.Hash) bool {
	v := x.Volatile()
	return v != nil && v.Len() > 0
}

// hash writes all fields, those whose time has come included.
func (w *Writer) hash(x *hash.Hash) {
	t := w.hashType(x)
	if t == rdb.TypeHashListpack {
		w.String(x.Raw())
		return
	}
	w.Length(uint64(x.Len()))
	var room, second [num.MaxIntLen]byte
	x.Each(hash.Never, func(field, v listpack.Value, at int64) bool {
		w.field(field.Text(&room), v.Text(&second), at, t == rdb.TypeHash2)
		return true
	})
}

// field writes a field of a hash.
func (w *Writer) field(field, v []byte, at int64, timed bool) {
	w.String(field)
	w.String(v)
	if timed {
		w.Uint64(uint64(at)) // hash.Never is what RDB has for never
	}
}

// Field adds a field to the hash (rdb.Builder).
func (b *Builder) Field(name, v []byte, expireAt int64) bool {
	x, h := hashOf(b.e), b.part.Allocator()
	f := x.Find(h, name)
	if f.Exists() {
		return false
	}
	switch {
	case expireAt == 0:
		expireAt = hash.Never
	case expireAt <= b.Now:
		b.Expired++
		return true
	}
	x.Set(h, b.Limits.Hash, f, name, v, expireAt)
	return true
}
