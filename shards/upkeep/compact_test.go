package upkeep

import (
	"testing"
	"time"

	"sigrun/shards/keyspace"
)

// TestCompactedAgain is when a round of compaction may follow on another.
func TestCompactedAgain(t *testing.T) {
	const began = int64(time.Hour)
	for _, c := range []struct {
		what  string
		last  keyspace.Compacted
		after time.Duration
		holes uint64
		again bool
	}{
		{"none so far", keyspace.Compacted{}, 0, 0, true},
		{"it emptied something", keyspace.Compacted{At: began, Emptied: 1, Holes: 100}, compactAgain, 100, true},
		{"the same, too soon", keyspace.Compacted{At: began, Emptied: 1, Holes: 100}, compactAgain - 1, 100, false},
		{"it emptied nothing", keyspace.Compacted{At: began, Emptied: 0, Holes: 100}, compactIdle - 1, 125, false},
		{"the same, a minute ago", keyspace.Compacted{At: began, Emptied: 0, Holes: 100}, compactIdle, 100, true},
		{"the same, more holes", keyspace.Compacted{At: began, Emptied: 0, Holes: 100}, compactAgain, 126, true},
		{"the same, too soon", keyspace.Compacted{At: began, Emptied: 0, Holes: 100}, compactAgain - 1, 126, false},
	} {
		if got := again(&c.last, began+int64(c.after), c.holes); got != c.again {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
