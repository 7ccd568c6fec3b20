package str

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// incrByFloat implements INCRBYFLOAT key increment. It reckons and writes as Valkey does
// with the long double of x86.
func incrByFloat(c *exec.Ctx) error {
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	var buf [20]byte
	var sum num.LongDouble
	if t.Exists() && !sum.Parse(t.E.String(&buf)) {
		return resp.ErrNotFloat
	}
	var delta num.LongDouble
	if !delta.Parse(c.Args[2]) {
		return resp.ErrNotFloat
	}
	if !sum.Add(&delta) {
		return resp.ErrNaN
	}
	at := int64(0)
	if t.Exists() {
		at = t.E.ExpireAt()
	} else {
		c.Notify(t.Key, "new")
	}
	text := sum.AppendText(nil)
	t.Part.SetRaw(t.Key, t.E, text, at)
	c.Touched(t.Key, "incrbyfloat")
	c.Out.Bulk(text)
	if c.Recording() {
		c.Rewrite([]byte("SET"), c.Args[1], text, []byte("KEEPTTL"))
	}
	return nil
}
