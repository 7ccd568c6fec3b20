package hash

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/hash"
)

// hset implements HSET key field value [field value ...].
func hset(c *exec.Ctx) error {
	created, err := setAll(c, "hset")
	if err != nil {
		return err
	}
	c.Out.Int(int64(created))
	return nil
}

// hmset implements HMSET key field value [field value ...].
func hmset(c *exec.Ctx) error {
	if _, err := setAll(c, "hmset"); err != nil {
		return err
	}
	c.Out.OK()
	return nil
}

func setAll(c *exec.Ctx, name string) (created int, err error) {
	if len(c.Args)%2 != 0 {
		return 0, resp.WrongArity(name)
	}
	var t typed.Hash
	err = t.Write(c)
	if err != nil {
		return 0, err
	}
	if t.Hash == nil {
		t.Make(c)
	}
	pairs := c.Args[2:]
	t.Hash.Expect(t.Allocator, t.Limit, pairs)
	for i := 0; i < len(pairs); i += 2 {
		if t.Put(pairs[i], pairs[i+1], hash.Never) {
			created++
		}
	}
	t.Touched(c, "hset")
	c.Several(len(pairs) / 2)
	return created, nil
}

// hsetnx implements HSETNX key field value.
func hsetnx(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Write(c)
	if err != nil {
		return err
	}
	f, live := t.Find(c.Args[2])
	if live {
		c.Out.Int(0)
		return nil
	}
	if t.Hash == nil {
		t.Make(c)
	}
	t.Hash.Expect(t.Allocator, t.Limit, c.Args[2:])
	if f.Exists() && c.Recording() { // elsewhere it may still be there
		c.Rewrite([]byte("HSET"), c.Args[1], c.Args[2], c.Args[3])
	}
	t.Put(c.Args[2], c.Args[3], hash.Never)
	t.Touched(c, "hset")
	c.Out.Int(1)
	return nil
}

// hdel implements HDEL key field [field ...].
func hdel(c *exec.Ctx) error {
	var t typed.Hash
	err := t.Write(c)
	if err != nil {
		return err
	}
	deleted := 0
	for _, field := range c.Args[2:] {
		if f, live := t.Find(field); live {
			t.Hash.Delete(t.Allocator, f)
			deleted++
		}
	}
	removed(c, &t, deleted)
	c.Out.Int(int64(deleted))
	return nil
}

// removed tells of n fields that a command took out of t.
func removed(c *exec.Ctx, t *typed.Hash, n int) {
	if n > 0 {
		t.Touched(c, "hdel")
		c.Several(n)
		c.RemoveEmpty(&t.Target, t.Hash.Len())
	}
}

// hgetdel implements HGETDEL key FIELDS numfields field [field ...].
func hgetdel(c *exec.Ctx) error {
	fields, err := listed(c, errNumFields)
	if err != nil {
		return err
	}
	var t typed.Hash
	err = t.Write(c)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	deleted := 0
	for _, field := range fields {
		if f, live := reply(c, &t, field); live {
			t.Hash.Delete(t.Allocator, f)
			deleted++
		}
	}
	if deleted > 0 && c.Recording() {
		c.Rewrite(append([][]byte{[]byte("HDEL"), c.Args[1]}, fields...)...)
	}
	removed(c, &t, deleted)
	return nil
}

// listed are the fields of FIELDS numfields field [field ...] from argument 2 on; odd is the error
// for another number of fields. Nobody looks at the word FIELDS, which always stands there.
func listed(c *exec.Ctx, odd error) ([][]byte, error) {
	n, ok := num.ParseInt(c.Args[3])
	switch {
	case !ok:
		return nil, resp.ErrNotInteger
	case n < 1 || n != int64(len(c.Args)-4):
		return nil, odd
	}
	return c.Args[4:], nil
}

var errNumFields = &resp.Error{Text: "ERR numfields should be greater than 0 and match the provided number of fields"}
