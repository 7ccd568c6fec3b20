package zset

import (
	"sigrun/shards/exec"
	"sigrun/shards/typed"
)

// zrem implements ZREM key member [member ...].
func zrem(c *exec.Ctx) error {
	var t typed.ZSet
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	removed := 0
	if t.Set != nil {
		for _, name := range c.Args[2:] {
			if f := t.Set.Find(t.Allocator, name); f.Exists() {
				t.Set.Remove(t.Allocator, &f)
				removed++
			}
			if t.Set.Len() == 0 {
				break
			}
		}
	}
	gone(c, &t, removed, "zrem")
	return nil
}

// gone replies how many members were removed, and tells of them.
func gone(c *exec.Ctx, t *typed.ZSet, removed int, event string) {
	if removed > 0 {
		c.Touched(t.Key, event)
		c.Several(removed)
		c.RemoveEmpty(&t.Target, t.Set.Len())
	}
	c.Out.Int(int64(removed))
}

// zremrangebyrank implements ZREMRANGEBYRANK key start stop.
func zremrangebyrank(c *exec.Ctx) error { return removeRange(c, byRank, "zremrangebyrank") }

// zremrangebyscore implements ZREMRANGEBYSCORE key min max.
func zremrangebyscore(c *exec.Ctx) error { return removeRange(c, byScore, "zremrangebyscore") }

// zremrangebylex implements ZREMRANGEBYLEX key min max.
func zremrangebylex(c *exec.Ctx) error { return removeRange(c, byLex, "zremrangebylex") }

func removeRange(c *exec.Ctx, kind by, event string) error {
	v := interval{by: kind}
	if err := v.parse(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	var t typed.ZSet
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	n := 0
	if t.Set != nil {
		var from int
		if from, n = v.span(t.Set); n < t.Set.Len() {
			if err := c.Lasts(n); err != nil {
				return err
			}
			t.Set.RemoveRange(t.Allocator, from, n)
		} else {
			return removeAll(c, &t, event)
		}
	}
	gone(c, &t, n, event)
	return nil
}

// removeAll removes the key; its members are freed in slices.
func removeAll(c *exec.Ctx, t *typed.ZSet, event string) error {
	n := t.Set.Len()
	c.Touched(t.Key, event)
	c.Several(n)
	c.RemoveEmpty(&t.Target, 0)
	c.Out.Int(int64(n))
	return nil
}
