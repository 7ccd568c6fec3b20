package typed

import (
	"sigrun/internal/offheap"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/set"
	"sigrun/storage/value"
)

// Set is a key looked up for a command on sets. Set is nil when the key does not
// exist; Allocator and Limit are what the methods of a Set ask for.
type Set struct {
	exec.Target
	Set       *set.Set
	Allocator *value.Allocator
	Limit     set.Limit
}

// Read looks up the set at argument i for reading; it counts as a hit or miss.
func (t *Set) Read(c *exec.Ctx, i int) error { return t.ReadAt(c, c.Key(i)) }

// Write looks up the set at argument i for changing it.
func (t *Set) Write(c *exec.Ctx, i int) error { return t.WriteAt(c, c.Key(i)) }

// ReadAt and WriteAt are the same for a key of Keys.
func (t *Set) ReadAt(c *exec.Ctx, k *db.Key) error {
	t.Target = c.Look(k, exec.Reads, exec.Told)
	return t.view(c)
}

func (t *Set) WriteAt(c *exec.Ctx, k *db.Key) error {
	t.Target = c.Look(k, exec.Changes, exec.Quietly)
	return t.view(c)
}

func (t *Set) view(c *exec.Ctx) error {
	if err := t.Check(db.Set); err != nil {
		return err
	}
	if t.E != 0 {
		t.Set = offheap.At[set.Set](t.E.Value())
	}
	t.Allocator = c.Allocator(t.Key)
	t.Limit = c.Keyspace().SetLimit()
	return nil
}

// Make makes the set of a key that does not exist. A set is never left empty.
func (t *Set) Make(c *exec.Ctx) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Set, 0)
	t.Set = offheap.At[set.Set](t.E.Value())
}

// StoreSet gives k, whatever it holds, a set that was made in the Allocator of k.
func StoreSet(c *exec.Ctx, k *db.Key, s set.Set) {
	t := c.Look(k, exec.Asks, exec.Quietly)
	if !t.Exists() {
		c.Notify(k, "new")
	}
	e := t.Part.New(k, t.E, db.Set, 0)
	*offheap.At[set.Set](e.Value()) = s
}
