package set

import (
	"bytes"
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/listpack"
)

// spop implements SPOP key [count].
func spop(c *exec.Ctx) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	if len(c.Args) == 3 {
		return spopCount(c)
	}
	var t typed.Set
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.Out.Null()
		return nil
	}
	p := t.Set.Random(c.Rand())
	c.Value(p.Value)
	if c.Recording() {
		c.Rewrite([]byte("SREM"), c.Args[1], bytes.Clone(t.Allocator.Text(p.Value)))
	}
	t.Set.RemovePicked(t.Allocator, p)
	c.Touched(t.Key, "spop")
	c.RemoveEmpty(&t.Target, t.Set.Len())
	return nil
}

func spopCount(c *exec.Ctx) error {
	count, ok := num.ParseInt(c.Args[2])
	if !ok || count < 0 {
		return resp.ErrNotPositive
	}
	var t typed.Set
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil || count == 0 {
		c.Out.Set(0)
		return nil
	}
	n := int(min(count, int64(t.Set.Len())))
	if err := c.Lasts(n); err != nil {
		return err
	}
	c.Out.Set(n)
	if n == t.Set.Len() {
		c.Look(t.Key, exec.Asks, exec.Told) // it counts as a read of all members
		t.Set.Each(func(v listpack.Value) bool { c.Value(v); return true })
		if c.Recording() {
			c.Rewrite([]byte("UNLINK"), c.Args[1])
		}
		c.Touched(t.Key, "spop")
		c.Several(n)
		c.RemoveEmpty(&t.Target, 0)
		return nil
	}
	popMany(c, &t, n)
	c.Touched(t.Key, "spop")
	c.Several(n)
	return nil
}

// keptShare: a set that keeps less than this part of what is popped is built anew, small.
const keptShare = 5

// popMany pops n members, but not all.
func popMany(c *exec.Ctx, t *typed.Set, n int) {
	var gone [][]byte
	if c.Recording() {
		gone = append(gone, []byte("SREM"), c.Args[1])
	}
	for range n {
		p := t.Set.Random(c.Rand())
		c.Value(p.Value)
		if gone != nil {
			gone = append(gone, bytes.Clone(t.Allocator.Text(p.Value)))
		}
		t.Set.RemovePicked(t.Allocator, p)
	}
	if gone != nil {
		c.Rewrite(gone...)
	}
	if t.Set.Len()*keptShare <= n {
		t.Set.Rebuild(t.Allocator, t.Limit)
	}
}

// srandmember implements SRANDMEMBER key [count]: count different members, or with a
// negative count so many of which some may be the same.
func srandmember(c *exec.Ctx) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	if len(c.Args) == 3 {
		return srandmemberCount(c)
	}
	var t typed.Set
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.Out.Null()
	} else {
		c.Value(t.Set.Random(c.Rand()).Value)
	}
	return nil
}

func srandmemberCount(c *exec.Ctx) error {
	count, ok := num.ParseInt(c.Args[2])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case count == math.MinInt64:
		return resp.ErrCountRange
	}
	var t typed.Set
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil || count == 0 {
		c.Out.Array(0)
		return nil
	}
	if count < 0 {
		if err := c.Lasts(int(-count)); err != nil {
			return err
		}
		c.Out.Array(int(-count))
		for ; count < 0 && !c.Out.Full(); count++ {
			c.Value(t.Set.Random(c.Rand()).Value)
		}
		return nil
	}
	n := int(min(count, int64(t.Set.Len())))
	if err := c.Lasts(n); err != nil {
		return err
	}
	c.Out.Array(n)
	t.Set.Sample(c.Rand(), n, c.Value)
	return nil
}
