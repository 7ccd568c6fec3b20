package evict

import (
	"time"

	"sigrun/shards/observe"
)

// closing is where an Evictor stands with holes in memory. What keys leave is of use to keys of their size alone: where values come to be of
// another size, the node would hold the memory of both. Above a ceiling (keyspace.CompactSettings) whoever makes room therefore first does
// a piece of compaction, so that it goes on at the pace at which holes come about, whatever share of a core upkeep has. Holes are no
// part of what is limited: keys that go would leave more of them.
type closing struct {
	shard  int
	rests  int64 // Mono until which no shard has anything to close, unless more memory is handed out
	handed int64 // bytes, when that was seen
}

const (
	closeAtATime  = 256 // elements between two looks at the clock
	closeFor      = 100 * time.Microsecond
	closeRests    = 20 * time.Millisecond
	closePart     = 16      // a shard whose holes are a lesser part of what is in use has nothing to close
	closeLeast    = 2 << 16 // bytes, the same
	closeRestPart = 64      // of the ceiling: so much more memory ends a rest
)

// high reports whether more memory is handed out than the ceiling allows.
func (e *Evictor) high() bool {
	return e.k.Space.Region().Handed() > e.k.Settings.Compact.Ceiling.Load()
}

// close does a piece of compaction, of one shard after the other. No token is held.
func (e *Evictor) close(began int64) {
	c, ceiling := &e.closing, e.k.Settings.Compact.Ceiling.Load()
	if began < c.rests && e.k.Space.Region().Handed() < c.handed+ceiling/closeRestPart {
		return
	}
	spent := time.Duration(0)
	for looked := 0; e.high() && spent < closeFor; spent = time.Duration(e.k.Clock.Mono() - began) {
		if looked > len(e.k.Shards) {
			c.rests, c.handed = began+int64(closeRests), e.k.Space.Region().Handed()
			break
		}
		if going, emptied := e.closeIn(c.shard); going {
			continue
		} else if emptied > 0 {
			looked = 0
		}
		c.shard = (c.shard + 1) % len(e.k.Shards)
		looked++
	}
	e.latency.Note(observe.EventDefragCycle, e.k.Clock.Millis()/1000, spent.Milliseconds())
}

// closeIn does a piece of a shard's round, and begins one if there is anything to close. going: the round is not through; else it emptied so
// many slabs.
func (e *Evictor) closeIn(shard int) (going bool, emptied uint64) {
	if !e.host.Try(shard) {
		return false, 0
	}
	defer e.host.Release(shard)
	space := e.k.Space
	if !space.Compacting(shard) {
		space.Account(shard)
		a := space.Compaction(shard)
		if holes := a.Holes.Load(); holes < closeLeast || holes*closePart < a.Used.Load() {
			return false, 0
		}
		space.BeginCompaction(shard, e.k.Settings.Compact.Always.Load())
	}
	going, emptied = space.Compact(shard, closeAtATime)
	if !going && space.Compacting(shard) { // a snapshot has it wait: what was emptied before is not new
		emptied = 0
	}
	return going, emptied
}
