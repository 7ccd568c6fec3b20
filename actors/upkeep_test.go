package actors

import (
	"sync/atomic"
	"testing"
	"time"

	"sigrun/protocol/call"
)

// TestUpkeepComesBackToShardsOfScripts: a round passes over a shard that a script holds, and nobody need ask for the one that
// comes back to it.
func TestUpkeepComesBackToShardsOfScripts(t *testing.T) {
	w := newWorld(2, 1, 4, nil)
	var rounds, chores atomic.Int64
	w.d.executors.newRunner = func() Runner { return &tidying{fakeRunner{w, -1}, &rounds, &chores} }
	set := call.ShardSet{}
	set.Add(1)
	holds, goOn := make(chan struct{}), make(chan struct{})
	w.d.Submit(&call.Call{Loop: -1, Set: set, Work: func() { close(holds); <-goOn }})
	<-holds
	w.d.StartUpkeep(time.Millisecond)
	defer w.d.Close()
	for rounds.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if chores.Load() != 0 {
		t.Error("a shard that is held was worked in")
	}
	close(goOn)
	for deadline := time.Now().Add(time.Minute); chores.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the shard was forgotten")
		}
	}
}

// tidying counts rounds and what was done in shard 1.
type tidying struct {
	fakeRunner
	rounds, chores *atomic.Int64
}

func (r *tidying) Tidy() bool {
	r.rounds.Add(1)
	return false
}

func (r *tidying) Chores(shard int) (did, more bool) {
	r.chores.Add(int64(shard))
	return false, false
}
