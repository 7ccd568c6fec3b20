package stream

import (
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// serveGroup answers for a consumer of a group: what it was given before from an ID on,
// or what the group was not given yet.
func (r *reading) serveGroup(c *exec.Ctx, t *typed.Stream, from stream.ID, n *int) {
	g := t.Stream.Group(r.group)
	stream.Changing(t.Stream, t.Allocator.Arena, g)
	consumer := g.Consumer(r.consumer)
	if consumer == nil {
		consumer = addConsumer(c, t, g, r.consumer)
		if r.noAck {
			recordConsumer(c, t, r.group, r.consumer)
		}
	}
	stream.ChangingConsumer(t.Stream, t.Allocator.Arena, g, consumer)
	consumer.Seen = c.Now
	if from != newOnes {
		r.answer(c, t, n)
		r.history(c, t, g, consumer, from)
		counted(c)
		return
	}
	if top, any := t.Stream.Top(); any && g.Last.Less(top) {
		r.answer(c, t, n)
		r.deliver(c, t, g, consumer)
		counted(c)
	}
}

// counted counts a change that the records have in other words.
func counted(c *exec.Ctx) {
	c.ChangedUnwatched(1)
	if c.Recording() {
		c.Unrecorded()
	}
}

// addConsumer makes a consumer, as any command does that names one.
func addConsumer(c *exec.Ctx, t *typed.Stream, g *stream.Group, name []byte) *stream.Consumer {
	counted(c)
	c.Notify(t.Key, "xgroup-createconsumer")
	return t.Stream.AddConsumer(t.Allocator, g, name, c.Now, -1)
}

// history replies with deliveries to a consumer behind an ID. Entries that were deleted
// have no fields.
func (r *reading) history(c *exec.Ctx, t *typed.Stream, g *stream.Group, consumer *stream.Consumer, from stream.ID) {
	from, _ = from.Next()
	mark, n := c.Out.Mark(), 0
	for it := g.PendingFrom(consumer, from); int64(n) != r.count && it.Next(); n++ {
		if replyOne(c, t.Stream, it.ID) {
			stream.ChangingPending(t.Stream, t.Allocator.Arena, g, it.ID)
			it.P.Time = c.Now
			it.P.Count++
			continue
		}
		c.Out.Array(2)
		replyID(c, it.ID)
		c.Out.NullArray()
	}
	c.Out.InsertArray(mark, n)
}

// deliver replies with what the group was not given yet, and has it pending with the
// consumer unless nobody is to acknowledge it.
func (r *reading) deliver(c *exec.Ctx, t *typed.Stream, g *stream.Group, consumer *stream.Consumer) {
	s := t.Stream
	from, _ := g.Last.Next()
	mark, n := c.Out.Mark(), 0
	var ids idText
	for it := s.Range(from, stream.MaxID); int64(n) != r.count && it.Next(); n++ {
		id := it.ID
		advance(s, g, id)
		replyEntry(c, &it, &ids)
		if r.noAck {
			continue
		}
		p := s.Deliver(t.Allocator, g, consumer, id)
		p.Time, p.Count = c.Now, 1
		consumer.Active = c.Now
		recordClaim(c, t, g, id, p)
	}
	recordGroup(c, t, g)
	c.Out.InsertArray(mark, n)
}

// advance moves a group on to an entry.
func advance(s *stream.Stream, g *stream.Group, id stream.ID) {
	if g.Read != stream.Unknown && !g.Last.Less(s.First()) && !s.Tombstones(g.Last) {
		g.Read++
	} else if s.Added() > 0 {
		g.Read = position(s, id)
	}
	g.Last = id
}

func position(s *stream.Stream, id stream.ID) int64 {
	if n, ok := s.Position(id); ok {
		return int64(n)
	}
	return stream.Unknown
}
