package keyspace

import (
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
	"sigrun/storage/db"
)

// maxMovedKeys bounds what a move copies while both tokens are held: so many keys, and half a MiB of values.
const maxMovedKeys = 2048

// MoveSlot gives a slot to another shard: its keys, waiters, watches, who tracks them, and the newest commit that they may show. held are
// the tokens that are held, that of to among them. False: it is too large to be moved in one step, or belongs by now to a shard whose token is not held.
func (k *Keyspace) MoveSlot(n uint16, to int, held *call.ShardSet) bool {
	owner := k.Owner(n)
	if !held.Has(owner) {
		return false
	}
	from := &k.Shards[owner]
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
	from.Tracked.MoveSlot(&dst.Tracked, n)
	dst.Seq = max(dst.Seq, from.Seq)
	from.Refresh()
	dst.Refresh()
	k.SlotsMoved.Add(1)
	return true
}

// SlotInUse is the slot of the nth of those that somebody in a shard waits for, watches or keeps keys in, of the last one if there are
// fewer, and other if there is none. The token of the shard is held.
func (k *Keyspace) SlotInUse(shard, nth int, other uint16) uint16 {
	s := &k.Shards[shard]
	see := func(name []byte) bool {
		other, nth = slot.Of(name), nth-1
		return nth >= 0
	}
	each := func(_ int, name string) {
		if nth >= 0 {
			see([]byte(name))
		}
	}
	s.Blocked.Each(each)
	s.Watched.Each(each)
	for i := 0; nth >= 0 && i < k.Space.Databases(); i++ {
		if d := k.Space.Existing(i); d != nil {
			d.Part(shard).Each(func(e db.Entry) bool { return see(e.Key()) })
		}
	}
	return other
}
