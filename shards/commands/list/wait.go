package list

import (
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
)

// blpop implements BLPOP key [key ...] timeout.
func blpop(c *exec.Ctx) error { return waitPop(c, true) }

// brpop implements BRPOP key [key ...] timeout.
func brpop(c *exec.Ctx) error { return waitPop(c, false) }

func waitPop(c *exec.Ctx, front bool) error {
	last := len(c.Args) - 2
	deadline, err := c.Timeout(last + 1)
	if err != nil {
		return err
	}
	for i := 1; i <= last; i++ {
		var t typed.List
		err := t.Write(c, i)
		if err != nil {
			return err
		}
		if t.List == nil {
			continue
		}
		c.Out.Array(2)
		c.Out.Bulk(t.Key.Name)
		replyTaken(c, &t, 1, front)
		if c.Recording() {
			c.Rewrite(popName(front), t.Key.Name)
		}
		taken(c, &t, front, 1)
		return nil
	}
	if !c.MayWait() {
		c.Out.NullArray()
		return nil
	}
	return c.Wait(db.List, 1, last, deadline, false)
}

// popName is the command that does at once what a client waited for.
func popName(front bool) []byte {
	if front {
		return []byte("LPOP")
	}
	return []byte("RPOP")
}
