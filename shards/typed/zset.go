package typed

import (
	"sigrun/internal/offheap"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/value"
	"sigrun/storage/zset"
)

// ZSet is a key looked up for a command on sorted sets. Set is nil when the key does
// not exist; Allocator and Limits are what the methods of a Set ask for.
type ZSet struct {
	exec.Target
	Set       *zset.Set
	Allocator *value.Allocator
	Limits    zset.Limits
}

// Read looks up the sorted set at argument i for reading; it counts as a hit or miss.
func (t *ZSet) Read(c *exec.Ctx, i int) (err error) {
	t.Target, err = c.Read(i, db.ZSet)
	t.view(c, err)
	return err
}

// Write looks up the sorted set at argument i for changing it.
func (t *ZSet) Write(c *exec.Ctx, i int) (err error) {
	t.Target, err = c.Write(i, db.ZSet)
	t.view(c, err)
	return err
}

// DestinationZSet is the key at argument i, whatever it holds, where a sorted set is to be stored that is made first.
func DestinationZSet(c *exec.Ctx, i int) (t ZSet) {
	t.Key = c.Key(i)
	t.Allocator, t.Limits = c.Allocator(t.Key), c.Keyspace().ZSetLimits()
	return t
}

func (t *ZSet) view(c *exec.Ctx, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		t.Set = offheap.At[zset.Set](t.E.Value())
	}
	t.Allocator, t.Limits = c.Allocator(t.Key), c.Keyspace().ZSetLimits()
}

// Expect makes the sorted set ready for n members to come, the longest of which has
// that length: it is made when it does not exist, and must not be left empty then, and it
// becomes large at once where Valkey has it so.
func (t *ZSet) Expect(c *exec.Ctx, n, longest int) {
	switch {
	case t.Set == nil:
		c.Notify(t.Key, "new")
		t.put(zset.Set{})
		t.Set.Init(t.Allocator, !t.Limits.Allow(n, longest))
	case !t.Set.Large() && !t.Limits.Allow(n, longest):
		t.Set.Enlarge(t.Allocator)
	}
}

// put stores a sorted set made of memory of Allocator in the place of whatever is there.
func (t *ZSet) put(s zset.Set) {
	t.E = t.Part.New(t.Key, t.E, db.ZSet, 0)
	t.Set = offheap.At[zset.Set](t.E.Value())
	*t.Set = s
}

// Replace makes s, the members of a command's result and made of memory of Allocator, what a
// destination holds, under the name of an event; without members the key is removed.
func (t *ZSet) Replace(c *exec.Ctx, s zset.Set, event string) {
	if s.Len() == 0 {
		s.Free(t.Allocator)
		c.Clear(t.Key)
		return
	}
	t.Target = c.Look(t.Key, exec.Changes, exec.Quietly)
	if t.E == 0 {
		c.Notify(t.Key, "new")
	}
	t.put(s)
	c.Touched(t.Key, event)
	c.Created(t.Key)
}
