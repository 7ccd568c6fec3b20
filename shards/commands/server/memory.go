package server

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// tableShare is what one key takes of its slot's table, at the usual fill.
const tableShare = 12

// memoryUsage implements MEMORY USAGE key [SAMPLES n]: the bytes of its allocations and
// its part of the table. They are counted, not sampled: n is checked and that is all.
func memoryUsage(c *exec.Ctx) error {
	for i := 3; i < len(c.Args); i += 2 {
		if !exec.Is(c.Args[i], "SAMPLES") || i+1 == len(c.Args) {
			return resp.ErrSyntax
		}
		n, ok := num.ParseInt(c.Args[i+1])
		if !ok {
			return resp.ErrNotInteger
		}
		if n < 0 {
			return resp.ErrSyntax
		}
	}
	k := c.Key(2)
	e := c.Look(k, exec.Peeks, exec.Quietly).E
	if e == 0 {
		c.Out.Null()
		return nil
	}
	usage := e.Bytes() + tableShare
	if e.Type() != db.String {
		usage += int(c.Engine().Space.Ops(e).Bytes(e.Value()))
	}
	c.Out.Int(int64(usage))
	return nil
}
