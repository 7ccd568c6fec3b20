package exec

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/value"
	"sigrun/storage/zset"
)

// ZSetTarget is a key looked up for a command on sorted sets. Set is nil when the key does
// not exist; Home and Limits are what the methods of a Set ask for.
type ZSetTarget struct {
	Target
	Set    *zset.Set
	Home   *value.Home
	Limits zset.Limits
}

// ReadZSet looks up the sorted set at argument i for reading; it counts as a hit or miss.
func (c *Ctx) ReadZSet(i int, t *ZSetTarget) (err error) {
	t.Target, err = c.Read(i, db.ZSet)
	c.viewZSet(t, err)
	return err
}

// WriteZSet looks up the sorted set at argument i for changing it.
func (c *Ctx) WriteZSet(i int, t *ZSetTarget) (err error) {
	t.Target, err = c.Write(i, db.ZSet)
	c.viewZSet(t, err)
	return err
}

// Destination is the key at argument i, whatever it holds, where a sorted set is to be stored that is made first.
func (c *Ctx) Destination(i int) (t ZSetTarget) {
	t.Key = c.Key(i)
	t.Home, t.Limits = c.Home(t.Key), c.k.ZSetLimits()
	return t
}

func (c *Ctx) viewZSet(t *ZSetTarget, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		t.Set = offheap.At[zset.Set](t.E.Value())
	}
	t.Home, t.Limits = c.Home(t.Key), c.k.ZSetLimits()
}

// ExpectMembers makes the sorted set ready for n members to come, the longest of which has
// that length: it is made when it does not exist, and must not be left empty then, and it
// becomes large at once where Valkey has it so.
func (c *Ctx) ExpectMembers(t *ZSetTarget, n, longest int) {
	switch {
	case t.Set == nil:
		c.Notify(t.Key, "new")
		t.put(zset.Set{})
		t.Set.Init(t.Home, !t.Limits.Allow(n, longest))
	case !t.Set.Large() && !t.Limits.Allow(n, longest):
		t.Set.Enlarge(t.Home)
	}
}

// put stores a sorted set made of memory of Home in the place of whatever is there.
func (t *ZSetTarget) put(s zset.Set) {
	t.E = t.Part.New(t.Key, t.E, db.ZSet, 0)
	t.Set = offheap.At[zset.Set](t.E.Value())
	*t.Set = s
}

// ReplaceZSet makes s, the members of a command's result and made of memory of Home, what a
// destination holds, under the name of an event; without members the key is removed.
func (c *Ctx) ReplaceZSet(t *ZSetTarget, s zset.Set, event string) {
	if s.Len() == 0 {
		s.Free(t.Home)
		c.Clear(t.Key)
		return
	}
	t.Target = c.Look(t.Key, Changes, Quietly)
	if t.E == 0 {
		c.Notify(t.Key, "new")
	}
	t.put(s)
	c.Touched(t.Key, event)
	c.Created(t.Key)
}
