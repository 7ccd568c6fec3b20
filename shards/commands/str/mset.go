package str

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// mset implements MSET key value [key value ...].
func mset(c *exec.Ctx) error {
	if len(c.Args)%2 == 0 {
		return resp.WrongArity("mset")
	}
	storeAll(c, 2, &options{})
	c.Out.OK()
	return nil
}

// msetNX implements MSETNX key value [key value ...]: all of them, or none when one of
// the keys exists.
func msetNX(c *exec.Ctx) error {
	if len(c.Args)%2 == 0 {
		return resp.WrongArity("msetnx")
	}
	o := options{nx: true}
	if !o.appliesToAll(c) {
		c.Out.Int(0)
		return nil
	}
	storeAll(c, 2, &o)
	c.Out.Int(1)
	return nil
}

// msetEx implements MSETEX numkeys key value [key value ...] [NX | XX]
// [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL].
func msetEx(c *exec.Ctx) error {
	n, ok := num.ParseInt(c.Args[1])
	if !ok || n < 1 || n > math.MaxInt32 {
		return errNumKeys
	}
	if 2*n > int64(len(c.Args)-2) {
		return resp.ErrSyntax
	}
	o, err := parseOptions(c, 2+2*int(n), conditions|keeping)
	if err != nil {
		return err
	}
	if !o.appliesToAll(c) {
		c.Out.Int(0)
		return nil
	}
	storeAll(c, 3, &o) // a time that has come too: who looks next finds the keys expired
	if o.unit != exec.NoTime && o.unit != exec.MillisAt && c.Recording() {
		c.Rewrite(append(c.Args[:2+2*n:2+2*n], []byte("PXAT"), integer(o.at))...)
	}
	c.Out.Int(1)
	return nil
}

var errNumKeys = &resp.Error{Text: "ERR invalid numkeys value or out of range"}

// appliesToAll tells whether the condition, NX or XX, holds for each key.
func (o *options) appliesToAll(c *exec.Ctx) bool {
	if !o.nx && !o.xx {
		return true
	}
	keys := c.Keys()
	c.TouchKeys(keys)
	for i := range keys {
		t := target(c, &keys[i])
		if t.Exists() == o.nx {
			return false
		}
	}
	return true
}

// storeAll stores the values of all keys; the first of them is argument first, and every
// second one behind.
func storeAll(c *exec.Ctx, first int, o *options) {
	keys := c.Keys()
	c.TouchKeys(keys)
	for i := range keys {
		t := target(c, &keys[i])
		at := o.at
		if o.keep && t.Exists() {
			at = t.E.ExpireAt()
		}
		store(c, &t, 2*i+first, at)
		c.Touched(t.Key, "set")
		if o.unit != exec.NoTime {
			c.Notify(t.Key, "expire")
		}
	}
}

// target looks a key up for writing.
func target(c *exec.Ctx, k *db.Key) exec.Target {
	t := exec.Target{Key: k}
	t = c.Look(k, exec.Asks, exec.Quietly)
	if t.E != 0 {
		c.Accessed(t.E)
	}
	return t
}
