package exec

import (
	"sigrun/internal/rng"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// Router finds the keys of commands and the shards that own them. It holds no token: what it tells is a guess until somebody
// has those.
type Router struct {
	e    *Engine
	k    *keyspace.Keyspace // the engine's: one step nearer
	loop int                // of the goroutine, -1: not a loop

	keys    []db.Key // the keys of the command routed last
	keysOf  *[]byte  // identifies that command
	at      []int    // scratch: positions of keys
	slotted []int    // the same for those who ask whether a command may run here
	sampled []int    // and for Sample
	buckets []uint64 // scratch: of Prepare
	touched uint64   // keeps the loads of look-ahead alive
	rand    *rng.Rand
}

// lookAheadFrom is the number of commands from which touching memory ahead pays.
const lookAheadFrom = 3

// Prepare looks ahead over what a connection sent: it hashes keys, finds shards and
// touches first all tables, then all buckets, then all entries, so that the misses of many commands
// overlap. Nothing it reads is used for anything else: it holds no token.
func (c *Ctx) Prepare(cmds []call.Command, database int) {
	c.lookAtTime()
	c.keysOf = nil // arguments of another turn may lie at the same address
	hasher := c.k.Space.Hasher()
	var ahead *db.Database // whose memory is touched
	if len(cmds) >= lookAheadFrom {
		ahead = c.k.Space.Database(database)
	}
	for i := range cmds {
		cmd := &cmds[i]
		if cmd.Spec == nil {
			cmd.Shard = call.NoShard
			continue
		}
		if cmd.Spec.Place == command.OnEachShard {
			c.aim(cmd, database)
			continue
		}
		if !cmd.Spec.SingleKey() || len(cmd.Args) < 2 {
			cmd.Shard = c.keyless(cmd)
			continue
		}
		if i > 0 && sameKey(cmd, &cmds[i-1]) {
			cmd.Hash, cmd.Slot, cmd.Shard = cmds[i-1].Hash, cmds[i-1].Slot, cmds[i-1].Shard
			continue
		}
		k := hasher.Key(cmd.Args[1])
		cmd.Hash, cmd.Slot = k.Hash, k.Slot
		cmd.Shard = int32(c.k.Slots.Owner(k.Slot))
		if ahead != nil {
			ahead.TouchTable(k.Slot)
		}
	}
	if ahead != nil {
		c.touch(cmds, ahead)
	}
	c.startTiming()
}

// Samples reports whether anybody looks for the hottest keys, and Sample shows him some of those of commands that a loop has run. It takes no
// part in looking ahead: what is looked at may be refused, or looked at once more.
func (c *Router) Samples() bool { return c.e.Hot.On() }

func (c *Step) Sample(cmds []call.Command, database int) {
	sketch, percent := c.e.Hot.Loop(c.loop), c.e.Hot.Percent()
	for i := range cmds {
		if cmds[i].Spec == nil || cmds[i].Barred {
			continue
		}
		c.sampled, _ = cmds[i].Spec.AppendKeys(c.sampled[:0], cmds[i].Args)
		for _, p := range c.sampled {
			if sim.IntN(100) < percent {
				sketch.See(database, cmds[i].Args[p], c.Now)
			}
		}
	}
}

// sameKey tells whether a single-key command and its key are those of the one before it:
// who fills a list or counts sends a hundred of them in a row.
// Keys that differ mostly do so at their ends.
func sameKey(cmd, before *call.Command) bool {
	if before.Spec != cmd.Spec || len(before.Args) < 2 {
		return false
	}
	a, b, last := cmd.Args[1], before.Args[1], len(cmd.Args[1])-1
	return len(b)-1 == last && (last < 0 || a[last] == b[last] && string(a) == string(b))
}

// keyless is the shard of a command whose keys Route has to look at, or has none.
func (c *Router) keyless(cmd *call.Command) int32 {
	if len(cmd.Spec.Keys) > 0 || cmd.Spec.Place == command.OnAllShards || cmd.Spec.Place == command.OnEachShard {
		return call.ManyShards
	}
	return call.NoShard
}

func (c *Router) touch(cmds []call.Command, d *db.Database) {
	buckets := c.buckets[:0]
	for i := range cmds {
		var b uint64
		if touchable(cmds, i) {
			b = d.TouchBucket(cmds[i].Slot, cmds[i].Hash)
		}
		buckets = append(buckets, b)
	}
	c.buckets = buckets
	var sum uint64
	for i := range cmds {
		if touchable(cmds, i) {
			sum += d.TouchEntry(cmds[i].Slot, cmds[i].Hash, buckets[i])
		}
	}
	c.touched = sum
}

// touchable tells whether command i has a key that the one before it has not.
func touchable(cmds []call.Command, i int) bool {
	cmd := &cmds[i]
	return cmd.Shard >= 0 && len(cmd.Args) > 1 && (i == 0 || cmd.Hash != cmds[i-1].Hash)
}

// Route adds the shards that cmd needs to set. A command whose keys cannot be told
// needs none: its handler answers with the error.
func (c *Router) Route(cmd *call.Command, set *call.ShardSet) {
	if p := cmd.Spec.Place; p == command.OnAllShards || p == command.OnEachShard || cmd.Spec.AllTokens || c.e.wantsAll(cmd) {
		set.Union(c.k.All())
		return
	}
	if cmd.Shard >= 0 {
		set.Add(c.k.Owner(cmd.Slot))
		return
	}
	if !c.hashed(cmd) {
		return
	}
	for i := range c.keys {
		set.Add(c.k.Owner(c.keys[i].Slot))
	}
}

// hashed is hashKeys, unless the keys of cmd were hashed last.
func (c *Router) hashed(cmd *call.Command) bool {
	return c.keysOf == &cmd.Args[0] || c.hashKeys(cmd.Spec, cmd.Args)
}

// hashKeys hashes all keys of a command and, when they are many, touches them.
func (c *Router) hashKeys(spec *command.Spec, args [][]byte) bool {
	c.keys = c.keys[:0]
	c.keysOf = nil
	var ok bool
	if c.at, ok = spec.AppendKeys(c.at[:0], args); !ok {
		c.at = c.at[:0]
		return false
	}
	c.keysOf = &args[0]
	hasher := c.k.Space.Hasher()
	for _, p := range c.at {
		c.keys = append(c.keys, hasher.Key(args[p]))
	}
	return true
}

// TouchKeys touches the memory of keys ahead of their use, as Prepare does.
func (c *Step) TouchKeys(keys []db.Key) {
	if len(keys) < lookAheadFrom {
		return
	}
	d := c.k.Space.Database(c.Client.DB)
	for i := range keys {
		d.TouchTable(keys[i].Slot)
	}
	buckets := c.buckets[:0]
	for i := range keys {
		buckets = append(buckets, d.TouchBucket(keys[i].Slot, keys[i].Hash))
	}
	c.buckets = buckets
	for i := range keys {
		c.touched += d.TouchEntry(keys[i].Slot, keys[i].Hash, buckets[i])
	}
}

// Owner is the shard of a slot.
func (c *Router) Owner(slot uint16) int { return c.k.Owner(slot) }

// holds reports whether the tokens held cover shard.
func (c *Step) holds(shard int) bool {
	if c.held != nil {
		return c.held.Has(shard)
	}
	return c.cmd != nil && int(c.cmd.Shard) == shard
}

// commandKey is the only key of a routed single-key command.
func (c *Router) commandKey(cmd *call.Command) db.Key {
	return db.Key{Name: cmd.Args[1], Hash: cmd.Hash, Slot: cmd.Slot}
}
