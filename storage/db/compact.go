package db

import (
	"sigrun/internal/metrics"
	"sigrun/internal/offheap"
	"sigrun/protocol/slot"
	"sigrun/storage/kvstore"
	"sigrun/storage/value"
)

// Compaction gives memory with holes back (offheap.Arena.Drain). A round goes through a shard
// in steps, between which commands run:
//
//	mark    slabs of every class that are to be emptied
//	walk    every part: page by page of its tables, entries and small values at once, large
//	        ones by themselves before the next page; then the index of what is due
//	end     what still drains, because the walk did not find it, stays as it is
//
// Positions in tables depend on hashes alone, large values are found by their names, and a key
// that is gone ends its own step: nothing of a round needs the keyspace to stand still. It only
// rests while a mark is being saved (Mark).
type compaction struct {
	step     compactStep
	all      bool // every slab that has room drains: for tests
	database int
	slot     int
	page     uint64
	due      int      // block of Part.due
	large    []string // names of values that the last page left for later
	at       value.Cursor
	small    value.Cursor // of a value that is looked at together with its entry
	emptied  uint64       // as of the round's beginning
}

type compactStep uint8

const (
	compactNot compactStep = iota
	compactMark
	compactWalk
	compactDue
	compactEnd
)

// smallValue is how many elements of a value are looked at together with its entry.
const smallValue = 16

// Compaction is the account of a shard. Anybody may read it.
type Compaction struct {
	Holes, Used    metrics.Counter // bytes of slabs without an object, and with (offheap.Arena.Holes)
	Moved, Kept    metrics.Counter // objects
	Keys, KeysKept metrics.Counter // entries, of those
	Emptied        metrics.Counter // slabs
	Rounds         metrics.Counter // that came to their end
}

// Compaction is the account of a shard, as of the last Account.
func (s *Space) Compaction(shard int) *Compaction { return &s.shards[shard].compacted }

// Account brings the account of a shard up to date.
func (s *Space) Account(shard int) {
	sh := s.shards[shard]
	c := &sh.compacted
	_, used := sh.alloc.Arena.Slabs()
	done := sh.alloc.Arena.Compaction()
	c.Holes.Set(uint64(sh.alloc.Arena.Holes()))
	c.Used.Set(uint64(used))
	c.Moved.Set(done.Moved)
	c.Kept.Set(done.Kept)
	c.Emptied.Set(done.Emptied)
}

// BeginCompaction starts a round in a shard, if none runs. With all, everything moves that
// does not lie in a full slab: for tests.
func (s *Space) BeginCompaction(shard int, all bool) {
	if sh := s.shards[shard]; sh.compaction.step == compactNot {
		c := &sh.compaction
		c.step, c.all = compactMark, all
		c.emptied = sh.alloc.Arena.Compaction().Emptied
	}
}

// Compacting reports whether a round runs in a shard.
func (s *Space) Compacting(shard int) bool { return s.shards[shard].compaction.step != compactNot }

// EndCompaction has a round come to its end before it is through.
func (s *Space) EndCompaction(shard int) {
	if sh := s.shards[shard]; sh.compaction.step != compactNot {
		sh.compaction.step = compactEnd
	}
}

// Compact does a piece of a round, about budget elements' worth of looking, and reports whether
// there are more, and how many slabs the round has emptied so far. It rests while a mark is
// being saved.
func (s *Space) Compact(shard, budget int) (more bool, emptied uint64) {
	sh := s.shards[shard]
	c := &sh.compaction
	for more = true; more && budget > 0 && (sh.saver == nil || c.step == compactEnd); {
		budget -= sh.compact(budget)
		more = c.step != compactNot
	}
	return more && sh.saver == nil, sh.alloc.Arena.Compaction().Emptied - c.emptied
}

// Costs of steps, in elements looked at.
const (
	markCost = 100 // a class, whose slabs are looked at
	pageCost = 64
	baseCost = 16 // of any step
)

