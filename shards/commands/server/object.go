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

// debugObject implements DEBUG OBJECT key [FAST], in Valkey's words. The address is the
// entry's; the serialized length is that of RDB without compression.
func debugObject(c *exec.Ctx) error {
	if len(c.Args) > 4 {
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	fast := len(c.Args) == 4 && exec.Is(c.Args[3], "FAST")
	t := c.Any(2)
	if !t.Exists() {
		return resp.ErrNoSuchKey
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Value at:%#x refcount:1 encoding:%s", uint64(t.E), Encoding(t.E))
	if !fast {
		fmt.Fprintf(&b, " serializedlength:%d", serializedLength(t.E))
	}
	clock := int64(t.E.Access())
	idle := max(c.Now/1000&0xFFFFFF-clock, 0)
	fmt.Fprintf(&b, " lru:%d lru_seconds_idle:%d lfu_freq:%d lfu_access_time_minutes:%d", clock, idle, clock&0xFF, clock>>8)
	if t.E.Type() == db.List {
		listExtras(&b, c, t.E, fast)
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
	fmt.Fprintf(b, " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:0", l.Nodes(),
		float64(l.Len())/float64(l.Nodes()), c.Engine().Settings.ListNodeLimit.Load())
	if !fast {
		fmt.Fprintf(b, " ql_uncompressed_size:%d", l.Bytes())
	}
}

// Encoding is the name of the way in which a value is stored: of what Valkey would say,
// the nearest.
func Encoding(e db.Entry) string {
	switch {
	case e.Type() == db.List && offheap.At[quicklist.List](e.Value()).Quick():
		return "quicklist"
	case e.Type() == db.List:
		return "listpack"
	case e.Encoding() == db.Int:
		return "int"
	case e.Len() <= 44:
		return "embstr"
	}
	return "raw"
}

// serializedLength is how many bytes the value takes in RDB without compression.
func serializedLength(e db.Entry) int {
	if e.Type() == db.List {
		n := 0
		offheap.At[quicklist.List](e.Value()).Packs(func(b []byte, plain bool) bool {
			n += 1 + lengthBytes(len(b)) + len(b)
			return true
		})
		return n + 1
	}
	if v, ok := e.Int(); ok {
		switch {
		case v >= -128 && v <= 127:
			return 2
		case v >= -32768 && v <= 32767:
			return 3
		case v == int64(int32(v)):
			return 5
		}
	}
	return lengthBytes(e.Len()) + e.Len()
}

// lengthBytes is how many bytes RDB takes for a length.
func lengthBytes(n int) int {
	switch {
	case n < 1<<6:
		return 1
	case n < 1<<14:
		return 2
	}
	return 5
}

// debugActiveExpire implements DEBUG SET-ACTIVE-EXPIRE 0 | 1.
func debugActiveExpire(c *exec.Ctx) error {
	c.Engine().Settings.ActiveExpire.Store(string(c.Args[2]) != "0")
	c.Out.OK()
	return nil
}
