package exec_test

import (
	"testing"

	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// script begins a script that holds some tokens; kills counts how often it is ended.
func (b *bare) script(held *call.ShardSet, kills *int) *exec.ScriptRun {
	c := b.command("GET", b.inShard(0))
	b.ctx.Run(&c, &b.cl, &resp.Writer{Proto: 2}, held, b.ctx)
	return b.ctx.BeginScript(false, func() { *kills++ })
}

func words(list ...string) (args [][]byte) {
	for _, w := range list {
		args = append(args, []byte(w))
	}
	return args
}

// TestScriptsAreKilledOrWrite: a script that was killed writes nothing, though it runs on for a moment, and one that has written is not killed.
func TestScriptsAreKilledOrWrite(t *testing.T) {
	b, kills := newBare(t), 0
	r := b.script(b.all, &kills)
	if _, err := r.Call(words("GET", "k")); err != nil {
		t.Fatal(err)
	}
	if writers := b.ctx.Engine().EndScripts(); writers != 0 || kills != 1 {
		t.Errorf("%d scripts go on and %d were ended, none and one would be right", writers, kills)
	}
	for range 2 {
		if reply, err := r.Call(words("SET", "k", "v")); err == nil {
			t.Errorf("a script that was killed writes and gets %q", reply)
		}
	}
	if again := r.End(); again != nil || b.do("EXISTS", "k") != ":0\r\n" {
		t.Errorf("it starts again: %v; EXISTS k: %q", again, b.do("EXISTS", "k"))
	}

	r = b.script(b.all, &kills)
	for _, v := range []string{"1", "2"} {
		if _, err := r.Call(words("SET", "k", v)); err != nil {
			t.Error(err)
		}
		if writers := b.ctx.Engine().EndScripts(); writers != 1 || kills != 1 {
			t.Errorf("%d scripts go on and %d were ended, one that has written and the other would be right", writers, kills)
		}
	}
	if again := r.End(); again != nil || b.do("GET", "k") != "$1\r\n2\r\n" {
		t.Errorf("it starts again: %v; GET k: %q", again, b.do("GET", "k"))
	}

	first := shards(0)
	r = b.script(&first, &kills)
	b.ctx.Engine().EndScripts()
	if _, err := r.Call(words("GET", b.inShard(1))); err == nil {
		t.Error("a script reads a key without its token")
	}
	if again := r.End(); again != nil {
		t.Error("a script that was killed starts again")
	}
}
