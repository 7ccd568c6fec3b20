package zset

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
)

// zcard implements ZCARD key.
func zcard(c *exec.Ctx) error {
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	n := 0
	if t.Set != nil {
		n = t.Set.Len()
	}
	c.Out.Int(int64(n))
	return nil
}

// zscore implements ZSCORE key member.
func zscore(c *exec.Ctx) error {
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	replyScore(c, &t, c.Args[2])
	return nil
}

// zmscore implements ZMSCORE key member [member ...].
func zmscore(c *exec.Ctx) error {
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		replyScore(c, &t, name)
	}
	return nil
}

// replyScore replies the score of a member, null when there is none.
func replyScore(c *exec.Ctx, t *typed.ZSet, name []byte) {
	if t.Set != nil {
		if f := t.Set.Find(t.Allocator, name); f.Exists() {
			c.Out.Double(f.Score)
			return
		}
	}
	c.Out.Null()
}

// zrank implements ZRANK key member [WITHSCORE].
func zrank(c *exec.Ctx) error { return rank(c, "zrank", false) }

// zrevrank implements ZREVRANK key member [WITHSCORE].
func zrevrank(c *exec.Ctx) error { return rank(c, "zrevrank", true) }

func rank(c *exec.Ctx, name string, down bool) error {
	withScore := len(c.Args) > 3
	switch {
	case len(c.Args) > 4:
		return resp.WrongArity(name)
	case withScore && !exec.Is(c.Args[3], "WITHSCORE"):
		return resp.ErrSyntax
	}
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set != nil {
		if f := t.Set.Find(t.Allocator, c.Args[2]); f.Exists() {
			at := t.Set.Rank(&f)
			if down {
				at = t.Set.Len() - 1 - at
			}
			if withScore {
				c.Out.Array(2)
			}
			c.Out.Int(int64(at))
			if withScore {
				c.Out.Double(f.Score)
			}
			return nil
		}
	}
	if withScore {
		c.Out.NullArray()
	} else {
		c.Out.Null()
	}
	return nil
}
