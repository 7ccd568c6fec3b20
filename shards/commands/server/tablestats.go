package server

import (
	"fmt"
	"strings"

	"sigrun/internal/offheap"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/set"
)

var errNoTable = &resp.Error{Text: "ERR The value stored at the specified key is not represented using an hash table"}

// debugTableStats implements DEBUG HTSTATS-KEY key [FULL]. There is no second table that
// members move to, and no more to tell of the one.
func debugTableStats(c *exec.Ctx) error {
	if len(c.Args) > 4 {
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	k := c.Key(2)
	e := c.Part(k).Find(k)
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
