package exec

import (
	"sigrun/internal/sim"
	"sigrun/protocol/command"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// Accessed notes that e is used now. It stores only what changed: at most once a second
// for a key, or when its counter does.
func (c *Access) Accessed(e db.Entry) {
	if e.Access() != c.clock {
		c.access(e)
	}
}

// access is Accessed for an entry whose clock is another.
func (c *Access) access(e db.Entry) {
	if c.Client.NoTouch && !c.Spec.Has(command.Touches) {
		return
	}
	now := c.clock
	if now == counts {
		now = c.used(e.Access())
	}
	if e.Access() != now {
		e.SetAccess(now)
	}
}

// counts is the clock of a Ctx under LFU: no entry has it.
const counts = 1 << 24

// used is what becomes of an LFU clock by one more access.
func (c *Access) used(clock uint32) uint32 {
	counter := c.k.Settings.Decayed(clock, c.Now)
	if counter < keyspace.MostCounted {
		above := max(int64(counter)-keyspace.BornCounted, 0)
		if sim.Float64()*float64(above*c.k.Settings.LFULogFactor.Load()+1) < 1 {
			counter++
		}
	}
	return keyspace.Counted(c.Now, counter)
}

// Frequency is the counter of e under an LFU policy.
func (c *Access) Frequency(e db.Entry) int64 { return int64(c.k.Settings.Decayed(e.Access(), c.Now)) }

// Idle is how many seconds ago e was last used, under any other policy.
func (c *Access) Idle(e db.Entry) int64 { return keyspace.Idle(e, c.Now) }

// Micros is the time of day in microseconds, and the same one for a whole transaction or script, unless that has made
// the node busy.
func (c *Step) Micros() int64 {
	if !c.inTx || c.micros == 0 || c.Script != nil && c.Script.Overdue() {
		c.micros = c.k.Clock.Micros()
	}
	return c.micros
}

// lookAtTime sets the time that commands see, the access clock and the one that new keys
// begin with.
func (c *Access) lookAtTime() {
	c.Now = c.k.Clock.Millis()
	c.clock = keyspace.Second(c.Now)
	birth := c.clock
	if c.k.Settings.CountUse.Load() {
		c.clock, birth = counts, keyspace.Counted(c.Now, keyspace.BornCounted)
	}
	if c.k.Space.Birth() != birth {
		c.k.Space.SetBirth(birth)
	}
}
