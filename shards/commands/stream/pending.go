package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// xack implements XACK key group id [id ...].
func xack(c *exec.Ctx) error {
	t, err := typed.ReadStream(c, 1)
	if err != nil {
		return err
	}
	var g *stream.Group
	if t.Stream != nil {
		g = t.Stream.Group(c.Args[2])
	}
	if g == nil {
		c.Out.Int(0)
		return nil
	}
	if err := checkIDs(c, 3); err != nil {
		return err
	}
	n := 0
	for _, arg := range c.Args[3:] {
		if id, _ := parseID(arg, 0); t.Stream.Ack(t.Allocator, g, id) {
			n++
		}
	}
	if n > 0 {
		c.ChangedUnwatched(n)
	}
	c.Out.Int(int64(n))
	return nil
}

// groupOf looks up the stream at argument 1 and its group at argument 2, which exist.
func groupOf(c *exec.Ctx) (t typed.Stream, g *stream.Group, err error) {
	if t, err = typed.ReadStream(c, 1); err != nil {
		return t, nil, err
	}
	if t.Stream != nil {
		g = t.Stream.Group(c.Args[2])
	}
	if g == nil {
		return t, nil, noKeyOrGroup(c.Args[1], c.Args[2])
	}
	return t, g, nil
}

// pendingRange is what the long form of XPENDING asks for.
type pendingRange struct {
	start, end   stream.ID
	idle, count  int64
	consumer     []byte
	ofOne, whole bool // of one consumer; there is no range at all
}

// parsePending reads [[IDLE min-idle-time] start end count [consumer]].
func parsePending(c *exec.Ctx) (p pendingRange, err error) {
	args, at := c.Args, 3
	switch {
	case len(args) == 3:
		p.whole = true
		return p, nil
	case len(args) < 6 || len(args) > 9:
		return p, resp.ErrSyntax
	}
	var ok bool
	if exec.Is(args[3], "IDLE") {
		if p.idle, ok = num.ParseInt(args[4]); !ok {
			return p, resp.ErrNotInteger
		}
		if len(args) < 8 {
			return p, resp.ErrSyntax
		}
		at = 5
	}
	if p.count, ok = num.ParseInt(args[at+2]); !ok {
		return p, resp.ErrNotInteger
	}
	p.count = max(p.count, 0)
	if p.start, err = parseStart(args[at]); err != nil {
		return p, err
	}
	if p.end, err = parseEnd(args[at+1]); err != nil {
		return p, err
	}
	if at+3 < len(args) {
		p.consumer, p.ofOne = args[at+3], true
	}
	return p, nil
}

// xpending implements XPENDING key group [[IDLE min-idle-time] start end count [consumer]].
func xpending(c *exec.Ctx) error {
	p, err := parsePending(c)
	if err != nil {
		return err
	}
	_, g, err := groupOf(c)
	if err != nil {
		return err
	}
	if p.whole {
		summarize(c, g)
		return nil
	}
	var consumer *stream.Consumer
	if p.ofOne {
		if consumer = g.Consumer(p.consumer); consumer == nil {
			c.Out.Array(0)
			return nil
		}
	}
	looks := min(p.count, int64(g.Pending()))
	if p.idle > 0 {
		looks = int64(g.Pending())
	}
	if err := c.Lasts(int(looks)); err != nil {
		return err
	}
	mark, n := c.Out.Mark(), 0
	for it := g.PendingFrom(consumer, p.start); int64(n) < p.count && it.Next() && !p.end.Less(it.ID); {
		if idle := c.Now - it.P.Time; p.idle == 0 || idle >= p.idle {
			c.Out.Array(4)
			replyID(c, it.ID)
			c.Out.Bulk(it.P.Consumer().Name())
			c.Out.Int(max(idle, 0))
			c.Out.Int(it.P.Count)
			n++
		}
	}
	c.Out.InsertArray(mark, n)
	return nil
}

// summarize replies with how much is pending in a group, from where to where, and with
// whom.
func summarize(c *exec.Ctx, g *stream.Group) {
	c.Out.Array(4)
	c.Out.Int(int64(g.Pending()))
	if g.Pending() == 0 {
		c.Out.Null()
		c.Out.Null()
		c.Out.NullArray()
		return
	}
	it := g.PendingFrom(nil, stream.ID{})
	it.Next()
	replyID(c, it.ID)
	replyID(c, g.PendingEnd())
	mark, n := c.Out.Mark(), 0
	for i := range g.Consumers() {
		if consumer := g.At(i); consumer.Pending() > 0 {
			c.Out.Array(2)
			c.Out.Bulk(consumer.Name())
			c.Out.BulkInt(int64(consumer.Pending()))
			n++
		}
	}
	c.Out.InsertArray(mark, n)
}
