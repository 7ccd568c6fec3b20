package hash

import (
	"sigrun/internal/num"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/hash"
	"sigrun/storage/listpack"
)

// hget implements HGET key field.
func hget(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	reply(c, &t, c.Args[2])
	return nil
}

// hmget implements HMGET key field [field ...].
func hmget(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, field := range c.Args[2:] {
		reply(c, &t, field)
	}
	return nil
}

// reply writes the value of a field, or null, and returns where the field is.
func reply(c *exec.Ctx, t *typed.Hash, field []byte) (f hash.Place, live bool) {
	if f, live = t.Find(field); live {
		c.Value(t.Hash.Value(f))
	} else {
		c.Out.Null()
	}
	return f, live
}

// hgetall implements HGETALL key.
func hgetall(c *exec.Ctx) error {
	return each(c, c.Out.Map, func(field, v listpack.Value) {
		c.Value(field)
		c.Value(v)
	})
}

// hkeys implements HKEYS key.
func hkeys(c *exec.Ctx) error {
	return each(c, c.Out.Array, func(field, _ listpack.Value) { c.Value(field) })
}

// hvals implements HVALS key.
func hvals(c *exec.Ctx) error {
	return each(c, c.Out.Array, func(_, v listpack.Value) { c.Value(v) })
}

// each opens a reply for as many fields as there are and has fn write them.
func each(c *exec.Ctx, open func(n int), fn func(field, v listpack.Value)) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	if t.Hash == nil {
		open(0)
		return nil
	}
	if err := c.Lasts(t.Hash.Len()); err != nil {
		return err
	}
	open(t.Hash.Live(c.Until()))
	t.Hash.Each(c.Until(), func(field, v listpack.Value, _ int64) bool { fn(field, v); return true })
	return nil
}

// hlen implements HLEN key. Fields whose time has come count until they are taken out.
func hlen(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	n := 0
	if t.Hash != nil {
		n = t.Hash.Len()
	}
	c.Out.Int(int64(n))
	return nil
}

// hexists implements HEXISTS key field.
func hexists(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	if _, live := t.Find(c.Args[2]); live {
		c.Out.Int(1)
	} else {
		c.Out.Int(0)
	}
	return nil
}

// hstrlen implements HSTRLEN key field.
func hstrlen(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Read(c)
	if err != nil {
		return err
	}
	n := 0
	if f, live := t.Find(c.Args[2]); live {
		if v := t.Hash.Value(f); v.IsInt {
			n = num.IntLen(v.Int)
		} else {
			n = len(v.Str)
		}
	}
	c.Out.Int(int64(n))
	return nil
}

// hscan implements HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES].
func hscan(c *exec.Ctx) error {
	cursor, err := c.ScanCursor(2)
	if err != nil {
		return err
	}
	var t typed.Hash
	err = t.Read(c)
	if err != nil {
		return err
	}
	if t.Hash == nil {
		c.NoScan()
		return nil
	}
	o, err := exec.ParseScan(c.Args[3:], t.E.Type())
	if err != nil {
		return err
	}
	r := c.BeginScan()
	next := t.Hash.Scan(cursor, o.Count, c.Until(), func(field, v listpack.Value) {
		if o.Pattern != nil && !o.Takes(t.Allocator.Text(field)) {
			return
		}
		r.Value(field)
		if !o.Bare {
			r.Value(v)
		}
	})
	r.End(next)
	return nil
}
