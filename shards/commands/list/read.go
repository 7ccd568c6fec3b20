package list

import (
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// llen implements LLEN key.
func llen(c *exec.Ctx) error {
	var t typed.List
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	n := 0
	if t.List != nil {
		n = t.List.Len()
	}
	c.Out.Int(int64(n))
	return nil
}

// lrange implements LRANGE key start stop.
func lrange(c *exec.Ctx) error {
	start, ok := num.ParseInt(c.Args[2])
	stop, fits := num.ParseInt(c.Args[3])
	if !ok || !fits {
		return resp.ErrNotInteger
	}
	if start < 0 || stop < 0 || stop-start > 1000 {
		if err := lasts(c); err != nil {
			return err
		}
	}
	var t typed.List
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.List == nil {
		c.Out.Array(0)
		return nil
	}
	from, n := span(start, stop, t.List.Len())
	c.Out.Array(n)
	if n == 0 {
		return nil
	}
	for it := t.List.From(from); n > 0 && it.Next(); n-- {
		c.Out.Bulk(it.Value())
	}
	return nil
}

// span turns positions, counted from the end when negative, into the first element and
// the number of elements within a list of size elements.
func span(start, stop int64, size int) (from, n int) {
	last := int64(size) - 1
	if start < 0 {
		start = max(start+int64(size), 0)
	}
	if stop < 0 {
		stop += int64(size)
	}
	stop = min(stop, last)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop - start + 1)
}

// lindex implements LINDEX key index.
func lindex(c *exec.Ctx) error {
	var t typed.List
	err := t.Read(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil:
		c.Out.Null()
		return nil
	}
	i, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	var room quicklist.Room
	if v, ok := t.List.Index(int(i), &room); ok {
		c.Out.Bulk(v)
	} else {
		c.Out.Null()
	}
	return nil
}

// lasts is asked before a command may have to walk through the whole list at argument 1:
// an error takes it to an executor.
func lasts(c *exec.Ctx) error {
	if e := c.Look(c.Key(1), exec.Asks, exec.Quietly).E; e != 0 && e.Type() == db.List {
		return c.Lasts(offheap.At[quicklist.List](e.Value()).Len())
	}
	return nil
}
