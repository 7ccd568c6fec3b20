package list

import "sigrun/shards/exec"

// lpush implements LPUSH key element [element ...].
func lpush(c *exec.Ctx) error { return push(c, true, false) }

// rpush implements RPUSH key element [element ...].
func rpush(c *exec.Ctx) error { return push(c, false, false) }

// lpushx implements LPUSHX key element [element ...].
func lpushx(c *exec.Ctx) error { return push(c, true, true) }

// rpushx implements RPUSHX key element [element ...].
func rpushx(c *exec.Ctx) error { return push(c, false, true) }

func push(c *exec.Ctx, front, existing bool) error {
	t, err := c.WriteList(1)
	if err != nil {
		return err
	}
	if t.List == nil {
		if existing {
			c.Out.Int(0)
			return nil
		}
		t.MakeList()
	}
	for _, v := range c.Args[2:] {
		add(&t, v, front)
	}
	c.Out.Int(int64(t.List.Len()))
	added(c, &t, front)
	return nil
}

func add(t *exec.ListTarget, v []byte, front bool) {
	if front {
		t.List.PushFront(t.Arena, t.Limit, v)
	} else {
		t.List.PushBack(t.Arena, t.Limit, v)
	}
}

// added tells of elements that came to t at one end.
func added(c *exec.Ctx, t *exec.ListTarget, front bool) {
	event := "rpush"
	if front {
		event = "lpush"
	}
	c.Touched(t.Key, event)
	c.Created(t.Key)
}
