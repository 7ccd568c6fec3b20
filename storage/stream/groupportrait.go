package stream

import (
	"bytes"
	"container/list"

	"sigrun/internal/offheap"
)

// groupPortrait is a group as it was. Whose a delivery was is noted while those of the group are written, in the order of their IDs: so
// those of a consumer come in their order, too.
type groupPortrait struct {
	p         *Portrait
	at        offheap.Ref // of the group, 0: it is gone
	open      *list.Element
	name      []byte
	last      ID
	read      int64
	pending   formers // whose a delivery was, by number, and when, and how often it was given
	left      int     // deliveries
	consumers formerNames[consumerPortrait]
	some      list.List                    // of those of which something is known, in the order in which it came to be
	numbers   map[uint64]*consumerPortrait // from 1 on
	consumer  *consumerPortrait            // that is being written
	told      step
}

// step is how far a group was written.
type step uint8

const (
	toldNothing step = iota
	toldGroup
	toldConsumers
)

// consumerPortrait is a consumer as it was.
type consumerPortrait struct {
	at           offheap.Ref // 0: it is gone
	number       uint64
	open         *list.Element
	name         []byte
	seen, active int64
	ids          tree // of what was pending for it
	told         bool
	i            int // in the first page of ids: that is next
}

// notedBytes is about what a group or consumer takes of which something is known.
const notedBytes = 300

// Changing is called before a group changes: where it has come to, or how many consumers it has.
func Changing(s *Stream, a *offheap.Arena, g *Group) {
	if p := portraitOf(s, a); p != nil {
		p.of(g)
		p.tell()
	}
}

// ChangingConsumer is called before it changes when a consumer was seen, or active, and before it goes.
func ChangingConsumer(s *Stream, a *offheap.Arena, g *Group, c *Consumer) {
	if p := portraitOf(s, a); p != nil {
		if of := p.of(g); of != nil {
			of.consumers.of(c.self, of.note)
		}
		p.tell()
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
		if of := p.of(g); of != nil && of.pending.needs(id) {
			of.keep(id, g.Find(id))
		}
		p.tell()
	}
}

// of is the portrait of a group, nil: there is none any more, or the group was made since.
func (p *Portrait) of(g *Group) *groupPortrait { return p.groups.of(g.self, p.note) }

// note notes what a group knows beside its consumers and what is pending.
func (p *Portrait) note(r offheap.Ref) *groupPortrait {
	of := offheap.At[Group](r)
	g := &groupPortrait{p: p, at: r, name: bytes.Clone(of.Name()), last: of.Last, read: of.Read, left: of.Pending()}
	g.consumers.left = of.Consumers()
	g.open = p.open.PushBack(g)
	p.noted += notedBytes + len(g.name)
	return g
}

// groupBorn is called when there is a new group.
func groupBorn(s *Stream, a *offheap.Arena, r offheap.Ref) {
	if p := portraitOf(s, a); p != nil {
		p.groups.born(r)
	}
}

// leaving is called before a group is taken apart.
func leaving(s *Stream, a *offheap.Arena, g *Group) *groupPortrait {
	p := portraitOf(s, a)
	if p == nil {
		return nil
	}
	return p.of(g)
}

// groupGoes is called when a group has been taken apart.
func groupGoes(s *Stream, a *offheap.Arena, g *Group) {
	if p := portraitOf(s, a); p != nil {
		if was := p.groups.goes(g.self); was != nil {
			was.at = 0
		}
		p.tell()
	}
}

// note notes what is known of a consumer beside what is pending.
func (g *groupPortrait) note(r offheap.Ref) *consumerPortrait {
	of := offheap.At[Consumer](r)
	c := &consumerPortrait{at: r, name: bytes.Clone(of.Name()), seen: of.Seen, active: of.Active}
	c.open = g.some.PushBack(c)
	g.p.noted += notedBytes + len(c.name)
	if g.told == toldConsumers { // and nobody asks by number any more
		return c
	}
	if g.numbers == nil {
		g.numbers = map[uint64]*consumerPortrait{}
	}
	c.number = uint64(len(g.numbers) + 1)
	g.numbers[c.number] = c
	return c
}

