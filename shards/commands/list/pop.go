package list

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/quicklist"
)

// lpop implements LPOP key [count].
func lpop(c *exec.Ctx) error { return pop(c, "lpop", true) }

// rpop implements RPOP key [count].
func rpop(c *exec.Ctx) error { return pop(c, "rpop", false) }

func pop(c *exec.Ctx, name string, front bool) error {
	if len(c.Args) > 3 {
		return resp.WrongArity(name)
	}
	counted, count := len(c.Args) == 3, int64(1)
	if counted {
		var ok bool
		if count, ok = num.ParseInt(c.Args[2]); !ok || count < 0 {
			return resp.ErrNotPositive
		}
	}
	var t typed.List
	err := t.Write(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil && counted:
		c.Out.NullArray()
		return nil
	case t.List == nil:
		c.Out.Null()
		return nil
	}
	if counted {
		count = min(count, int64(t.List.Len()))
		c.Out.Array(int(count))
	}
	if count > 0 {
		replyTaken(c, &t, int(count), front)
		taken(c, &t, front, int(count))
	}
	return nil
}

// replyTaken moves n elements, which are there, from one end of t to the reply.
func replyTaken(c *exec.Ctx, t *typed.List, n int, front bool) {
	var room quicklist.Room
	for ; n > 0; n-- {
		c.Out.Bulk(end(t, front, &room))
		drop(t, front)
	}
}

// end is the element at one end of a list that is not empty: a view, or text in room.
func end(t *typed.List, front bool, room *quicklist.Room) []byte {
	if front {
		return t.List.Front(room)
	}
	return t.List.Back(room)
}

func drop(t *typed.List, front bool) {
	if front {
		t.List.DropFront(t.Arena, t.Limit)
	} else {
		t.List.DropBack(t.Arena, t.Limit)
	}
}

// taken tells of n elements that went from one end of t, and removes an empty list.
func taken(c *exec.Ctx, t *typed.List, front bool, n int) {
	c.Touched(t.Key, popEvent(front))
	c.Several(n)
	c.RemoveEmpty(&t.Target, t.List.Len())
}
