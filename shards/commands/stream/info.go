package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// infoOf looks up the stream at argument 2, which exists.
func infoOf(c *exec.Ctx) (t typed.Stream, err error) {
	if t, err = typed.ReadStream(c, 2); err == nil && t.Stream == nil {
		err = resp.ErrNoSuchKey
	}
	return t, err
}

// field begins a field of a reply that is a map.
func field(c *exec.Ctx, name string) { c.Out.BulkString(name) }

func intField(c *exec.Ctx, name string, n int64) {
	field(c, name)
	c.Out.Int(n)
}

func idField(c *exec.Ctx, name string, id stream.ID) {
	field(c, name)
	replyID(c, id)
}

// xinfoGroups implements XINFO GROUPS key.
func xinfoGroups(c *exec.Ctx) error {
	t, err := infoOf(c)
	if err != nil {
		return err
	}
	c.Out.Array(t.Stream.Groups())
	for i := range t.Stream.Groups() {
		g := t.Stream.GroupAt(i)
		c.Out.Map(6)
		field(c, "name")
		c.Out.Bulk(g.Name())
		intField(c, "consumers", int64(g.Consumers()))
		intField(c, "pending", int64(g.Pending()))
		replyProgress(c, t.Stream, g)
	}
	return nil
}

// replyProgress replies with three fields: how far a group has come.
func replyProgress(c *exec.Ctx, s *stream.Stream, g *stream.Group) {
	idField(c, "last-delivered-id", g.Last)
	field(c, "entries-read")
	replyKnown(c, g.Read, g.Read != stream.Unknown)
	field(c, "lag")
	n, known := lag(s, g)
	replyKnown(c, n, known)
}

func replyKnown(c *exec.Ctx, n int64, known bool) {
	if known {
		c.Out.Int(n)
	} else {
		c.Out.Null()
	}
}

// lag is how many entries a group was not given yet, as far as that is known.
func lag(s *stream.Stream, g *stream.Group) (n int64, known bool) {
	added := int64(s.Added())
	switch {
	case added == 0:
		return 0, true
	case g.Read != stream.Unknown && !s.Tombstones(g.Last):
		return added - g.Read, true
	}
	at, known := s.Position(g.Last)
	return added - int64(at), known
}

// xinfoConsumers implements XINFO CONSUMERS key group.
func xinfoConsumers(c *exec.Ctx) error {
	t, err := infoOf(c)
	if err != nil {
		return err
	}
	g := t.Stream.Group(c.Args[3])
	if g == nil {
		return noGroupIn(c.Args[3], t.Key.Name)
	}
	c.Out.Array(g.Consumers())
	for i := range g.Consumers() {
		consumer := g.At(i)
		c.Out.Map(4)
		field(c, "name")
		c.Out.Bulk(consumer.Name())
		intField(c, "pending", int64(consumer.Pending()))
		intField(c, "idle", max(c.Now-consumer.Seen, 0))
		inactive := int64(-1)
		if consumer.Active != -1 {
			inactive = c.Now - consumer.Active
		}
		intField(c, "inactive", inactive)
	}
	return nil
}

// xinfoStream implements XINFO STREAM key [FULL [COUNT count]].
func xinfoStream(c *exec.Ctx) error {
	t, err := infoOf(c)
	if err != nil {
		return err
	}
	full, count, err := parseFull(c)
	if err != nil {
		return err
	}
	s := t.Stream
	if full {
		if err := c.Lasts(s.About(stream.ID{}, stream.MaxID, count) + pendingOf(s, count)); err != nil {
			return err
		}
		c.Out.Map(9)
	} else {
		c.Out.Map(10)
	}
	intField(c, "length", int64(s.Len()))
	intField(c, "radix-tree-keys", int64(s.Nodes()))
	intField(c, "radix-tree-nodes", int64(max(s.Nodes()+s.Pages(), 1)))
	idField(c, "last-generated-id", s.LastID())
	idField(c, "max-deleted-entry-id", s.MaxDeleted())
	intField(c, "entries-added", int64(s.Added()))
	idField(c, "recorded-first-entry-id", s.First())
	if full {
		replyFull(c, s, count)
		return nil
	}
	intField(c, "groups", int64(s.Groups()))
	field(c, "first-entry")
	replyFirst(c, s.Range(stream.ID{}, stream.MaxID))
	field(c, "last-entry")
	replyFirst(c, s.Back(stream.ID{}, stream.MaxID))
	return nil
}

