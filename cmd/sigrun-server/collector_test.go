package main

import (
	"runtime/debug"
	"testing"
)

// TestHeadroom: however little is alive, a collection comes when leastRoom was allocated; what is alive at most doubles; and the room follows how often one came.
func TestHeadroom(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	tuneCollector()
	const least = 4 << 20 // of a heap, which SetGCPercent grows with the percentage
	if percent := debug.SetGCPercent(100); least*percent/100 != leastRoom {
		t.Errorf("it begins with %d %% of %d bytes", percent, least)
	}
	for _, c := range []struct{ live, room uint64 }{{1 << 20, leastRoom}, {8 << 20, leastRoom}, {100 << 20, 100 << 20}} {
		u := &tuner{room: leastRoom, most: mostRoom}
		u.adjust(c.live)
		if have := max(c.live, least) * uint64(u.percent) / 100; have > c.room || have < c.room*9/10 {
			t.Errorf("%d bytes are alive: room for %d, want %d", c.live, have, c.room)
		}
	}
	u := &tuner{room: leastRoom, most: mostRoom}
	for range 10 {
		u.pace(oftenCycles + 1)
	}
	if u.room != mostRoom {
		t.Errorf("room for %d while collections come often", u.room)
	}
	for range 10 {
		u.pace(0)
	}
	if u.room != leastRoom {
		t.Errorf("room for %d when none comes", u.room)
	}
}
