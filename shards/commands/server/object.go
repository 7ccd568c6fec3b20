package server

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// objectEncoding implements OBJECT ENCODING key.
func objectEncoding(c *exec.Ctx) error {
	return ofObject(c, func(e db.Entry) error {
		c.Out.BulkString(Encoding(c, e))
		return nil
	})
}

// objectRefCount implements OBJECT REFCOUNT key. No value is shared, as in Valkey 9.1, where each lies with its key.
func objectRefCount(c *exec.Ctx) error {
	return ofObject(c, func(db.Entry) error {
		c.Out.Int(1)
		return nil
	})
}

// objectIdleTime implements OBJECT IDLETIME key, in seconds.
func objectIdleTime(c *exec.Ctx) error {
	return ofObject(c, func(e db.Entry) error {
		if c.Engine().Settings.CountUse.Load() {
			return resp.ErrIdleTimeWithLFU
		}
		c.Out.Int(c.Idle(e))
		return nil
	})
}

// objectFreq implements OBJECT FREQ key.
func objectFreq(c *exec.Ctx) error {
	return ofObject(c, func(e db.Entry) error {
		if !c.Engine().Settings.CountUse.Load() {
			return resp.ErrFrequencyWithLRU
		}
		c.Out.Int(c.Frequency(e))
		return nil
	})
}

// ofObject has tell answer for the key at argument 2; null when there is none.
func ofObject(c *exec.Ctx, tell func(e db.Entry) error) error {
	t := c.Look(c.Key(2), exec.Asks, exec.Counted)
	if !t.Exists() {
		c.Out.Null()
		return nil
	}
	return tell(t.E)
}

// objectHelp implements OBJECT HELP.
func objectHelp(c *exec.Ctx) error {
	c.Out.Help("OBJECT",
		"ENCODING <key>",
		"    Return the kind of internal representation used in order to store the value",
		"    associated with a <key>.",
		"FREQ <key>",
		"    Return the access frequency index of the <key>. The returned integer is",
		"    proportional to the logarithm of the recent access frequency of the key.",
		"IDLETIME <key>",
		"    Return the idle time of the <key>, that is the approximated number of",
		"    seconds elapsed since the last access to the key.",
		"REFCOUNT <key>",
		"    Return the number of references of the value associated with the specified",
		"    <key>.")
	return nil
}

// embeds tells whether Valkey would keep a string in one piece with its key: in 128 bytes, with
// 8 of its own, 8 for a time, and what it writes before and behind key and value.
func embeds(e db.Entry) bool {
	const budget, object, time, short = 128, 8, 8, 32
	key := len(e.Key())
	size := object + key + 3 + e.Len() + 4
	if key >= short { // its length takes more
		size += 2
	}
	if e.ExpireAt() != 0 {
		size += time
	}
	return size <= budget
}

// Encoding is the name of the way in which a value is stored: of what Valkey would say,
// the nearest.
func Encoding(c *exec.Ctx, e db.Entry) string {
	switch {
	case e.Type() != db.String:
		return c.Engine().Space.Ops(e).Encoding(e.Value())
	case e.Encoding() == db.Int:
		return "int"
	case !e.Edited() && embeds(e):
		return "embstr"
	}
	return "raw"
}
