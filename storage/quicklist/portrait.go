package quicklist

import "sigrun/internal/offheap"

// Portrait is a list as it was when the portrait was begun, written node by node while the list changes. The walk goes along the chain of
// that moment: a node that nobody has touched since still leads to the one that came next then, and of one that was touched the
// portrait knows what it was, and where it led.
type Portrait struct {
	arena *offheap.Arena
	at    offheap.Ref // of the list, 0: it is gone
	next  offheap.Ref
	left  int // nodes
	known map[offheap.Ref]*former
	given offheap.Ref // the first of those that are the portrait's, by prev and next
	lies  int         // bytes that lie aside
	kept  func(n int)
	put   func(b []byte, plain bool)
	room  []byte
}

// former is what a node was that the walk has not come to. Nodes that were made since, or written, are known, too, and are nil.
type former struct {
	next  offheap.Ref
	live  bool   // it is what it was but for where it leads
	given bool   // it is out of the list, and the portrait's
	b     []byte // what it was
	plain bool
}

// mostKnown is how many nodes are remembered to have been written. More would take too much memory; one that is not remembered is put aside
// for nothing when it changes.
const mostKnown = 1 << 18

// givenFrom is from how many bytes on a node that goes is kept as it is, instead of copied.
const givenFrom = 512

// bornBytes and formerBytes are about what it takes to know of a node that was made since, or was changed, beside what it was.
const (
	bornBytes   = 24
	formerBytes = 100
)

// Portray begins the portrait of a list. put writes a node, as Packs hands it out; kept is told how many bytes more, or less, lie aside.
func Portray(l *List, a *offheap.Arena, put func(b []byte, plain bool), kept func(n int)) *Portrait {
	p := &Portrait{arena: a, at: offheap.Of(l), next: l.head, left: int(l.nodes), known: map[offheap.Ref]*former{}, kept: kept, put: put}
	a.Watch(p.at, p)
	return p
}

func (p *Portrait) keep(n int) {
	p.lies += n
	p.kept(n)
}

// portrait is that of the list, nil when there is none.
func portraitOf(l *List, a *offheap.Arena) *Portrait {
	p, _ := a.Watched(offheap.Of(l)).(*Portrait)
	return p
}

// born is told of every node that is made.
func born(l *List, a *offheap.Arena, r offheap.Ref) {
	if p := portraitOf(l, a); p != nil {
		if _, ok := p.known[r]; !ok { // else it lies where another one was, of which the portrait needs what it was
			p.known[r] = nil
			p.keep(bornBytes)
		}
	}
}

// changing is called before the elements of a node change.
func changing(l *List, a *offheap.Arena, r offheap.Ref) {
	if a.Watching() {
		aside(l, a, r)
	}
}

func aside(l *List, a *offheap.Arena, r offheap.Ref) {
	if p := portraitOf(l, a); p != nil {
		p.changing(r)
	}
}

// relinking is called before another node comes next after r.
func relinking(l *List, a *offheap.Arena, r offheap.Ref) {
	if a.Watching() {
		linkAside(l, a, r)
	}
}

func linkAside(l *List, a *offheap.Arena, r offheap.Ref) {
	if p := portraitOf(l, a); p != nil {
		p.former(r)
	}
}

// leaves is called before a node that is out of the list is freed; true: that is left to the portrait.
func leaves(l *List, a *offheap.Arena, r offheap.Ref) bool {
	p := portraitOf(l, a)
	if p == nil {
		return false
	}
	if f := p.former(r); f != nil && f.live && at(r).used() >= givenFrom {
		f.given = true
		p.give(r)
		return true
	}
	p.changing(r)
	return false
}

// give makes a node that is out of the list, and whose links nobody needs any more, the portrait's.
func (p *Portrait) give(r offheap.Ref) {
	size := int(at(r).size)
	p.keep(size)
	p.arena.Lend(size)
	at(r).prev, at(r).next = 0, p.given
	if p.given != 0 {
		at(p.given).prev = r
	}
	p.given = r
}

// free gives a node back that was given.
func (p *Portrait) free(r offheap.Ref) {
	n := at(r)
	if n.next != 0 {
		at(n.next).prev = n.prev
	}
	if n.prev != 0 {
		at(n.prev).next = n.next
	} else {
		p.given = n.next
	}
	size := int(n.size)
	p.arena.TakeBack(r, size)
	p.keep(-size)
}

// unwatch is called when nothing is left of a list that is taken apart.
func unwatch(l *List, a *offheap.Arena) {
	if p := portraitOf(l, a); p != nil {
		a.Unwatch(offheap.Of(l))
		p.at = 0
	}
}

// former is what is known of a node, nil when nothing needs to be.
func (p *Portrait) former(r offheap.Ref) *former {
	f, ok := p.known[r]
	if !ok {
		f = &former{next: at(r).next, live: true, plain: at(r).kind&plain != 0}
		p.known[r] = f
		p.keep(formerBytes)
	}
	return f
}

func (p *Portrait) changing(r offheap.Ref) {
	if f := p.former(r); f != nil && f.live {
		var b []byte
		b, p.room = at(r).form(r, p.room)
		f.live, f.b = false, append([]byte(nil), b...)
		p.keep(len(f.b))
	}
}

// MovedTo is called when the list has another address (offheap.Arena.Moved).
func (p *Portrait) MovedTo(to offheap.Ref) { p.at = to }

// Left is how many nodes were not written.
func (p *Portrait) Left() int { return p.left }

// Step writes the next nodes until more says that it was enough, and reports whether any are left.
func (p *Portrait) Step(more func() bool) (left bool) {
	for ; p.left > 0; p.left-- {
		if !more() {
			return true
		}
		r := p.next
		f := p.known[r] // it was not written, nor made since
		if f == nil || f.live {
			var b []byte
			b, p.room = at(r).form(r, p.room)
			p.put(b, at(r).kind&plain != 0)
		} else {
			p.put(f.b, f.plain)
			p.keep(-len(f.b))
		}
		p.next = f.after(r)
		if f != nil {
			p.keep(-formerBytes)
			if f.given {
				p.free(r)
			}
		}
		if len(p.known) < mostKnown {
			p.known[r] = nil
		} else {
			delete(p.known, r)
		}
	}
	return false
}

// after is the node that came next after r.
func (f *former) after(r offheap.Ref) offheap.Ref {
	if f == nil {
		return at(r).next
	}
	return f.next
}

// endSlice is how many nodes End frees at once.
const endSlice = 256

// End is called when all is written, or nothing more is to be, until it says that nothing is left of it.
func (p *Portrait) End() (left bool) {
	if p.at != 0 {
		p.arena.Unwatch(p.at)
		p.at = 0
	}
	for range endSlice {
		if p.given == 0 {
			p.keep(-p.lies)
			p.known = nil
			return false
		}
		p.free(p.given)
	}
	return true
}
