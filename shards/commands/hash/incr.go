package hash

import (
	"math"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/hash"
)

var (
	errNotInteger = &resp.Error{Text: "ERR hash value is not an integer"}
	errNotFloat   = &resp.Error{Text: "ERR hash value is not a float"}
	errNaN        = &resp.Error{Text: "ERR value is NaN or Infinity"}
)

// hincrby implements HINCRBY key field increment. The field keeps its time.
func hincrby(c *exec.Ctx) error {
	delta, ok := num.ParseInt(c.Args[3])
	if !ok {
		return resp.ErrNotInteger
	}
	var t typed.Hash
	err := t.Write(c)
	if err != nil {
		return err
	}
	n, at := int64(0), hash.Never
	f, live := t.Find(c.Args[2])
	if live {
		v := t.Hash.Value(f)
		if n, at = v.Int, t.Hash.ExpireAt(f); !v.IsInt {
			if n, ok = num.ParseInt(v.Str); !ok {
				return errNotInteger
			}
		}
	}
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		return resp.ErrOverflow
	}
	n += delta
	if t.Hash == nil {
		t.Make(c)
	}
	var room [num.MaxIntLen]byte
	text := num.AppendInt(room[:0], n)
	if f.Exists() && !live && c.Recording() { // elsewhere it may still be there
		c.Rewrite([]byte("HSET"), c.Args[1], c.Args[2], num.AppendInt(nil, n))
	}
	t.Set(f, live, c.Args[2], text, at)
	t.Touched(c, "hincrby")
	c.Out.Int(n)
	return nil
}

// hincrbyfloat implements HINCRBYFLOAT key field increment. It reckons and writes as Valkey
// does with the long double of x86. The field keeps its time.
func hincrbyfloat(c *exec.Ctx) error {
	var delta num.LongDouble
	if !delta.Parse(c.Args[3]) {
		return resp.ErrNotFloat
	}
	if delta.IsInf() {
		return errNaN
	}
	var t typed.Hash
	err := t.Write(c)
	if err != nil {
		return err
	}
	var sum num.LongDouble
	at := hash.Never
	f, live := t.Find(c.Args[2])
	if live {
		if at = t.Hash.ExpireAt(f); !sum.Parse(t.Allocator.Text(t.Hash.Value(f))) {
			return errNotFloat
		}
	}
	if !sum.Add(&delta) {
		return resp.ErrNaN
	}
	text := sum.AppendText(nil)
	if t.Hash == nil {
		t.Make(c)
	}
	t.Set(f, live, c.Args[2], text, at)
	t.Touched(c, "hincrbyfloat")
	c.Out.Bulk(text)
	if c.Recording() {
		rewriteSet(c, c.Args[2], text, at)
	}
	return nil
}

// rewriteSet records that a field has a value now, until at.
func rewriteSet(c *exec.Ctx, field, v []byte, at int64) {
	if at == hash.Never {
		c.Rewrite([]byte("HSET"), c.Args[1], field, v)
		return
	}
	c.Rewrite([]byte("HSETEX"), c.Args[1], []byte("PXAT"), num.AppendInt(nil, at), []byte("FIELDS"), []byte("1"), field, v)
}
