package exec

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/set"
	"sigrun/storage/value"
)

// SetTarget is a key looked up for a command on sets. Set is nil when the key does not
// exist; Home and Limit are what the methods of a Set ask for.
type SetTarget struct {
	Target
	Set   *set.Set
	Home  *value.Home
	Limit set.Limit
}

// ReadSet looks up the set at argument i for reading; it counts as a hit or miss.
func (c *Ctx) ReadSet(i int, t *SetTarget) error { return c.ReadSetAt(c.Key(i), t) }

// WriteSet looks up the set at argument i for changing it.
func (c *Ctx) WriteSet(i int, t *SetTarget) error { return c.WriteSetAt(c.Key(i), t) }

// ReadSetAt and WriteSetAt are the same for a key of Keys.
func (c *Ctx) ReadSetAt(k *db.Key, t *SetTarget) error {
	t.Target = c.Look(k, Reads, Told)
	return c.viewSet(t)
}

func (c *Ctx) WriteSetAt(k *db.Key, t *SetTarget) error {
	t.Target = c.Look(k, Changes, Quietly)
	return c.viewSet(t)
}

func (c *Ctx) viewSet(t *SetTarget) error {
	if err := t.check(db.Set); err != nil {
		return err
	}
	if t.E != 0 {
		t.Set = offheap.At[set.Set](t.E.Value())
	}
	t.Home = c.Home(t.Key)
	t.Limit = c.k.SetLimit()
	return nil
}

// MakeSet makes the set of a key that does not exist. A set is never left empty.
func (c *Ctx) MakeSet(t *SetTarget) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Set, 0)
	t.Set = offheap.At[set.Set](t.E.Value())
}

// StoreSet gives k, whatever it holds, a set that was made in the Home of k.
func (c *Ctx) StoreSet(k *db.Key, s set.Set) {
	t := c.Look(k, Asks, Quietly)
	if !t.Exists() {
		c.Notify(k, "new")
	}
	e := t.Part.New(k, t.E, db.Set, 0)
	*offheap.At[set.Set](e.Value()) = s
}
