package db

import (
	"sigrun/internal/offheap"
	"sigrun/protocol/slot"
	"sigrun/storage/hashtable"
	"sigrun/storage/kvstore"
	"sigrun/storage/vset"
)

// Costs in the units of a budget: about one entry freed.
const (
	atOnce    = 64      // pieces of a value freed where it is deleted
	largeNow  = 1 << 20 // (start) a larger block is freed in slices
	trimSlice = 1 << 20 // bytes of a block given back at a time, some 0.1 ms
	trimCost  = 512
)

// garbage is memory nobody can reach any more and that has not been freed:
// one of an entry, a block, the shard's tables of a store, or an index. Tables that a mark
// (Space.Mark) still is to save name their part, and the mark.
type garbage struct {
	entry Entry
	block offheap.Block
	index vset.Set
	store *kvstore.Store
	owned *kvstore.Owned // the slots of the shard when the store was retired
	slot  int            // that is next
	part  *Part
	mark  uint64
}

// discard makes a value garbage.
func (s *shard) discard(g garbage) {
	s.leave(g)
	s.lazy.Pending.Inc()
}

// leave has Step free g.
func (s *shard) leave(g garbage) {
	s.garbage = append(s.garbage, g)
	s.lazy.Pieces.Set(uint64(len(s.garbage)))
}

// discarded counts n values that no longer are garbage.
func (s *shard) discarded(n int) {
	s.lazy.Pending.Set(s.lazy.Pending.Load() - uint64(n))
	s.lazy.Freed.Add(uint64(n))
}

// release frees an entry with its value, later when it is large.
func (s *shard) release(e Entry) {
	switch e.Encoding() {
	case Large:
		if b, _ := e.Block(); s.readings == nil || !s.keepReading(b) {
			s.giveUp(b)
		}
	case Own:
		if s.space.Ops(e).FreeStep(s.values, e.Value(), atOnce) {
			s.discard(garbage{entry: e})
			return
		}
	}
	s.freeEntry(e)
}

// giveUp frees a block, later when it is large.
func (s *shard) giveUp(b offheap.Block) {
	switch {
	case b.Cap <= largeNow:
		s.freeBlock(b)
	case s.space.region.Keep(b):
		s.alloc.Arena.Disown(b)
	default:
		s.discard(garbage{block: b})
	}
}

func (s *shard) freeEntry(e Entry) {
	sh := e.shape()
	s.alloc.Arena.Free(offheap.Ref(e), sh.size())
}

func (s *shard) freeBlock(b offheap.Block) {
	s.alloc.Arena.Disown(b)
	s.space.region.FreeBlock(b)
}

// Flush empties a database. One with many keys gets tables of its own anew, and those that it had become garbage of their
// shards, as a whole. Space.Step frees them in slices, and hands them to the Saver before. All tokens are held.
func (d *Database) Flush() {
	keys := 0
	for n := range d.parts {
		keys += d.parts[n].Count()
	}
	switch {
	case keys == 0:
		return
	case keys <= d.flushesNow(): // not much more work than tables for all slots are
		for n := range d.parts {
			d.parts[n].clear()
		}
		return
	}
	old, fresh := d.store.Load(), kvstore.New(d.parts[0].shard.space.region)
	d.parts[0].shard.space.retire(int64(old.Retire(len(d.parts))))
	d.store.Store(fresh)
	for n := range d.parts {
		d.parts[n].flush(old, fresh)
	}
}

// How many keys a database may have to be emptied key by key: a millisecond of it, and fewer where each of them may have to be put aside before.
const (
	flushNow       = 10000
	flushNowBeside = 1000
)

func (d *Database) flushesNow() int {
	for n := range d.parts {
		if d.parts[n].shard.saver != nil {
			return flushNowBeside
		}
	}
	return flushNow
}

// Who empties databases faster than they are freed helps freeing: from so many pieces of garbage on, so much of
// it for each new one.
const (
	pileUp   = 8
	pileStep = 128
)

// clear removes all keys. What is large becomes garbage.
func (p *Part) clear() {
	sh := p.shard
	p.eachTable(func(t *hashtable.Table) bool {
		for more := true; more; {
			more = t.TakePage(&sh.alloc, func(r offheap.Ref) {
				p.Changing(Entry(r))
				sh.release(Entry(r))
			})
		}
		*t = hashtable.Table{}
		return true
	})
	p.forget()
}

// forget begins to count anew: the part has no keys any more.
func (p *Part) forget() {
	p.tally.Reset()
	p.keys.Reset()
	p.volatile.Reset()
	p.tracked.Reset()
	p.used = 0
	if p.due.Len() > 0 {
		p.shard.leave(garbage{index: p.due})
		p.due = vset.Set{}
	}
}

