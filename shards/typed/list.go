package typed

import (
	"sigrun/internal/offheap"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// List is a key looked up for a command on lists. List is nil when the key does
// not exist; Arena and Limit are what the methods that change a List ask for.
type List struct {
	exec.Target
	List  *quicklist.List
	Arena *offheap.Arena
	Limit quicklist.Limit
}

// Read looks up the list at argument i for reading; it counts as a hit or miss.
func (t *List) Read(c *exec.Ctx, i int) (err error) {
	t.Target, err = c.Read(i, db.List)
	t.view(c, err)
	return err
}

// Write looks up the list at argument i for changing it.
func (t *List) Write(c *exec.Ctx, i int) (err error) {
	t.Target, err = c.Write(i, db.List)
	t.view(c, err)
	return err
}

func (t *List) view(c *exec.Ctx, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		t.List = offheap.At[quicklist.List](t.E.Value())
	}
	t.Arena = c.Allocator(t.Key).Arena
	t.Limit = c.Keyspace().ListLimit()
}

// OverwriteList looks up the key at argument i, whatever it holds, and makes it a list,
// which must not be left empty.
func OverwriteList(c *exec.Ctx, i int) (t List) {
	t.Target = c.Look(c.Key(i), exec.Changes, exec.Quietly)
	if t.E == 0 {
		c.Notify(t.Key, "new")
	}
	t.E = t.Part.New(t.Key, t.E, db.List, 0)
	t.view(c, nil)
	return t
}

// Make makes the list of a key that does not exist. A list is never left empty.
func (t *List) Make(c *exec.Ctx) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.List, 0)
	t.List = offheap.At[quicklist.List](t.E.Value())
}
