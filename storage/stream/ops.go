package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// Ops is what the keyspace must know of streams.
func Ops() value.Ops {
	return value.Ops{
		Header:   HeaderSize,
		FreeStep: func(h *value.Allocator, v offheap.Ref, budget int) bool { return At(v).FreeStep(h, budget) },
		Clone:    func(dst *value.Allocator, from, to offheap.Ref) { At(from).Clone(dst, At(to)) },
		Bytes:    func(v offheap.Ref) int64 { return At(v).Bytes() },
		Len:      func(v offheap.Ref) int { return int(At(v).Len()) },
		Encoding: func(offheap.Ref) string { return "stream" },
		Compact: func(h *value.Allocator, v offheap.Ref, at *value.Cursor, budget int) bool {
			return At(v).Compact(h, at, budget)
		},
		Digest: func(v offheap.Ref, d value.Digest) { At(v).digest(d) },
	}
}

// FreeStep frees about budget pieces and reports whether any are left.
func (s *Stream) FreeStep(h *value.Allocator, budget int) (more bool) {
	m := s.mem(h)
	for ; budget > 0; budget-- {
		switch {
		case s.nodes.root != 0:
			s.nodes.takePage(m, func(id ID, words offheap.Ref) {
				freeNode(s, m, id, *offheap.At[offheap.Ref](words))
				budget--
			})
		case s.groups.n > 0:
			g := s.GroupAt(s.Groups() - 1)
			done, cost := g.freeStep(m, leaving(s, m.arena, g))
			if budget -= cost - 1; done {
				groupGoes(s, m.arena, g)
				s.groups.removeLast(m)
			}
		default:
			unwatch(s, m.arena)
			*s = Stream{}
			return false
		}
	}
	return true
}

// Clone makes to, which is empty, a copy in memory of h.
func (s *Stream) Clone(h *value.Allocator, to *Stream) {
	to.length, to.added, to.first, to.last, to.deleted = s.length, s.added, s.first, s.last, s.deleted
	m := to.mem(h)
	s.Packs(func(id ID, lp []byte) bool {
		to.AddPack(h, id, lp)
		return true
	})
	for i := range s.Groups() {
		s.GroupAt(i).clone(h, m, to)
	}
}

func (g *Group) clone(h *value.Allocator, m mem, s *Stream) {
	to := s.AddGroup(h, g.Name(), g.Last, g.Read)
	g.pending.clone(&to.pending, m, forget)
	for i := range g.Consumers() {
		c := g.At(i)
		own := s.AddConsumer(h, to, c.Name(), c.Seen, c.Active)
		c.pending.clone(&own.pending, m, func(id ID, _ offheap.Ref) { to.Find(id).consumer = own.self })
	}
}

// digest takes in entries, groups and consumers, with what is pending; but not when a
// consumer was seen, which no repetition of the commands that made the stream gives.
func (s *Stream) digest(d value.Digest) {
	var room Room
	d.Number(int64(s.length))
	d.Number(int64(s.added))
	digestID(d, s.last)
	digestID(d, s.deleted)
	for it := s.Range(ID{}, MaxID); it.Next(); {
		digestID(d, it.ID)
		d.Number(int64(it.Fields))
		for range it.Fields {
			name, v := it.Field()
			d.Bytes(name.Text(&room))
			d.Bytes(v.Text(&room))
		}
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		d.Bytes(g.Name())
		digestID(d, g.Last)
		d.Number(g.Read)
		d.Number(int64(g.Consumers()))
		for k := range g.Consumers() {
			d.Bytes(g.At(k).Name())
		}
		d.Number(int64(g.Pending()))
		for it := g.PendingFrom(nil, ID{}); it.Next(); {
			digestID(d, it.ID)
			d.Bytes(it.P.Consumer().Name())
			d.Number(it.P.Time)
			d.Number(it.P.Count)
		}
	}
}

func digestID(d value.Digest, id ID) {
	d.Number(int64(id.Ms))
	d.Number(int64(id.Seq))
}
