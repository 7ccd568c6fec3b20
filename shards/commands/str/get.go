package str

import (
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// get implements GET key.
func get(c *exec.Ctx) error {
	t, err := c.Read(1, db.String)
	if err == nil {
		writeValue(c, t.E)
	}
	return err
}

// getValue replies with the string at argument 1.
func getValue(c *exec.Ctx) (exec.Target, error) {
	t, err := c.Read(1, db.String)
	if err == nil {
		writeValue(c, t.E)
	}
	return t, err
}

// getDel implements GETDEL key.
func getDel(c *exec.Ctx) error {
	t, err := getValue(c)
	if err != nil || !t.Exists() {
		return err
	}
	remove(c, &t)
	return nil
}

// getSet implements GETSET key value.
func getSet(c *exec.Ctx) error {
	if _, err := getValue(c); err != nil {
		return err
	}
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly) // once more: one that is due is not found, and may still be there
	store(c, &t, 2, 0)
	c.Touched(t.Key, "set")
	if c.Recording() {
		c.Rewrite([]byte("SET"), c.Args[1], c.Args[2])
	}
	return nil
}

// getEx implements GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST].
func getEx(c *exec.Ctx) error {
	o, err := parseOptions(c, 2, persisting)
	if err != nil {
		return err
	}
	t, err := getValue(c)
	if err != nil || !t.Exists() {
		return err
	}
	switch {
	case o.past(c):
		removeOverdue(c, &t)
	case o.unit != exec.NoTime:
		t.Part.SetExpire(t.Key, t.E, o.at)
		c.Touched(t.Key, "expire")
		if c.Recording() {
			c.Rewrite([]byte("PEXPIREAT"), c.Args[1], integer(o.at))
		}
	case o.persist && t.E.ExpireAt() != 0:
		t.Part.SetExpire(t.Key, t.E, 0)
		c.Touched(t.Key, "persist")
		if c.Recording() {
			c.Rewrite([]byte("PERSIST"), c.Args[1])
		}
	}
	return nil
}

// mget implements MGET key [key ...]. A key of another type counts as absent.
func mget(c *exec.Ctx) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	c.Out.Array(len(keys))
	for i := range keys {
		e := c.Look(&keys[i], exec.Reads, exec.Told).E
		if e != 0 && e.Type() != db.String {
			e = 0
		}
		writeValue(c, e)
	}
	return nil
}

// writeValue replies with the string e, null when it is 0.
func writeValue(c *exec.Ctx, e db.Entry) {
	if e == 0 {
		c.Out.Null()
		return
	}
	var buf [20]byte
	c.Out.Bulk(e.String(&buf))
}
