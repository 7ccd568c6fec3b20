package exec

import (
	"sigrun/protocol/call"
	"sigrun/shards/keyspace"
)

// finish is the one way by which effects leave: those of a command, a transaction, a script, a slice of background work.
// Inside of a transaction or a script nothing leaves yet, and what a served waiter did leaves by serve.
func (c *Ctx) finish() {
	if c.inTx || c.serving != nil {
		return
	}
	if c.stirred {
		c.leaves(c.origin())
		c.serveReady()
	} else {
		c.count()
	}
	c.changes = 0
}

// count adds the changes of the commit to those that snapshots are due after.
func (c *Effects) count() {
	c.tally.Dirty.Add(uint64(c.commit.Dirty))
	c.commit.Dirty = 0
}

// leaves hands the commit to all whom it concerns, always in the same order: consumers, who watches, who tracks, who listens to events, the
// count of changes, and, by serveReady, who waits.
func (c *Effects) leaves(origin call.Origin) {
	x := &c.commit
	x.Origin = origin
	c.rewritten, c.stirred = nil, false
	if len(x.Records) != 0 || x.Seq != 0 {
		if x.ByTime() {
			x.Origin = call.ByExpiry
		}
		if c.holdsNothing() {
			c.k.Commits.AppendAlone(x)
			c.said = x.Seq
		} else {
			c.k.Commits.Append(x)
		}
		c.eachHeld(func(s *keyspace.Shard) { s.Seq = x.Seq })
	}
	for i := range x.Touched {
		t := &x.Touched[i]
		c.k.Shards[c.k.Owner(t.Slot)].Watched.Touch(t.DB, t.Name, t.Stale)
	}
	if len(x.Touched) > 0 {
		c.invalidate(x.Touched)
		c.again = nil
	}
	if x.Cleared {
		c.e.FlushTracked(c.loop)
	}
	c.tell(x.Events)
	c.count()
	c.ready = append(c.ready, x.Signals...)
	x.Reset()
}

// numbered gives the commit under way its number before it is over: others are about to be told something of its step. What they are told leaves
// behind the newest commit that has a number, and so not before this one is where consumers bring it. Until then all behind it wait there. A
// step without tokens changes nothing that they would have to wait for.
func (c *Effects) numbered() {
	if c.commit.Seq == 0 && c.Recording() && !c.holdsNothing() {
		c.k.Commits.Number(&c.commit)
		c.stirred = true
	}
}

// Tells comes before a command has others be told of something at once, in the middle of a transaction or script.
func (c *Effects) Tells() {
	if c.inTx {
		c.numbered()
	}
}

// origin is who brings the running command's changes about.
func (c *Step) origin() call.Origin {
	if c.Client == nil {
		return c.by
	}
	by := c.Client.Origin(c.k.Settings.Import.Load())
	if by == call.ByClient && c.Spec != nil && isScript(c.Spec) {
		return call.ByScript
	}
	return by
}

// timeless reports whether nothing has expired for who brings the running command's changes about.
func (c *Step) timeless() bool {
	return c.Client != nil && c.Client.Origin(c.k.Settings.Import.Load()).Timeless()
}

// holdsNothing reports whether no token is held: the command has no key.
func (c *Step) holdsNothing() bool {
	if c.held == nil {
		return c.cmd.Shard < 0
	}
	return c.held.Next(0) < 0
}

// eachHeld calls fn for every shard whose token is held.
func (c *Step) eachHeld(fn func(s *keyspace.Shard)) {
	if c.held == nil {
		if c.cmd.Shard >= 0 {
			fn(&c.k.Shards[c.cmd.Shard])
		}
		return
	}
	for i := c.held.Next(0); i >= 0; i = c.held.Next(i + 1) {
		fn(&c.k.Shards[i])
	}
}

// newest is the number of the newest commit that the running command's reply may show.
func (c *Step) newest() uint64 {
	if !c.k.Commits.On() {
		return 0
	}
	return c.newestHeld()
}

// newestHeld keeps newest small enough to be inlined.
func (c *Step) newestHeld() (seq uint64) {
	switch {
	case c.holdsNothing():
		return c.said
	case c.held == nil:
		return c.k.Shards[c.cmd.Shard].Seq
	}
	c.eachHeld(func(s *keyspace.Shard) { seq = max(seq, s.Seq) })
	return seq
}
