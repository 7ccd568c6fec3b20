package keyspace

import (
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
)

// WatchSet adds the shards of everything that is watched to set; without their tokens the answer may be old.
func (k *Keyspace) WatchSet(w *call.Watching, set *call.ShardSet) {
	if w == nil {
		return
	}
	for i := range w.Keys {
		set.Add(k.ownerOf(w.Keys[i].Name))
	}
}

// Unwatch removes what is watched from the shards, all of whose tokens have to be in held.
func (k *Keyspace) Unwatch(w *call.Watching, held *call.ShardSet) (all bool) {
	if w == nil {
		return true
	}
	var set call.ShardSet
	if k.WatchSet(w, &set); !held.Covers(&set) {
		return false
	}
	for i := range w.Keys {
		key := &w.Keys[i]
		s := &k.Shards[k.ownerOf(key.Name)]
		s.Watched.Remove(key.DB, key.Name, w)
		s.Refresh()
	}
	w.Keys, w.Bytes = w.Keys[:0], 0
	w.Dirty.Store(false)
	return true
}

// Forget removes a call that no longer waits from the tables of its shards, as far as
// the tokens of held reach; false: slots have moved, and others are needed, too.
func (k *Keyspace) Forget(waiting *call.Call, held *call.ShardSet) (all bool) {
	all = true
	for i := waiting.Block.First; i <= waiting.Block.Last; i++ {
		name := waiting.Args[i]
		s := &k.Shards[k.Slots.Owner(slot.Of(name))]
		if !held.Has(s.ID) {
			all = false
			continue
		}
		s.Blocked.Remove(waiting.Block.DB, string(name), waiting)
		s.Refresh()
	}
	return all
}

func (k *Keyspace) ownerOf(name string) int { return k.Owner(slot.Of([]byte(name))) }
