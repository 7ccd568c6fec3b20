package exec

import (
	"sigrun/protocol/resp"
	"sigrun/storage/db"
)

// Target is a key looked up for a command: where it lives and what is there. E is 0
// when the key does not exist. It is valid until the next change of its shard.
type Target struct {
	Key  *db.Key
	Part *db.Part
	E    db.Entry
}

// Exists reports whether the key exists.
func (t *Target) Exists() bool { return t.E != 0 }

// Read looks up the key at argument i for reading a value of the given type; it
// counts as a hit or miss. The check for WRONGTYPE stands here and nowhere else.
func (c *Ctx) Read(i int, typ db.Type) (Target, error) {
	t := Target{Key: c.Key(i)}
	t.Part, t.E = c.Lookup(t.Key)
	return t, t.check(typ)
}

// Write looks up the key at argument i for changing a value of the given type; that is
// an access, but neither a hit nor a miss.
func (c *Ctx) Write(i int, typ db.Type) (Target, error) {
	t := c.Any(i)
	return t, t.check(typ)
}

// Any is Write for a value of any type.
func (c *Ctx) Any(i int) Target { return c.AnyAt(c.Key(i)) }

// AnyAt is Any for a key of Keys.
func (c *Ctx) AnyAt(k *db.Key) Target {
	t := Target{Key: k}
	t.Part, t.E = c.Find(t.Key)
	if t.E != 0 {
		t.Part.Changing(t.E)
		c.Accessed(t.E)
	}
	return t
}

// Peek looks up the key at argument i for a question about the key and not its value: a
// hit or miss, but no access.
func (c *Ctx) Peek(i int) Target {
	t := Target{Key: c.Key(i)}
	t.Part, t.E = c.Tell(t.Key)
	return t
}

// Inspect is Peek for a question about how the key is stored: of a miss nobody is told.
func (c *Ctx) Inspect(i int) Target {
	t := Target{Key: c.Key(i)}
	if t.Part, t.E = c.Find(t.Key); t.E == 0 {
		c.tally.Misses.Add(1)
	} else {
		c.tally.Hits.Add(1)
	}
	return t
}

// Pointed looks up a key that a value names, as Lookup does: the command needs every token
// for it (command.Spec.Indirect). The entry is 0 when there is none.
func (c *Ctx) Pointed(name []byte) db.Entry {
	c.other = c.e.Space.Hasher().Key(name)
	_, e := c.Lookup(&c.other)
	return e
}

// InScript reports whether a script runs the command.
func (c *Ctx) InScript() bool { return c.Script != nil && c.Script.active }

// RemoveEmpty removes the key of t when nothing is left of its value. Views of it end.
func (c *Ctx) RemoveEmpty(t *Target, left int) (removed bool) {
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

func (t *Target) check(typ db.Type) error {
	if t.E != 0 && t.E.Type() != typ {
		return resp.ErrWrongType
	}
	return nil
}
