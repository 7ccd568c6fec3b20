package db

import (
	"sigrun/internal/metrics"
	"sigrun/storage/kvstore"
)

// counts is how many keys a part has, by slot and in all.
type counts struct {
	tally kvstore.Tally

	// Count, Volatile and Part.Tracked, for whoever has no token.
	keys, volatile, tracked metrics.Counter
}

// Count is the number of keys.
func (c *counts) Count() int { return c.tally.Count(kvstore.All) }

// Estimate is a count of keys, Volatiles and Trackeds are those of Volatile and Tracked, that were right not long ago. They need no
// token: they are those after the last change by whoever has it.
func (c *counts) Estimate() int  { return int(c.keys.Load()) }
func (c *counts) Volatiles() int { return int(c.volatile.Load()) }
func (c *counts) Trackeds() int  { return int(c.tracked.Load()) }

// tallied notes that a slot got so many more keys, and keys that expire.
func (c *counts) tallied(slot uint16, keys, volatile int) {
	c.tally.Add(slot, keys, volatile)
	c.keys.Set(uint64(c.Count()))
	if volatile != 0 {
		c.volatile.Set(uint64(c.Volatile()))
	}
}

// Volatile is the number of keys that expire.
func (c *counts) Volatile() int { return c.tally.Count(kvstore.Volatile) }

// Owns tells whether a slot is this shard's.
func (c *counts) Owns(slot uint16) bool { return c.tally.Owns(slot) }
