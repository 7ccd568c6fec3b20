package image

import (
	"sort"

	"sigrun/storage/db"
	"sigrun/storage/rdb"
	"sigrun/storage/stream"
)

func streamOf(e db.Entry) *stream.Stream { return stream.At(e.Value()) }

// streamType is how a stream is written. Files before version 11 do not know when a consumer was last active.
func (w *Writer) streamType() rdb.Type {
	if w.Form().Version < 11 {
		return rdb.TypeStream2
	}
	return rdb.TypeStream3
}

func (w *Writer) stream(s *stream.Stream) {
	w.Length(uint64(s.Nodes()))
	s.Packs(func(id stream.ID, lp []byte) bool {
		w.streamNode(id, lp)
		return true
	})
	w.facts(s.Facts(), s.Groups())
	for i := range s.Groups() {
		g := s.GroupAt(i)
		w.group(g.Name(), g.Last, g.Read, g.Pending())
		for it := g.PendingFrom(nil, stream.ID{}); it.Next(); {
			w.pending(it.ID, it.P.Time, it.P.Count)
		}
		w.Length(uint64(g.Consumers()))
		for i := range g.Consumers() {
			c := g.At(i)
			w.consumer(c.Name(), c.Seen, c.Active, c.Pending())
			for it := g.PendingFrom(c, stream.ID{}); it.Next(); {
				w.ID(rdb.StreamID(it.ID))
			}
		}
	}
}

func (w *Writer) streamNode(id stream.ID, lp []byte) {
	w.NodeKey(rdb.StreamID(id))
	w.String(lp)
}

func (w *Writer) facts(f stream.Facts, groups int) {
	w.Length(f.Len)
	w.LongID(rdb.StreamID(f.Last))
	w.LongID(rdb.StreamID(f.First))
	w.LongID(rdb.StreamID(f.Deleted))
	w.Length(f.Added)
	w.Length(uint64(groups))
}

func (w *Writer) group(name []byte, last stream.ID, read int64, pending int) {
	w.String(name)
	w.LongID(rdb.StreamID(last))
	w.Length(uint64(read))
	w.Length(uint64(pending))
}

func (w *Writer) pending(id stream.ID, time, count int64) {
	w.ID(rdb.StreamID(id))
	w.Uint64(uint64(time))
	w.Length(uint64(count))
}

func (w *Writer) consumer(name []byte, seen, active int64, pending int) {
	w.String(name)
	w.Uint64(uint64(seen))
	if w.streamType() == rdb.TypeStream3 {
		w.Uint64(uint64(active))
	}
	w.Length(uint64(pending))
}

// painter writes the portrait of a stream (stream.Painter).
type painter struct{ t *Portrait }

func (p painter) Node(id stream.ID, lp []byte) {
	p.t.w.streamNode(id, lp)
	p.t.pieces++
}

func (p painter) Facts(f stream.Facts, groups int) { p.t.w.facts(f, groups) }

func (p painter) Group(name []byte, last stream.ID, read int64, pending int) {
	p.t.w.group(name, last, read, pending)
	p.t.pieces++
}

func (p painter) Pending(id stream.ID, time, count int64) {
	p.t.w.pending(id, time, count)
	p.t.pieces++
}

func (p painter) Consumers(n int) { p.t.w.Length(uint64(n)) }

func (p painter) Consumer(name []byte, seen, active int64, pending int) {
	p.t.w.consumer(name, seen, active, pending)
	p.t.pieces++
}

func (p painter) Owned(id stream.ID) {
	p.t.w.ID(rdb.StreamID(id))
	p.t.pieces++
}

// streamBuilder is what a Builder knows of the stream that it makes.
type streamBuilder struct {
	group    *stream.Group
	consumer *stream.Consumer
	pending  []pending // of the group, in the order of their ids
	owned    int
}

// pending is a delivery whose owner comes later in the file.
type pending struct {
	id        stream.ID
	at, count int64
	owned     bool
}

func (b *Builder) theStream() *stream.Stream { return streamOf(b.e) }

// Node adds a node (rdb.StreamBuilder).
func (b *Builder) Node(base rdb.StreamID, pack []byte) {
	b.theStream().AddPack(b.part.Allocator(), stream.ID(base), pack)
}

// Meta is what the stream knows of itself (rdb.StreamBuilder).
func (b *Builder) Meta(m *rdb.StreamMeta) {
	b.theStream().Restore(stream.Facts{Len: m.Length, Added: m.Added, First: stream.ID(m.First), Last: stream.ID(m.Last), Deleted: stream.ID(m.MaxDeleted)})
}

// Group begins a group (rdb.StreamBuilder).
func (b *Builder) Group(name []byte, last rdb.StreamID, read int64) bool {
	s := b.theStream()
	if s.Group(name) != nil {
		return false
	}
	b.streamBuilder = streamBuilder{group: s.AddGroup(b.part.Allocator(), name, stream.ID(last), read), pending: b.pending[:0]}
	return true
}

// Pending keeps a delivery until its owner comes (rdb.StreamBuilder).
func (b *Builder) Pending(id rdb.StreamID, deliveredAt int64, count uint64) bool {
	if n := len(b.pending); n > 0 && !b.pending[n-1].id.Less(stream.ID(id)) {
		return false
	}
	b.pending = append(b.pending, pending{id: stream.ID(id), at: deliveredAt, count: int64(count)})
	return true
}

// Consumer begins a consumer (rdb.StreamBuilder).
func (b *Builder) Consumer(name []byte, seen, active int64) bool {
	if b.group.Consumer(name) != nil {
		return false
	}
	b.consumer = b.theStream().AddConsumer(b.part.Allocator(), b.group, name, seen, active)
	return true
}

// Owned gives a delivery to the consumer (rdb.StreamBuilder).
func (b *Builder) Owned(id rdb.StreamID) bool {
	at := sort.Search(len(b.pending), func(i int) bool { return !b.pending[i].id.Less(stream.ID(id)) })
	if at == len(b.pending) || b.pending[at].id != stream.ID(id) || b.pending[at].owned {
		return false
	}
	n := &b.pending[at]
	n.owned = true
	b.owned++
	p := b.theStream().Deliver(b.part.Allocator(), b.group, b.consumer, n.id)
	p.Time, p.Count = n.at, n.count
	return true
}

// GroupEnd ends a group (rdb.StreamBuilder).
func (b *Builder) GroupEnd() bool { return b.owned == len(b.pending) }