// flush makes garbage of the shard's tables in old.
func (p *Part) flush(old, fresh *kvstore.Store) {
	sh := p.shard
	if len(sh.garbage) > pileUp {
		sh.space.Step(sh.id, pileStep)
	}
	owned := sh.owned
	g := garbage{store: old, owned: &owned}
	if sh.saver != nil {
		g.part, g.mark = p, sh.marks
	}
	sh.leave(g)
	sh.lazy.Pending.Add(uint64(p.Count()))
	p.store = fresh
	p.forget()
}

// Retired is the memory of tables that were retired with what was in them, and that are in no arena's account. It needs no token.
func (s *Space) Retired() int64 { return s.retired.Load() }

func (s *Space) retire(bytes int64) {
	s.retired.Add(bytes)
	s.account.Add(bytes)
}

// Garbage tells whether a shard has memory waiting for Step.
func (s *Space) Garbage(shard int) bool { return len(s.shards[shard].garbage) > 0 }

// MayFree is Garbage, unless there is a mark that is being saved and does not keep up with what is put aside before it is freed.
func (s *Space) MayFree(shard int) bool {
	sh := s.shards[shard]
	return len(sh.garbage) > 0 && (sh.saver == nil || !sh.saver.Full())
}

// Step frees garbage of a shard, about budget entries' worth of it, and reports
// whether there is more. The shard's token is held.
func (s *Space) Step(shard, budget int) (more bool) {
	sh := s.shards[shard]
	for budget > 0 && len(sh.garbage) > 0 {
		last := len(sh.garbage) - 1
		g := sh.garbage[last]
		sh.garbage = sh.garbage[:last] // first: freeing tables may add some
		rest, cost := sh.collect(g)
		if rest != (garbage{}) {
			sh.garbage = append(sh.garbage, rest)
		}
		budget -= cost
	}
	sh.lazy.Pieces.Set(uint64(len(sh.garbage)))
	return len(sh.garbage) > 0
}

// collect frees one slice of g and returns what is left of it.
func (s *shard) collect(g garbage) (rest garbage, cost int) {
	switch {
	case g.entry != 0:
		if s.space.Ops(g.entry).FreeStep(s.values, g.entry.Value(), atOnce) {
			return g, atOnce
		}
		s.freeEntry(g.entry)
		s.discarded(1)
		return garbage{}, atOnce
	case g.store != nil:
		return s.collectTable(g)
	case g.index.Len() > 0:
		if g.index.FreeStep(s.alloc.Arena, atOnce) {
			return g, atOnce
		}
		return garbage{}, atOnce
	case g.block.Cap > trimSlice:
		trimmed := s.space.region.TrimBlock(g.block, g.block.Cap-trimSlice)
		s.alloc.Arena.Disown(offheap.Block{Cap: g.block.Cap - trimmed.Cap})
		return garbage{block: trimmed}, trimCost
	}
	s.freeBlock(g.block)
	s.discarded(1)
	return garbage{}, trimCost
}

// owed reports whether the present mark is to save what is in g.
func (s *shard) owed(g *garbage) bool {
	return s.saver != nil && g.part != nil && g.mark == s.marks
}

// Owed reports whether garbage of a shard holds what the present mark is to save. Its token is held.
func (s *Space) Owed(shard int) bool {
	sh := s.shards[shard]
	for i := range sh.garbage {
		if sh.owed(&sh.garbage[i]) {
			return true
		}
	}
	return false
}

// collectTable frees the last page of the next table of g that has one.
func (s *shard) collectTable(g garbage) (rest garbage, cost int) {
	for g.slot = g.owned.Next(g.slot); g.slot < slot.Count; g.slot = g.owned.Next(g.slot + 1) {
		if t := g.store.Table(uint16(g.slot)); t.Pages() > 0 {
			return g, s.collectPage(&g, t)
		}
		if cost++; cost >= atOnce {
			g.slot++
			return g, cost
		}
	}
	s.space.retire(-int64(g.store.Leave()))
	return garbage{}, cost + trimCost
}

// collectPage frees the last page of a table.
func (s *shard) collectPage(g *garbage, t *hashtable.Table) (cost int) {
	owed := s.owed(g)
	t.TakePage(&s.alloc, func(r offheap.Ref) {
		cost++
		if owed {
			g.part.save(Entry(r))
		}
		s.release(Entry(r))
	})
	s.discarded(cost)
	return cost + 1
}
