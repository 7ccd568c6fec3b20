package zset

import (
	"math"
	"unsafe"

	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// HeaderSize is what a Set takes in the entry of its key, in bytes.
const HeaderSize = 16

var _ [HeaderSize]byte = [unsafe.Sizeof(Set{})]byte{}

// Set is a sorted set. The zero Set is empty and has no form yet: Init gives it one.
type Set struct {
	ref  offheap.Ref // of the tree or listpack
	size uint32      // of the listpack
	form uint32
}

const (
	small = 1 + iota
	large
)

func (s *Set) pack() value.Pack { return value.PackAt(s.ref, int(s.size)) }

func (s *Set) keep(p value.Pack) { *s = Set{p.Ref(), uint32(p.Size()), small} }

func (s *Set) tree() *tree { return offheap.At[tree](s.ref) }

// Limits bound a small set.
type Limits struct {
	Entries int
	Value   int // length of a member
}

// Allow reports whether a set of n members, the longest of which has that length, is small.
func (l Limits) Allow(n, longest int) bool { return n <= l.Entries && longest <= l.Value }

// maxPack bounds the listpack of a small set whatever the Limits say.
const maxPack = 1 << 29

// Init gives a zero Set its form.
func (s *Set) Init(h *value.Allocator, isLarge bool) {
	if !isLarge {
		s.keep(value.NewPack(h.Arena))
		return
	}
	s.Draft(h)
	t := s.tree()
	t.root = newLeaf(h.Arena, leafLeast)
	t.bytes += int64(offheap.ClassSize(leafBytes(leafLeast)))
}

func newTree(h *value.Allocator) offheap.Ref {
	r := h.Arena.Alloc(treeBytes)
	held := h.Arena.Used()
	t := offheap.At[tree](r)
	*t = tree{members: value.NewMembers(h)}
	t.bytes = h.Arena.Used() - held
	return r
}

// Large reports whether the set has its large form.
func (s *Set) Large() bool { return s.form == large }

// Len is the number of members.
func (s *Set) Len() int {
	switch s.form {
	case large:
		return s.tree().members.Len()
	case small:
		p := s.pack()
		return p.Len() / 2
	}
	return 0
}

// Bytes is the off-heap memory of the set, without its header.
func (s *Set) Bytes() int64 {
	switch s.form {
	case large:
		return s.tree().bytes + int64(offheap.ClassSize(treeBytes))
	case small:
		return int64(offheap.ClassSize(int(s.size)))
	}
	return 0
}

// Found is a member, or the place where one is missing, until the set changes.
type Found struct {
	Score float64
	hash  uint64
	node  value.Node
	at    int // of a small set's member
	ok    bool
}

// Exists reports whether the member is there.
func (f *Found) Exists() bool { return f.ok }

// Find looks a member up.
func (s *Set) Find(h *value.Allocator, name []byte) (f Found) {
	if s.form != large {
		p := s.pack()
		if f.at = p.Find(name, p.First(), 2); f.at >= 0 {
			f.ok, f.Score = true, scoreAt(&p, f.at)
		}
		return f
	}
	f.hash = h.Hash(name)
	if f.node = s.tree().members.Find(f.hash, name); f.node != 0 {
		f.ok, f.Score = true, scoreOf(f.node)
	}
	return f
}

func scoreOf(n value.Node) float64 { return math.Float64frombits(*n.Prefix()) }

// Insert adds a member that Find did not find. The set may become large.
func (s *Set) Insert(h *value.Allocator, l Limits, f *Found, name []byte, score float64) {
	if s.form != large {
		if l.Allow(s.Len()+1, len(name)) && int(s.size)+len(name) < maxPack {
			s.packInsert(h.Arena, name, score)
			return
		}
		s.Enlarge(h)
		f.hash = h.Hash(name)
	}
	s.add(h, f.hash, name, score)
}

// add makes a node and puts it where it belongs.
func (s *Set) add(h *value.Allocator, hash uint64, name []byte, score float64) {
	t, held := s.tree(), h.Arena.Used()
	n := value.NewNode(h.Arena, name, true, 0)
	*n.Prefix() = math.Float64bits(score)
	t.members.Insert(h, hash, n, false)
	if t.root != 0 {
		t.insert(h.Arena, score, n)
	}
	t.bytes += h.Arena.Used() - held
}

// Change gives a member that Find found another score. f is of no more use.
func (s *Set) Change(h *value.Allocator, f *Found, name []byte, score float64) {
	if s.form != large {
		s.packRemove(h.Arena, f.at, 1)
		s.packInsert(h.Arena, name, score)
		return
	}
	t, held := s.tree(), h.Arena.Used()
	t.members.Changing(h, f.hash)
	*f.node.Prefix() = math.Float64bits(score)
	if t.root != 0 {
		t.change(h.Arena, f.node, f.Score, score)
	}
	t.bytes += h.Arena.Used() - held
}

// Remove takes a member out that Find found.
func (s *Set) Remove(h *value.Allocator, f *Found) {
	if s.form != large {
		s.packRemove(h.Arena, f.at, 1)
		return
	}
	t, held := s.tree(), h.Arena.Used()
	if t.root != 0 {
		var p path
		t.find(f.Score, f.node.Name(), &p)
		t.remove(h.Arena, &p, 1)
	}
	t.members.Delete(h, f.hash, f.node)
	f.node.Free(h.Arena, 0)
	t.bytes += h.Arena.Used() - held
}

// RemoveRange takes n members out, from a position on; they must be there.
func (s *Set) RemoveRange(h *value.Allocator, from, n int) {
	if s.form != large {
		if p := s.pack(); n > 0 {
			s.packRemove(h.Arena, p.Seek(2*from), n)
		}
		return
	}
	t, held := s.tree(), h.Arena.Used()
	for n > 0 {
		var p path
		t.seek(from, &p)
		k := min(n, int(leafAt(p.leaf).n)-p.i)
		var gone [leafMost]value.Node
		copy(gone[:], leafNodes(p.leaf)[p.i:p.i+k])
		t.remove(h.Arena, &p, k)
		for _, node := range gone[:k] {
			t.members.Delete(h, h.Hash(node.Name()), node)
			node.Free(h.Arena, 0)
		}
		n -= k
	}
	t.bytes += h.Arena.Used() - held
}

// Rank is the position of a member that Find found.
func (s *Set) Rank(f *Found) int {
	if s.form != large {
		p := s.pack()
		return packRank(&p, f.at)
	}
	b := at(f.Score, f.node.Name())
	return s.tree().rank(&b)
}

// Before is the number of members that lie before a bound.
func (s *Set) Before(b Bound) int {
	if s.form != large {
		return s.packBefore(&b)
	}
	return s.tree().rank(&b)
}

// Free gives back all memory and leaves a zero Set.
func (s *Set) Free(h *value.Allocator) {
	for s.FreeStep(h, 1<<20) {
	}
}

// FreeStep gives back about budget members or leaves and reports whether there are more.
// Between the first step and the last nothing else may be done with the set.
func (s *Set) FreeStep(h *value.Allocator, budget int) (more bool) {
	if s.form != large {
		if s.form == small {
			p := s.pack()
			p.Free(h.Arena)
			*s = Set{}
		}
		return false
	}
	t := s.tree()
	if h.Arena.Watching() {
		t.members.Ends(h)
	}
	for t.dismantle(h.Arena) {
		if budget--; budget <= 0 {
			return true
		}
	}
	if t.members.FreeStep(h, budget, func(n value.Node) { n.Free(h.Arena, 0) }) {
		return true
	}
	h.Arena.Free(s.ref, treeBytes)
	*s = Set{}
	return false
}
