package value

import (
	"math/bits"

	"sigrun/internal/offheap"
	"sigrun/storage/hashtable"
)

// Portrait is a table as it was when the portrait was begun, written in pieces while the table changes. What is written together is a
// granule: some part of all hashes. Before a node changes, comes or goes, the granule where it belongs is put aside, unless that was
// done: so one that was not is as it was at the beginning, whatever has become of the rest, and however its pages lie now.
type Portrait struct {
	h       *Allocator
	table   Members
	depth   int
	settled []uint64 // a bit for each granule that was written
	early   int      // granules that were put aside
	next    uint64   // of the walk
	left    int      // nodes that were not written
	put     func(Node)
	found   []Node          // in a granule
	passed  func(Node) bool // written already, by a walk that has an order of its own; nil: there is none
	Apart   bool            // what its owner knows of an order is gone, or goes
	gone    bool            // and the table is, all of it settled
}

const (
	granuleBytes = 16 << 10 // that a granule should have at most
	finer        = 2        // a granule has that power of two less than a page: commands that change many nodes put less aside
)

// Portray begins the portrait of a table, whose nodes have so many bytes together. put writes a node.
func (m Members) Portray(h *Allocator, size uint64, put func(Node)) *Portrait {
	p := &Portrait{h: h, table: m, left: m.Len(), put: put}
	p.depth = m.at().Granularity() + finer
	if each := size >> p.depth; each > granuleBytes {
		p.depth = min(p.depth+bits.Len64(each/granuleBytes), bits.Len(uint(p.left))+1)
	}
	p.settled = make([]uint64, 1<<p.depth/64+1)
	h.Arena.Watch(m.table, p)
	return p
}

// portrait is that of a table, nil when there is none.
func (m Members) portrait(h *Allocator) *Portrait {
	p, _ := h.Arena.Watched(m.table).(*Portrait)
	return p
}

// Changing is called before the node of a hash is changed in place. What is put in or taken out says so itself.
func (m Members) Changing(h *Allocator, hash uint64) {
	if h.Arena.Watching() {
		m.changing(h, hash)
	}
}

func (m Members) changing(h *Allocator, hash uint64) {
	if p := m.portrait(h); p != nil {
		p.aside(hashtable.GranuleOf(hash, p.depth))
	}
}

// Ends is called before what else a table's owner knows of its nodes goes, and then the table.
func (m Members) Ends(h *Allocator) {
	if p := m.portrait(h); p != nil {
		p.Apart = true
	}
}

// leaving is called before the last page is taken out of a table that is taken apart.
func (m Members) leaving(h *Allocator) {
	if p := m.portrait(h); p != nil {
		m.at().LastGranules(p.depth, p.aside)
	}
}

// left is called when a table that was taken apart is gone.
func (m Members) left(h *Allocator) {
	if p := m.portrait(h); p != nil {
		p.gone = true
		h.Arena.Unwatch(m.table)
	}
}

// Settled reports whether the node of a hash was put aside.
func (p *Portrait) Settled(hash uint64) bool {
	g := hashtable.GranuleOf(hash, p.depth)
	return p.settled[g/64]>>(g%64)&1 != 0
}

// Disturbed reports whether anything was put aside at all.
func (p *Portrait) Disturbed() bool { return p.early > 0 }

// Left is how many nodes were not written yet.
func (p *Portrait) Left() int { return p.left }

// InOrder has a walk of the owner's write the nodes: passed tells which ones it has written.
func (p *Portrait) InOrder(passed func(Node) bool) { p.passed = passed }

// Put writes a node, for a walk in order.
func (p *Portrait) Put(n Node) {
	p.left--
	p.put(n)
}

func (p *Portrait) aside(granule uint64) {
	if p.settle(granule) {
		p.early++
	}
}

// settle writes a granule, unless that was done.
func (p *Portrait) settle(granule uint64) bool {
	word, bit := &p.settled[granule/64], uint64(1)<<(granule%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	region := p.h.Arena.Region()
	p.found = p.found[:0]
	p.table.at().Granule(&p.h.table, granule, p.depth, func(ref offheap.Ref) {
		region.Prefetch(uint64(ref))
		p.found = append(p.found, Node(ref))
	})
	for _, n := range p.found { // each lies somewhere else
		if p.passed == nil || !p.passed(n) {
			p.Put(n)
		}
	}
	return true
}

// mostSeen bounds the granules that a step looks at: those that were put aside are passed over.
const mostSeen = 16384

// Step writes the next granules until more says that it was enough, and reports whether any are left. It needs no order.
func (p *Portrait) Step(more func() bool) (left bool) {
	for seen := 0; !p.gone && p.next < 1<<p.depth; p.next++ {
		if seen++; seen > mostSeen || !more() {
			return true
		}
		if p.next+1 < 1<<p.depth {
			p.table.at().TouchGranule(p.h.Arena.Region(), p.next+1)
		}
		p.settle(p.next)
	}
	return false
}

// End is called when all is written, or nothing more is to be. Nothing is left of it.
func (p *Portrait) End() (left bool) {
	if !p.gone {
		p.h.Arena.Unwatch(p.table.table)
		p.gone = true
	}
	return false
}
