package db

// Draft makes a string of n bytes for k, with anything in them, which no table refers to
// yet: whoever has filled it hands it to Restore, or to Discard. old is what Find found.
// So a value can be made out of others, the old one among them. It keeps the form of bytes
// (Entry.Edited).
func (p *Part) Draft(k *Key, old Entry, n int, expireAt int64) (Entry, []byte) {
	if n > maxRaw {
		b := p.shard.space.region.AllocBlock(n)
		p.arena().Adopt(b)
		p.used += int64(b.Cap)
		s := makeShape(String, Large, len(k.Name), blockBytes, expireAt != 0)
		e := p.create(k, old, &s, expireAt)
		e.putBlock(&s, b, n)
		e.setFlags(edited)
		return e, b.Ref.Bytes(n)
	}
	s := makeShape(String, Raw, len(k.Name), n, expireAt != 0)
	s.flags |= edited
	e := p.create(k, old, &s, expireAt)
	return e, e.bytes(s.valAt, s.valLen)
}
