package stream

import (
	"sigrun/internal/offheap"
	"sigrun/storage/value"
)

// object is the front of what has a name.
type object struct {
	named
	self offheap.Ref
}

// Group is a group of consumers: how far it has come, and what it has delivered that
// nobody has acknowledged.
type Group struct {
	object
	Last      ID    // delivered last
	Read      int64 // entries up to that one, Unknown when that cannot be told
	pending   tree
	consumers names
}

// Unknown is the Read of a group that has lost count.
const Unknown = -1

// Consumer is one of a group.
type Consumer struct {
	object
	Seen    int64 // unix ms of its last try
	Active  int64 // unix ms of its last success, -1 when there was none
	pending tree
}

// Sizes of what stands before the names.
const (
	groupBytes    = 80
	consumerBytes = 56
)

// Pending is a delivery that was not acknowledged.
type Pending struct {
	consumer offheap.Ref
	Time     int64 // of the last delivery, unix ms
	Count    int64 // of deliveries
}

const pendingWords = 3

// Consumer is who it was delivered to.
func (p *Pending) Consumer() *Consumer { return offheap.At[Consumer](p.consumer) }

// Name is a view of the name of a group or consumer.
func (o *object) Name() []byte { return nameOf(o.self) }

// Groups is the number of groups; GroupAt is one of them, in the order of their names.
func (s *Stream) Groups() int          { return int(s.groups.n) }
func (s *Stream) GroupAt(i int) *Group { return offheap.At[Group](s.groups.at(i)) }
func (g *Group) Consumers() int        { return int(g.consumers.n) }
func (g *Group) At(i int) *Consumer    { return offheap.At[Consumer](g.consumers.at(i)) }
func (g *Group) Pending() int          { return int(g.pending.count) }
func (c *Consumer) Pending() int       { return int(c.pending.count) }

// Group is the group of a name, nil when there is none.
func (s *Stream) Group(name []byte) *Group {
	if r := s.groups.find(name); r != 0 {
		return offheap.At[Group](r)
	}
	return nil
}

// AddGroup makes a group of a name that none has.
func (s *Stream) AddGroup(h *value.Allocator, name []byte, last ID, read int64) *Group {
	r := s.groups.add(s.mem(h), name, groupBytes)
	g := offheap.At[Group](r)
	g.self, g.Last, g.Read = r, last, read
	g.pending.words = pendingWords
	groupBorn(s, h.Arena, r)
	return g
}

// RemoveGroup removes a group with all it has.
func (s *Stream) RemoveGroup(h *value.Allocator, g *Group) {
	m, was := s.mem(h), leaving(s, h.Arena, g)
	for done := false; !done; {
		done, _ = g.freeStep(m, was)
	}
	groupGoes(s, h.Arena, g)
	s.groups.remove(m, g.Name())
}

// freeStep frees a piece of what a group has, of which there may be a portrait; done: nothing is left. Deliveries go before the consumers
// to whom they refer. cost is about how many pieces of memory that touches.
func (g *Group) freeStep(m mem, was *groupPortrait) (done bool, cost int) {
	before := g.pending.count
	switch {
	case before > 0:
		g.pending.takePage(m, was.forget)
	case g.consumers.n > 0:
		if c := g.At(g.Consumers() - 1); !c.pending.takePage(m, forget) {
			was.loses(c.self)
			g.consumers.removeLast(m)
		}
	default:
		return true, 1
	}
	if was == nil {
		return false, 1
	}
	return false, max(int(before-g.pending.count), 1)
}

func forget(ID, offheap.Ref) {}

// Consumer is the consumer of a name, nil when there is none.
func (g *Group) Consumer(name []byte) *Consumer {
	if r := g.consumers.find(name); r != 0 {
		return offheap.At[Consumer](r)
	}
	return nil
}

// AddConsumer makes a consumer of a name that none of the group has.
func (s *Stream) AddConsumer(h *value.Allocator, g *Group, name []byte, seen, active int64) *Consumer {
	Changing(s, h.Arena, g)
	r := g.consumers.add(s.mem(h), name, consumerBytes)
	c := offheap.At[Consumer](r)
	c.self, c.Seen, c.Active = r, seen, active
	consumerBorn(s, h.Arena, g, r)
	return c
}

// RemoveConsumer removes a consumer, and what it had pending from the group.
func (s *Stream) RemoveConsumer(h *value.Allocator, g *Group, c *Consumer) {
	m := s.mem(h)
	Changing(s, h.Arena, g)
	drop := func(id ID, _ offheap.Ref) {
		ChangingPending(s, h.Arena, g, id)
		g.pending.remove(m, id)
	}
	for c.pending.takePage(m, drop) {
	}
	leaving(s, h.Arena, g).loses(c.self)
	g.consumers.remove(m, c.Name())
}

// Find is the pending delivery of an ID, nil when there is none.
func (g *Group) Find(id ID) *Pending {
	if r := g.pending.find(id); r != 0 {
		return offheap.At[Pending](r)
	}
	return nil
}

// Deliver makes the delivery of an ID to c pending, whoever it was delivered to before.
// Time and Count are the caller's to set; views of other deliveries end.
func (s *Stream) Deliver(h *value.Allocator, g *Group, c *Consumer, id ID) *Pending {
	ChangingPending(s, h.Arena, g, id)
	m := s.mem(h)
	words, fresh := g.pending.insert(m, id)
	p := offheap.At[Pending](words)
	if !fresh {
		if c.self == p.consumer {
			return p
		}
		p.Consumer().pending.remove(m, id)
	} else {
		*p = Pending{}
	}
	p.consumer = c.self
	c.pending.insert(m, id)
	return p
}

// Ack ends a pending delivery; false: there is none.
func (s *Stream) Ack(h *value.Allocator, g *Group, id ID) bool {
	p := g.Find(id)
	if p == nil {
		return false
	}
	ChangingPending(s, h.Arena, g, id)
	m := s.mem(h)
	p.Consumer().pending.remove(m, id)
	return g.pending.remove(m, id)
}

// PendingIter walks over pending deliveries in the order of their IDs. They must not
// come and go meanwhile; it is a value for the stack.
type PendingIter struct {
	ID  ID // of the present one
	P   *Pending
	g   *Group
	in  *tree // of the group, or of one consumer
	at  cursor
	was bool
}

// PendingFrom walks over the deliveries of the group, or those to c if it is not nil,
// from an ID on.
func (g *Group) PendingFrom(c *Consumer, id ID) PendingIter {
	in := &g.pending
	if c != nil {
		in = &c.pending
	}
	return PendingIter{g: g, in: in, at: in.from(id)}
}

// Next goes to the next delivery and tells whether there is one.
func (it *PendingIter) Next() bool {
	if it.was {
		it.at = it.in.on(it.at)
	}
	if it.was = it.at.page != 0; !it.was {
		return false
	}
	it.ID = it.in.id(it.at)
	if it.in == &it.g.pending {
		it.P = offheap.At[Pending](it.in.at(it.at))
	} else {
		it.P = it.g.Find(it.ID)
	}
	return true
}

// PendingEnd is the ID of the last pending delivery; there is one.
func (g *Group) PendingEnd() ID { return g.pending.id(g.pending.last()) }
