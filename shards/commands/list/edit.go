package list

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/quicklist"
)

var errCountRange = &resp.Error{Text: "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"}

// linsert implements LINSERT key BEFORE|AFTER pivot element.
func linsert(c *exec.Ctx) error {
	behind := 0
	switch {
	case exec.Is(c.Args[2], "AFTER"):
		behind = 1
	case !exec.Is(c.Args[2], "BEFORE"):
		return resp.ErrSyntax
	}
	var t typed.List
	err := t.Write(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil:
		c.Out.Int(0)
		return nil
	}
	if err := c.Lasts(t.List.Len()); err != nil {
		return err
	}
	pivot, i := quicklist.NeedleOf(c.Args[3]), 0
	for it := t.List.From(0); it.Next(); i++ {
		if it.Is(&pivot) {
			t.List.Insert(t.Arena, t.Limit, i+behind, c.Args[4])
			c.Touched(t.Key, "linsert")
			c.Out.Int(int64(t.List.Len()))
			return nil
		}
	}
	c.Out.Int(-1)
	return nil
}

// lset implements LSET key index element.
func lset(c *exec.Ctx) error {
	var t typed.List
	err := t.Write(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil:
		return resp.ErrNoSuchKey
	}
	i, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	size := int64(t.List.Len())
	if i < 0 {
		i += size
	}
	if i < 0 || i >= size {
		return resp.ErrOutOfRange
	}
	t.List.Set(t.Arena, t.Limit, int(i), c.Args[3])
	c.Touched(t.Key, "lset")
	c.Out.OK()
	return nil
}

// lrem implements LREM key count element: the first count elements that are equal, with
// a negative count the last ones, with 0 all.
func lrem(c *exec.Ctx) error {
	count, ok := num.ParseInt(c.Args[2])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case count == math.MinInt64:
		return errCountRange
	}
	var t typed.List
	err := t.Write(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil:
		c.Out.Int(0)
		return nil
	}
	if err := c.Lasts(t.List.Len()); err != nil {
		return err
	}
	limit := max(count, -count)
	if count == 0 {
		limit = math.MaxInt
	}
	d := quicklist.NeedleOf(c.Args[3])
	removed := t.List.RemoveEqual(t.Arena, t.Limit, &d, int(limit), count < 0)
	c.Out.Int(int64(removed))
	if removed > 0 {
		c.Touched(t.Key, "lrem")
		c.Several(removed)
		c.RemoveEmpty(&t.Target, t.List.Len())
	}
	return nil
}

// ltrim implements LTRIM key start stop: what lies outside goes.
func ltrim(c *exec.Ctx) error {
	start, ok := num.ParseInt(c.Args[2])
	stop, fits := num.ParseInt(c.Args[3])
	if !ok || !fits {
		return resp.ErrNotInteger
	}
	var t typed.List
	err := t.Write(c, 1)
	switch {
	case err != nil:
		return err
	case t.List == nil:
		c.Out.OK()
		return nil
	}
	had := t.List.Len()
	from, n := span(start, stop, had)
	t.List.Remove(t.Arena, t.Limit, from+n, t.List.Len()-from-n)
	t.List.Remove(t.Arena, t.Limit, 0, from)
	c.Out.OK()
	if n == had { // it is told of, but is no change
		c.Notify(t.Key, "ltrim")
		return nil
	}
	c.Touched(t.Key, "ltrim")
	c.Several(had - n)
	c.RemoveEmpty(&t.Target, t.List.Len())
	return nil
}
