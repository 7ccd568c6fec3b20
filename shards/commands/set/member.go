package set

import (
	"bytes"

	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/listpack"
)

// sadd implements SADD key member [member ...].
func sadd(c *exec.Ctx) error {
	var t typed.Set
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	members := c.Args[2:]
	if t.Set == nil {
		t.Make(c)
	}
	t.Set.Expect(t.Allocator, t.Limit, len(members), members[0])
	added := 0
	for _, v := range members {
		if t.Set.Add(t.Allocator, t.Limit, v) {
			added++
		}
	}
	if added > 0 {
		c.Touched(t.Key, "sadd")
		c.Several(added)
	}
	c.Out.Int(int64(added))
	return nil
}

// srem implements SREM key member [member ...].
func srem(c *exec.Ctx) error {
	var t typed.Set
	err := t.Write(c, 1)
	if err != nil {
		return err
	}
	removed := 0
	if t.Set != nil {
		for _, v := range c.Args[2:] {
			if t.Set.Remove(t.Allocator, v) {
				removed++
			}
		}
	}
	if removed > 0 {
		c.Touched(t.Key, "srem")
		c.Several(removed)
		c.RemoveEmpty(&t.Target, t.Set.Len())
	}
	c.Out.Int(int64(removed))
	return nil
}

// sismember implements SISMEMBER key member.
func sismember(c *exec.Ctx) error {
	var t typed.Set
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	tell(c, &t, c.Args[2])
	return nil
}

// smismember implements SMISMEMBER key member [member ...].
func smismember(c *exec.Ctx) error {
	var t typed.Set
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, v := range c.Args[2:] {
		tell(c, &t, v)
	}
	return nil
}

// tell replies whether v is a member.
func tell(c *exec.Ctx, t *typed.Set, v []byte) {
	if t.Set != nil && t.Set.Has(t.Allocator, v) {
		c.Out.Int(1)
	} else {
		c.Out.Int(0)
	}
}

// scard implements SCARD key.
func scard(c *exec.Ctx) error {
	var t typed.Set
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

// smembers implements SMEMBERS key.
func smembers(c *exec.Ctx) error {
	var t typed.Set
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.Out.Set(0)
		return nil
	}
	if err := c.Lasts(t.Set.Len()); err != nil {
		return err
	}
	c.Out.Set(t.Set.Len())
	t.Set.Each(func(v listpack.Value) bool { c.Value(v); return true })
	return nil
}

// sscan implements SSCAN key cursor [MATCH pattern] [COUNT n].
func sscan(c *exec.Ctx) error {
	cursor, err := c.ScanCursor(2)
	if err != nil {
		return err
	}
	var t typed.Set
	err = t.Read(c, 1)
	if err != nil {
		return err
	}
	if t.Set == nil {
		c.NoScan()
		return nil
	}
	o, err := exec.ParseScan(c.Args[3:], t.E.Type())
	if err != nil {
		return err
	}
	r := c.BeginScan()
	next := t.Set.Scan(cursor, o.Count, func(v listpack.Value) {
		if o.Pattern == nil || o.Takes(t.Allocator.Text(v)) {
			r.Value(v)
		}
	})
	r.End(next)
	return nil
}

// smove implements SMOVE source destination member.
func smove(c *exec.Ctx) error {
	keys, v := c.Keys(), c.Args[3]
	var src typed.Set
	err := src.WriteAt(c, &keys[0])
	if err != nil {
		return err
	}
	var dst typed.Set
	err = dst.WriteAt(c, &keys[1])
	if src.Set == nil {
		c.Out.Int(0)
		return nil
	}
	if err != nil {
		return err
	}
	if bytes.Equal(src.Key.Name, dst.Key.Name) {
		tell(c, &src, v)
		return nil
	}
	if !src.Set.Remove(src.Allocator, v) {
		c.Out.Int(0)
		return nil
	}
	c.Touched(src.Key, "srem")
	c.RemoveEmpty(&src.Target, src.Set.Len())
	if dst.Set == nil {
		dst.Make(c)
	}
	if dst.Set.Add(dst.Allocator, dst.Limit, v) {
		c.Touched(dst.Key, "sadd")
	}
	c.Out.Int(1)
	return nil
}
