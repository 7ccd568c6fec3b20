package keys

import "sigrun/shards/exec"

// del implements DEL key [key ...] and UNLINK: large values are freed later by both.
func del(c *exec.Ctx) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	removed := 0
	for i := range keys {
		t := c.Look(&keys[i], exec.Removes, exec.Quietly)
		if !t.Exists() {
			continue
		}
		t.Part.Delete(t.Key, t.E)
		c.Removed(&keys[i], "del")
		removed++
	}
	c.Out.Int(int64(removed))
	return nil
}

// exists implements EXISTS key [key ...]. A key named twice counts twice.
func exists(c *exec.Ctx) error { return count(c, exec.Asks) }

// touch implements TOUCH key [key ...].
func touch(c *exec.Ctx) error { return count(c, exec.Reads) }

func count(c *exec.Ctx, intent exec.Intent) error {
	keys := c.Keys()
	c.TouchKeys(keys)
	found := 0
	for i := range keys {
		if t := c.Look(&keys[i], intent, exec.Told); t.Exists() {
			found++
		}
	}
	c.Out.Int(int64(found))
	return nil
}

// typeOf implements TYPE key.
func typeOf(c *exec.Ctx) error {
	t := c.Look(c.Key(1), exec.Asks, exec.Told)
	if !t.Exists() {
		c.Out.Simple("none")
		return nil
	}
	c.Out.Simple(t.E.Type().Name())
	return nil
}
