package ignition

import "testing"

// steps gives the same heat again and again and returns what comes of the last step.
func steps(r *Reliever, n int, heat []Heat, commands uint64) (out Relief) {
	for range n {
		out = r.Step(heat, commands)
	}
	return out
}

func TestRelieverMovesTheHottestSlotThatHelps(t *testing.T) {
	heat := []Heat{{Slot: 1, Shard: 3, Lost: 600}, {Slot: 2, Shard: 3, Lost: 500}, {Slot: 9, Shard: 5, Lost: 20}}
	r := &Reliever{Shards: 16}
	if got := r.Step(heat, 10000); got.Moves {
		t.Fatal("a single step is no reason")
	}
	if got := r.Step(heat, 10000); !got.Moves || got.Slot != 1 || got.To != 0 {
		t.Fatalf("got %+v", got)
	}
	heat[0].Shard = 0 // it has moved; what is left is one slot in each of two shards
	if got := steps(r, 10, heat, 10000); got.Moves {
		t.Fatalf("a shard with one hot slot was taken it: %+v", got)
	}
}

func TestRelieverLeavesAMovedSlotAlone(t *testing.T) {
	heat := []Heat{{Slot: 1, Shard: 3, Lost: 600}, {Slot: 2, Shard: 3, Lost: 500}}
	r := &Reliever{Shards: 16}
	seen := map[uint16]int{}
	for range reliefRest - 1 {
		if got := r.Step(heat, 10000); got.Moves {
			seen[got.Slot]++
		}
	}
	if seen[1] != 1 || seen[2] != 1 {
		t.Fatalf("moves within the time of rest: %v", seen)
	}
}

func TestRelieverLendsAShardWithOneHotSlot(t *testing.T) {
	heat := []Heat{{Slot: 7, Shard: 2, Lost: 5000}}
	r := &Reliever{Shards: 16, Workers: true}
	if got := steps(r, 2, heat, 10000); got.Moves || got.Lend != 2 {
		t.Fatalf("got %+v", got)
	}
	if got := steps(r, 2, heat, 10000); got.Lend >= 0 || got.Back >= 0 {
		t.Fatalf("while it is lent: %+v", got)
	}
	if got := r.Step(nil, 10000); got.Back != 2 {
		t.Fatalf("when it is cool again: %+v", got)
	}
	if got := steps(&Reliever{Shards: 16}, 10, heat, 10000); got.Moves || got.Lend >= 0 {
		t.Fatalf("without workers: %+v", got)
	}
}

func TestRelieverIgnoresEvenAndRareLosses(t *testing.T) {
	even := make([]Heat, 16)
	for s := range even {
		even[s] = Heat{Slot: uint16(s), Shard: s, Lost: 500}
	}
	for name, heat := range map[string][]Heat{"even": even, "few": {{Slot: 1, Shard: 1, Lost: 50}, {Slot: 2, Shard: 1, Lost: 40}}} {
		if got := steps(&Reliever{Shards: 16, Workers: true}, 10, heat, 10000); got.Moves || got.Lend >= 0 {
			t.Errorf("%s losses: %+v", name, got)
		}
	}
	if got := steps(&Reliever{Shards: 16}, 10, []Heat{{1, 1, 500}, {2, 1, 500}}, 1e6); got.Moves {
		t.Errorf("a thousand of a million commands: %+v", got)
	}
}
