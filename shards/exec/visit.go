package exec

import (
	"sigrun/internal/num"
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
	"sigrun/storage/db"
)

// aim finds the shard at which a command that visits shards begins: that of the slot
// in its cursor. One whose cursor is none needs no token to be told so; one without a
// cursor (RANDOMKEY) begins at a shard that is chosen by how many keys it holds.
func (c *Router) aim(cmd *call.Command, database int) {
	cmd.Shard = call.NoShard
	if at := cmd.Spec.SlotAt; at > 0 {
		if n, ok := num.ParseInt(cmd.Args[min(at, len(cmd.Args)-1)]); ok && n >= 0 && n < slot.Count {
			cmd.Slot = uint16(n)
			cmd.Shard = int32(c.k.Owner(cmd.Slot))
		}
		return
	}
	if len(cmd.Args) < 2 {
		if cmd.Spec.Arity == 1 {
			cmd.Slot = c.anySlot(database)
			cmd.Shard = int32(c.k.Owner(cmd.Slot))
		}
		return
	}
	if cursor, ok := num.ParseCursor(cmd.Args[1]); ok {
		cmd.Slot = db.CursorSlot(cursor)
		cmd.Shard = int32(c.k.Owner(cmd.Slot))
	}
}

// anySlot is a slot of a shard chosen by its share of the database's keys.
func (c *Router) anySlot(database int) uint16 {
	d := c.k.Space.Database(database)
	total := 0
	for s := range c.k.Shards {
		total += d.Part(s).Estimate()
	}
	if total == 0 {
		return 0
	}
	at := c.Rand().Intn(total)
	for s := range c.k.Shards {
		if at -= d.Part(s).Estimate(); at < 0 {
			return c.k.Slots.SlotOf(s)
		}
	}
	return 0
}

// Walk is where the running command stands in its walk over the shards. A fresh one
// has Begun false; Mark is where its reply begins.
func (c *Step) Walk() *call.Visit {
	if !c.inTx { // else the connection stands still, and all tokens are held
		if v := c.from.Visit(); v != nil {
			return v
		}
	}
	c.walk = call.Visit{Stop: true}
	return &c.walk
}

// PartAt is what the shard of slot holds of the database; nil when its token is not
// held.
func (c *Step) PartAt(slot uint16) *db.Part {
	s := c.k.Owner(slot)
	if !c.holds(s) {
		return nil
	}
	return c.k.Shards[s].Part(c.db)
}

// Elsewhere ends a visit to a shard: the command goes on at the shard of slot, with
// what it has written so far.
func (c *Step) Elsewhere(v *call.Visit, slot uint16) error {
	v.Slot = slot
	return errNextShard
}

// Due reports whether the time of e has come: walks pass over it.
func (c *Step) Due(e db.Entry) bool { return c.due(e) }

// Expire removes what is due among the keys of p with these names: a walk calls it when
// it does not look at the part any more.
func (c *Access) Expire(p *db.Part, names [][]byte) {
	for _, name := range names {
		k := c.k.Space.Hasher().Key(name)
		c.find(p, &k, true)
	}
}
