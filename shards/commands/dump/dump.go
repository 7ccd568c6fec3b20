package dump

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// dump implements DUMP key.
func dump(c *exec.Ctx) error {
	t := c.Look(c.Key(1), exec.Reads, exec.Told)
	if !t.Exists() {
		c.Out.Null()
		return nil
	}
	if t.E.Type() != db.String {
		if err := c.Lasts(c.Engine().Space.Ops(t.E).Len(t.E.Value())); err != nil {
			return err
		}
	}
	payload, err := c.Images().Dump(t.E)
	defer c.Images().Release()
	if err != nil {
		return resp.Errorf("ERR %v", err)
	}
	c.Out.Bulk(payload)
	return nil
}
