package stream

import (
	"sigrun/internal/num"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// What the commands on groups did, as others must repeat it.

// recordClaim records a delivery, or that there is none of an entry that was deleted.
func recordClaim(c *exec.Ctx, t *typed.Stream, g *stream.Group, id stream.ID, p *stream.Pending) {
	if !c.Recording() {
		return
	}
	text := func(s string) []byte { return []byte(s) }
	c.Record(text("XCLAIM"), t.Key.Name, g.Name(), p.Consumer().Name(), text("0"), id.Append(nil),
		text("TIME"), num.AppendInt(nil, p.Time), text("RETRYCOUNT"), num.AppendInt(nil, p.Count),
		text("FORCE"), text("JUSTID"), text("LASTID"), g.Last.Append(nil))
}

// recordGroup records how far a group has come.
func recordGroup(c *exec.Ctx, t *typed.Stream, g *stream.Group) {
	if !c.Recording() {
		return
	}
	c.Record([]byte("XGROUP"), []byte("SETID"), t.Key.Name, g.Name(), g.Last.Append(nil),
		[]byte("ENTRIESREAD"), num.AppendInt(nil, g.Read))
}

// recordConsumer records that a consumer was made.
func recordConsumer(c *exec.Ctx, t *typed.Stream, group, consumer []byte) {
	if !c.Recording() {
		return
	}
	c.Record([]byte("XGROUP"), []byte("CREATECONSUMER"), t.Key.Name, group, consumer)
}
