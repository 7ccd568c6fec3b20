package str

import (
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// get implements GET key.
func get(c *exec.Ctx) error {
	t, err := c.Read(1, db.String)
	if err != nil {
		return err
	}
	writeValue(c, t.E)
	return nil
}

// mget implements MGET key [key ...]. A key of another type counts as absent.
func mget(c *exec.Ctx) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	c.Out.Array(len(keys))
	for i := range keys {
		_, e := c.Lookup(&keys[i])
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
