package debug

import (
	"sigrun/internal/config"
	"sigrun/internal/num"
	"sigrun/node/control"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// on reports whether an argument switches something on: any number but 0 does, and no word.
func on(arg []byte) bool {
	n, ok := num.ParseInt(arg)
	return ok && n != 0
}

// activeExpire implements DEBUG SET-ACTIVE-EXPIRE 0 | 1.
func activeExpire(c *exec.Ctx) error {
	c.Engine().Settings.ActiveExpire.Store(on(c.Args[2]))
	c.Out.OK()
	return nil
}

// skipChecksum implements DEBUG SET-SKIP-CHECKSUM-VALIDATION 0|1.
func skipChecksum(c *exec.Ctx) error {
	c.Engine().Settings.SkipChecksum.Store(on(c.Args[2]))
	c.Out.OK()
	return nil
}

// denyScripts implements DEBUG SET-DISABLE-DENY-SCRIPTS 0|1.
func denyScripts(c *exec.Ctx) error {
	c.Engine().Settings.ScriptsMayAll.Store(on(c.Args[2]))
	c.Out.OK()
	return nil
}

// packedThreshold implements DEBUG QUICKLIST-PACKED-THRESHOLD size. Nodes that are there stay
// as they are.
func packedThreshold(c *exec.Ctx) error {
	const most = 1<<32 - 1<<20
	n, err := config.ParseMemory(string(c.Args[2]))
	if err != nil || n < 0 || n > most {
		return errPackedThreshold
	}
	c.Engine().Settings.ListLarge.Store(n)
	c.Out.OK()
	return nil
}

var errPackedThreshold = &resp.Error{Text: "ERR argument must be a memory value bigger than 1 and smaller than 4gb"}

// nothing implements what switches something that this server does not have, or what
// nobody can tell from not having been switched.
func nothing(c *exec.Ctx) error {
	c.Out.OK()
	return nil
}

// replyBuffer implements DEBUG REPLYBUFFER: connections have no buffers of their own for replies.
func replyBuffer(c *exec.Ctx) error {
	switch {
	case exec.Is(c.Args[2], "PEAK-RESET-TIME"):
		if _, ok := num.ParseInt(c.Args[3]); !ok && !exec.Is(c.Args[3], "NEVER") && !exec.Is(c.Args[3], "RESET") {
			return resp.ErrNotInteger
		}
	case !exec.Is(c.Args[2], "RESIZING"):
		return resp.UnknownSubcommandArity("DEBUG", c.Args[1])
	}
	c.Out.OK()
	return nil
}

// replyList implements DEBUG CLIENT-ENFORCE-REPLY-LIST 0|1: a reply counts as much as one
// that Valkey keeps in a block of its own.
func replyList(c *control.Ctx) error {
	var least int64
	if on, _ := num.ParseInt(c.Args[2]); on != 0 {
		least = replyBlock
	}
	c.Limits.Out.LeastReply.Store(least)
	c.Out.OK()
	return nil
}

const replyBlock = 16 << 10
