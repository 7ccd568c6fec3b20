package upkeep

import (
	"time"

	"sigrun/shards/keyspace"
	"sigrun/shards/observe"
)

const (
	compactElements = 1000                   // of a value, at most, between two looks at the clock
	compactAhead    = 100 * time.Millisecond // for which a core's share is saved up
	compactAgain    = time.Second            // from one round to the next
	compactIdle     = time.Minute            // the same when the last one emptied nothing and holes are as they were
)

// compactPace shares out the time of the one who does chores.
type compactPace struct {
	at  int64 // Mono of the last look
	due time.Duration
}

// earn adds the share of the time that passed, and reports whether any is left.
func (p *compactPace) earn(now, percent int64) bool {
	passed := min(time.Duration(now-p.at), compactAhead)
	p.at = now
	p.due = min(p.due+passed*time.Duration(percent)/100, compactAhead*time.Duration(percent)/100)
	return p.due > 0
}

// compactEffort is the share of a core in per cent that the holes call for.
func (u *Upkeep) effort() int64 {
	o := &u.k.Settings.Compact
	least, most := o.Least.Load(), o.Most.Load()
	switch {
	case o.Always.Load():
		return most
	case !o.On.Load() && !o.Tight.Load():
		return 0
	}
	holes, used := u.k.Holes()
	lower, upper := o.Lower.Load(), o.Upper.Load()
	if holes < o.Ignore.Load() && !o.Tight.Load() || holes*100 < lower*used {
		return 0
	}
	above := min(holes*100/max(used, 1), upper) - lower
	if o.Urgent.Load() {
		return most
	}
	return least + max(most-least, 0)*max(above, 0)/max(upper-lower, 1)
}

// needsCompaction notes the effort, and since when there has been need of any.
func (u *Upkeep) needsCompaction(now int64) (effort int64) {
	effort = u.effort()
	stats := &u.k.Compact
	switch was := stats.Effort.Swap(effort); {
	case was == 0 && effort > 0:
		stats.Since.Store(now)
	case was > 0 && effort == 0:
		stats.Needed.Add(now - stats.Since.Swap(0))
	}
	return effort
}

// compact does a slice of compaction, if the time has come for one.
func (u *Upkeep) compact(s *keyspace.Shard) (did, more bool) {
	o, space, now := &u.k.Settings.Compact, u.k.Space, u.k.Clock.Mono()
	space.Account(s.ID)
	effort, running, holes := u.needsCompaction(now), space.Compacting(s.ID), &space.Compaction(s.ID).Holes
	switch {
	case !running && (effort == 0 || !o.Always.Load() && !again(&s.Chore.Compacted, now, holes.Load())):
		return false, false
	case running && !o.On.Load() && !o.Always.Load() && !o.Tight.Load():
		space.EndCompaction(s.ID)
	}
	if !u.pace.earn(now, max(effort, o.Least.Load())) {
		return true, false
	}
	space.BeginCompaction(s.ID, o.Always.Load())
	elements := int(min(o.Elements.Load(), compactElements))
	start := threadNow()
	for {
		left, emptied := space.Compact(s.ID, elements)
		spent, same := start.spent()
		if left && spent < time.Duration(o.Slice.Load())*time.Microsecond && same {
			continue
		}
		u.pace.due -= spent
		u.noteHold(s, observe.EventDefragCycle, spent, same)
		if !space.Compacting(s.ID) {
			s.Chore.Compacted = keyspace.Compacted{At: now, Emptied: emptied, Holes: holes.Load()}
		}
		return true, left
	}
}

// again reports whether a shard's next round may begin, with so many bytes of holes now.
func again(last *keyspace.Compacted, now int64, holes uint64) bool {
	passed := time.Duration(now - last.At)
	switch {
	case last.At == 0:
		return true
	case last.Emptied > 0, holes > last.Holes+last.Holes/4:
		return passed >= compactAgain
	}
	return passed >= compactIdle
}
