package exec

import (
	"bytes"
	"strconv"

	"sigrun/internal/config"
	"sigrun/shards/commit"
	"sigrun/storage/db"
)

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
	config.NotifyEvicted: evicted,
	config.NotifyNew:     "new",
	config.NotifyMiss:    "keymiss",
})

const (
	expired = "expired"
	evicted = "evicted"
)

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
// command, transaction or script is over, of a script of many events on the way.
func (c *Effects) Notify(k *db.Key, name string) {
	if c.k.Settings.Events.Load() != 0 {
		c.happened(c.db, k, name, false)
	}
}

// happened is Notify for a key of any database.
func (c *Effects) happened(database int, k *db.Key, name string, lapsed bool) {
	c.happenedAs(classes[name], database, k, name, lapsed)
}

// happenedAs is happened for an event of another class than its name has.
func (c *Effects) happenedAs(class int64, database int, k *db.Key, name string, lapsed bool) {
	if c.k.Settings.Events.Load()&class != 0 {
		c.commit.Events = append(c.commit.Events, commit.Event{DB: database, Key: bytes.Clone(k.Name), Name: name, Lapsed: lapsed})
		c.stirred = true
	}
}

// tell publishes events in their order: those of one key come in order to everybody, since the key's token is held.
func (c *Effects) tell(events []commit.Event) {
	if len(events) == 0 {
		return
	}
	kinds := c.k.Settings.Events.Load()
	for i := range events {
		e := &events[i]
		if kinds&config.NotifyKeyspace != 0 {
			c.e.Publisher.Publish(c.loop, append(c.channelOf("__keyspace@", e.DB), e.Key...), []byte(e.Name))
		}
		if kinds&config.NotifyKeyevent != 0 {
			c.e.Publisher.Publish(c.loop, append(c.channelOf("__keyevent@", e.DB), e.Name...), e.Key)
		}
	}
}

func (c *Effects) channelOf(kind string, database int) []byte {
	c.channel = strconv.AppendInt(append(c.channel[:0], kind...), int64(database), 10)
	return append(c.channel, "__:"...)
}
