package server

import "sigrun/shards/exec"

// echo implements ECHO message.
func echo(c *exec.Ctx) error {
	c.Out.Bulk(c.Args[1])
	return nil
}

// timeNow implements TIME: seconds since 1970 and the microseconds of the next.
func timeNow(c *exec.Ctx) error {
	now := c.Micros()
	c.Out.Array(2)
	c.Out.BulkInt(now / 1e6)
	c.Out.BulkInt(now % 1e6)
	return nil
}
