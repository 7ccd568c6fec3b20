package exec

import (
	"sigrun/protocol/call"
	"sigrun/shards/commit"
	"sigrun/storage/db"
)

// Strip removes up to most keys of a slot that is another node's, and says how many. The token of its shard is held. Consumers and watchers are told
// of it, those who listen to events are not: the keys are elsewhere.
func (c *Ctx) Strip(n uint16, most int) (removed int) {
	shard := c.k.Owner(n)
	c.Now = c.k.Clock.Millis()
	b := background{c}
	b.alone(shard, call.ByCleanup)
	for i := range c.k.Space.Databases() {
		if d := c.k.Space.Existing(i); d != nil {
			removed += b.strip(d.Part(shard), i, n, most-removed)
		}
	}
	c.finish()
	c.k.Space.Tell(shard)
	return removed
}

func (b background) strip(p *db.Part, database int, n uint16, most int) int {
	s := &b.k.Shards[p.Shard()]
	var names [][]byte
	db.EachInSlot(p, n, func(e db.Entry) bool {
		if len(names) == most {
			return false
		}
		names = append(names, append([]byte(nil), e.Key()...))
		return true
	})
	for _, name := range names {
		k := b.k.Space.Hasher().Key(name)
		p.Delete(&k, p.Find(&k))
		b.changed(1)
		if b.Recording() {
			b.record(commit.Record{DB: database, Slot: int32(n), Args: [][]byte{[]byte("UNLINK"), name}})
		}
		if s.Eventful() {
			b.tellWatchers(s, commit.Touch{DB: database, Slot: n, Name: name})
			b.gone(s, database, &k, false)
		}
	}
	return len(names)
}
