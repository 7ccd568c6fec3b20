package keys

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// expire implements EXPIRE key seconds [NX | XX | GT | LT].
func expire(c *exec.Ctx) error { return setExpiry(c, c.Now, 1000) }

// pexpire implements PEXPIRE key milliseconds [NX | XX | GT | LT].
func pexpire(c *exec.Ctx) error { return setExpiry(c, c.Now, 1) }

// expireAt implements EXPIREAT key unix-seconds [NX | XX | GT | LT].
func expireAt(c *exec.Ctx) error { return setExpiry(c, 0, 1000) }

// pexpireAt implements PEXPIREAT key unix-milliseconds [NX | XX | GT | LT].
func pexpireAt(c *exec.Ctx) error { return setExpiry(c, 0, 1) }

// setExpiry has the key expire at base + argument 2 * unit, in Unix milliseconds. A time
// that has come removes it.
func setExpiry(c *exec.Ctx, base, unit int64) error {
	when, err := parseConditions(c.Args[3:])
	if err != nil {
		return err
	}
	at, err := expiryTime(c, base, unit)
	if err != nil {
		return err
	}
	t := c.Any(1)
	switch {
	case !t.Exists() || !when.allow(t.E.ExpireAt(), at):
		c.Out.Int(0)
		return nil
	case at <= c.Now:
		t.Part.Delete(t.Key, t.E)
		c.Removed(t.Key, "del")
		if c.Recording() {
			c.Rewrite([]byte("UNLINK"), c.Args[1])
		}
	default:
		t.Part.SetExpire(t.Key, t.E, at)
		c.Touched(t.Key, "expire")
		if c.Recording() && (base != 0 || unit != 1) {
			c.Rewrite(append([][]byte{[]byte("PEXPIREAT"), c.Args[1], num.AppendInt(nil, at)}, c.Args[3:]...)...)
		}
	}
	c.Out.Int(1)
	return nil
}

// expiryTime is the time that argument 2 means; it may be long past.
func expiryTime(c *exec.Ctx, base, unit int64) (int64, error) {
	n, ok := num.ParseInt(c.Args[2])
	if !ok {
		return 0, resp.ErrNotInteger
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0, resp.InvalidExpire(c.Spec.FullName())
	}
	n *= unit
	if n > math.MaxInt64-base {
		return 0, resp.InvalidExpire(c.Spec.FullName())
	}
	return n + base, nil
}

// conditions are the options of EXPIRE.
type conditions struct{ nx, xx, gt, lt bool }

func parseConditions(words [][]byte) (o conditions, err error) {
	for _, w := range words {
		switch {
		case exec.Is(w, "NX"):
			o.nx = true
		case exec.Is(w, "XX"):
			o.xx = true
		case exec.Is(w, "GT"):
			o.gt = true
		case exec.Is(w, "LT"):
			o.lt = true
		default:
			return o, resp.UnsupportedOption(w)
		}
	}
	if o.nx && (o.xx || o.gt || o.lt) {
		return o, resp.ErrExpireNXOptions
	}
	if o.gt && o.lt {
		return o, resp.ErrExpireGTOptions
	}
	return o, nil
}

// allow tells whether a key that expires at old, 0 for never, may expire at at. Never
// is later than any time.
func (o conditions) allow(old, at int64) bool {
	never := old == 0
	switch {
	case o.nx && !never, o.xx && never:
		return false
	case o.gt && (never || at <= old):
		return false
	case o.lt && !never && at >= old:
		return false
	}
	return true
}

// persist implements PERSIST key.
func persist(c *exec.Ctx) error {
	t := c.Any(1)
	if !t.Exists() || t.E.ExpireAt() == 0 {
		c.Out.Int(0)
		return nil
	}
	t.Part.SetExpire(t.Key, t.E, 0)
	c.Touched(t.Key, "persist")
	c.Out.Int(1)
	return nil
}

// ttl implements TTL key.
func ttl(c *exec.Ctx) error { return tellExpiry(c, c.Now, 1000) }

// pttl implements PTTL key.
func pttl(c *exec.Ctx) error { return tellExpiry(c, c.Now, 1) }

// expireTime implements EXPIRETIME key.
func expireTime(c *exec.Ctx) error { return tellExpiry(c, 0, 1000) }

// pexpireTime implements PEXPIRETIME key.
func pexpireTime(c *exec.Ctx) error { return tellExpiry(c, 0, 1) }

// tellExpiry answers the time of expiry since base in units of so many milliseconds,
// rounded; -1 for never and -2 without a key.
func tellExpiry(c *exec.Ctx, base, unit int64) error {
	t := c.Peek(1)
	switch {
	case !t.Exists():
		c.Out.Int(-2)
	case t.E.ExpireAt() == 0:
		c.Out.Int(-1)
	default:
		left := max(t.E.ExpireAt()-base, 0)
		c.Out.Int(left/unit + left%unit*2/unit) // the half above counts as one
	}
	return nil
}
