package db

import (
	"encoding/binary"

	"sigrun/internal/offheap"
)

// zeroFrom is the gap from which fresh memory that reads as zero is cheaper than
// clearing.
const zeroFrom = 1 << 20

// Extend makes a string n bytes long, which must not be less than it is, and returns it
// with a view of all its bytes: what it held, then zeros up to zeroTo, then anything.
// e is what Find returned, 0 for no key. Time of expiry and access clock stay. The
// string keeps the form of bytes from now on (Entry.Edited), in its entry as long as it
// fits there, else in a block; both grow in place while there is room and geometrically
// when there is none, so that a string made of many small pieces is copied a bounded
// number of times. The caller changes bytes from one place to another, and others only when
// it has said so (Overwriting).
func (p *Part) Extend(k *Key, e Entry, n, zeroTo, from, to int) (Entry, []byte) {
	if e != 0 {
		p.Changing(e)
		Overwriting(p, e, from, to)
	}
	if e != 0 && e.Encoding() == Large {
		return p.extendLarge(k, e, n, zeroTo)
	}
	if n > maxRaw {
		return p.extendIntoBlock(k, e, n, zeroTo)
	}
	s := makeShape(String, Raw, len(k.Name), n, e != 0 && e.flags()&expires != 0)
	s.flags |= edited
	if e != 0 && e.Encoding() == Raw {
		o := e.shape()
		if o.valAt == s.valAt && offheap.SameClass(o.size(), s.size()) {
			e.setFlags(edited)
			binary.PutUvarint(e.bytes(lengthsAt+varintLen(s.keyLen), varintLen(n)), uint64(n))
			v := e.bytes(s.valAt, n)
			clear(v[o.valLen:max(o.valLen, zeroTo)])
			return e, v
		}
	}
	grown := p.create(k, e, &s, expiry(e))
	v := grown.bytes(s.valAt, n)
	had := copyString(v, e)
	clear(v[had:max(had, zeroTo)])
	return p.replace(k, e, grown), v
}

func expiry(e Entry) int64 {
	if e == 0 {
		return 0
	}
	return e.ExpireAt()
}

// copyString copies the string e, if any, to v and returns its length.
func copyString(v []byte, e Entry) int {
	if e == 0 {
		return 0
	}
	var buf [20]byte
	return copy(v, e.String(&buf))
}

// extendIntoBlock moves a string into a block of its own.
func (p *Part) extendIntoBlock(k *Key, e Entry, n, zeroTo int) (Entry, []byte) {
	region := p.shard.space.region
	alloc := region.AllocBlock
	if zeroTo >= zeroFrom {
		alloc = region.AllocZeroed
	}
	b := alloc(n)
	v := b.Ref.Bytes(n)
	if had := copyString(v, e); zeroTo < zeroFrom {
		clear(v[had:max(had, zeroTo)])
	}
	to := p.SetBlock(k, e, b, n, expiry(e))
	to.setFlags(edited)
	return to, v
}

func (p *Part) extendLarge(k *Key, e Entry, n, zeroTo int) (Entry, []byte) {
	b, had := e.Block()
	if n > b.Cap && zeroTo-had < max(zeroFrom, had) {
		if grown, ok := p.shard.space.region.GrowBlock(b, n); ok {
			p.arena().Adopt(offheap.Block{Cap: grown.Cap - b.Cap})
			p.used += int64(grown.Cap - b.Cap)
			b = grown
		}
	}
	if n > b.Cap {
		return p.extendIntoBlock(k, e, n, zeroTo)
	}
	s := e.shape()
	e.setFlags(edited)
	e.putBlock(&s, b, n)
	v := b.Ref.Bytes(n)
	clear(v[had:max(had, zeroTo)])
	return e, v
}

func (e Entry) setFlags(f byte) { *offheap.At[byte](offheap.Ref(e)) |= f }

func (e Entry) clearFlags(f byte) { *offheap.At[byte](offheap.Ref(e)) &^= f }
