package db

import (
	"fmt"
	"testing"

	"sigrun/internal/offheap"
)

// BenchmarkFlush empties a database of a million keys: what that takes happens under all tokens.
func BenchmarkFlush(b *testing.B) {
	g, err := offheap.NewRegion(4 << 30)
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	s := NewSpace(Config{Region: g, Databases: 1, Shards: 16})
	for range b.N {
		b.StopTimer()
		d := s.Database(0)
		for i := range 1_000_000 {
			k := s.Hasher().Key(fmt.Appendf(nil, "key:%d", i))
			d.Part(s.Slots().Owner(k.Slot)).SetString(&k, 0, []byte("value"), 0)
		}
		b.StartTimer()
		d.Flush()
		b.StopTimer()
		for i := range 16 {
			for s.Step(i, 1000) {
			}
		}
	}
}
