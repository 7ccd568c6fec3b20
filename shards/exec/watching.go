package exec

import "sigrun/protocol/call"

// watchBytes is what a watched key takes besides its name: an entry of the client's list, and one of its
// shard's table with a list of its own.
const watchBytes = 200

// Watch registers the client for k, whose token is held.
func (c *Access) Watch(i int) {
	k := c.Key(i)
	s := c.shardOf(k)
	_, due := c.peek(c.Client.DB, k)
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

// watchChanged reports whether a key that cl watches was changed, or its time came,
// since WATCH.
func (c *Access) watchChanged(cl *call.Client) bool {
	if cl.WatchChanged() {
		return true
	}
	for _, w := range cl.Watched() {
		k := c.k.Space.Hasher().Key([]byte(w.Name))
		s := c.shardOf(&k)
		if _, due := c.peek(w.DB, &k); due && !s.Watched.Due(w.DB, w.Name, cl.Watching) {
			return true
		}
	}
	return false
}
