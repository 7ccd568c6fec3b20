package server

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"sigrun/internal/offheap"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// digest is the exclusive or of one hash for every key, so that the order of keys does
// not matter. What a key is hashed of is put with its length before it, so that no two
// keyspaces give the same bytes.
type digest struct {
	sum [sha1.Size]byte
	h   hash.Hash
	buf [binary.MaxVarintLen64]byte
}

func newDigest() *digest { return &digest{h: sha1.New()} }

// add takes a key of a database into account: name, type, value, time of expiry.
func (d *digest) add(database int, e db.Entry) {
	d.h.Reset()
	d.number(int64(database))
	d.bytes(e.Key())
	d.value(e)
	d.number(e.ExpireAt())
	var one [sha1.Size]byte
	for i, x := range d.h.Sum(one[:0]) {
		d.sum[i] ^= x
	}
}

func (d *digest) value(e db.Entry) {
	d.number(int64(e.Type()))
	switch e.Type() {
	case db.String:
		var buf [20]byte
		d.bytes(e.String(&buf))
	case db.List:
		l := offheap.At[quicklist.List](e.Value())
		d.number(int64(l.Len()))
		for it := l.From(0); it.Next(); {
			d.bytes(it.Value())
		}
	}
}

func (d *digest) bytes(v []byte) {
	d.number(int64(len(v)))
	d.h.Write(v)
}

func (d *digest) number(n int64) { d.h.Write(d.buf[:binary.PutVarint(d.buf[:], n)]) }

func (d *digest) String() string { return hex.EncodeToString(d.sum[:]) }

// debugDigest implements DEBUG DIGEST: zeros for an empty server. Keys whose time has
// come do not count.
func debugDigest(c *exec.Ctx) error {
	d := newDigest()
	for i := range c.Databases() {
		c.EachPart(i, func(p *db.Part) {
			p.Each(func(e db.Entry) bool {
				if !c.Due(e) {
					d.add(i, e)
				}
				return true
			})
		})
	}
	c.Out.Simple(d.String())
	return nil
}

// debugDigestValue implements DEBUG DIGEST-VALUE [key ...]: zeros for an absent key. The
// name and the time of expiry do not count.
func debugDigestValue(c *exec.Ctx) error {
	keys := c.Keys()
	c.Out.Array(len(keys))
	for i := range keys {
		d := newDigest()
		if _, e := c.Find(&keys[i]); e != 0 {
			d.value(e)
			d.h.Sum(d.sum[:0])
		}
		c.Out.Simple(d.String())
	}
	return nil
}
