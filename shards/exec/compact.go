package exec

import (
	"sync/atomic"
	"time"

	"sigrun/shards/observe"
)

// CompactSettings say when memory with holes is compacted (db.Space.Compact), and how much of
// a core that may take.
type CompactSettings struct {
	On       atomic.Bool  // activedefrag
	Always   atomic.Bool  // holes or not, and whatever can move does: chaos
	Lower    atomic.Int64 // active-defrag-threshold-lower, holes in per cent of what is in use
	Upper    atomic.Int64 // active-defrag-threshold-upper
	Ignore   atomic.Int64 // active-defrag-ignore-bytes
	Least    atomic.Int64 // active-defrag-cycle-min, per cent of a core, from Lower on
	Most     atomic.Int64 // active-defrag-cycle-max, from Upper on
	Slice    atomic.Int64 // active-defrag-cycle-us
	Elements atomic.Int64 // active-defrag-max-scan-fields
}

const (
	compactElements = 1000                   // of a value, at most, between two looks at the clock
	compactAhead    = 100 * time.Millisecond // for which a core's share is saved up
	compactAgain    = time.Second            // from one round to the next
	compactIdle     = time.Minute            // the same when the last one emptied nothing and holes are as they were
)

// CompactStats is what compaction is doing; INFO shows it.
type CompactStats struct {
	Effort atomic.Int64 // per cent of a core that it may take now, 0: there is no need
	Since  atomic.Int64 // Mono from which there has been need
	Needed atomic.Int64 // ns for which there was, before Since
}

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

// Holes is the memory in the slabs of all shards that no object uses, and what is in use, in
// bytes, as of each shard's last chores.
func (e *Engine) Holes() (holes, used int64) {
	for s := range e.shards {
		a := e.Space.Compaction(s)
		holes += int64(a.Holes.Load())
		used += int64(a.Used.Load())
	}
	return holes, used
}

// compactEffort is the share of a core in per cent that the holes call for.
func (e *Engine) compactEffort() int64 {
	o := &e.Settings.Compact
	least, most := o.Least.Load(), o.Most.Load()
	switch {
	case o.Always.Load():
		return most
	case !o.On.Load():
		return 0
	}
	holes, used := e.Holes()
	lower, upper := o.Lower.Load(), o.Upper.Load()
	if holes < o.Ignore.Load() || holes*100 < lower*used {
		return 0
	}
	above := min(holes*100/max(used, 1), upper) - lower
	return least + max(most-least, 0)*max(above, 0)/max(upper-lower, 1)
}

// needsCompaction notes the effort, and since when there has been need of any.
func (c *Ctx) needsCompaction(now int64) (effort int64) {
	effort = c.e.compactEffort()
	stats := &c.e.Stats.Compact
	switch was := stats.Effort.Swap(effort); {
	case was == 0 && effort > 0:
		stats.Since.Store(now)
	case was > 0 && effort == 0:
		stats.Needed.Add(now - stats.Since.Swap(0))
	}
	return effort
}

// compact does a slice of compaction, if the time has come for one.
func (c *Ctx) compact(s *Shard) (did, more bool) {
	o, space, now := &c.e.Settings.Compact, c.e.Space, c.e.Clock.Mono()
	space.Account(s.id)
	effort, running, holes := c.needsCompaction(now), space.Compacting(s.id), &space.Compaction(s.id).Holes
	switch {
	case !running && (effort == 0 || !o.Always.Load() && !s.compacted.again(now, holes.Load())):
		return false, false
	case running && !o.On.Load() && !o.Always.Load():
		space.EndCompaction(s.id)
	}
	if !c.pace.earn(now, max(effort, o.Least.Load())) {
		return true, false
	}
	space.BeginCompaction(s.id, o.Always.Load())
	elements := int(min(o.Elements.Load(), compactElements))
	start := threadNow()
	for {
		left, emptied := space.Compact(s.id, elements)
		spent, same := start.spent()
		if left && spent < time.Duration(o.Slice.Load())*time.Microsecond && same {
			continue
		}
		c.pace.due -= spent
		c.hold(s, observe.EventDefragCycle, spent, same)
		if !space.Compacting(s.id) {
			s.compacted = compacted{now, emptied, holes.Load()}
		}
		return true, left
	}
}

// compacted is what a shard's last round of compaction came to.
type compacted struct {
	at      int64 // Mono
	emptied uint64
	holes   uint64 // bytes that were left
}

// again reports whether the next round may begin, with so many bytes of holes now.
func (last *compacted) again(now int64, holes uint64) bool {
	passed := time.Duration(now - last.at)
	switch {
	case last.at == 0:
		return true
	case last.emptied > 0, holes > last.holes+last.holes/4:
		return passed >= compactAgain
	}
	return passed >= compactIdle
}
