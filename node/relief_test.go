package node

import (
	"net"
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/protocol/call"
)

// TestHotSlotMoves heats two slots of one shard, as loops do that quarrel about its
// token, and sees one of them go to another shard with its key.
func TestHotSlotMoves(t *testing.T) {
	n := started(t)
	n.pacer.end() // the test looks instead
	first := uint16(0)
	second := first + 1
	for n.engine.Owner(second) != n.engine.Owner(first) {
		second++
	}
	before := n.engine.Owner(first)
	for deadline := time.Now().Add(60 * time.Second); n.engine.Owner(first) == before; {
		n.heat[first].Add(6000)
		n.heat[second].Add(5000)
		n.dispatcher.Stats.LostTries.Add(11000)
		n.relieve()
		all, r := *n.engine.All(), n.engine.NewCtx(-1)
		n.dispatcher.Acquire(&all) // behind the move, if there was one
		n.dispatcher.ReleaseSet(&all, r)
		if time.Now().After(deadline) {
			t.Fatal("the hotter slot stays where it is")
		}
	}
	if n.engine.Owner(second) != before {
		t.Fatal("both slots moved")
	}
}

// TestSlotMovesOnce: two moves that were asked for while the slot was in the same shard both wait for its token. The second one does not have that of the
// shard in which the slot is by then.
func TestSlotMovesOnce(t *testing.T) {
	n := started(t)
	n.pacer.end()
	const slot = 7
	owner, shards := n.engine.Owner(slot), n.dispatcher.Shards()
	r := n.engine.NewCtx(-1)
	var one call.ShardSet
	one.Add(owner)
	n.dispatcher.Acquire(&one)
	before := n.engine.SlotsMoved.Load()
	n.moveSlot(slot, (owner+1)%shards)
	n.moveSlot(slot, (owner+2)%shards)
	n.dispatcher.ReleaseSet(&one, r)
	all := *n.engine.All()
	n.dispatcher.Acquire(&all) // behind both
	defer n.dispatcher.ReleaseSet(&all, r)
	if moved := n.engine.SlotsMoved.Load() - before; moved != 1 {
		t.Errorf("the slot moved %d times", moved)
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// started is a node for tests that look inside; it ends with the test.
func started(t *testing.T) *Node {
	t.Helper()
	cfg := config.New(glob.Match)
	for _, p := range [][2]string{{"port", freePort(t)}, {"bind", "127.0.0.1"}} {
		if err := cfg.Override(p[0], p[1]); err != nil {
			t.Fatal(err)
		}
	}
	n, err := Start(Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}