// compact does a step.
func (s *shard) compact(budget int) (cost int) {
	c, a := &s.compaction, s.alloc.Arena
	switch c.step {
	case compactMark:
		if !a.Drain(c.all) {
			*c = compaction{step: compactWalk, all: c.all, emptied: c.emptied}
			if !a.Draining() {
				c.step = compactEnd
			}
		}
		return markCost
	case compactWalk, compactDue:
		return s.compactDatabase(budget)
	case compactEnd:
		if !a.Undrain() {
			c.step, c.large = compactNot, nil
			s.compacted.Rounds.Inc()
		}
		return markCost
	}
	return baseCost
}

// compactDatabase does a step of the part of the database that is next.
func (s *shard) compactDatabase(budget int) (cost int) {
	c := &s.compaction
	cost, done := baseCost, true
	if d := s.space.Existing(c.database); d != nil {
		cost, done = compactor{d.Part(s.id)}.compact(budget)
	}
	if done {
		c.step, c.slot, c.page, c.due, c.large = compactWalk, 0, 0, 0, nil
		if c.database++; c.database >= s.space.Databases() {
			c.database, c.step = 0, compactEnd
		}
	}
	return cost
}

// compactor does what compaction does with one part.
type compactor struct{ *Part }

// compact does a step of a part; done: it was the last one.
func (p compactor) compact(budget int) (cost int, done bool) {
	c := &p.shard.compaction
	switch {
	case c.step == compactDue:
		c.due = p.due.Compact(p.arena(), c.due, budget/smallValue+1)
		return budget, c.due == 0
	case len(c.large) > 0:
		p.compactLarge(budget)
		return budget, false
	case !p.compactPage():
		c.step = compactDue
	}
	return pageCost, false
}

// compactPage moves a page of a table with its entries, and their values as far as they are
// small; false: there is none left.
func (p compactor) compactPage() (more bool) {
	c := &p.shard.compaction
	if c.slot >= slot.Count {
		return false
	}
	n, ok := p.tally.Next(p.store, kvstore.All, c.slot)
	if !ok {
		return false
	}
	if int(n) != c.slot {
		c.slot, c.page = int(n), 0
	}
	t := p.store.Table(n)
	i, next := t.ScanPage(c.page)
	t.Page(i, func(r offheap.Ref, _ bool) { p.shard.space.region.Prefetch(uint64(r)) }) // each is looked at, and none of them lies near
	t.Relocate(&p.shard.alloc, i, p.relocate)
	t.Page(i, func(r offheap.Ref, _ bool) {
		e := Entry(r)
		if e.Encoding() != Own {
			return
		}
		if c.small = (value.Cursor{}); p.ops(e).Compact(p.Allocator(), e.Value(), &c.small, smallValue) {
			c.large = append(c.large, string(e.Key()))
		}
	})
	if c.page = next; next == 0 {
		c.slot++
	}
	return true
}

// relocate moves an entry.
func (p compactor) relocate(r offheap.Ref, _ bool) offheap.Ref {
	account := &p.shard.compacted
	if !p.arena().Leaves(r) {
		account.KeysKept.Inc()
		return r
	}
	account.Keys.Inc()
	e := Entry(r)
	s := e.shape()
	p.untrack(e)
	to := p.arena().Move(r, s.size())
	p.track(Entry(to))
	return to
}

func (p compactor) compactValue(e Entry, at *value.Cursor, elements int) (more bool) {
	return e.Encoding() == Own && p.ops(e).Compact(p.Allocator(), e.Value(), at, elements)
}

// compactLarge does a step of the value that is next.
func (p compactor) compactLarge(elements int) {
	c := &p.shard.compaction
	last := len(c.large) - 1
	k := p.shard.space.hasher.Key([]byte(c.large[last]))
	if p.tally.Owns(k.Slot) {
		if e := p.Find(&k); e != 0 && p.compactValue(e, &c.at, elements) {
			return
		}
	}
	c.large, c.at = c.large[:last], value.Cursor{}
}
