package exec

import (
	"sigrun/protocol/resp"
	"sigrun/storage/db"
)

// Access is how handlers reach what is stored.
type Access struct {
	Effects
	clock  uint32 // the access clock at Now, counts under LFU
	images *Images
}

// Target is a key looked up for a command: where it lives and what is there. E is 0
// when the key does not exist. It is valid until the next change of its shard.
type Target struct {
	Key  *db.Key
	Part *db.Part
	E    db.Entry
}

// Exists reports whether the key exists.
func (t *Target) Exists() bool { return t.E != 0 }

// Intent is what a command is about to do with what it looks up.
type Intent uint8

const (
	Asks    Intent = iota // a question about the key, or one that is no use of its value: no access
	Reads                 // its value: an access
	Changes               // its value: an access, and who saves keeps what it was
	Removes               // the key: found, too, is what has expired and stays
	Peeks                 // a look at what is stored, be its time over: nothing of it changes
)

// Telling is what the statistics learn of a look-up.
type Telling uint8

const (
	Quietly Telling = iota // nothing
	Counted                // a hit or a miss
	Told                   // the same, and of a miss there is an event
)

// Look looks up k, and removes it first when its time has come. E is 0 when there is no such key.
func (c *Access) Look(k *db.Key, intent Intent, telling Telling) Target {
	t := Target{Key: k, Part: c.shardOf(k).Part(c.db)}
	if intent == Peeks || intent == Removes && c.k.Settings.DueStays() {
		t.E = t.Part.Find(k)
	} else {
		t.E = c.find(t.Part, k, telling == Told || !c.Spec.Has(writes))
	}
	if t.E == 0 {
		if telling != Quietly {
			c.missed(k, telling)
		}
		return t
	}
	if telling != Quietly {
		c.tally.Hits.Add(1)
	}
	if intent == Changes {
		t.Part.Changing(t.E)
	}
	if (intent == Reads || intent == Changes) && t.E.Access() != c.clock {
		c.access(t.E)
	}
	return t
}

// peek is what is stored of a key, and whether its time has come. It is no use of it, and nothing is removed.
func (c *Step) peek(database int, k *db.Key) (e db.Entry, due bool) {
	e = c.shardOf(k).Part(database).Find(k)
	return e, e != 0 && c.due(e)
}

// missed counts a look-up that found nothing.
func (c *Access) missed(k *db.Key, telling Telling) {
	c.tally.Misses.Add(1)
	if telling == Told {
		c.Notify(k, "keymiss")
	}
}

// Read looks up the key at argument i for reading a value of the given type; it
// counts as a hit or miss.
func (c *Access) Read(i int, typ db.Type) (Target, error) {
	t := c.Look(c.Key(i), Reads, Told)
	return t, t.Check(typ)
}

// Write looks up the key at argument i for changing a value of the given type.
func (c *Access) Write(i int, typ db.Type) (Target, error) {
	t := c.Look(c.Key(i), Changes, Quietly)
	return t, t.Check(typ)
}

// KeyNamed is the key that a value names: the command needs every token
// for it (command.Spec.Indirect). It is valid until the next one.
func (c *Step) KeyNamed(name []byte) *db.Key {
	c.other = c.k.Space.Hasher().Key(name)
	return &c.other
}

// InScript reports whether a script runs the command.
func (c *Step) InScript() bool { return c.Script != nil && c.Script.active }

// RemoveEmpty removes the key of t when nothing is left of its value. Views of it end.
func (c *Access) RemoveEmpty(t *Target, left int) (removed bool) {
	if left > 0 {
		return false
	}
	t.Part.Delete(t.Key, t.E)
	t.E = 0
	if c.changes > 0 { // what emptied it counts, and this is the same change
		c.Affected(t.Key, "del")
	} else {
		c.Removed(t.Key, "del")
	}
	return true
}

// Clear removes whatever k holds, because there is nothing in what the command was to store there. It is the command that
// removes what is overdue, too, not its time.
func (c *Access) Clear(k *db.Key) {
	if e, stale := c.peek(c.db, k); e != 0 {
		c.Part(k).Delete(k, e)
		c.changed(1)
		c.affected(k, "del", stale)
		c.gone(c.shardOf(k), c.db, k, false)
	}
}

// Check answers WRONGTYPE for a key that holds another type.
func (t *Target) Check(typ db.Type) error {
	if t.E != 0 && t.E.Type() != typ {
		return resp.ErrWrongType
	}
	return nil
}
