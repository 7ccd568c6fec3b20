package exec

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// ListTarget is a key looked up for a command on lists. List is nil when the key does
// not exist; Arena and Limit are what the methods that change a List ask for.
type ListTarget struct {
	Target
	List  *quicklist.List
	Arena *offheap.Arena
	Limit quicklist.Limit
}

// ReadList looks up the list at argument i for reading; it counts as a hit or miss.
func (c *Ctx) ReadList(i int, t *ListTarget) (err error) {
	t.Target, err = c.Read(i, db.List)
	c.viewList(t, err)
	return err
}

// WriteList looks up the list at argument i for changing it.
func (c *Ctx) WriteList(i int, t *ListTarget) (err error) {
	t.Target, err = c.Write(i, db.List)
	c.viewList(t, err)
	return err
}

func (c *Ctx) viewList(t *ListTarget, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		t.List = offheap.At[quicklist.List](t.E.Value())
	}
	t.Arena = c.Home(t.Key).Arena
	t.Limit = c.k.ListLimit()
}

// OverwriteList looks up the key at argument i, whatever it holds, and makes it a list,
// which must not be left empty.
func (c *Ctx) OverwriteList(i int) (t ListTarget) {
	t.Target = c.Look(c.Key(i), Changes, Quietly)
	if t.E == 0 {
		c.Notify(t.Key, "new")
	}
	t.E = t.Part.New(t.Key, t.E, db.List, 0)
	c.viewList(&t, nil)
	return t
}

// MakeList makes the list of a key that does not exist. A list is never left empty.
func (c *Ctx) MakeList(t *ListTarget) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.List, 0)
	t.List = offheap.At[quicklist.List](t.E.Value())
}
