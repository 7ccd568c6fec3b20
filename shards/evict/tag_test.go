package evict

import (
	"fmt"
	"math"
	"testing"

	"sigrun/shards/keyspace"
)

// use stores a key of that name, used now.
func (c *cache) use(name string) {
	k := c.k.Space.Hasher().Key([]byte(name))
	c.k.Shards[c.k.Owner(k.Slot)].Part(0).SetString(&k, 0, cached, 0).SetAccess(keyspace.Second(c.clock.Millis()))
}

// left is how many keys with names of that form there are.
func (c *cache) left(form string, n int) (left int) {
	for i := range n {
		k := c.k.Space.Hasher().Key(fmt.Appendf(nil, form, i))
		if c.k.Shards[c.k.Owner(k.Slot)].Part(0).Find(&k) != 0 {
			left++
		}
	}
	return left
}

// TestASlotThatIsUsedKeepsItsKeys: of keys that all lie in one slot, and were used last, hardly one goes while there are older ones elsewhere, though
// most samples are of that slot. Lots are drawn from a hundred seeds.
func TestASlotThatIsUsedKeepsItsKeys(t *testing.T) {
	const each, more, seeds = 2000, 1000, 100
	for _, shards := range []int{1, 2, 16, 128} {
		t.Run(fmt.Sprint(shards, " shards"), func(t *testing.T) {
			lost, fell := 0, 0
			for seed := range uint64(seeds) {
				c := newCacheOf(t, shards, "allkeys-lru", math.MaxInt64)
				c.e.random.Seed(seed)
				for i := range each {
					c.use(fmt.Sprint("old:", i))
				}
				c.clock.Step(10e9)
				for i := range each {
					c.use(fmt.Sprint("{h}:", i))
				}
				for s := range c.k.Shards {
					c.k.Space.Tell(s)
				}
				c.account.Limit(c.account.Sum())
				for i := range more {
					if o, _ := c.e.Room(); o != Plenty {
						t.Fatal(o)
					}
					c.use(fmt.Sprint("new{h}:", i))
				}
				fell += each - c.left("old:%d", each)
				lost += each - c.left("{h}:%d", each) + more - c.left("new{h}:%d", more)
			}
			t.Logf("%d that were used last and %d of the others have gone", lost, fell)
			if lost > fell/500 {
				t.Errorf("%d that were used last and %d of the others have gone", lost, fell)
			}
		})
	}
}
