package str

import (
	"bytes"

	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// set implements SET key value [NX | XX | IFEQ comparison] [GET]
// [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL].
func set(c *exec.Ctx) error {
	if len(c.Args) == 3 {
		t := c.Any(1)
		store(c, &t, 2, 0)
		c.Touched(t.Key, "set")
		c.Out.OK()
		return nil
	}
	return setWith(c)
}

// store writes argument i as the value of t.
func store(c *exec.Ctx, t *exec.Target, i int, expireAt int64) {
	if b, n, ok := c.Block(i); ok {
		t.E = t.Part.SetBlock(t.Key, t.E, b, n, expireAt)
	} else {
		t.E = t.Part.SetString(t.Key, t.E, c.Args[i], expireAt)
	}
	c.Accessed(t.E)
}

func setWith(c *exec.Ctx) error {
	o, err := parseSet(c)
	if err != nil {
		return err
	}
	if o.get {
		if _, err := c.Read(1, db.String); err != nil {
			return err
		}
	}
	t := c.Any(1)
	apply, err := o.applies(&t)
	if err != nil {
		return err
	}
	if o.get {
		writeValue(c, t.E) // now: the value is about to be overwritten
	}
	switch {
	case !apply:
		if !o.get {
			c.Out.Null()
		}
		return nil
	case o.at != 0 && o.at <= c.Now:
		if t.Exists() {
			t.Part.Delete(t.Key, t.E)
			c.Removed(t.Key, "del")
		}
	default:
		o.write(c, &t)
	}
	if !o.get {
		c.Out.OK()
	}
	return nil
}

func (o *setOptions) write(c *exec.Ctx, t *exec.Target) {
	at := o.at
	if o.keep && t.Exists() {
		at = t.E.ExpireAt()
	}
	store(c, t, 2, at)
	c.Touched(t.Key, "set")
	if o.at != 0 {
		c.Notify(t.Key, "expire")
	}
}

// applies tells whether the condition of SET holds for what is there.
func (o *setOptions) applies(t *exec.Target) (bool, error) {
	switch {
	case o.nx:
		return !t.Exists(), nil
	case o.xx:
		return t.Exists(), nil
	case o.comparison != nil:
		if !t.Exists() {
			return false, nil
		}
		if t.E.Type() != db.String {
			return false, resp.ErrWrongType
		}
		var buf [20]byte
		return bytes.Equal(t.E.String(&buf), o.comparison), nil
	}
	return true, nil
}

// mset implements MSET key value [key value ...].
func mset(c *exec.Ctx) error {
	if len(c.Args)%2 == 0 {
		return resp.WrongArity("mset")
	}
	keys := c.Keys()
	c.TouchKeys(keys)
	for i := range keys {
		t := exec.Target{Key: &keys[i]}
		t.Part, t.E = c.Find(t.Key)
		store(c, &t, 2*i+2, 0)
		c.Touched(t.Key, "set")
	}
	c.Out.OK()
	return nil
}
