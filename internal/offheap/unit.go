package offheap

import "unsafe"

// state says what the run that starts at a unit is. Only the Region, under
// its mutex, writes it.
type state uint8

const (
	inner state = iota // not the first unit of a run
	free               // a free run of the buddy system
	chunk              // 32 slabs
	block              // one Block
)

// unit is one row of the unit table. The first two groups belong to the
// Region and its mutex, the last one to the arena that owns the slab. Zero is
// a fresh unit, and unit number 0 is the table itself, so 0 means "none".
type unit struct {
	state state
	order uint8 // of the run that starts here
	torn  bool  // chunk: no huge page any more (Shed)

	slabs      uint32 // chunk: bit i set when slab i is free
	shed       uint32 // chunk: bit i set when slab i is free and its pages went back to the kernel
	next, prev uint32 // list of free runs of this order, or of chunks with free slabs

	class        uint8
	draining     bool   // see Drain
	used         uint16 // live objects
	fresh        uint16 // next never used object, in 8-byte words from the slab's start
	recycled     uint16 // 1 + word of the first freed object, each of which holds the next; 0 none
	capacity     uint16 // objects that fit
	after, ahead uint32 // list of the arena's slabs of a class with room, or of those that drain
	owner        uint32 // arena number
	_            [20]byte
}

const unitBytes = 64

var _ [unitBytes]byte = [unsafe.Sizeof(unit{})]byte{}

func (g *Region) unit(i uint32) *unit {
	return At[unit](g.base + Ref(i)*unitBytes)
}

func (g *Region) address(i uint32) Ref {
	return g.base + Ref(i)<<unitShift
}

func (g *Region) index(r Ref) uint32 {
	return uint32((r - g.base) >> unitShift)
}
