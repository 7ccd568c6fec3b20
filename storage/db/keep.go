package db

import "encoding/binary"

// Keep makes a copy of e, its value, expiry and access clock, that no table refers to:
// what Restore puts back, or Discard frees. k is the name of e.
func (p *Part) Keep(k *Key, e Entry) Entry {
	from := e.shape()
	s := from.like(from.keyLen, from.valLen, from.flags&expires != 0)
	n := p.create(k, e, &s, e.ExpireAt())
	switch s.enc() {
	case Own:
		clear(n.bytes(s.valAt, s.valLen))
		p.ops(e).Clone(p.Allocator(), e.Value(), n.Value())
	case Large:
		old, size := e.Block()
		b := p.shard.space.region.AllocBlock(size)
		copy(b.Ref.Bytes(size), old.Ref.Bytes(size))
		p.arena().Adopt(b)
		p.used += int64(b.Cap)
		n.putBlock(&s, b, size)
	default:
		copy(n.bytes(s.valAt, s.valLen), e.bytes(from.valAt, from.valLen))
	}
	return n
}

// Make makes an entry for k with an empty value of a type that has a header, zeros at Entry.Value. No table refers to it yet: Restore
// puts it in, or Discard frees it.
func (p *Part) Make(k *Key, typ Type, expireAt int64) Entry { return p.createOwn(k, 0, typ, expireAt) }

// MakeString is Make for a string.
func (p *Part) MakeString(k *Key, v []byte, expireAt int64) (n Entry) {
	if i, ok := integer(v); ok {
		s := makeShape(String, Int, len(k.Name), intBytes, expireAt != 0)
		n = p.create(k, 0, &s, expireAt)
		binary.LittleEndian.PutUint64(n.bytes(s.valAt, intBytes), uint64(i))
		return n
	}
	if len(v) <= maxRaw {
		s := makeShape(String, Raw, len(k.Name), len(v), expireAt != 0)
		n = p.create(k, 0, &s, expireAt)
		copy(n.bytes(s.valAt, s.valLen), v)
		return n
	}
	b := p.shard.space.region.AllocBlock(len(v))
	copy(b.Ref.Bytes(len(v)), v)
	p.arena().Adopt(b)
	p.used += int64(b.Cap)
	s := makeShape(String, Large, len(k.Name), blockBytes, expireAt != 0)
	n = p.create(k, 0, &s, expireAt)
	n.putBlock(&s, b, len(v))
	return n
}

// Restore makes kept, which Keep or Make made, the entry of k; old is what Find finds there.
func (p *Part) Restore(k *Key, old, kept Entry) { p.replace(k, old, kept) }

// Discard frees what Keep or Make made.
func (p *Part) Discard(kept Entry) {
	p.used -= int64(kept.Bytes())
	p.shard.release(kept)
}
