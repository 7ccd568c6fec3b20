package keys_test

import (
	"testing"

	"sigrun/protocol/call"
)

// TestLookAheadOfRepeatedKeys has a turn of commands on keys that are the same, nearly the
// same or empty look every command up as a turn of its own does.
func TestLookAheadOfRepeatedKeys(t *testing.T) {
	b := newBench(t)
	lines := [][]string{{"GET", "a"}, {"GET", "a"}, {"GET", "b"}, {"GET", "bb"}, {"GET", "ab"}, {"GET", ""}, {"GET", ""},
		{"SCAN", "5"}, {"GET", "5"}, {"SCAN", "5"}, {"STRLEN", "5"}, {"SET", "5", "x"}, {"SET", "5", "y"}, {"MGET", "5"}, {"GET", "5"},
		{"PING"}, {"GET", "{5}1"}, {"GET", "{5}2"}, {"GET", "{5}2"}}
	var turn []call.Command
	for _, l := range lines {
		turn = append(turn, b.command(l...))
	}
	b.ctx.Prepare(turn, 0)
	for i, l := range lines {
		alone := []call.Command{b.command(l...)}
		b.ctx.Prepare(alone, 0)
		if turn[i].Hash != alone[0].Hash || turn[i].Slot != alone[0].Slot || turn[i].Shard != alone[0].Shard {
			t.Errorf("%q: hash %x slot %d shard %d in the turn, %x %d %d alone", l, turn[i].Hash, turn[i].Slot, turn[i].Shard,
				alone[0].Hash, alone[0].Slot, alone[0].Shard)
		}
	}
}
