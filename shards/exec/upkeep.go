package exec

import (
	"sigrun/internal/config"
	"sigrun/protocol/call"
	"sigrun/shards/commit"
	"sigrun/shards/evict"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// background is a runner as its upkeep sees it (upkeep.Host).
type background struct{ *Ctx }

// Chores does one slice of a shard's background work; its token is held.
func (c *Ctx) Chores(shard int) (did, more bool) {
	if c.e.Crashed != nil {
		defer c.guard(nil)
	}
	c.Now = c.k.Clock.Millis()
	background{c}.alone(shard, call.ByExpiry)
	did, more = c.upkeep.Chores(shard)
	c.k.Space.Tell(shard)
	return did, more
}

// alone has what is done now be background work under the token of one shard, brought about by by.
func (b background) alone(shard int, by call.Origin) {
	b.own = call.ShardSet{}
	b.own.Add(shard)
	b.cmd, b.Spec, b.Client, b.held, b.by = nil, nil, nil, &b.own, by
}

// Tidy makes room, and gives memory that is in no use back to the kernel.
func (c *Ctx) Tidy() (more bool) {
	c.Now = c.k.Clock.Millis()
	room, _ := c.evictor.Room()
	return c.upkeep.Tidy() || room == evict.Working
}

func (b background) Finish() { b.finish() }

func (b background) Lapse(s *keyspace.Shard, database int, k *db.Key) { b.lapse(s, database, k) }

// LapseFields says the same of fields of a hash, and of the hash when it is gone with them.
func (b background) LapseFields(s *keyspace.Shard, database int, k *db.Key, n int, fields [][]byte, gone bool) {
	b.CountExpiredFields(n)
	if len(fields) > 0 {
		args := append([][]byte{[]byte("HDEL"), append([]byte(nil), k.Name...)}, fields...)
		b.record(commit.Record{DB: database, Slot: int32(k.Slot), Lapsed: true, Args: args})
	}
	b.happenedAs(config.NotifyExpired, database, k, "hexpired", true) // by time; that of HEXPIRE is one of hashes
	if gone {
		b.happened(database, k, "del", true)
	}
	if s.Eventful() {
		b.tellWatchers(s, commit.Touch{DB: database, Slot: k.Slot, Name: k.Name, Lapsed: true})
		if gone {
			b.gone(s, database, k, true)
		}
	}
}
