package debug

import (
	"strconv"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// populate implements DEBUG POPULATE count [prefix] [size]: it makes the keys
// "prefix:0" and so on that do not exist, each with the value "value:0", or with its
// first size bytes, zeros behind it. 0 is no size.
func populate(c *exec.Ctx) error {
	if len(c.Args) > 5 {
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	count, err := positive(c.Args[2])
	if err != nil {
		return err
	}
	prefix, size := "key", 0
	if len(c.Args) > 3 {
		prefix = string(c.Args[3])
	}
	if len(c.Args) > 4 {
		if size, err = positive(c.Args[4]); err != nil {
			return err
		}
		if int64(size) > c.Engine().Settings.MaxBulk.Load() {
			return resp.ErrStringTooLong
		}
	}
	var name, value []byte
	for i := range count {
		name = strconv.AppendInt(append(append(name[:0], prefix...), ':'), int64(i), 10)
		k := c.Engine().Space.Hasher().Key(name)
		t := c.Look(&k, exec.Asks, exec.Quietly)
		if t.Exists() {
			continue
		}
		value = strconv.AppendInt(append(value[:0], "value:"...), int64(i), 10)
		if size > 0 {
			value = append(value, make([]byte, max(size-len(value), 0))...)[:size]
		}
		t.Part.SetRaw(&k, 0, value, 0)
		c.Affected(&k, "set")
	}
	c.Out.OK()
	return nil
}

// positive reads a number that is not negative.
func positive(arg []byte) (int, error) {
	n, ok := num.ParseInt(arg)
	if !ok || n < 0 {
		return 0, resp.ErrNotPositive
	}
	return int(n), nil
}
