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
	if !t.Exists() {
		c.Out.Null()
		return nil
	}
	var buf [20]byte
	c.Out.Bulk(t.E.String(&buf))
	return nil
}
