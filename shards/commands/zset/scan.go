package zset

import (
	"sigrun/internal/num"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
)

// zscan implements ZSCAN key cursor [MATCH pattern] [COUNT count] [NOSCORES].
func zscan(c *exec.Ctx) error {
	cursor, err := c.ScanCursor(2)
	if err != nil {
		return err
	}
	var t typed.ZSet
	err = t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.NoScan()
		return nil
	}
	o, err := exec.ParseScan(c.Args[3:], db.ZSet)
	if err != nil {
		return err
	}
	if err := c.Lasts(min(o.Count, t.Set.Len())); err != nil {
		return err
	}
	reply := c.BeginScan()
	next := t.Set.Scan(cursor, o.Count, func(name []byte, score float64) {
		if !o.Takes(name) {
			return
		}
		reply.Bulk(name)
		if !o.Bare {
			var room [32]byte
			reply.Bulk(num.AppendDouble(room[:0], score))
		}
	})
	reply.End(next)
	return nil
}
