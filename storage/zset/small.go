package zset

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Pack is the listpack of a small set, as RDB has it.
func (s *Set) Pack() []byte { return s.ref.Bytes(int(s.size)) }

// scoreAt is the score of the member at an offset.
func scoreAt(p *value.Pack, at int) float64 { return scoreIn(p.Get(p.Next(at))) }

// scoreIn reads what packInsert wrote.
func scoreIn(v listpack.Value) float64 {
	if v.IsInt {
		return float64(v.Int)
	}
	d, _ := num.ParseDouble(v.Str)
	return d
}

// packInsert adds a member that is not there.
func (s *Set) packInsert(a *offheap.Arena, name []byte, score float64) {
	p, b := s.pack(), at(score, name)
	place := p.End()
	if !behindAll(&p, &b) {
		place = packSeek(&p, &b)
	}
	var room [32]byte
	text := appendScore(room[:0], score)
	p.Insert(a, place, text)
	p.Insert(a, place, name)
	s.keep(p)
}

// packRemove takes n members out, from the one at an offset on.
func (s *Set) packRemove(a *offheap.Arena, offset, n int) {
	p := s.pack()
	p.Remove(a, offset, 2*n)
	s.keep(p)
}

// appendScore is the text of a score in a listpack. There is no -0: it is an integer.
func appendScore(b []byte, score float64) []byte {
	if score == 0 {
		return append(b, '0')
	}
	return num.AppendDouble(b, score)
}

// behindAll reports whether all members lie before b.
func behindAll(p *value.Pack, b *Bound) bool {
	if p.Len() == 0 {
		return true
	}
	var room [num.MaxIntLen]byte
	last := p.Prev(p.Prev(p.End()))
	return b.behindText(scoreAt(p, last), p.Get(last).Text(&room))
}

// packSeek is the offset of the first member behind b.
func packSeek(p *value.Pack, b *Bound) (offset int) {
	offset, end := p.First(), p.End()
	var room [num.MaxIntLen]byte
	for offset != end {
		score := p.Next(offset)
		if !b.behindText(scoreIn(p.Get(score)), p.Get(offset).Text(&room)) {
			break
		}
		offset = p.Next(score)
	}
	return offset
}

// packBefore is the number of members before b.
func (s *Set) packBefore(b *Bound) int {
	switch b.kind {
	case atStart:
		return 0
	case atEnd:
		return s.Len()
	}
	p := s.pack()
	return packRank(&p, packSeek(&p, b))
}

// packRank is the number of members before the offset of one.
func packRank(p *value.Pack, offset int) (n int) {
	for at := p.First(); at != offset; n++ {
		at = p.Next(p.Next(at))
	}
	return n
}

// Enlarge gives a small set its large form.
func (s *Set) Enlarge(h *value.Allocator) {
	var to Set
	to.Init(h, true)
	s.copyTo(h, &to)
	s.Free(h)
	*s = to
}

// copyTo appends the members to a set that is large and has none.
func (s *Set) copyTo(h *value.Allocator, to *Set) {
	for it := s.From(0); it.Next(); {
		name := it.Name()
		to.add(h, h.Hash(name), name, it.Score())
	}
}
