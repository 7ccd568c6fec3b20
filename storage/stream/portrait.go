package stream

import (
	"container/list"

	"sigrun/internal/offheap"
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
	held  uint64 // bytes that lie aside
	noted int    // and bytes of what is known of groups and consumers, about
	told  int    // how much of both kept was told

	nodes  formers // what a node was: the portrait's own
	left   int     // nodes
	end    ID      // of the last one
	facts  Facts
	groups formerNames[groupPortrait]
	open   list.List      // of those of which something is known, in the order in which it came to be
	group  *groupPortrait // that is being written
	wrote  bool           // the facts
}

// Portray begins the portrait of a stream. kept is told how many bytes more, or less, lie aside.
func Portray(s *Stream, a *offheap.Arena, out Painter, kept func(n int)) *Portrait {
	p := &Portrait{arena: a, at: offheap.Of(s), out: out, kept: kept, left: s.Nodes(), end: s.tailID, facts: s.Facts()}
	p.groups.left = s.Groups()
	a.Watch(p.at, p)
	return p
}

// MovedTo is called when the stream has another address (offheap.Arena.Moved).
func (p *Portrait) MovedTo(to offheap.Ref) { p.at = to }

// mem is where what lies aside has its memory from.
func (p *Portrait) mem() mem { return mem{arena: p.arena, bytes: &p.held, lent: true} }

// tell tells kept what has changed.
func (p *Portrait) tell() {
	if n := int(p.held) + p.noted - p.told; n != 0 {
		p.told += n
		p.kept(n)
	}
}

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
	if p := portraitOf(s, m.arena); p != nil && p.needs(id) {
		b, m := pack(r), p.mem()
		was := m.alloc(len(b))
		copy(was.Bytes(len(b)), b)
		p.nodes.keep(m, id, record{uint64(was), uint64(len(b))})
		p.tell()
	}
}

// needs reports whether what a node is now belongs to the portrait, and was not written.
func (p *Portrait) needs(id ID) bool { return !p.end.Less(id) && p.nodes.needs(id) }

// born is called when there is a new node.
func born(s *Stream, m mem, id ID) {
	if p := portraitOf(s, m.arena); p != nil && p.needs(id) {
		p.nodes.keep(p.mem(), id, record{})
		p.tell()
	}
}

// freeNode frees the memory of a node that goes, unless the portrait needs it.
func freeNode(s *Stream, m mem, id ID, r offheap.Ref) {
	size := s.roomOf(r)
	if p := portraitOf(s, m.arena); p != nil && p.needs(id) {
		room := uint64(offheap.ClassSize(size))
		*m.bytes -= room
		p.held += room
		m.arena.Lend(size)
		p.nodes.keep(p.mem(), id, record{uint64(r), uint64(size)})
		p.tell()
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
	n := p.left + p.groups.left
	if !p.wrote {
		n++
	}
	return n
}

// mostSeen bounds the records that a step looks at: those that were made since are passed over.
const mostSeen = 256

// Step writes the next pieces until more says that it was enough, and reports whether any are left.
func (p *Portrait) Step(more func() bool) (left bool) {
	defer p.tell()
	for seen := 0; p.Left() > 0; seen++ {
		if seen == mostSeen || !more() {
			return true
		}
		if !p.piece() {
			return false // and Left says that something is missing
		}
	}
	return false
}

// piece writes one, or passes over something.
func (p *Portrait) piece() (ok bool) {
	switch {
	case p.left > 0:
		return p.node()
	case !p.wrote:
		p.nodes.finish()
		p.out.Facts(p.facts, p.groups.left)
		p.wrote = true
	case p.group == nil:
		return p.nextGroup()
	default:
		done, ok := p.group.piece()
		if done {
			p.groups.written(p.group.at)
			p.close(p.group)
			p.group = nil
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
	was, now, what := p.nodes.next(p.mem(), t, p.end)
	switch what {
	case foundNothing:
		return false
	case foundLater:
		return true
	case foundPresent:
		p.out.Node(p.nodes.at, pack(*offheap.At[offheap.Ref](now)))
	case foundFormer:
		p.out.Node(p.nodes.at, pack(offheap.Ref(was[0])))
		p.release(was)
	}
	p.left--
	return true
}

// release gives up what was kept of a node.
func (p *Portrait) release(was record) {
	if was[0] != 0 {
		p.mem().free(offheap.Ref(was[0]), int(was[1]))
	}
}

func (p *Portrait) nextGroup() (ok bool) {
	var in *names
	if p.at != 0 {
		in = &At(p.at).groups
	}
	was, what := p.groups.step(in, p.note)
	p.group = was
	return what != foundNothing
}

// endSlice is how many pages End frees at once.
const endSlice = 4

// End is called when all is written, or nothing more is to be, until it says that nothing is left of it.
func (p *Portrait) End() (left bool) {
	if p.at != 0 {
		p.arena.Unwatch(p.at)
		p.at = 0
	}
	for range endSlice {
		if left = p.drop(); !left {
			p.groups, p.group, p.noted = formerNames[groupPortrait]{}, nil, 0
			break
		}
	}
	p.tell()
	return left
}

// drop frees a piece of what lies aside.
func (p *Portrait) drop() (more bool) {
	if p.nodes.known.takePage(p.mem(), func(_ ID, words offheap.Ref) { p.release(*offheap.At[record](words)) }) {
		return true
	}
	if p.open.Len() == 0 {
		return false
	}
	if g := p.open.Front().Value.(*groupPortrait); !g.drop() {
		p.close(g)
	}
	return true
}

func (p *Portrait) close(g *groupPortrait) {
	p.open.Remove(g.open)
	p.noted -= notedBytes + len(g.name)
}
