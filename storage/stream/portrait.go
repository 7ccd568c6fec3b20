package stream

import (
	"bytes"

	"sigrun/internal/offheap"
	"sigrun/internal/sim"
)

// Painter takes the pieces of a portrait in their order: nodes, facts, and for each group what is pending, and its consumers with what is
// theirs of that.
type Painter interface {
	Node(id ID, lp []byte)
	Facts(f Facts, groups int)
	Group(name []byte, last ID, read int64, pending int)
	Pending(id ID, time, count int64)
	Consumers(n int)
	Consumer(name []byte, seen, active int64, pending int)
	Owned(id ID)
}

// Portrait is a stream as it was when the portrait was begun, written in pieces while the stream changes.
type Portrait struct {
	arena *offheap.Arena
	at    offheap.Ref // of the stream, 0: it is gone
	out   Painter
	kept  func(n int)

	nodes  formers[formerNode]
	left   int // nodes
	end    ID  // of the last one
	facts  Facts
	groups []*groupPortrait
	by     map[offheap.Ref]*groupPortrait // those that are there
	told   bool                           // the facts are written
	group  int                            // that is next
}

// formerNode is what a node was: a copy, or, when it has gone, itself.
type formerNode struct {
	b     []byte
	given offheap.Ref
	size  int
}

// Portray begins the portrait of a stream. kept is told how many bytes more, or less, lie aside.
func Portray(s *Stream, a *offheap.Arena, out Painter, kept func(n int)) *Portrait {
	p := &Portrait{arena: a, at: offheap.Of(s), out: out, kept: kept, left: s.Nodes(), end: s.tailID, facts: s.Facts()}
	p.by = make(map[offheap.Ref]*groupPortrait, s.Groups())
	p.groups = make([]*groupPortrait, s.Groups())
	for i := range p.groups {
		r := s.groups.at(i)
		p.groups[i] = &groupPortrait{p: p, at: r}
		p.by[r] = p.groups[i]
	}
	a.Watch(p.at, p)
	return p
}

// MovedTo is called when the stream has another address (offheap.Arena.Moved).
func (p *Portrait) MovedTo(to offheap.Ref) { p.at = to }

// portrait is that of the stream, nil when there is none.
func portraitOf(s *Stream, a *offheap.Arena) *Portrait {
	p, _ := a.Watched(offheap.Of(s)).(*Portrait)
	return p
}

// changing is called before a node changes.
func changing(s *Stream, m mem, id ID, r offheap.Ref) {
	if m.arena.Watching() {
		aside(s, m, id, r)
	}
}

func aside(s *Stream, m mem, id ID, r offheap.Ref) {
	if p := portraitOf(s, m.arena); p != nil && !p.end.Less(id) && p.nodes.needs(id) {
		b := append([]byte(nil), pack(r)...)
		p.nodes.keep(id, &formerNode{b: b})
		p.kept(len(b))
	}
}

// born is called when there is a new node.
func born(s *Stream, m mem, id ID) {
	if p := portraitOf(s, m.arena); p != nil && !p.end.Less(id) && p.nodes.needs(id) {
		p.nodes.keep(id, nil)
	}
}

// freeNode frees the memory of a node that goes, unless the portrait needs it.
func freeNode(s *Stream, m mem, id ID, r offheap.Ref) {
	size := s.roomOf(r)
	if p := portraitOf(s, m.arena); p != nil && !p.end.Less(id) && p.nodes.needs(id) {
		p.nodes.keep(id, &formerNode{given: r, size: size})
		p.kept(size)
		*m.bytes -= uint64(offheap.ClassSize(size))
		m.arena.Lend(size)
		return
	}
	m.free(r, size)
}

// unwatch is called when nothing is left of a stream that is taken apart.
func unwatch(s *Stream, a *offheap.Arena) {
	if p := portraitOf(s, a); p != nil {
		a.Unwatch(p.at)
		p.at = 0
	}
}

