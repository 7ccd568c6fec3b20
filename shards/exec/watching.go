package exec

import "sigrun/protocol/call"

// watchBytes is what a watched key takes besides its name: an entry of the client's list, and one of its
// shard's table with a list of its own.
const watchBytes = 200

// Watch registers the client for k, whose token is held.
func (c *Access) Watch(i int) {
	k := c.Key(i)
	s := c.shardOf(k)
	e := s.Part(c.Client.DB).Find(k)
	due := e != 0 && c.due(e)
	w := c.Client.Watching
	if w == nil {
		w = &call.Watching{}
		c.Client.Watching = w
	}
	for _, have := range w.Keys {
		if have.DB == c.Client.DB && have.Name == string(k.Name) {
			return
		}
	}
	name := string(k.Name)
	s.Watched.Add(c.Client.DB, name, w, due)
	s.Refresh()
	w.Keys = append(w.Keys, call.WatchedKey{DB: c.Client.DB, Name: name})
	w.Bytes += watchBytes + len(name)
}

// WatchSet adds the shards of everything that is watched to set.
func (c *Access) WatchSet(w *call.Watching, set *call.ShardSet) {
	if w == nil {
		return
	}
	for i := range w.Keys {
		set.Add(c.ownerOf(w.Keys[i].Name))
	}
}

// Unwatch removes what is watched from the shards, all of whose tokens have to be in held.
func (c *Access) Unwatch(w *call.Watching, held *call.ShardSet) (all bool) {
	if w == nil {
		return true
	}
	var set call.ShardSet
	if c.WatchSet(w, &set); !held.Covers(&set) {
		return false
	}
	for i := range w.Keys {
		k := &w.Keys[i]
		s := &c.k.Shards[c.ownerOf(k.Name)]
		s.Watched.Remove(k.DB, k.Name, w)
		s.Refresh()
	}
	w.Keys, w.Bytes = w.Keys[:0], 0
	w.Dirty.Store(false)
	return true
}

// watchChanged reports whether a key that cl watches was changed, or its time came,
// since WATCH.
func (c *Access) watchChanged(cl *call.Client) bool {
	if cl.WatchChanged() {
		return true
	}
	for _, w := range cl.Watched() {
		k := c.k.Space.Hasher().Key([]byte(w.Name))
		s := c.shardOf(&k)
		e := s.Part(w.DB).Find(&k)
		if e != 0 && c.due(e) && !s.Watched.Due(w.DB, w.Name, cl.Watching) {
			return true
		}
	}
	return false
}