// parseFull reads [FULL [COUNT count]]; a count of 0 is for all.
func parseFull(c *exec.Ctx) (full bool, count int64, err error) {
	const usual = 10
	options := c.Args[3:]
	count = usual
	switch {
	case len(options) == 0:
		return false, 0, nil
	case len(options) != 1 && len(options) != 3, !exec.Is(options[0], "FULL"),
		len(options) == 3 && !exec.Is(options[1], "COUNT"):
		return false, 0, subcommandSyntax(c, "XINFO")
	case len(options) == 3:
		var ok bool
		if count, ok = num.ParseInt(options[2]); !ok {
			return false, 0, resp.ErrNotInteger
		}
	}
	switch {
	case count < 0:
		count = usual
	case count == 0:
		count = noCount
	}
	return true, count, nil
}

func replyFirst(c *exec.Ctx, it stream.Iter) {
	if it.Next() {
		replyEntry(c, &it, &idText{})
	} else {
		c.Out.Null()
	}
}

// pendingOf is how many pending deliveries the full form shows, each twice.
func pendingOf(s *stream.Stream, count int64) (n int) {
	for i := range s.Groups() {
		p := s.GroupAt(i).Pending()
		if count != noCount {
			p = int(min(int64(p), count))
		}
		n += 2 * p
	}
	return n
}

func replyFull(c *exec.Ctx, s *stream.Stream, count int64) {
	field(c, "entries")
	it := s.Range(stream.ID{}, stream.MaxID)
	replyEntries(c, &it, count)
	field(c, "groups")
	c.Out.Array(s.Groups())
	for i := range s.Groups() {
		g := s.GroupAt(i)
		c.Out.Map(7)
		field(c, "name")
		c.Out.Bulk(g.Name())
		replyProgress(c, s, g)
		intField(c, "pel-count", int64(g.Pending()))
		field(c, "pending")
		replyPending(c, g, nil, count)
		field(c, "consumers")
		c.Out.Array(g.Consumers())
		for k := range g.Consumers() {
			consumer := g.At(k)
			c.Out.Map(5)
			field(c, "name")
			c.Out.Bulk(consumer.Name())
			intField(c, "seen-time", consumer.Seen)
			intField(c, "active-time", consumer.Active)
			intField(c, "pel-count", int64(consumer.Pending()))
			field(c, "pending")
			replyPending(c, g, consumer, count)
		}
	}
}

// replyPending replies with deliveries to one consumer, or to all, which are named then.
func replyPending(c *exec.Ctx, g *stream.Group, consumer *stream.Consumer, count int64) {
	mark, n := c.Out.Mark(), 0
	for it := g.PendingFrom(consumer, stream.ID{}); int64(n) != count && it.Next(); n++ {
		if consumer == nil {
			c.Out.Array(4)
			replyID(c, it.ID)
			c.Out.Bulk(it.P.Consumer().Name())
		} else {
			c.Out.Array(3)
			replyID(c, it.ID)
		}
		c.Out.Int(it.P.Time)
		c.Out.Int(it.P.Count)
	}
	c.Out.InsertArray(mark, n)
}

// xinfoHelp implements XINFO HELP.
func xinfoHelp(c *exec.Ctx) error {
	c.Out.Help("XINFO",
		"CONSUMERS <key> <groupname>",
		"    The consumers of a group.",
		"GROUPS <key>",
		"    The groups of a stream.",
		"STREAM <key> [FULL [COUNT <count>]]",
		"    What a stream is; FULL, with its entries, groups and consumers, COUNT of each.")
	return nil
}
