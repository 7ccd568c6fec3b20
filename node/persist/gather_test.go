package persist

import (
	"testing"
	"time"
)

// TestGathering: who was answered is waited for behind a slow sync, for a part of what it took, and no more when that was in vain.
func TestGathering(t *testing.T) {
	const ms = int64(time.Millisecond)
	var g gathering
	if g.synced(10, 5, 0, ms/2); !g.over(10, 0, true) || g.rest(0) != lookEvery {
		t.Error("a fast disk is waited for")
	}
	g.synced(10, 5, 0, 8*ms)
	if g.over(14, ms/2, true) || g.rest(ms/2) != time.Millisecond/2 {
		t.Error("who is not back is not waited for")
	}
	if !g.over(15, ms/2, true) {
		t.Error("all are back and waited for")
	}
	g.synced(10, 5, 0, 8*ms)
	if g.over(13, ms-1, true) || !g.over(13, ms, true) || g.skip != 0 {
		t.Error("most came in time")
	}
	for vain := 1; vain <= mostVain+1; vain++ {
		g.synced(10, 5, 0, 8*ms)
		if g.over(12, ms-1, true) || !g.over(12, ms, true) {
			t.Fatal("few came")
		}
		for range 1 << min(vain, mostVain) {
			if g.synced(10, 5, 0, 8*ms); !g.over(10, 0, true) {
				t.Fatal("it is waited for again too early")
			}
		}
	}
	g.synced(10, 5, 0, 8*ms)
	if !g.over(10, 0, false) || g.rest(2*ms) != lookEvery {
		t.Error("it is waited for where there is another reason to write, or still is behind that")
	}
	g.synced(10, 5, 0, 1000*ms)
	if g.rest(0) != 2*time.Millisecond {
		t.Error("it is waited for too long")
	}
}
