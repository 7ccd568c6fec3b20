package db

import "testing"

// TestEveryScanLooksAtAll: with a few keys that expire each scan goes all round, wherever the one before stopped.
func TestEveryScanLooksAtAll(t *testing.T) {
	for _, keys := range []int{1, 2, 50} {
		s := newSpace(t, 1, nil)
		p := s.Database(0).Part(0)
		var name [16]byte
		for i := range keys {
			k := s.Hasher().Key(benchKey(name[:], uint64(i)))
			p.SetString(&k, 0, name[:], 100)
		}
		for round := range 10 {
			due := 0
			p.ExpireScan(101, 1000, func(Entry) { due++ })
			if due != keys {
				t.Fatalf("scan %d of %d keys found %d", round, keys, due)
			}
		}
		for budget := range 5 { // stops and goes on in the middle
			p.ExpireScan(101, budget, func(Entry) {})
			due := 0
			p.ExpireScan(101, 1000, func(Entry) { due++ })
			if due < keys {
				t.Fatalf("after a scan of %d, %d of %d keys were found", budget, due, keys)
			}
		}
	}
}
