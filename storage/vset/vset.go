// Package vset is an index of things by the time at which they are due: of the fields of a
// hash, and of the hashes of a shard. Finding, and taking, what is due costs nothing for
// what is not.
//
//	Set (32 bytes)
//	  dir ----> record record record ...            one for every block, in order
//	              |      |      |
//	              v      v      v
//	            block  block  block ...             at most 128 items, in order
//	item (16 bytes)    time | reference
//	record (32 bytes)  least item that the block may hold | block | items
//
// Each block is a window of time: from its record's item up to that of the next. Items of
// the same time are in the order of their references, so that a window can be cut anywhere,
// also when very many share a millisecond. Blocks are as large as what they hold, to within
// a size class: an item takes 17 bytes at the most on average. A Set of one block has no
// directory: dir is the block.
//
// What comes last by its time, as things do that live equally long, fills blocks one after
// the other; what goes first leaves the directory at its front, where a gap grows until it
// is closed for many at once.
//
// A Set is guarded by the token of its shard. The arena is always the shard's.
package vset

import (
	"sort"

	"sigrun/internal/offheap"
)

// Bytes that a Set itself takes.
const HeaderSize = 32

const (
	maxItems    = 128
	mergeAt     = 32 // a block that has fewer joins a neighbour, if both are
	merged      = 96 // at most so many then
	itemBytes   = 16
	recordBytes = 32
	maxBlocks   = 1 << 26
)

// Set is an index. The zero Set is empty.
type Set struct {
	dir   offheap.Ref
	count uint32 // items
	first uint32 // records of the directory that are a gap
	n     uint32 // blocks
	room  uint32 // records that the directory has room for; 0: dir is the only block
	mark  int64
}

type item struct {
	at  int64
	ref offheap.Ref
}

func (x item) before(y item) bool { return x.at < y.at || x.at == y.at && x.ref < y.ref }

type record struct {
	least item
	block offheap.Ref
	n     uint32
	_     uint32
}

func items(block offheap.Ref, n int) []item { return offheap.At[[maxItems]item](block)[:n] }

// Len is the number of items.
func (s *Set) Len() int { return int(s.count) }

// Mark is room for a number of the owner's.
func (s *Set) Mark() *int64 { return &s.mark }

// records is a view of the directory.
func (s *Set) records() []record {
	if s.room == 0 {
		return nil
	}
	return offheap.At[[maxBlocks]record](s.dir)[s.first : s.first+s.n]
}

// block is block i.
func (s *Set) block(i int) []item {
	if s.room == 0 {
		return items(s.dir, int(s.count))
	}
	r := &s.records()[i]
	return items(r.block, int(r.n))
}

// Bytes is the memory of the index, without the Set itself.
func (s *Set) Bytes() int64 {
	if s.count == 0 {
		return 0
	}
	if s.room == 0 {
		return int64(offheap.ClassSize(int(s.count) * itemBytes))
	}
	sum := int64(offheap.ClassSize(int(s.room) * recordBytes))
	for _, r := range s.records() {
		sum += int64(offheap.ClassSize(int(r.n) * itemBytes))
	}
	return sum
}

// First is the item that is due first.
func (s *Set) First() (at int64, ref offheap.Ref, ok bool) {
	if s.count == 0 {
		return 0, 0, false
	}
	x := s.block(0)[0]
	return x.at, x.ref, true
}

// Due counts the items whose time is at most now.
func (s *Set) Due(now int64) (n int) {
	if s.count == 0 {
		return 0
	}
	due := func(b []item) int { return sort.Search(len(b), func(i int) bool { return b[i].at > now }) }
	if s.room == 0 {
		return due(s.block(0))
	}
	for _, r := range s.records() {
		k := due(items(r.block, int(r.n)))
		n += k
		if k < int(r.n) {
			break
		}
	}
	return n
}

