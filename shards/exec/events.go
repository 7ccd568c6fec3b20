package exec

import (
	"bytes"
	"strconv"

	"sigrun/internal/config"
	"sigrun/storage/db"
)

// event is a keyspace event that nobody has been told of yet.
type event struct {
	db   int
	key  []byte
	name string
	made bool // a command's doing, although it is that of a time that has come
}

// classes are the classes of keyspace events, by the events' names.
var classes = classify(map[int64]string{
	config.NotifyGeneric: "del rename_from rename_to move_from move_to copy_to restore expire persist",
	config.NotifyString:  "set setrange incrby incrbyfloat append setbit pfadd",
	config.NotifyList:    "lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
	config.NotifySet:     "sadd srem spop sinterstore sunionstore sdiffstore",
	config.NotifyHash:    "hset hincrby hincrbyfloat hdel hexpire hexpired hpersist",
	config.NotifyZSet: "zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax zrangestore zinterstore " +
		"zunionstore zdiffstore geosearchstore georadiusstore",
	config.NotifyStream:  "xadd xtrim xdel xsetid xgroup-create xgroup-setid xgroup-destroy xgroup-createconsumer xgroup-delconsumer",
	config.NotifyExpired: expired,
	config.NotifyNew:     "new",
	config.NotifyMiss:    "keymiss",
})

const expired = "expired"

func classify(names map[int64]string) map[string]int64 {
	all := map[string]int64{}
	for class, list := range names { // in any order
		for _, name := range bytes.Fields([]byte(list)) {
			all[string(name)] = class
		}
	}
	return all
}

// Notify names one more event of a change that Touched has counted, or one that is no change. Whoever listens is told when the
// command, transaction or script is over.
func (c *Ctx) Notify(k *db.Key, name string) {
	if c.e.Settings.Events.Load() != 0 {
		c.happened(c.db, k, name)
	}
}

// happened is Notify for a key of any database.
func (c *Ctx) happened(database int, k *db.Key, name string) {
	if c.e.Settings.Events.Load()&classes[name] != 0 {
		c.events = append(c.events, event{db: database, key: bytes.Clone(k.Name), name: name})
	}
}

// tell publishes the events that have happened, in their order: events of one key come in order to everybody, since the key's
// token is held.
func (c *Ctx) tell() {
	kinds := c.e.Settings.Events.Load()
	for i := range c.events {
		e := &c.events[i]
		if kinds&config.NotifyKeyspace != 0 {
			c.e.Publisher.Publish(c.loop, append(c.channelOf("__keyspace@", e.db), e.key...), []byte(e.name))
		}
		if kinds&config.NotifyKeyevent != 0 {
			c.e.Publisher.Publish(c.loop, append(c.channelOf("__keyevent@", e.db), e.name...), e.key)
		}
		*e = event{}
	}
	c.events = c.events[:0]
}

func (c *Ctx) channelOf(kind string, database int) []byte {
	c.channel = strconv.AppendInt(append(c.channel[:0], kind...), int64(database), 10)
	return append(c.channel, "__:"...)
}

// forgetEvents takes back what happened since there were n events, but for what time alone brought about.
func (c *Ctx) forgetEvents(n int) {
	kept := c.events[:n]
	for _, e := range c.events[n:] {
		if e.name == expired && !e.made {
			kept = append(kept, e)
		}
	}
	c.events = kept
}
