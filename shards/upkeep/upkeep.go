// Package upkeep is the background work on shards in slices, each under the token of its shard and bounded in time: memory of what was
// removed, keys and fields whose time has come, holes in memory. Each runner of commands has one and calls it between them.
package upkeep

import (
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/clock"
	"sigrun/internal/sim"
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

// Host runs commands on the same shards, and is told what time has brought about.
type Host interface {
	// Lapse says that a key is gone because its time has come, LapseFields that these fields of a hash are; gone:
	// and the hash with them, since nothing is left of it.
	Lapse(s *keyspace.Shard, database int, k *db.Key)
	LapseFields(s *keyspace.Shard, database int, k *db.Key, n int, fields [][]byte, gone bool)
	// Recording reports whether the names of fields are wanted.
	Recording() bool
	// Finish has what was said leave.
	Finish()
}

// Upkeep is the background work of one goroutine.
type Upkeep struct {
	k       *keyspace.Keyspace
	host    Host
	tally   *observe.Tally
	latency *observe.Latency

	now     int64 // unix ms
	scratch []byte
	steal   *clock.Steal
	stolen  int64 // its ticks when last read
	pace    compactPace
}

// New makes the upkeep of a goroutine.
func New(k *keyspace.Keyspace, host Host, tally *observe.Tally, latency *observe.Latency) Upkeep {
	return Upkeep{k: k, host: host, tally: tally, latency: latency}
}

// Chores does one slice of the shard's background work: memory of removed values,
// due keys, due fields of hashes, holes in memory. Its token is held. more: call again soon.
func (u *Upkeep) Chores(shard int) (did, more bool) {
	s := &u.k.Shards[shard]
	u.now = u.k.Clock.Millis()
	did, more = u.clear(s)
	moved, left := u.compact(s)
	return did || moved, more || left
}

// clear removes what is to go.
func (u *Upkeep) clear(s *keyspace.Shard) (did, more bool) {
	if !u.choresDue(s) {
		return false, false
	}
	start := threadNow()
	for left := true; left; {
		left = u.portion(s)
		if spent, same := start.spent(); left && (spent > choreSlice || !same) {
			if !u.k.Space.MayFree(s.ID) { // which came first
				u.tally.CutShort.Add(1)
			}
			u.noteHold(s, observe.EventExpireCycle, spent, same)
			return true, true
		}
	}
	spent, same := start.spent()
	u.noteHold(s, observe.EventExpireCycle, spent, same)
	return true, false
}

// choresDue spares an idle shard the look at the clock.
func (u *Upkeep) choresDue(s *keyspace.Shard) bool {
	for i := 0; i < u.k.Space.Databases(); i++ {
		if d := u.k.Space.Existing(i); d != nil && (d.Part(s.ID).Volatile() > 0 || d.Part(s.ID).Tracked() > 0) {
			return true
		}
	}
	return u.k.Space.MayFree(s.ID)
}

// Tidy gives memory that is in no use back to the kernel, a few pieces a round.
func (u *Upkeep) Tidy() (more bool) {
	if u.steal != nil {
		u.stolen = u.steal.Ticks()
	}
	region := u.k.Space.Region()
	trim, shed := region.Trim(tidyPieces), region.Shed(tidyPieces)
	return trim || shed
}

// portion does a bounded piece of work; left: there is more to do.
func (u *Upkeep) portion(s *keyspace.Shard) (left bool) {
	if u.k.Space.MayFree(s.ID) {
		u.k.Space.Step(s.ID, chorePortion)
		return true
	}
	all := u.k.Space.Databases()
	for range choreDatabases {
		if u.mayExpire() {
			keys, fields := u.expireDue(s, s.Chore.Database), u.reclaimFields(s, s.Chore.Database)
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
func (u *Upkeep) mayExpire() bool {
	s := u.k.Settings
	return s.ActiveExpire.Load() && !s.DueStays()
}

// expireDue removes due keys. It goes on while a good part of what it looked at was
// due, as Valkey does: the share of stale keys stays bounded, by a tenth or, with more
// active-expire-effort, by less.
func (u *Upkeep) expireDue(s *keyspace.Shard, database int) (more bool) {
	if u.k.Space.Existing(database) == nil {
		return false
	}
	p := s.Part(database)
	due := 0
	looked := p.ExpireScan(u.now, chorePortion, func(e db.Entry) {
		due++
		name := append(u.scratch[:0], e.Key()...)
		u.scratch = name
		k := u.k.Space.Hasher().Key(name)
		p.Delete(&k, e)
		u.host.Lapse(s, database, &k)
	})
	u.host.Finish()
	u.tally.Looked.Add(uint64(looked))
	u.tally.Due.Add(uint64(due))
	return looked > 0 && due*100 > looked*(11-int(u.k.Settings.ExpireEffort.Load()))
}

// noteHold records how long the token was held, in thread CPU time; same says that this is
// the time of one thread. A hold that would be the longest but during which, or shortly
// before, the hypervisor took cores away is counted and not recorded: nobody knows how
// long it was. LATENCY gets every slice that is above its threshold.
func (u *Upkeep) noteHold(s *keyspace.Shard, event string, d time.Duration, same bool) {
	if !same {
		return
	}
	if event == observe.EventExpireCycle {
		u.tally.ExpireTime.Add(uint64(d))
	}
	u.latency.Note(event, u.now/1000, d.Milliseconds())
	if int64(d) <= s.Counters.LongestHold.Load() {
		return
	}
	if u.steal == nil {
		u.steal = clock.NewSteal()
		u.stolen = u.steal.Ticks()
	}
	before := u.stolen
	if u.stolen = u.steal.Ticks(); u.stolen != before {
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
