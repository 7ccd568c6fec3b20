package exec

import (
	"fmt"
	"testing"
	"time"

	"sigrun/storage/db"
)

func noted(n int) (u undo, keys []db.Key) {
	for i := range n {
		k := db.Key{Name: fmt.Append(nil, "key", i), Hash: uint64(i/3) * 0x9e3779b97f4a7c15} // three with each hash
		u.add(savedKey{database: i % 2, key: k})
		keys = append(keys, k)
	}
	return u, keys
}

// TestUndoFindsWhatItNoted: however many keys there are, each is found in its database and under its name only.
func TestUndoFindsWhatItNoted(t *testing.T) {
	for _, n := range []int{0, 1, fewKeys, fewKeys + 1, 1000} {
		u, keys := noted(n)
		for i := range keys {
			if !u.has(i%2, &keys[i]) || u.has(1-i%2, &keys[i]) {
				t.Errorf("of %d, key %d is not found where it was noted, or elsewhere", n, i)
			}
			if other := (db.Key{Name: []byte("other"), Hash: keys[i].Hash}); u.has(i%2, &other) {
				t.Errorf("of %d, one that was not noted is found by the hash of %d", n, i)
			}
		}
		if u.reset(); n > 0 && u.has(0, &keys[0]) {
			t.Errorf("of %d, one is found when all are forgotten", n)
		}
	}
}

// TestUndoFindsManyAsFast: a command of a script that has written to many keys does not look through them. What is measured are two orders of
// magnitude, the better of several tries.
func TestUndoFindsManyAsFast(t *testing.T) {
	each := func(n int) time.Duration {
		u, keys := noted(n)
		best := time.Hour
		for range 5 {
			began := time.Now()
			for i := range 2000 {
				u.has(0, &keys[i*7919%n])
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	if few, many := each(100), each(16000); many > 20*few {
		t.Errorf("2000 look-ups among 100 keys take %v, among 16000 %v", few, many)
	}
}
