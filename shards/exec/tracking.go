package exec

import (
	"slices"
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/shards/commit"
	"sigrun/shards/keyspace"
	"sigrun/shards/tracking"
	"sigrun/storage/db"
)

// Invalidator tells clients that keys which they may hold in caches of their own were changed; the reactor has it. What it is told comes to
// the client behind the replies that it has been given so far, and behind that to the command under way if it is its own.
type Invalidator interface {
	// Invalidate tells clients of keys; broadcast: because they hear of their prefix, whether they hold them or not. Nothing of the arguments is kept.
	Invalidate(loop int, clients []uint64, names [][]byte, broadcast bool)
	// InvalidateAll tells everybody that all keys are gone.
	InvalidateAll(loop int)
}

// remember notes that the client may hold the keys of the running command from now on. It comes before what the command reads, under
// the same tokens.
func (c *Effects) remember() {
	if c.Spec.Flags&(command.ReadOnly|command.PubSub) != command.ReadOnly || isScript(c.Spec) || len(c.Spec.Keys) == 0 {
		return
	}
	if c.cmd.Shard >= 0 && len(c.Args) > 1 {
		c.touchBoth(&c.first)
		c.rememberKey(&c.first)
		return
	}
	keys := c.Keys()
	for i := range keys {
		c.rememberKey(&keys[i])
	}
}

// touchBoth has the key's bucket come into the cache while its place among the tracked ones does: the handler looks for the one behind the other,
// and what each reads first depends on nothing.
func (c *Effects) touchBoth(k *db.Key) {
	d := c.k.Space.Database(c.db)
	d.TouchTable(k.Slot)
	c.touched = c.shardOf(k).Tracked.Touch((*tracking.Key)(k))
	c.touched += d.TouchBucket(k.Slot, k.Hash)
}

func (c *Effects) rememberKey(k *db.Key) {
	s := c.shardOf(k)
	if c.inTx && c.Client.NoLoop && len(c.commit.Touched) > 0 {
		c.again.add(k.Name)
	}
	first := s.Tracked.Empty()
	more := s.Tracked.Add((*tracking.Key)(k), tracking.Seat{Client: c.Client.ID, Place: c.Client.Place})
	if more == (tracking.Size{}) {
		return
	}
	if c.k.Tracking.Count(more); more.Keys == 0 {
		return
	}
	if first {
		s.Refresh()
	}
	if c.k.Tracking.Over() {
		c.forgetSome(s, 2)
	}
}

// rereads are keys that a client with NOLOOP read behind the first change of its transaction or script. It holds what it read, be it of its
// own making, and is to hear of the next change. They end with the step, whatever becomes of it.
type rereads map[string]struct{}

// mostReread bounds them: who reads more is told of his own changes, too, and asks again.
const mostReread = 1024

func (r *rereads) add(name []byte) {
	if r.tooMany() {
		return
	}
	if *r == nil {
		*r = rereads{}
	}
	(*r)[string(name)] = struct{}{}
}

func (r rereads) tooMany() bool { return len(r) >= mostReread }

// concerns reports whether somebody has to be told of a change of the key.
func (c *Effects) concerns(s *keyspace.Shard, name []byte) bool {
	if !s.Tracked.Empty() {
		if k := c.k.Space.Hasher().Key(name); s.Tracked.Has((*tracking.Key)(&k)) {
			return true
		}
	}
	return c.k.Tracking.Prefixes().Match(name)
}

// invalidate tells those who hold keys that were changed, and who hears of their prefixes.
func (c *Effects) invalidate(touched []commit.Touch) {
	by := c.author()
	var changed []tracking.Changed
	prefixes := c.k.Tracking.Prefixes()
	for i := range touched {
		t := &touched[i]
		if t.Flushed {
			continue
		}
		own := by
		if t.Stale || t.Lapsed || c.again.tooMany() { // time did it: the client whose command met it is told as all others are, since it reads what is there now
			own = nil
		}
		c.forget(&c.k.Shards[c.k.Owner(t.Slot)], t.Name, own)
		if prefixes.Match(t.Name) {
			changed = append(changed, tracking.Changed{Name: t.Name, Own: t.Own})
		}
	}
	for name := range sim.Walk(c.again, strings.Compare) {
		k := c.k.Space.Hasher().Key([]byte(name))
		c.rememberKey(&k)
	}
	if len(changed) > 0 {
		id := uint64(0)
		if by != nil {
			id = by.ID
		}
		prefixes.Tell(changed, id, func(clients []uint64, names [][]byte) { c.e.Invalidator.Invalidate(c.loop, clients, names, true) })
	}
}

// author is the client whose command is running, nil for background work and for who has waited, whom another one serves.
func (c *Effects) author() *call.Client {
	if c.serving != nil {
		return nil
	}
	return c.Client
}

// forget tells those who hold a key, and forgets that they do.
func (c *Effects) forget(s *keyspace.Shard, name []byte, by *call.Client) {
	if !s.Tracked.Empty() {
		k := c.k.Space.Hasher().Key(name)
		clients, less := s.Tracked.Take((*tracking.Key)(&k), c.told[:0])
		if less.Keys != 0 {
			c.untracked(s, &k, clients, less, by)
		}
	}
}

// untracked follows the removal of a key from the table of its shard.
func (c *Effects) untracked(s *keyspace.Shard, k *db.Key, clients []uint64, less tracking.Size, by *call.Client) {
	c.told = clients
	c.k.Tracking.Count(less)
	if s.Tracked.Empty() {
		s.Refresh()
	}
	if by != nil && by.NoLoop {
		clients = slices.DeleteFunc(clients, func(id uint64) bool { return id == by.ID })
	}
	if len(clients) > 0 {
		c.e.Invalidator.Invalidate(c.loop, clients, [][]byte{k.Name}, false)
	}
}

// forgetSome forgets keys of a shard as long as there are too many in all, n at most: to who holds them it is as if they had changed.
func (c *Effects) forgetSome(s *keyspace.Shard, n int) {
	for ; n > 0 && !s.Tracked.Empty() && c.k.Tracking.Reserve(); n-- {
		k := s.Tracked.Any()
		clients, less := s.Tracked.Take(&k, c.told[:0])
		less.Keys = 0 // it is counted already
		c.untracked(s, (*db.Key)(&k), clients, less, nil)
	}
}

// TooManyTracked reports whether more keys are remembered than may be; TrimTracked forgets some of a shard, whose token is held.
func (c *Router) TooManyTracked() bool { return c.k.Tracking.Over() }
func (c *Effects) TrimTracked(shard int) {
	c.forgetSome(&c.k.Shards[shard], trimmedAtOnce)
}

// trimmedAtOnce bounds what is forgotten under one token at a time.
const trimmedAtOnce = 100

// FlushTracked tells everybody who holds keys that all of them are gone. All tokens are held; loop is the caller's, -1 for other goroutines.
func (e *Engine) FlushTracked(loop int) {
	e.ForgetTracked()
	if e.Tracking.On() {
		e.Invalidator.InvalidateAll(loop)
	}
}

// FlushTracked is that of the Engine, for a command, when what it did leaves.
func (c *Effects) FlushTracked() { c.commit.Cleared, c.stirred = true, true }
