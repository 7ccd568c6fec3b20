package str

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// incr implements INCR key.
func incr(c *exec.Ctx) error { return add(c, 1) }

// decr implements DECR key.
func decr(c *exec.Ctx) error { return add(c, -1) }

// incrby implements INCRBY key increment.
func incrby(c *exec.Ctx) error {
	delta, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	return add(c, delta)
}

// decrby implements DECRBY key decrement.
func decrby(c *exec.Ctx) error {
	delta, ok := num.ParseInt(c.Args[2])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case delta == math.MinInt64: // has no negative
		return resp.ErrDecrOverflow
	}
	return add(c, -delta)
}

// add adds delta to the integer at argument 1; its time of expiry stays.
func add(c *exec.Ctx, delta int64) error {
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	n, at, err := number(t.E)
	if err != nil {
		return err
	}
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		return resp.ErrOverflow
	}
	n += delta
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	t.Part.SetInt(t.Key, t.E, n, at)
	c.Touched(t.Key, "incrby")
	c.Out.Int(n)
	return nil
}

// number is the integer that a string stands for, 0 for an absent one, and its time of
// expiry.
func number(e db.Entry) (n, expireAt int64, err error) {
	if e == 0 {
		return 0, 0, nil
	}
	n, ok := e.Int()
	if !ok {
		var buf [20]byte
		if n, ok = num.ParseInt(e.String(&buf)); !ok {
			return 0, 0, resp.ErrNotInteger
		}
	}
	return n, e.ExpireAt(), nil
}
