package list

import (
	"sigrun/shards/exec"
	"sigrun/shards/typed"
)

// lpush implements LPUSH key element [element ...].
func lpush(c *exec.Ctx) error { return push(c, true, false) }

// rpush implements RPUSH key element [element ...].
func rpush(c *exec.Ctx) error { return push(c, false, false) }

// lpushx implements LPUSHX key element [element ...].
func lpushx(c *exec.Ctx) error { return push(c, true, true) }

// rpushx implements RPUSHX key element [element ...].
func rpushx(c *exec.Ctx) error { return push(c, false, true) }

func push(c *exec.Ctx, front, existing bool) error {
	var t typed.List
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.List == nil {
		if existing {
			c.Out.Int(0)
			return nil
		}
		t.Make(c)
	}
	bytes := 0
	for _, v := range c.Args[2:] {
		bytes += len(v)
	}
	t.List.Expect(t.Limit, len(c.Args)-2, bytes)
	for _, v := range c.Args[2:] {
		add(&t, v, front)
	}
	c.Out.Int(int64(t.List.Len()))
	added(c, &t, front)
	c.Several(len(c.Args) - 2)
	return nil
}

// add adds to a list that was told what to Expect.
func add(t *typed.List, v []byte, front bool) { t.List.Add(t.Arena, t.Limit, v, front) }

// added tells of elements that came to t at one end.
func added(c *exec.Ctx, t *typed.List, front bool) {
	c.Touched(t.Key, pushEvent(front))
	c.Created(t.Key)
}

func pushEvent(front bool) string {
	if front {
		return "lpush"
	}
	return "rpush"
}
