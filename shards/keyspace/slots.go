package keyspace

import "sigrun/protocol/slot"

// maxMovedKeys bounds what a move copies while both tokens are held.
const maxMovedKeys = 2048

// MoveSlot gives a slot to another shard: its keys, waiters and watches. The tokens
// of both shards are held. False: it is too large to be moved in one step.
func (k *Keyspace) MoveSlot(n uint16, to int) bool {
	from := &k.Shards[k.Owner(n)]
	dst := &k.Shards[to]
	if from == dst {
		return true
	}
	if !k.Space.MoveSlot(n, to, maxMovedKeys) {
		return false
	}
	belongs := func(name string) bool { return slot.Of([]byte(name)) == n }
	from.Watched.MoveSlot(&dst.Watched, belongs)
	from.Blocked.MoveSlot(&dst.Blocked, belongs)
	from.Refresh()
	dst.Refresh()
	k.SlotsMoved.Add(1)
	return true
}