// consumerBorn is called when there is a new consumer.
func consumerBorn(s *Stream, a *offheap.Arena, g *Group, r offheap.Ref) {
	if p := portraitOf(s, a); p != nil {
		if of := p.of(g); of != nil {
			of.consumers.born(r)
		}
	}
}

// loses is called before a consumer goes that has nothing pending any more.
func (g *groupPortrait) loses(r offheap.Ref) {
	if g == nil {
		return
	}
	g.consumers.of(r, g.note)
	if c := g.consumers.goes(r); c != nil {
		c.at = 0
	}
}

// keep puts a delivery aside, nil: there is none.
func (g *groupPortrait) keep(id ID, n *Pending) {
	was := record{}
	if n != nil {
		was = record{g.consumers.of(n.consumer, g.note).number, uint64(n.Time), uint64(n.Count)}
	}
	g.pending.keep(g.p.mem(), id, was)
}

// forget is takePage's for deliveries of a group that is taken apart.
func (g *groupPortrait) forget(id ID, words offheap.Ref) {
	if g != nil && g.pending.needs(id) {
		g.keep(id, offheap.At[Pending](words))
	}
}

// piece writes the next one, or passes over something; done: nothing is left of the group. Not ok: something is missing.
func (g *groupPortrait) piece() (done, ok bool) {
	out := g.p.out
	switch {
	case g.told == toldNothing:
		out.Group(g.name, g.last, g.read, g.left)
		g.told = toldGroup
	case g.left > 0:
		return false, g.delivery()
	case g.told == toldGroup:
		g.pending.finish()
		g.numbers = nil
		out.Consumers(g.consumers.left)
		g.told = toldConsumers
	case g.consumer != nil:
		if g.consumer.piece(out, g.p.mem()) {
			g.consumers.written(g.consumer.at)
			g.close(g.consumer)
			g.consumer = nil
		}
	case g.consumers.left > 0:
		return false, g.nextConsumer()
	default:
		return !g.drop(), true
	}
	return false, true
}

// delivery writes what is pending next.
func (g *groupPortrait) delivery() (ok bool) {
	var t *tree
	if g.at != 0 {
		t = &offheap.At[Group](g.at).pending
	}
	m := g.p.mem()
	was, now, what := g.pending.next(m, t, MaxID)
	var owner *consumerPortrait
	switch what {
	case foundNothing:
		return false
	case foundLater:
		return true
	case foundPresent:
		n := offheap.At[Pending](now)
		owner = g.consumers.of(n.consumer, g.note)
		was = record{owner.number, uint64(n.Time), uint64(n.Count)}
	case foundFormer:
		owner = g.numbers[was[0]]
	}
	g.p.out.Pending(g.pending.at, int64(was[1]), int64(was[2]))
	owner.ids.insert(m, g.pending.at)
	g.left--
	return true
}

func (g *groupPortrait) nextConsumer() (ok bool) {
	var in *names
	if g.at != 0 {
		in = &offheap.At[Group](g.at).consumers
	}
	was, what := g.consumers.step(in, g.note)
	g.consumer = was
	return what != foundNothing
}

// piece writes the next one; done: nothing is left.
func (c *consumerPortrait) piece(out Painter, m mem) (done bool) {
	if !c.told {
		out.Consumer(c.name, c.seen, c.active, int(c.ids.count))
		c.told = true
		return c.ids.count == 0
	}
	first := c.ids.first().page
	out.Owned(c.ids.id(cursor{first, c.i}))
	if c.i++; c.i < int(pageAt(first).n) {
		return false
	}
	c.i = 0
	return !c.ids.takePage(m, forget)
}

func (g *groupPortrait) close(c *consumerPortrait) {
	g.some.Remove(c.open)
	g.p.noted -= notedBytes + len(c.name)
}

// drop frees a piece of what lies aside.
func (g *groupPortrait) drop() (more bool) {
	if g.pending.known.takePage(g.p.mem(), forget) {
		return true
	}
	if g.some.Len() == 0 {
		return false
	}
	if c := g.some.Front().Value.(*consumerPortrait); !c.ids.takePage(g.p.mem(), forget) {
		g.close(c)
	}
	return true
}
