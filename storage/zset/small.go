package zset

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
	"sigrun/storage/value"
)

// Pack is the listpack of a small set, as RDB has it.
func (s *Set) Pack() []byte { return s.pack.Bytes() }

// packScore is the score of the member at an offset.
func (s *Set) packScore(at int) float64 { return scoreIn(s.pack.Get(s.pack.Next(at))) }

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
	b := at(score, name)
	place := s.pack.End()
	if !s.behindAll(&b) {
		place = s.packSeek(&b)
	}
	var room [32]byte
	text := appendScore(room[:0], score)
	s.pack.Insert(a, place, text)
	s.pack.Insert(a, place, name)
}

// appendScore is the text of a score in a listpack. There is no -0: it is an integer.
func appendScore(b []byte, score float64) []byte {
	if score == 0 {
		return append(b, '0')
	}
	return num.AppendDouble(b, score)
}

// behindAll reports whether all members lie before b.
func (s *Set) behindAll(b *Bound) bool {
	if s.pack.Len() == 0 {
		return true
	}
	var room [num.MaxIntLen]byte
	last := s.pack.Prev(s.pack.Prev(s.pack.End()))
	return b.behindText(s.packScore(last), s.pack.Get(last).Text(&room))
}

// packSeek is the offset of the first member behind b.
func (s *Set) packSeek(b *Bound) (offset int) {
	offset, end := s.pack.First(), s.pack.End()
	var room [num.MaxIntLen]byte
	for offset != end {
		score := s.pack.Next(offset)
		if !b.behindText(scoreIn(s.pack.Get(score)), s.pack.Get(offset).Text(&room)) {
			break
		}
		offset = s.pack.Next(score)
	}
	return offset
}

// packBefore is the number of members before b.
func (s *Set) packBefore(b *Bound) int {
	if b.kind == atEnd || b.kind == atStart {
		if b.kind == atStart {
			return 0
		}
		return s.Len()
	}
	return s.packRank(s.packSeek(b))
}

// packRank is the number of members before the offset of one.
func (s *Set) packRank(offset int) (n int) {
	for at := s.pack.First(); at != offset; n++ {
		at = s.pack.Next(s.pack.Next(at))
	}
	return n
}

// Enlarge gives a small set its large form.
func (s *Set) Enlarge(h *value.Home) {
	var to Set
	to.Init(h, true)
	s.copyTo(h, &to)
	s.pack.Free(h.Arena)
	*s = to
}

// copyTo appends the members to a set that is large and has none.
func (s *Set) copyTo(h *value.Home, to *Set) {
	for it := s.From(0); it.Next(); {
		name := it.Name()
		to.add(h, h.Hash(name), name, it.Score())
	}
}
