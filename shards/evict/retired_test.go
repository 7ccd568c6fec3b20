package evict

import (
	"math/rand/v2"
	"testing"
)

// What waits to be freed, and is being freed by somebody else, is still to come: nobody says that nothing can go.
func TestGarbageOfOthersIsToCome(t *testing.T) {
	for _, policy := range []string{"noeviction", "allkeys-lru", "allkeys-random", "volatile-ttl"} {
		c := newCache(t, policy, 64<<20)
		r := rand.New(rand.NewPCG(7, 8))
		for range 50_000 {
			c.set(r, 50_000, cached)
		}
		c.k.Space.Database(0).Flush()
		c.held = 5
		c.account.Limit(1)
		if o, _ := c.e.Room(); o != Working {
			t.Errorf("%s: making room came to %d while others free", policy, o)
		}
		c.held = 0
		if o, _ := c.e.Room(); o != Plenty || c.k.Space.Garbage(5) {
			t.Errorf("%s: making room came to %d, and there is garbage: %v", policy, o, c.k.Space.Garbage(5))
		}
	}
}

// Tables of a database that was emptied are made free before anybody says that nothing can go.
func TestRetiredTablesGo(t *testing.T) {
	c := newCache(t, "noeviction", 64<<20)
	r := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		c.set(r, 50_000, cached)
	}
	space := c.k.Space
	space.Database(0).Flush()
	for s := range c.k.Shards {
		for space.Lazy(s).Pending.Load() > 0 { // the last value goes, its tables are left
			space.Step(s, 1)
		}
		space.Tell(s)
	}
	if space.Retired() == 0 {
		t.Fatal("no table was retired")
	}
	c.account.Limit(c.account.Sum() - space.Retired()/2)
	if o, _ := c.e.Room(); o != Plenty {
		t.Errorf("making room came to %d, and %d bytes of tables are left", o, space.Retired())
	}
}
