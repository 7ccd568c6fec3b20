package keys

import (
	"math"

	"sigrun/internal/num"
	"sigrun/shards/exec"
)

// expire implements EXPIRE key seconds [NX | XX | GT | LT].
func expire(c *exec.Ctx) error { return setExpiry(c, exec.Seconds) }

// pexpire implements PEXPIRE key milliseconds [NX | XX | GT | LT].
func pexpire(c *exec.Ctx) error { return setExpiry(c, exec.Millis) }

// expireAt implements EXPIREAT key unix-seconds [NX | XX | GT | LT].
func expireAt(c *exec.Ctx) error { return setExpiry(c, exec.SecondsAt) }

// pexpireAt implements PEXPIREAT key unix-milliseconds [NX | XX | GT | LT].
func pexpireAt(c *exec.Ctx) error { return setExpiry(c, exec.MillisAt) }

// setExpiry has the key expire at the time that argument 2 means, which may be long past: one
// that has come removes it.
func setExpiry(c *exec.Ctx, kind exec.TimeKind) error {
	when, err := exec.ParseConditions(c.Args[3:])
	if err != nil {
		return err
	}
	at, err := c.ExpireTime(c.Args[2], kind, math.MinInt64)
	if err != nil {
		return err
	}
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
	switch {
	case !t.Exists() || !when.Allow(t.E.ExpireAt(), t.E.ExpireAt() == 0, at):
		c.Out.Int(0)
		return nil
	case c.Past(at):
		t.Part.Delete(t.Key, t.E)
		c.Overdue(t.Key)
		if c.Recording() {
			c.Rewrite([]byte("UNLINK"), c.Args[1])
		}
	default:
		if at == 0 { // which would be no time; such a key is there while data is imported
			at = 1
		}
		t.Part.SetExpire(t.Key, t.E, at)
		c.Touched(t.Key, "expire")
		if c.Recording() && kind != exec.MillisAt {
			c.Rewrite(append([][]byte{[]byte("PEXPIREAT"), c.Args[1], num.AppendInt(nil, at)}, c.Args[3:]...)...)
		}
	}
	c.Out.Int(1)
	return nil
}

// persist implements PERSIST key.
func persist(c *exec.Ctx) error {
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
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
	t := c.Look(c.Key(1), exec.Asks, exec.Told)
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
