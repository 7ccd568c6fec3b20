package keys

import (
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// del implements DEL key [key ...] and UNLINK: large values are freed later by both.
func del(c *exec.Ctx) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	removed := 0
	for i := range keys {
		p, e := c.Remains(&keys[i])
		if e == 0 {
			continue
		}
		p.Delete(&keys[i], e)
		c.Removed(&keys[i], "del")
		removed++
	}
	c.Out.Int(int64(removed))
	return nil
}

// exists implements EXISTS key [key ...]. A key named twice counts twice.
func exists(c *exec.Ctx) error { return count(c, c.Tell) }

// touch implements TOUCH key [key ...].
func touch(c *exec.Ctx) error { return count(c, c.Lookup) }

func count(c *exec.Ctx, find func(*db.Key) (*db.Part, db.Entry)) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	found := 0
	for i := range keys {
		if _, e := find(&keys[i]); e != 0 {
			found++
		}
	}
	c.Out.Int(int64(found))
	return nil
}

// typeOf implements TYPE key.
func typeOf(c *exec.Ctx) error {
	t := c.Peek(1)
	if !t.Exists() {
		c.Out.Simple("none")
		return nil
	}
	c.Out.Simple(t.E.Type().Name())
	return nil
}
