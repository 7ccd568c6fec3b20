package exec

import (
	"math"

	"sigrun/protocol/command"
	"sigrun/shards/commit"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

const writes = command.Write

// Effects is what the running step did, by what its handlers say of it. Nothing of it is known to
// anybody until it leaves, but the events of a script that goes on and on, and to who watches what SWAPDB takes away.
type Effects struct {
	Observed
	changes   int
	commit    commit.Commit   // of the command, transaction or script under way
	ready     []commit.Signal // of finished commits; whose waiters are to be tried
	again     rereads         // of the step that is running
	rewritten [][]byte        // to be repeated instead of the command
	stirred   bool            // one of these three is not empty; changes alone do not stir
	channel   []byte          // scratch of tell
	told      []uint64        // scratch of untrack
}

// Touched says that the command changed the value of k. The event is named as
// keyspace notifications name it; "" is a change that they do not tell of.
func (c *Effects) Touched(k *db.Key, event string) {
	c.changed(1)
	c.Affected(k, event)
}

// changed counts changes that concern no single key.
func (c *Effects) changed(n int) {
	c.changes += n
	c.commit.Dirty += n
}

// Several says that the change that Touched or Removed told of last was one of n elements, each of
// which counts where snapshots are due after so many changes.
func (c *Effects) Several(n int) { c.commit.Dirty += max(n, 1) - 1 }

// Affected is Touched for what the same change did to one more key: RENAME and MOVE
// count once.
func (c *Effects) Affected(k *db.Key, event string) { c.affected(k, event, false) }

// affected is Affected for a key that may have been stale: its time had come, and now it is gone.
func (c *Effects) affected(k *db.Key, event string, stale bool) {
	if s := c.shardOf(k); s.Eventful() {
		c.tellWatchers(s, commit.Touch{DB: c.db, Slot: k.Slot, Name: k.Name, Stale: stale})
		if s.Blocked.Live(c.db, k.Name) {
			c.signal(c.db, k.Name, false, false)
		}
	}
	if event != "" {
		c.Notify(k, event)
	}
}

// ChangedUnwatched counts changes that watchers of the key are not told of: what a group of a
// stream has read.
func (c *Effects) ChangedUnwatched(n int) { c.changed(n) }

// Removed says that the command removed k.
func (c *Effects) Removed(k *db.Key, event string) {
	c.Touched(k, event)
	c.gone(c.shardOf(k), c.db, k, false)
}

// Overdue says that the command removed k because the time it gave it has come already.
func (c *Effects) Overdue(k *db.Key) {
	c.Script.Say(func() { c.tally.Expired.Add(1) })
	c.Removed(k, expired)
}

// tellWatchers adds a key to those whose watchers are told, and who tracks them.
func (c *Effects) tellWatchers(s *keyspace.Shard, t commit.Touch) {
	if s.Watched.Has(t.DB, t.Name) || c.concerns(s, t.Name) {
		t.Own = !t.Stale && !c.InScript()
		c.commit.Touch(t)
		c.stirred = true
	}
}

// gone signals a key that was removed to those who are told of it.
func (c *Effects) gone(s *keyspace.Shard, database int, k *db.Key, lapsed bool) {
	if s.Eventful() && s.Blocked.Live(database, k.Name) {
		c.signal(database, k.Name, true, lapsed)
	}
}

func (c *Effects) signal(database int, name []byte, ready, lapsed bool) {
	c.commit.Signal(database, name, ready, lapsed)
	c.stirred = true
}

// Created says that k now holds a value that clients may wait for (a list that got
// elements). The waiters are served when the command, transaction or script is over.
func (c *Effects) Created(k *db.Key) {
	s := c.shardOf(k)
	if s.Eventful() && s.Blocked.Has(c.db, k.Name) {
		c.signal(c.db, k.Name, true, false)
	}
}

// --- what handlers read and write ---

// find is what Look does for all but who peeks: it looks k up and removes it first when it is due. reads: the value is read only, as it may
// be by a command that writes elsewhere. Where due keys stay, they stay for those who read: who writes is about to put a value of his
// own in their place, and was admitted before the keyspace had to stand still.
func (c *Effects) find(p *db.Part, k *db.Key, reads bool) db.Entry {
	e := p.Find(k)
	if e != 0 && e.Expires() && c.due(e) {
		if !reads || !c.k.Settings.DueStays() {
			c.expire(p, k, e)
		}
		return 0
	}
	return e
}

// due reports whether the time of e has come.
func (c *Step) due(e db.Entry) bool {
	at := e.ExpireAt()
	return at != 0 && at <= c.Now && !c.timeless()
}

// Until is the time up to which what has a time of its own has expired for the command.
func (c *Step) Until() int64 {
	if c.timeless() {
		return math.MinInt64
	}
	return c.Now
}

// Past reports whether what is to expire at at need not be stored at all.
func (c *Step) Past(at int64) bool { return at <= c.Now && !c.KeepsPast() }

// KeepsPast reports whether what is due is stored all the same: in import mode, whoever stores it, until the one who imports removes it, and
// for whom nothing has expired.
func (c *Step) KeepsPast() bool { return c.k.Settings.Import.Load() || c.timeless() }

// expire removes a key whose time has come.
func (c *Effects) expire(p *db.Part, k *db.Key, e db.Entry) {
	p.Delete(k, e)
	c.lapse(c.shardOf(k), c.db, k)
}

// lapse says that k is gone because its time has come. That stands whatever becomes of the step that came upon it, unless it
// was the step that gave k its value: then it is taken back with it. Consumers are told of a removal, they never decide that by
// their own clocks.
func (c *Effects) lapse(s *keyspace.Shard, database int, k *db.Key) {
	stands := !c.Script.wrote(database, k)
	if stands {
		c.tally.Expired.Add(1)
	} else {
		c.Script.Say(func() { c.tally.Expired.Add(1) })
	}
	if c.Recording() {
		c.record(commit.Record{DB: database, Slot: int32(k.Slot), Lapsed: stands, Args: [][]byte{[]byte("UNLINK"), append([]byte(nil), k.Name...)}})
	}
	c.happened(database, k, expired, stands)
	if s.Eventful() {
		c.tellWatchers(s, commit.Touch{DB: database, Slot: k.Slot, Name: k.Name, Stale: true, Lapsed: stands})
		c.gone(s, database, k, stands)
	}
}

// FieldsExpired counts fields of k that are gone because their time has come.
func (c *Effects) FieldsExpired(k *db.Key, n int) {
	c.CountExpiredFields(n)
	c.Notify(k, "hexpired")
}

// CountExpiredFields is FieldsExpired for what the command tells of itself.
func (c *Effects) CountExpiredFields(n int) { c.tally.FieldsExpired.Add(uint64(n)) }