// Each calls fn for all items in the order of their times until it returns false.
func (s *Set) Each(fn func(at int64, ref offheap.Ref) bool) {
	if s.count == 0 {
		return
	}
	for i := range int(s.n) {
		for _, x := range s.block(i) {
			if !fn(x.at, x.ref) {
				return
			}
		}
	}
}

// where is the block of x, and the place that x has in it or would have.
func (s *Set) where(x item) (block, place int) {
	if s.room > 0 {
		r := s.records()
		block = max(sort.Search(len(r), func(i int) bool { return x.before(r[i].least) })-1, 0)
	}
	b := s.block(block)
	return block, sort.Search(len(b), func(i int) bool { return !b[i].before(x) })
}

// Add puts a reference into the index, where it must not be under that time already.
func (s *Set) Add(a *offheap.Arena, at int64, ref offheap.Ref) {
	x := item{at, ref}
	if s.count == 0 {
		s.dir, s.n, s.count = a.Alloc(itemBytes), 1, 1
		items(s.dir, 1)[0] = x
		return
	}
	i, place := s.where(x)
	if len(s.block(i)) == maxItems {
		i, place = s.split(a, x, i, place)
	}
	if place >= 0 {
		s.splice(a, i, place, 0, 1)
		s.block(i)[place] = x
	}
	if s.room == 0 {
		return
	}
	if r := s.records(); i == 0 && x.before(r[0].least) {
		r[0].least = x
	}
}

// Remove takes a reference out; it must be there under that time.
func (s *Set) Remove(a *offheap.Arena, at int64, ref offheap.Ref) {
	x := item{at, ref}
	if s.count > 0 {
		i, place := s.where(x)
		if b := s.block(i); place < len(b) && b[place] == x {
			s.splice(a, i, place, 1, 0)
			s.shrink(a, i)
			return
		}
	}
	panic("BUG: an item is not in its index")
}

// splice makes old items at a place of block i become new ones, which are undefined.
func (s *Set) splice(a *offheap.Arena, i, place, old, new int) {
	b := s.block(i)
	n := len(b) + new - old
	ref, to := s.blockRef(i), s.blockRef(i)
	moved := !offheap.SameClass(n*itemBytes, len(b)*itemBytes)
	if moved && n > 0 {
		to = a.Alloc(n * itemBytes)
	}
	if n > 0 {
		t := items(to, max(n, len(b)))
		if moved {
			t = items(to, n)
			copy(t[:place], b[:place])
		}
		copy(t[place+new:n], b[place+old:])
	}
	if moved || n == 0 {
		a.Free(ref, len(b)*itemBytes)
	}
	s.count = s.count + uint32(new) - uint32(old)
	s.putBlock(i, to, n)
}

func (s *Set) blockRef(i int) offheap.Ref {
	if s.room == 0 {
		return s.dir
	}
	return s.records()[i].block
}

// putBlock notes where block i lies and how many items it has, which of the only one is
// count.
func (s *Set) putBlock(i int, ref offheap.Ref, n int) {
	if s.room == 0 {
		s.dir = ref
		return
	}
	r := &s.records()[i]
	r.block, r.n = ref, uint32(n)
}

// Free gives back all memory and leaves the index empty; the mark stays.
func (s *Set) Free(a *offheap.Arena) {
	for s.FreeStep(a, maxBlocks) {
	}
}

// FreeStep gives back up to budget blocks and reports whether there are more. Between the
// first step and the last nothing else may be done.
func (s *Set) FreeStep(a *offheap.Arena, budget int) (more bool) {
	if s.count == 0 {
		return false
	}
	if s.room == 0 {
		a.Free(s.dir, int(s.count)*itemBytes)
		*s = Set{mark: s.mark}
		return false
	}
	for ; s.n > 0 && budget > 0; budget-- {
		r := s.records()[s.n-1]
		a.Free(r.block, int(r.n)*itemBytes)
		s.n--
	}
	if s.n > 0 {
		return true
	}
	a.Free(s.dir, int(s.room)*recordBytes)
	*s = Set{mark: s.mark}
	return false
}
