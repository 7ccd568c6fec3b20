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
		w.NodeKey(rdb.StreamID(id))
		w.String(lp)
		return true
	})
	f := s.Facts()
	w.Length(f.Len)
	w.LongID(rdb.StreamID(f.Last))
	w.LongID(rdb.StreamID(f.First))
	w.LongID(rdb.StreamID(f.Deleted))
	w.Length(f.Added)
	w.Length(uint64(s.Groups()))
	for i := range s.Groups() {
		w.group(s.GroupAt(i))
	}
}

func (w *Writer) group(g *stream.Group) {
	w.String(g.Name())
	w.LongID(rdb.StreamID(g.Last))
	w.Length(uint64(g.Read))
	w.Length(uint64(g.Pending()))
	for it := g.PendingFrom(nil, stream.ID{}); it.Next(); {
		w.ID(rdb.StreamID(it.ID))
		w.Uint64(uint64(it.P.Time))
		w.Length(uint64(it.P.Count))
	}
	w.Length(uint64(g.Consumers()))
	for i := range g.Consumers() {
		c := g.At(i)
		w.String(c.Name())
		w.Uint64(uint64(c.Seen))
		if w.streamType() == rdb.TypeStream3 {
			w.Uint64(uint64(c.Active))
		}
		w.Length(uint64(c.Pending()))
		for it := g.PendingFrom(c, stream.ID{}); it.Next(); {
			w.ID(rdb.StreamID(it.ID))
		}
	}
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
