// Package digest makes one number of what a keyspace holds, whatever way it is stored: two nodes with the same data have the same.
package digest

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"sigrun/storage/db"
)

// Digest is the exclusive or of one hash for every key, so that the order of keys does
// not matter. What a key is hashed of is put with its length before it, so that no two
// keyspaces give the same bytes. The elements of a value that has no order are hashed one
// by one and added up (value.Digest): two that are the same must not cancel each other.
type Digest struct {
	sum      [sha1.Size]byte
	h        hash.Hash // of what comes in its order, elements apart
	element  hash.Hash
	elements [2]uint64 // the sum of all
	buf      [binary.MaxVarintLen64]byte
}

// New is that of nothing.
func New() *Digest { return &Digest{h: sha1.New(), element: sha1.New()} }

// Add takes a key of a database into account: name, type, value, time of expiry.
func (d *Digest) Add(s *db.Space, database int, e db.Entry) {
	d.h.Reset()
	d.Number(int64(database))
	d.Bytes(e.Key())
	d.value(s, e)
	d.Number(e.ExpireAt())
	d.closeGroup()
	var one [sha1.Size]byte
	for i, x := range d.h.Sum(one[:0]) {
		d.sum[i] ^= x
	}
}

func (d *Digest) value(s *db.Space, e db.Entry) {
	d.Number(int64(e.Type()))
	if e.Type() == db.String {
		var buf [20]byte
		d.Bytes(e.String(&buf))
	} else {
		d.closeGroup()
		s.Ops(e).Digest(e.Value(), d)
	}
	d.closeGroup()
	for i, sum := range d.elements {
		binary.LittleEndian.PutUint64(d.buf[:], sum)
		d.h.Write(d.buf[:8])
		d.elements[i] = 0
	}
}

// Bytes and Number take in what comes next: a part of an element if Element follows.
func (d *Digest) Bytes(v []byte) {
	d.Number(int64(len(v)))
	d.element.Write(v)
}

func (d *Digest) Number(n int64) { d.element.Write(d.buf[:binary.PutVarint(d.buf[:], n)]) }

// Element ends an element.
func (d *Digest) Element() {
	var one [sha1.Size]byte
	sum := d.element.Sum(one[:0])
	d.element.Reset()
	for i := range d.elements {
		d.elements[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
}

// closeGroup takes what came since the last element as something that has its order.
func (d *Digest) closeGroup() {
	var one [sha1.Size]byte
	d.h.Write(d.element.Sum(one[:0]))
	d.element.Reset()
}

func (d *Digest) String() string { return hex.EncodeToString(d.sum[:]) }

// Of is the digest of a database with one key; the key's token is held.
func Of(s *db.Space, database int, e db.Entry) string {
	d := New()
	d.Add(s, database, e)
	return d.String()
}

// OfValue is the digest of a value alone, without name and time of expiry.
func OfValue(s *db.Space, e db.Entry) string {
	d := New()
	d.value(s, e)
	d.h.Sum(d.sum[:0])
	return d.String()
}
