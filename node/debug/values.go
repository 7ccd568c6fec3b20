package debug

import (
	"fmt"
	"strings"

	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/commands/server"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/digest"
	"sigrun/storage/hash"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
)

// digestAll implements DEBUG DIGEST: zeros for an empty server. Keys whose time has
// come do not count.
func digestAll(c *exec.Ctx) error {
	d := digest.New()
	for i := range c.Databases() {
		c.EachPart(i, func(p *db.Part) {
			p.Each(func(e db.Entry) bool {
				if !c.Due(e) {
					d.Add(c.Engine().Space, i, e)
				}
				return true
			})
		})
	}
	c.Out.Simple(d.String())
	return nil
}

// digestValues implements DEBUG DIGEST-VALUE [key ...]: zeros for an absent key. The
// name and the time of expiry do not count.
func digestValues(c *exec.Ctx) error {
	keys := c.Keys()
	c.Out.Array(len(keys))
	for i := range keys {
		text := digest.New().String()
		if e := c.Look(&keys[i], exec.Asks, exec.Quietly).E; e != 0 {
			text = digest.OfValue(c.Engine().Space, e)
		}
		c.Out.Simple(text)
	}
	return nil
}

// object implements DEBUG OBJECT key [FAST], in Valkey's words. The address is the
// entry's; the serialized length is that of RDB without compression. A key whose time
// has come is told of as long as it is there.
func object(c *exec.Ctx) error {
	if len(c.Args) > 4 {
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	fast := len(c.Args) == 4 && exec.Is(c.Args[3], "FAST")
	k := c.Key(2)
	e := c.Look(k, exec.Peeks, exec.Quietly).E
	if e == 0 {
		return resp.ErrNoSuchKey
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Value at:%#x refcount:1 encoding:%s", uint64(e), server.Encoding(c, e))
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

var errNoTable = &resp.Error{Text: "ERR The value stored at the specified key is not represented using an hash table"}

// tableStats implements DEBUG HTSTATS-KEY key [FULL]. There is no second table that
// members move to, and no more to tell of the one.
func tableStats(c *exec.Ctx) error {
	k := c.Key(2)
	e := c.Look(k, exec.Peeks, exec.Quietly).E
	if e == 0 {
		return resp.ErrNoSuchKey
	}
	places, n := table(e)
	if places == 0 {
		return errNoTable
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Hash table 0 stats (main hash table):\n table size: %d\n number of elements: %d\n", places, n)
	c.Out.Verbatim("txt", b.String())
	return nil
}

// table is how many elements the table of a set or hash has room for, and has; 0 when there
// is none.
func table(e db.Entry) (places, n int) {
	switch e.Type() {
	case db.Set:
		s := offheap.At[set.Set](e.Value())
		return s.Places(), s.Len()
	case db.Hash:
		x := offheap.At[hash.Hash](e.Value())
		return x.Places(), x.Len()
	}
	return 0, 0
}
