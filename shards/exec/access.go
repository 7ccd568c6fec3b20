package exec

import (
	"sigrun/internal/sim"
	"sigrun/protocol/command"
	"sigrun/storage/db"
)

// The 24 bits of an entry's access clock. Under a maxmemory-policy that looks for keys
// long unused (LRU), and under those that look at neither, they are the second of the
// last access. Under one that looks for keys seldom used (LFU) the upper 16 are the
// minute of the last change of the lower 8, a counter that grows with the logarithm of
// the number of accesses and falls with time.
const (
	accessMask  = 1<<24 - 1
	minuteMask  = 1<<16 - 1
	mostCounted = 1<<8 - 1
	bornCounted = 5 // so that a new key is not the first to go
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
	counter := c.decayed(clock)
	if counter < mostCounted {
		above := max(int64(counter)-bornCounted, 0)
		if sim.Float64()*float64(above*c.k.Settings.LFULogFactor.Load()+1) < 1 {
			counter++
		}
	}
	return minute(c.Now)<<8 | counter
}

// decayed is the counter of an LFU clock less what time has taken from it.
func (c *Access) decayed(clock uint32) uint32 {
	counter := clock & mostCounted
	every := c.k.Settings.LFUDecayTime.Load()
	if every == 0 {
		return counter
	}
	passed := int64((minute(c.Now)-clock>>8)&minuteMask) / every
	return uint32(max(int64(counter)-passed, 0))
}

func minute(ms int64) uint32 { return uint32(ms/60000) & minuteMask }

// Frequency is the counter of e under an LFU policy.
func (c *Access) Frequency(e db.Entry) int64 { return int64(c.decayed(e.Access())) }

// Idle is how many seconds ago e was last used, under any other policy.
func (c *Access) Idle(e db.Entry) int64 { return (c.Now/1000 - int64(e.Access())) & accessMask }

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
	c.clock = uint32(c.Now/1000) & accessMask
	birth := c.clock
	if c.k.Settings.CountUse.Load() {
		c.clock, birth = counts, minute(c.Now)<<8|bornCounted
	}
	if c.k.Space.Birth() != birth {
		c.k.Space.SetBirth(birth)
	}
}
