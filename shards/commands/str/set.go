package str

import (
	"sigrun/internal/num"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// set implements SET key value [NX | XX | IFEQ comparison] [GET]
// [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL].
func set(c *exec.Ctx) error {
	if len(c.Args) == 3 {
		t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
		store(c, &t, 2, 0)
		c.Touched(t.Key, "set")
		c.Out.OK()
		return nil
	}
	o, err := parseOptions(c, 3, conditions|comparing|getting|keeping)
	if err != nil {
		return err
	}
	return setWith(c, &o)
}

// setWith is SET once its options are known.
func setWith(c *exec.Ctx, o *options) error {
	if o.get {
		if _, err := c.Read(1, db.String); err != nil {
			return err
		}
	}
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
	apply, err := o.applies(&t)
	if err != nil {
		return err
	}
	if o.get {
		writeValue(c, t.E) // now: the value is about to be overwritten
	}
	if !apply {
		if !o.get {
			c.Out.Null()
		}
		return nil
	}
	o.store(c, &t, 2)
	if o.get && o.unit == exec.NoTime && c.Recording() {
		c.Rewrite(withoutGet(c.Args)...)
	}
	if !o.get {
		c.Out.OK()
	}
	return nil
}

// withoutGet is a SET without the option that only concerns its reply.
func withoutGet(args [][]byte) [][]byte {
	var rest [][]byte
	for i, a := range args {
		if i < 3 || !exec.Is(a, "GET") {
			rest = append(rest, a)
		}
	}
	return rest
}

// setNX implements SETNX key value.
func setNX(c *exec.Ctx) error {
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
	if t.Exists() {
		c.Out.Int(0)
		return nil
	}
	store(c, &t, 2, 0)
	c.Touched(t.Key, "set")
	c.Out.Int(1)
	return nil
}

// setEx implements SETEX key seconds value.
func setEx(c *exec.Ctx) error { return setUntil(c, exec.Seconds) }

// psetEx implements PSETEX key milliseconds value.
func psetEx(c *exec.Ctx) error { return setUntil(c, exec.Millis) }

func setUntil(c *exec.Ctx, unit exec.TimeKind) (err error) {
	o := options{unit: unit}
	if o.at, err = c.ExpireTime(c.Args[2], unit, 1); err != nil {
		return err
	}
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
	o.store(c, &t, 3)
	c.Out.OK()
	return nil
}

// store writes argument i as the value of t; one whose time has come removes it instead.
func (o *options) store(c *exec.Ctx, t *exec.Target, i int) {
	if o.past(c) {
		if t.Exists() {
			removeOverdue(c, t)
		}
		return
	}
	at := o.at
	if o.keep && t.Exists() {
		at = t.E.ExpireAt()
	}
	store(c, t, i, at)
	c.Touched(t.Key, "set")
	if o.unit != exec.NoTime {
		c.Notify(t.Key, "expire")
		if o.unit != exec.MillisAt && c.Recording() {
			c.Rewrite([]byte("SET"), c.Args[1], c.Args[i], []byte("PXAT"), integer(o.at))
		}
	}
}

// store writes argument i as the value of t.
func store(c *exec.Ctx, t *exec.Target, i int, expireAt int64) {
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	if b, n, ok := c.Block(i); ok {
		t.E = t.Part.SetBlock(t.Key, t.E, b, n, expireAt)
	} else {
		t.E = t.Part.SetString(t.Key, t.E, c.Args[i], expireAt)
	}
}

// remove removes the key of t; it is recorded as the given command.
func remove(c *exec.Ctx, t *exec.Target) {
	t.Part.Delete(t.Key, t.E)
	c.Removed(t.Key, "del")
	if c.Recording() {
		c.Rewrite([]byte("DEL"), t.Key.Name)
	}
}

// removeOverdue deletes a key whose time of expiry, as the command gives it, has come.
func removeOverdue(c *exec.Ctx, t *exec.Target) {
	t.Part.Delete(t.Key, t.E)
	c.Overdue(t.Key)
	if c.Recording() {
		c.Rewrite([]byte("UNLINK"), t.Key.Name)
	}
}

// deleteIfEqual implements DELIFEQ key value.
func deleteIfEqual(c *exec.Ctx) error {
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	if !t.Exists() || !equal(t.E, c.Args[2]) {
		c.Out.Int(0)
		return nil
	}
	remove(c, &t)
	c.Out.Int(1)
	return nil
}

// integer is the text of a number for a record.
func integer(n int64) []byte { return num.AppendInt(nil, n) }
