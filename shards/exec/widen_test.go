package exec_test

import (
	"fmt"
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// inShard is a key of a shard.
func (b *bare) inShard(shard int) string {
	for i := 0; ; i++ {
		name := fmt.Sprint("key", i)
		if c := b.command("GET", name); int(c.Shard) == shard {
			return name
		}
	}
}

// parks has a client wait.
func (b *bare) parks(args ...string) *call.Call {
	w := &call.Call{Command: b.command(args...), Client: &call.Client{Proto: 2}, Loop: -1, Set: *b.all}
	if v := b.ctx.RunCall(w); v.Outcome != call.Waiting {
		b.t.Fatalf("%v does not wait: %v", args, v)
	}
	return w
}

func shards(list ...int) (set call.ShardSet) {
	for _, s := range list {
		set.Add(s)
	}
	return set
}

// TestTransactionsWantWhatWaitersNeed: a transaction takes the tokens of those along who wait for what it writes, whatever ran before it, and looks
// at waiters only where it holds the token.
func TestTransactionsWantWhatWaitersNeed(t *testing.T) {
	b := newBare(t)
	from, to, last, other := b.inShard(0), b.inShard(1), b.inShard(2), b.inShard(3)
	b.parks("BLMOVE", from, to, "LEFT", "RIGHT", "0")
	b.parks("BLMOVE", to, last, "LEFT", "RIGHT", "0")
	inPlace := b.command("GET", other)
	for name, before := range map[string]func(){
		"a command in place":         func() { b.ctx.Run(&inPlace, &b.cl, &resp.Writer{Proto: 2}, nil, b.ctx) },
		"a command with all tokens":  func() { b.do("GET", other) },
		"a transaction without keys": func() { b.ctx.RunTx(nil, &b.cl, &resp.Writer{Proto: 2}, &call.ShardSet{}, b.ctx) },
	} {
		for _, step := range [][2]call.ShardSet{{shards(0), shards(0, 1)}, {shards(0, 1), shards(0, 1, 2)}} {
			before()
			queue := []call.Command{b.command("RPUSH", from, "v")}
			v := b.ctx.RunTx(queue, &b.cl, &resp.Writer{Proto: 2}, &step[0], b.ctx)
			if v.Outcome != call.NeedMore || *v.Want != step[1] {
				t.Errorf("behind %s, with %v: %+v, want %v", name, step[0], v, step[1])
			}
		}
	}
}
