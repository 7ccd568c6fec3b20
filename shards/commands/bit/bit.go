package bit

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// getBit implements GETBIT key offset.
func getBit(c *exec.Ctx) error {
	at, err := offset(c, c.Args[2])
	if err != nil {
		return err
	}
	t, err := c.Read(1, db.String)
	if err != nil {
		return err
	}
	var buf [20]byte
	var bit byte
	if t.Exists() {
		if v := t.E.String(&buf); at>>3 < int64(len(v)) {
			bit = v[at>>3] >> (7 - at&7) & 1
		}
	}
	c.Out.Int(int64(bit))
	return nil
}

// setBit implements SETBIT key offset value; it answers what the bit was.
func setBit(c *exec.Ctx) error {
	at, err := offset(c, c.Args[2])
	if err != nil {
		return err
	}
	on, ok := num.ParseInt(c.Args[3])
	if !ok || on&^1 != 0 {
		return resp.ErrBitValue
	}
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	had := t.Len()
	n := max(had, int(at>>3)+1)
	v := t.Extend(c, n, n, int(at>>3), int(at>>3)+1)
	b, shift := &v[at>>3], 7-at&7
	was := *b >> shift & 1
	c.Out.Int(int64(was))
	if was != byte(on) || n > had {
		*b = *b&^(1<<shift) | byte(on)<<shift
		c.Touched(t.Key, "setbit")
	}
	return nil
}

// offset reads the position of a bit, which must lie within the longest string that may be.
func offset(c *exec.Ctx, arg []byte) (int64, error) {
	at, ok := num.ParseInt(arg)
	if !ok || at < 0 || at>>3 >= c.Engine().Settings.MaxBulk.Load() {
		return 0, resp.ErrBitOffset
	}
	return at, nil
}