// Left is how much was not written, roughly.
func (p *Portrait) Left() int {
	n := p.left + len(p.groups) - p.group
	if !p.told {
		n++
	}
	return n
}

// Step writes the next pieces until more says that it was enough, and reports whether any are left.
func (p *Portrait) Step(more func() bool) (left bool) {
	for p.Left() > 0 {
		if !more() {
			return true
		}
		if !p.piece() {
			return false // and Left says that something is missing
		}
	}
	return false
}

// piece writes one.
func (p *Portrait) piece() (ok bool) {
	switch {
	case p.left > 0:
		return p.node()
	case !p.told:
		p.out.Facts(p.facts, len(p.groups))
		p.told = true
	default:
		done, ok := p.groups[p.group].piece()
		if done {
			p.group++
		}
		return ok
	}
	return true
}

func (p *Portrait) node() (ok bool) {
	var t *tree
	if p.at != 0 {
		t = &At(p.at).nodes
	}
	was, c, ok := p.nodes.next(t, p.end)
	switch {
	case !ok:
		return false
	case was == nil:
		p.out.Node(p.nodes.at, pack(*offheap.At[offheap.Ref](t.at(c))))
	case was.given != 0:
		p.out.Node(p.nodes.at, pack(was.given))
		p.release(was)
	default:
		p.out.Node(p.nodes.at, was.b)
		p.release(was)
	}
	p.left--
	return true
}

// release gives up what was kept of a node.
func (p *Portrait) release(was *formerNode) {
	if was.given != 0 {
		p.arena.TakeBack(was.given, was.size)
	}
	p.kept(-was.size - len(was.b))
}

// End is called when all is written, or nothing more is to be.
func (p *Portrait) End() {
	for _, was := range sim.Walk(p.nodes.known, ID.compare) {
		if was != nil {
			p.release(was)
		}
	}
	p.nodes.known = nil
	for _, g := range p.groups {
		g.drop()
	}
	p.groups, p.by, p.group = nil, nil, 0
	if p.at != 0 {
		p.arena.Unwatch(p.at)
	}
}

// groupPortrait is a group as it was. Whose a delivery was is noted while those of the group are written, in the order of their IDs: so
// those of a consumer come in their order, too.
type groupPortrait struct {
	p         *Portrait
	at        offheap.Ref // of the group, 0: it is gone
	frozen    bool
	name      []byte
	last      ID
	read      int64
	pending   formers[formerPending]
	left      int // deliveries
	consumers []consumerPortrait
	index     map[offheap.Ref]int
	told      step
	consumer  int // that is next
}

// step is how far a group was written.
type step uint8

const (
	toldNothing step = iota
	toldGroup
	toldConsumers
)

type consumerPortrait struct {
	name         []byte
	seen, active int64
	ids          []ID
	told         bool
	next         int
}

// formerPending is what a delivery was.
type formerPending struct {
	consumer    int
	time, count int64
}

// Changing is called before a group changes: where it has come to, or its consumers.
func Changing(s *Stream, a *offheap.Arena, g *Group) {
	if p := portraitOf(s, a); p != nil {
		if of := p.by[g.self]; of != nil {
			of.freeze()
		}
	}
}

// ChangingPending is called before a delivery changes, comes or goes.
func ChangingPending(s *Stream, a *offheap.Arena, g *Group, id ID) {
	if a.Watching() {
		deliveryAside(s, a, g, id)
	}
}

func deliveryAside(s *Stream, a *offheap.Arena, g *Group, id ID) {
	if p := portraitOf(s, a); p != nil {
		if of := p.by[g.self]; of != nil {
			of.changing(g, id)
		}
	}
}

// leaving is called before a group is taken apart.
func leaving(s *Stream, a *offheap.Arena, g *Group) *groupPortrait {
	p := portraitOf(s, a)
	if p == nil {
		return nil
	}
	of := p.by[g.self]
	if of != nil {
		of.freeze()
	}
	return of
}

