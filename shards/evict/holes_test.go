package evict

import (
	"math/rand/v2"
	"strings"
	"testing"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/shards/keyspace"
)

// set stores a value under a random one of n keys, and makes room afterwards.
func (c *cache) set(r *rand.Rand, n int, value []byte) {
	name := c.name[:]
	for i, left := len(name)-1, r.IntN(n); i >= 0; i, left = i-1, left/10 {
		name[i] = byte('0' + left%10)
	}
	k := c.k.Space.Hasher().Key(name)
	p := c.k.Shards[c.k.Owner(k.Slot)].Part(0)
	p.SetString(&k, p.Find(&k), value, 0).SetAccess(keyspace.Second(c.clock.Millis()))
	if c.account.Over() {
		c.e.Room()
	}
}

// Memory that is handed out, holes included, stays near the limit while values come to be of other sizes, and as many keys stay as fit.
func TestValuesOfAnotherSize(t *testing.T) {
	const (
		limit   = 48 << 20
		ceiling = limit + limit/5 // what is no hole, tables and a slab a class and shard, is a good part of so little
		slack   = 2 << 20
	)
	c := newCache(t, "allkeys-lru", limit)
	c.k.Settings.Compact.Ceiling.Store(ceiling)
	r := rand.New(rand.NewPCG(3, 4))
	region, most := c.k.Space.Region(), int64(0)
	for _, size := range []int{100, 400, 100, 1000} {
		value := []byte(strings.Repeat("v", size))
		for i := range 500_000 {
			c.set(r, 700_000, value)
			if i%100 == 0 {
				most = max(most, region.Handed())
			}
		}
		if most > ceiling+slack {
			t.Fatalf("values of %d bytes: %d bytes are handed out, %d may be", size, most, ceiling)
		}
		if used := c.account.Sum(); used < limit*99/100 {
			t.Errorf("values of %d bytes: %d bytes are used, and %d could be", size, used, limit)
		}
	}
}

// Neither a key that goes nor the holes that are closed for it cost the collector anything.
func TestMakingRoomAllocatesNothing(t *testing.T) {
	if offheap.RaceBuild || invariants.Enabled {
		t.Skip("the race detector and assertions keep books of memory off the heap, and those allocate")
	}
	c := newCache(t, "allkeys-lru", 8<<20)
	c.k.Settings.Compact.Ceiling.Store(9 << 20)
	r := rand.New(rand.NewPCG(5, 6))
	small, large := []byte(strings.Repeat("v", 100)), []byte(strings.Repeat("v", 400))
	for range 200_000 {
		c.set(r, 200_000, small)
	}
	gone := c.gone
	if n := testing.AllocsPerRun(1, func() {
		for range 20_000 {
			c.set(r, 200_000, large)
		}
	}); n > 100 { // what grows with the store: tables of slots
		t.Errorf("%v allocations for %d keys that went", n, c.gone-gone)
	}
}
