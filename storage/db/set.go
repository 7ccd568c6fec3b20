package db

import (
	"encoding/binary"

	"sigrun/internal/offheap"
)

// In all setters e is what Find returned: 0, or the entry to replace, of any
// type. expireAt is in Unix milliseconds, 0 for never. They return the entry
// that now holds the key. The access clock of a replaced entry is kept; a new one
// begins with that of SetBirth.

// SetString stores a string. One that is the canonical form of an integer is
// held as such, one above 16 KiB in a block. v may be a view of any live entry.
func (p *Part) SetString(k *Key, e Entry, v []byte, expireAt int64) Entry {
	if n, ok := integer(v); ok {
		return p.SetInt(k, e, n, expireAt)
	}
	return p.SetRaw(k, e, v, expireAt)
}

// SetRaw is SetString for what must keep the form of bytes.
func (p *Part) SetRaw(k *Key, e Entry, v []byte, expireAt int64) Entry {
	if len(v) > maxRaw {
		return p.setLarge(k, e, v, expireAt)
	}
	s := makeShape(String, Raw, len(k.Name), len(v), expireAt != 0)
	if e != 0 && e.takes(&s) {
		p.Changing(e)
		copy(e.bytes(s.valAt, s.valLen), v) // first: v may lie in e
		binary.PutUvarint(e.bytes(lengthsAt+varintLen(s.keyLen), varintLen(s.valLen)), uint64(s.valLen))
		e.putExpire(&s, expireAt)
		return e
	}
	n := p.create(k, e, &s, expireAt)
	copy(n.bytes(s.valAt, s.valLen), v)
	return p.replace(k, e, n)
}

// takes tells whether a new value of shape s can be written over the old one:
// same form, same class, and nothing in front of the value moves.
func (e Entry) takes(s *shape) bool {
	o := e.shape()
	return o.flags&^savedBit == s.flags&^savedBit && o.valAt == s.valAt && offheap.SameClass(o.size(), s.size())
}

// SetInt stores an integer.
func (p *Part) SetInt(k *Key, e Entry, v, expireAt int64) Entry {
	s := makeShape(String, Int, len(k.Name), intBytes, expireAt != 0)
	n := e
	if e == 0 || !e.takes(&s) {
		n = p.create(k, e, &s, expireAt)
	} else {
		p.Changing(e)
	}
	n.putExpire(&s, expireAt)
	binary.LittleEndian.PutUint64(n.bytes(s.valAt, intBytes), uint64(v))
	if n == e {
		return e
	}
	return p.replace(k, e, n)
}

// setLarge copies v into a block: the one e has, when it fits and is not more
// than twice too large.
func (p *Part) setLarge(k *Key, e Entry, v []byte, expireAt int64) Entry {
	if e != 0 && e.Encoding() == Large && e.flags()&expires != 0 == (expireAt != 0) {
		p.Changing(e)
		if b, _ := e.Block(); b.Cap >= len(v) && b.Cap/2 <= len(v) && p.shard.reading(b) == nil {
			s := e.shape()
			copy(b.Ref.Bytes(len(v)), v)
			e.clearFlags(edited)
			e.putBlock(&s, b, len(v))
			e.putExpire(&s, expireAt)
			return e
		}
	}
	b := p.shard.space.region.AllocBlock(len(v))
	copy(b.Ref.Bytes(len(v)), v)
	return p.SetBlock(k, e, b, len(v), expireAt)
}

// SetBlock stores a string of n bytes that already lies in a block, which
// becomes the entry's.
func (p *Part) SetBlock(k *Key, e Entry, b offheap.Block, n int, expireAt int64) Entry {
	p.arena().Adopt(b)
	p.used += int64(b.Cap)
	s := makeShape(String, Large, len(k.Name), blockBytes, expireAt != 0)
	to := p.create(k, e, &s, expireAt)
	to.putBlock(&s, b, n)
	return p.replace(k, e, to)
}

func (e Entry) putBlock(s *shape, b offheap.Block, n int) {
	v, u := e.bytes(s.valAt, blockBytes), binary.LittleEndian
	u.PutUint64(v, uint64(b.Ref))
	u.PutUint64(v[8:], uint64(n))
	u.PutUint64(v[16:], uint64(b.Cap))
}

// New stores a value of a type that is no string: a header of zeros at Entry.Value.
func (p *Part) New(k *Key, e Entry, typ Type, expireAt int64) Entry {
	return p.replace(k, e, p.createOwn(k, e, typ, expireAt))
}

// createOwn makes an entry for a value with a header, which is zero.
func (p *Part) createOwn(k *Key, old Entry, typ Type, expireAt int64) Entry {
	s := makeShape(typ, Own, len(k.Name), ownBytes[typ], expireAt != 0)
	n := p.create(k, old, &s, expireAt)
	clear(n.bytes(s.valAt, s.valLen))
	return n
}
