package exec

import (
	"testing"
	"time"
)

// TestCompactedAgain is when a round of compaction may follow on another.
func TestCompactedAgain(t *testing.T) {
	const began = int64(time.Hour)
	for _, c := range []struct {
		what  string
		last  compacted
		after time.Duration
		holes uint64
		again bool
	}{
		{"none so far", compacted{}, 0, 0, true},
		{"it emptied something", compacted{began, 1, 100}, compactAgain, 100, true},
		{"the same, too soon", compacted{began, 1, 100}, compactAgain - 1, 100, false},
		{"it emptied nothing", compacted{began, 0, 100}, compactIdle - 1, 125, false},
		{"the same, a minute ago", compacted{began, 0, 100}, compactIdle, 100, true},
		{"the same, more holes", compacted{began, 0, 100}, compactAgain, 126, true},
		{"the same, too soon", compacted{began, 0, 100}, compactAgain - 1, 126, false},
	} {
		if got := c.last.again(began+int64(c.after), c.holes); got != c.again {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
