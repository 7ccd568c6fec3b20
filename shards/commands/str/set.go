package str

import "sigrun/shards/exec"

// set implements SET key value.
func set(c *exec.Ctx) error {
	t := c.Any(1)
	t.Part.SetString(t.Key, t.E, c.Args[2], 0)
	c.Touched(t.Key, "set")
	c.Out.OK()
	return nil
}
