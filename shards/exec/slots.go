package exec

import "sigrun/protocol/slot"

// maxMovedKeys bounds what a move copies while both tokens are held.
const maxMovedKeys = 2048

// MoveSlot gives a slot to another shard: its keys, waiters and watches. The tokens
// of both shards are held. False: it is too large to be moved in one step.
func (c *Ctx) MoveSlot(n uint16, to int) bool {
	from := &c.e.shards[c.e.Owner(n)]
	dst := &c.e.shards[to]
	if from == dst {
		return true
	}
	if !c.e.Space.MoveSlot(n, to, maxMovedKeys) {
		return false
	}
	belongs := func(name string) bool { return slot.Of([]byte(name)) == n }
	from.watched.MoveSlot(&dst.watched, belongs)
	from.blocked.MoveSlot(&dst.blocked, belongs)
	from.refresh()
	dst.refresh()
	c.e.Stats.SlotsMoved.Add(1)
	return true
}
