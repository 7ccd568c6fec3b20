package server

import (
	"fmt"
	"strings"

	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/quicklist"
)

// objectEncoding implements OBJECT ENCODING key.
func objectEncoding(c *exec.Ctx) error {
	return ofObject(c, func(e db.Entry) error {
		c.Out.BulkString(encoding(c, e))
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

// debugObject implements DEBUG OBJECT key [FAST], in Valkey's words. The address is the
// entry's; the serialized length is that of RDB without compression. A key whose time
// has come is told of as long as it is there.
func debugObject(c *exec.Ctx) error {
	if len(c.Args) > 4 {
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	fast := len(c.Args) == 4 && exec.Is(c.Args[3], "FAST")
	k := c.Key(2)
	e := c.Part(k).Find(k)
	if e == 0 {
		return resp.ErrNoSuchKey
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Value at:%#x refcount:1 encoding:%s", uint64(e), encoding(c, e))
	if !fast {
		fmt.Fprintf(&b, " serializedlength:%d", c.Images().Serialized(e))
	}
	clock := e.Access() // one of the two pairs means something; which is up to the policy
	fmt.Fprintf(&b, " lru:%d lru_seconds_idle:%d lfu_freq:%d lfu_access_time_minutes:%d", clock, c.Idle(e), c.Frequency(e), clock>>8)
	if e.Type() == db.List {
		listExtras(&b, c, e, fast)
	}
	c.Out.Simple(b.String())
	return nil
}

// listExtras tells of a list's nodes, as DEBUG OBJECT does for quicklists only.
func listExtras(b *strings.Builder, c *exec.Ctx, e db.Entry, fast bool) {
	l := offheap.At[quicklist.List](e.Value())
	if !l.Quick() {
		return
	}
	fmt.Fprintf(b, " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d", l.Nodes(),
		float64(l.Len())/float64(l.Nodes()), c.Engine().Settings.ListNodeLimit.Load(), min(c.Engine().Settings.ListDepth.Load(), 1))
	if !fast {
		fmt.Fprintf(b, " ql_uncompressed_size:%d", l.Unfolded())
	}
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

// encoding is the name of the way in which a value is stored: of what Valkey would say,
// the nearest.
func encoding(c *exec.Ctx, e db.Entry) string {
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
