package exec

import (
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/clock"
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
	"sigrun/storage/db"
)

// A slice of background work under a token is bounded in entries and, between
// portions, in thread CPU time.
const (
	choreDatabases = 16                     // databases looked at between two looks at the clock
	chorePortion   = 64                     // entries or buckets between two looks at the clock
	choreSlice     = 100 * time.Microsecond // a tenth of what a hold may last: clocks of virtual machines jump
)

const tidyPieces = 8 // given back to the kernel in a round, each a system call

// Chores does one slice of the shard's background work: memory of removed values,
// due keys, due fields of hashes, holes in memory. Its token is held. more: call again soon.
func (c *Ctx) Chores(shard int) (did, more bool) {
	s := &c.e.Shards[shard]
	c.Now = c.e.Clock.Millis()
	c.own = call.ShardSet{}
	c.own.Add(shard)
	c.cmd, c.Spec, c.Client, c.held = nil, nil, nil, &c.own
	did, more = c.clear(s)
	moved, left := c.compact(s)
	return did || moved, more || left
}

// clear removes what is to go.
func (c *Ctx) clear(s *keyspace.Shard) (did, more bool) {
	if !c.choresDue(s) {
		return false, false
	}
	start := threadNow()
	for left := true; left; {
		left = c.portion(s)
		if spent, same := start.spent(); left && (spent > choreSlice || !same) {
			c.tally.CutShort.Add(1)
			c.hold(s, observe.EventExpireCycle, spent, same)
			return true, true
		}
	}
	spent, same := start.spent()
	c.hold(s, observe.EventExpireCycle, spent, same)
	return true, false
}

// choresDue spares an idle shard the look at the clock.
func (c *Ctx) choresDue(s *keyspace.Shard) bool {
	for i := 0; i < c.e.Space.Databases(); i++ {
		if d := c.e.Space.Existing(i); d != nil && (d.Part(s.ID).Volatile() > 0 || d.Part(s.ID).Tracked() > 0) {
			return true
		}
	}
	return c.e.Space.Garbage(s.ID)
}

// Tidy gives memory that is in no use back to the kernel, a few pieces a round.
func (c *Ctx) Tidy() (more bool) {
	if c.steal != nil {
		c.stolen = c.steal.Ticks()
	}
	region := c.e.Space.Region()
	trim, shed := region.Trim(tidyPieces), region.Shed(tidyPieces)
	return trim || shed
}

// portion does a bounded piece of work; left: there is more to do.
func (c *Ctx) portion(s *keyspace.Shard) (left bool) {
	if c.e.Space.Garbage(s.ID) {
		c.e.Space.Step(s.ID, chorePortion)
		return true
	}
	all := c.e.Space.Databases()
	for range choreDatabases {
		if c.mayExpire() {
			keys, fields := c.expireDue(s, s.Chore.Database), c.reclaimFields(s, s.Chore.Database)
			if keys || fields {
				return true
			}
		}
		s.Chore.Database = (s.Chore.Database + 1) % all
		if s.Chore.Visited++; s.Chore.Visited >= all {
			s.Chore.Visited = 0
			return false
		}
	}
	return true
}

// mayExpire reports whether what is due is to be removed.
func (c *Ctx) mayExpire() bool {
	s := c.e.Settings
	return s.ActiveExpire.Load() && !s.ExpireHeld.Load() && !s.Import.Load()
}

// expireDue removes due keys. It goes on while a good part of what it looked at was
// due, as Valkey does: the share of stale keys stays bounded, by a tenth or, with more
// active-expire-effort, by less.
func (c *Ctx) expireDue(s *keyspace.Shard, database int) (more bool) {
	if c.e.Space.Existing(database) == nil {
		return false
	}
	p := s.Part(database)
	due := 0
	looked := p.ExpireScan(c.Now, chorePortion, func(e db.Entry) {
		due++
		name := append(c.scratch[:0], e.Key()...)
		c.scratch = name
		k := c.e.Space.Hasher().Key(name)
		p.Delete(&k, e)
		c.lapse(s, database, &k)
	})
	c.finish()
	c.tally.Looked.Add(uint64(looked))
	c.tally.Due.Add(uint64(due))
	return looked > 0 && due*100 > looked*(11-int(c.e.Settings.ExpireEffort.Load()))
}

// hold records how long the token was held, in thread CPU time; same says that this is
// the time of one thread. A hold that would be the longest but during which, or shortly
// before, the hypervisor took cores away is counted and not recorded: nobody knows how
// long it was. LATENCY gets every slice that is above its threshold.
func (c *Ctx) hold(s *keyspace.Shard, event string, d time.Duration, same bool) {
	if !same {
		return
	}
	if event == observe.EventExpireCycle {
		c.tally.ExpireTime.Add(uint64(d))
	}
	c.e.Latency.Note(event, c.Now/1000, d.Milliseconds())
	if int64(d) <= s.Counters.LongestHold.Load() {
		return
	}
	if c.steal == nil {
		c.steal = clock.NewSteal()
		c.stolen = c.steal.Ticks()
	}
	before := c.stolen
	if c.stolen = c.steal.Ticks(); c.stolen != before {
		s.Counters.DisturbedHolds.Add(1)
		return
	}
	s.Counters.LongestHold.Store(int64(d))
}

// threadMoment is a reading of the CPU clock of one thread.
type threadMoment struct {
	thread int
	cpu    time.Duration
}

// threadNow reads clock and thread until both belong together: reading the clock is a
// system call, behind which a goroutine may find itself on another thread.
func threadNow() threadMoment {
	if sim.On() {
		return threadMoment{cpu: sim.CPU()}
	}
	for {
		var ts unix.Timespec
		thread := unix.Gettid()
		_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
		if unix.Gettid() == thread {
			return threadMoment{thread, time.Duration(ts.Nano())}
		}
	}
}

// spent is the CPU time used since, if the goroutine still is on the same thread: the
// difference of two threads' clocks says nothing.
func (m threadMoment) spent() (cpu time.Duration, same bool) {
	now := threadNow()
	return now.cpu - m.cpu, now.thread == m.thread
}
