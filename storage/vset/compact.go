package vset

import "sigrun/internal/offheap"

// Replace puts ref in the place of old, which is there under that time.
func (s *Set) Replace(a *offheap.Arena, at int64, old, ref offheap.Ref) {
	s.Remove(a, at, old)
	s.Add(a, at, ref)
}

// Compact moves up to budget blocks, from block i on, and before the first the directory, out
// of memory that drains. It returns the block to go on with, 0 when there is none.
func (s *Set) Compact(a *offheap.Arena, i, budget int) (next int) {
	if s.count == 0 {
		return 0
	}
	if s.room == 0 {
		s.dir = a.Move(s.dir, int(s.count)*itemBytes)
		return 0
	}
	if i == 0 {
		s.dir = a.Move(s.dir, int(s.room)*recordBytes)
	}
	all := s.records()
	for ; i < len(all) && budget > 0; budget-- {
		all[i].block = a.Move(all[i].block, int(all[i].n)*itemBytes)
		i++
	}
	if i >= len(all) {
		return 0
	}
	return i
}
