package exec

import "sigrun/protocol/call"

// Watch registers the client for k, whose token is held.
func (c *Ctx) Watch(i int) {
	k := c.Key(i)
	s := c.shardOf(k)
	e := s.part(c.Client.DB).Find(k)
	due := e != 0 && c.due(e)
	for _, w := range c.Client.Watched {
		if w.DB == c.Client.DB && w.Name == string(k.Name) {
			return
		}
	}
	name := string(k.Name)
	s.watched.Add(c.Client.DB, name, c.Client, due)
	s.refresh()
	c.Client.Watched = append(c.Client.Watched, call.WatchedKey{DB: c.Client.DB, Name: name})
}

// WatchSet adds the shards of everything that cl watches to set.
func (c *Ctx) WatchSet(cl *call.Client, set *call.ShardSet) {
	for i := range cl.Watched {
		set.Add(c.ownerOf(cl.Watched[i].Name))
	}
}

// Unwatch forgets everything that cl watches; the tokens of WatchSet are held.
func (c *Ctx) Unwatch(cl *call.Client) {
	for i := range cl.Watched {
		w := &cl.Watched[i]
		s := &c.e.shards[c.ownerOf(w.Name)]
		s.watched.Remove(w.DB, w.Name, cl)
		s.refresh()
	}
	cl.Watched = cl.Watched[:0]
	cl.Dirty.Store(false)
}

// watchChanged reports whether a key that cl watches was changed, or its time came,
// since WATCH.
func (c *Ctx) watchChanged(cl *call.Client) bool {
	if cl.Dirty.Load() {
		return true
	}
	for i := range cl.Watched {
		w := &cl.Watched[i]
		k := c.e.Space.Hasher().Key([]byte(w.Name))
		s := c.shardOf(&k)
		e := s.part(w.DB).Find(&k)
		if e != 0 && c.due(e) && !s.watched.Due(w.DB, w.Name, cl) {
			return true
		}
	}
	return false
}
