package server

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// dbSize implements DBSIZE.
func dbSize(c *exec.Ctx) error {
	c.Out.Int(int64(c.Count(c.Database())))
	return nil
}

// flushAll implements FLUSHALL [ASYNC | SYNC]. Both free memory in slices of background
// work: nobody waits for it, neither the client nor anybody else.
func flushAll(c *exec.Ctx) error {
	if err := flushOption(c.Args); err != nil {
		return err
	}
	removed := 0
	for i := range c.Databases() {
		removed += c.Flush(i)
	}
	recordEmpty(c, removed)
	c.FlushTracked()
	c.Emptied()
	c.Out.OK()
	return nil
}

// flushDB implements FLUSHDB [ASYNC | SYNC].
func flushDB(c *exec.Ctx) error {
	if err := flushOption(c.Args); err != nil {
		return err
	}
	recordEmpty(c, c.Flush(c.Database()))
	c.FlushTracked()
	c.Out.OK()
	return nil
}

// recordEmpty has a command that found nothing to remove repeated, too: elsewhere there may be something.
func recordEmpty(c *exec.Ctx, removed int) {
	if removed == 0 && c.Recording() {
		c.Record(c.Args...)
	}
}

func flushOption(args [][]byte) error {
	if len(args) == 1 || len(args) == 2 && (exec.Is(args[1], "ASYNC") || exec.Is(args[1], "SYNC")) {
		return nil
	}
	return resp.ErrSyntax
}

// swapDB implements SWAPDB index1 index2.
func swapDB(c *exec.Ctx) error {
	if c.InCluster() {
		return resp.Errorf("ERR SWAPDB is not allowed in cluster mode")
	}
	i, ok := index(c.Args[1])
	if !ok {
		return resp.ErrFirstDBIndex
	}
	j, ok := index(c.Args[2])
	if !ok {
		return resp.ErrSecondDBIndex
	}
	if i < 0 || j < 0 || i >= c.Databases() || j >= c.Databases() {
		return resp.ErrDBIndex
	}
	c.Swap(i, j)
	c.Out.OK()
	return nil
}

// index reads what C's int can hold.
func index(arg []byte) (int, bool) {
	n, ok := num.ParseInt(arg)
	return int(n), ok && n == int64(int32(n))
}
