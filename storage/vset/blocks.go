package vset

import "sigrun/internal/offheap"

// split makes room for x, whose place is in the full block i. It comes back as the block
// and the place where x is to go, or with place -1 when it has gone there already.
func (s *Set) split(a *offheap.Arena, x item, i, place int) (int, int) {
	if s.room == 0 {
		s.makeDirectory(a)
	}
	if i == int(s.n)-1 && place == maxItems { // the latest: leave the block full
		ref := a.Alloc(itemBytes)
		items(ref, 1)[0] = x
		s.insertRecord(a, i+1, record{least: x, block: ref, n: 1})
		s.count++
		return i + 1, -1
	}
	const half = maxItems / 2
	old := s.records()[i]
	b := items(old.block, maxItems)
	low, high := a.Alloc(half*itemBytes), a.Alloc(half*itemBytes)
	copy(items(low, half), b[:half])
	copy(items(high, half), b[half:])
	least := b[half]
	a.Free(old.block, maxItems*itemBytes)
	s.putBlock(i, low, half)
	s.insertRecord(a, i+1, record{least: least, block: high, n: half})
	if place > half || place == half && !x.before(least) {
		return i + 1, place - half
	}
	return i, place
}

// shrink follows a removal from block i: an empty one goes, a small one joins the next or
// the one before.
func (s *Set) shrink(a *offheap.Arena, i int) {
	if s.count == 0 {
		if s.room > 0 {
			a.Free(s.dir, int(s.room)*recordBytes)
		}
		*s = Set{mark: s.mark}
		return
	}
	if s.room == 0 {
		return
	}
	r := s.records()
	switch n := r[i].n; {
	case n == 0:
		s.removeRecord(i)
	case n >= mergeAt:
		return
	case i+1 < len(r) && n+r[i+1].n <= merged:
		s.join(a, i)
	case i > 0 && n+r[i-1].n <= merged:
		s.join(a, i-1)
	}
	if s.n == 1 {
		only := s.records()[0].block
		a.Free(s.dir, int(s.room)*recordBytes)
		s.dir, s.room, s.first = only, 0, 0
	}
}

// join puts block i+1 behind block i.
func (s *Set) join(a *offheap.Arena, i int) {
	low, high := s.records()[i], s.records()[i+1]
	n := int(low.n + high.n)
	ref := a.Alloc(n * itemBytes)
	b := items(ref, n)
	copy(b, items(low.block, int(low.n)))
	copy(b[low.n:], items(high.block, int(high.n)))
	a.Free(low.block, int(low.n)*itemBytes)
	a.Free(high.block, int(high.n)*itemBytes)
	s.putBlock(i, ref, n)
	s.removeRecord(i + 1)
}

// makeDirectory gives the only block a record.
func (s *Set) makeDirectory(a *offheap.Arena) {
	only := record{least: items(s.dir, 1)[0], block: s.dir, n: s.count}
	s.dir, s.room, s.first = a.Alloc(firstRoom*recordBytes), firstRoom, 0
	s.records()[0] = only
}

const firstRoom = 4

// insertRecord makes r record i.
func (s *Set) insertRecord(a *offheap.Arena, i int, r record) {
	if s.first+s.n == s.room {
		s.makeRoom(a)
	}
	s.n++
	all := s.records()
	copy(all[i+1:], all[i:])
	all[i] = r
}

// makeRoom closes the gap, when it is worth it, or makes the directory an eighth larger.
func (s *Set) makeRoom(a *offheap.Arena) {
	was, old := s.records(), *s
	if s.first <= s.n/8 {
		s.room = s.n + s.n/8 + firstRoom
		s.dir = a.Alloc(int(s.room) * recordBytes)
	}
	s.first = 0
	copy(s.records(), was)
	if s.dir != old.dir {
		a.Free(old.dir, int(old.room)*recordBytes)
	}
}

// removeRecord takes out record i.
func (s *Set) removeRecord(i int) {
	all := s.records()
	if i == 0 {
		s.first++
	} else {
		copy(all[i:], all[i+1:])
	}
	s.n--
}
