package exec_test

import (
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// TestSeqMovesWithTheSlot: who reads a key in the shard that its slot has come to shows what was committed in the one that it has left.
func TestSeqMovesWithTheSlot(t *testing.T) {
	b := newBare(t)
	run := func(args ...string) call.Verdict {
		c := b.command(args...)
		return b.ctx.Run(&c, &b.cl, &resp.Writer{Proto: 2}, nil, nil)
	}
	wrote := run("SET", "k", "v").Seq
	if wrote == 0 {
		t.Fatal("the commit has no number")
	}
	c := b.command("GET", "k")
	k := b.ctx.Keyspace()
	if !k.MoveSlot(c.Slot, (int(c.Shard)+1)%len(k.Shards), b.all) {
		t.Fatal("the slot stays")
	}
	if read := run("GET", "k").Seq; read < wrote {
		t.Errorf("a read shows commit %d, and says %d", wrote, read)
	}
}