// goes is called when a group is gone.
func (g *groupPortrait) goes() {
	if g != nil {
		delete(g.p.by, g.at)
		g.at = 0
	}
}

// freeze notes what a group knows beside what is pending.
func (g *groupPortrait) freeze() {
	if g.frozen {
		return
	}
	of := offheap.At[Group](g.at)
	g.frozen = true
	g.name, g.last, g.read, g.left = bytes.Clone(of.Name()), of.Last, of.Read, of.Pending()
	g.consumers = make([]consumerPortrait, of.Consumers())
	g.index = make(map[offheap.Ref]int, of.Consumers())
	for i := range g.consumers {
		c := of.At(i)
		g.consumers[i] = consumerPortrait{name: bytes.Clone(c.Name()), seen: c.Seen, active: c.Active}
		g.index[c.self] = i
	}
}

func (g *groupPortrait) changing(of *Group, id ID) {
	if g.freeze(); !g.pending.needs(id) {
		return
	}
	n := of.Find(id)
	if n == nil {
		g.pending.keep(id, nil)
		return
	}
	g.keep(id, n)
}

// formerBytes is about what a former delivery takes.
const formerBytes = 100

func (g *groupPortrait) keep(id ID, n *Pending) {
	g.pending.keep(id, &formerPending{g.index[n.consumer], n.Time, n.Count})
	g.p.kept(formerBytes)
}

// forget is takePage's for deliveries of a group that is taken apart.
func (g *groupPortrait) forget(id ID, words offheap.Ref) {
	if g != nil && g.pending.needs(id) {
		g.keep(id, offheap.At[Pending](words))
	}
}

// piece writes the next one; done: nothing is left. Not ok: something is missing.
func (g *groupPortrait) piece() (done, ok bool) {
	out := g.p.out
	switch {
	case g.told == toldNothing:
		g.freeze()
		out.Group(g.name, g.last, g.read, g.left)
		g.told = toldGroup
	case g.left > 0:
		return false, g.delivery()
	case g.told == toldGroup:
		out.Consumers(len(g.consumers))
		g.told = toldConsumers
	case g.consumer < len(g.consumers):
		if c := &g.consumers[g.consumer]; c.piece(out) {
			g.p.kept(-len(c.ids) * idBytes)
			c.ids = nil
			g.consumer++
		}
	default:
		return true, true
	}
	return false, true
}

// delivery writes what is pending next.
func (g *groupPortrait) delivery() (ok bool) {
	var t *tree
	if g.at != 0 {
		t = &offheap.At[Group](g.at).pending
	}
	was, c, ok := g.pending.next(t, MaxID)
	if !ok {
		return false
	}
	if was == nil {
		n := offheap.At[Pending](t.at(c))
		was = &formerPending{g.index[n.consumer], n.Time, n.Count}
	} else {
		g.p.kept(-formerBytes)
	}
	g.p.out.Pending(g.pending.at, was.time, was.count)
	owner := &g.consumers[was.consumer]
	owner.ids = append(owner.ids, g.pending.at)
	g.p.kept(idBytes)
	g.left--
	return true
}

// piece writes the next one; done: nothing is left.
func (c *consumerPortrait) piece(out Painter) (done bool) {
	if !c.told {
		out.Consumer(c.name, c.seen, c.active, len(c.ids))
		c.told = true
	}
	if c.next < len(c.ids) {
		out.Owned(c.ids[c.next])
		c.next++
	}
	return c.next == len(c.ids)
}

// drop gives up what was kept.
func (g *groupPortrait) drop() {
	for _, was := range g.pending.known { // in any order
		if was != nil {
			g.p.kept(-formerBytes)
		}
	}
	for i := range g.consumers {
		g.p.kept(-len(g.consumers[i].ids) * idBytes)
	}
}
