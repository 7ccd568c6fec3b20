// Package intset is Valkey's intset, byte for byte, in off-heap memory: a sorted array of
// distinct integers, all as wide as the widest ever had to be. RDB files carry it as it
// is.
//
//	+-----------------+--------------+-----+-----+-----+
//	| width 2, 4, 8   | elements: 32 | int | int | ... |      little endian
//	+-----------------+--------------+-----+-----+-----+
//
// Looking up is a binary search; adding and removing moves what lies behind. The memory is
// the class of the size, as that of a value.Pack: most additions move nothing else.
//
// A Set belongs to the token of its shard and is given the arena of that shard. Bytes from
// outside go through Valid first.
package intset

import (
	"encoding/binary"
	"math"

	"sigrun/internal/offheap"
)

const (
	headerBytes = 8
	// MaxLen bounds a set, far below what its header can say.
	MaxLen = 1 << 26
)

// Set is a set of integers. The zero Set is none: New makes an empty one.
type Set struct {
	ref  offheap.Ref
	size uint32
}

// New makes an empty set.
func New(a *offheap.Arena) (s Set) {
	s.resize(a, headerBytes)
	s.putHeader(2, 0)
	return s
}

// Copy makes a set of the bytes of one that is valid.
func Copy(a *offheap.Arena, b []byte) (s Set) {
	s.resize(a, len(b))
	copy(s.Bytes(), b)
	return s
}

// At is the set that lies at ref and is size bytes long: what Ref and Size told.
func At(ref offheap.Ref, size int) Set { return Set{ref, uint32(size)} }

// Ref is where the set lies, Size its length in bytes, Memory what it takes.
func (s *Set) Ref() offheap.Ref { return s.ref }
func (s *Set) Size() int        { return int(s.size) }
func (s *Set) Memory() int      { return offheap.ClassSize(int(s.size)) }

// Bytes is a view of the whole set, as RDB has it.
func (s *Set) Bytes() []byte { return s.ref.Bytes(int(s.size)) }

// Free gives the memory back; s is none then.
func (s *Set) Free(a *offheap.Arena) {
	if s.ref != 0 {
		a.Free(s.ref, int(s.size))
	}
	*s = Set{}
}

// Len is the number of integers.
func (s *Set) Len() int { return (int(s.size) - headerBytes) / s.width() }

func (s *Set) width() int { return int(*offheap.At[uint32](s.ref)) }

func (s *Set) putHeader(width, n int) {
	b := s.Bytes()
	binary.LittleEndian.PutUint32(b, uint32(width))
	binary.LittleEndian.PutUint32(b[4:], uint32(n))
}

// Get is the integer at position i of the order.
func (s *Set) Get(i int) int64 {
	w := s.width()
	return get(s.Bytes()[headerBytes+i*w:], w)
}

func get(b []byte, width int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func put(b []byte, width int, v int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, uint64(v))
	}
}

// widthOf is the least width that holds v.
func widthOf(v int64) int {
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 2
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 4
	}
	return 8
}

// Find is the position of v, or where it would have to be.
func (s *Set) Find(v int64) (i int, found bool) {
	b, w := s.Bytes()[headerBytes:], s.width()
	lo, hi := 0, len(b)/w
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch x := get(b[mid*w:], w); {
		case x == v:
			return mid, true
		case x < v:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// Add puts v into the set; false: it is there.
func (s *Set) Add(a *offheap.Arena, v int64) bool {
	if w := widthOf(v); w > s.width() {
		s.widen(a, w, v)
		return true
	}
	i, found := s.Find(v)
	if found {
		return false
	}
	w, n := s.width(), s.Len()
	at := headerBytes + i*w
	s.splice(a, at, 0, w)
	put(s.Bytes()[at:], w, v)
	s.putHeader(w, n+1)
	return true
}

// widen rebuilds the set with integers of another width. v, which needs it, lies beyond
// all others.
func (s *Set) widen(a *offheap.Arena, width int, v int64) {
	was, n := *s, s.Len()
	s.resize(a, headerBytes+(n+1)*width)
	s.putHeader(width, n+1)
	b := s.Bytes()[headerBytes:]
	if v < 0 {
		put(b, width, v)
		b = b[width:]
	} else {
		put(b[n*width:], width, v)
	}
	for i := range n {
		put(b[i*width:], width, was.Get(i))
	}
	a.Free(was.ref, int(was.size))
}

// Remove takes v out of the set; false: it is not there.
func (s *Set) Remove(a *offheap.Arena, v int64) bool {
	i, found := s.Find(v)
	if found {
		s.RemoveAt(a, i)
	}
	return found
}

// RemoveAt takes out the integer at position i.
func (s *Set) RemoveAt(a *offheap.Arena, i int) {
	w, n := s.width(), s.Len()
	s.splice(a, headerBytes+i*w, w, 0)
	s.putHeader(w, n-1)
}

// splice makes the old bytes at an offset become new ones, which are undefined.
func (s *Set) splice(a *offheap.Arena, at, old, new int) {
	was := *s
	size := int(s.size) + new - old
	if offheap.SameClass(size, int(was.size)) {
		b := s.ref.Bytes(max(size, int(was.size)))
		copy(b[at+new:size], b[at+old:was.size])
		s.size = uint32(size)
		return
	}
	from := was.Bytes()
	s.resize(a, size)
	b := s.Bytes()
	copy(b, from[:at])
	copy(b[at+new:], from[at+old:])
	a.Free(was.ref, int(was.size))
}

func (s *Set) resize(a *offheap.Arena, size int) { s.ref, s.size = a.Alloc(size), uint32(size) }

// Valid tells whether bytes from outside are a set: of a known width, as long as they say,
// in ascending order.
func Valid(b []byte) bool {
	if len(b) < headerBytes {
		return false
	}
	w, n := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	if w != 2 && w != 4 && w != 8 || n > MaxLen || len(b) != headerBytes+int(n)*int(w) {
		return false
	}
	b = b[headerBytes:]
	for i := 1; i < int(n); i++ {
		if get(b[(i-1)*int(w):], int(w)) >= get(b[i*int(w):], int(w)) {
			return false
		}
	}
	return true
}
