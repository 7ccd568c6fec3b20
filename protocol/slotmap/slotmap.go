// Package slotmap says which shard a slot belongs to, and whether this node serves it. A node has one Map, and nobody keeps
// a copy: keyspace and engine read the same word, so that they cannot disagree. The shard of
// a slot changes under the tokens of both shards concerned, its state under that of its shard. Whoever holds the token of the
// shard that it names may rely on it; without that token the answer may be old, and is to be
// read again under the token.
package slotmap

import (
	"sync/atomic"

	"sigrun/protocol/slot"
)

// State is what becomes of commands on the keys of a slot. Outside a cluster every slot is Own.
type State uint32

const (
	Own       State = iota // this node serves it
	Closed                 // this node would serve it, but the cluster is not whole
	Unserved               // nobody does
	Away                   // another node does
	Migrating              // this node serves the keys that it has, another one those that it has not
	Importing              // another node serves it; this one those who come from there (ASKING)

	// These two lie over what the cluster has given the slot (Lay), which goes on behind them: who pauses a slot does not have to know whose it is, and
	// who gives it away does not end the pause.

	// Hidden: it comes in from another node, and nobody is to see it yet. Nothing makes it so far; slots that are imported as a whole will.
	Hidden
	// Paused: this node serves it, but what would change it waits at admission. It is not asked for again under the token, as the others are: who
	// pauses slots is told that they are still only when every loop has ended the turn in which it may have seen them open, and then,
	// under all tokens, no call is on its way any more that would change them (control.PauseSlots). What was admitted before has run by then.
	Paused
)

// Map is the shard and the state of every slot, both in one word: with the state Own the word is the shard's number, so that
// whoever compares it with a shard has asked for both.
type Map struct {
	shards    int
	clustered bool
	words     [slot.Count]atomic.Uint32
}

const (
	stateShift = 16
	shardMask  = 1<<stateShift - 1
	stateMask  = 7 << stateShift
	hidden     = 8 << stateShift
	paused     = 16 << stateShift
)

// New deals the slots out to shards in equal, contiguous ranges.
func New(shards int) *Map {
	m := &Map{shards: shards}
	for n := range m.words {
		m.words[n].Store(uint32(n * shards / slot.Count))
	}
	return m
}

// Cluster makes the node one of a cluster, which serves no slot yet. Nobody else uses the Map so far.
func (m *Map) Cluster() {
	m.clustered = true
	for n := range m.words {
		m.SetState(uint16(n), Unserved)
	}
}

// Clustered reports whether slots may be served elsewhere. It never changes while commands run.
func (m *Map) Clustered() bool { return m.clustered }

// Shards is how many shards there are.
func (m *Map) Shards() int { return m.shards }

// Owner is the shard of a slot.
func (m *Map) Owner(n uint16) int { return int(m.words[n&(slot.Count-1)].Load() & shardMask) }

// OwnIn reports whether a slot is one of the shard, and this node serves it without more questions.
func (m *Map) OwnIn(n uint16, shard int32) bool {
	return m.words[n&(slot.Count-1)].Load() == uint32(shard)
}

// State is the state of a slot.
func (m *Map) State(n uint16) State {
	word := m.words[n&(slot.Count-1)].Load()
	switch s := State(word & stateMask >> stateShift); {
	case s == Own && word&paused != 0:
		return Paused
	case s == Away && word&hidden != 0:
		return Hidden
	default:
		return s
	}
}

// Paused reports whether a slot is served here and paused, be it on its way or not.
func (m *Map) Paused(n uint16) bool {
	word := m.words[n&(slot.Count-1)].Load()
	s := State(word & stateMask >> stateShift)
	return word&paused != 0 && (s == Own || s == Migrating)
}

// SetState changes what the cluster has given a slot to be, Own to Importing. The token of its shard is held, but from Own to Closed and back.
func (m *Map) SetState(n uint16, s State) { m.change(n, ^uint32(stateMask), uint32(s)<<stateShift) }

// Lay has a slot be Hidden or Paused, and with false no more. The token of its shard is held.
func (m *Map) Lay(n uint16, s State, on bool) {
	bit := uint32(hidden)
	if s == Paused {
		bit = paused
	}
	set := bit
	if !on {
		set = 0
	}
	m.change(n, ^bit, set)
}

// change keeps some bits of a slot's word and sets others: shard and state may change at the same moment.
func (m *Map) change(n uint16, keep, set uint32) {
	for {
		old := m.words[n].Load()
		if now := old&keep | set; now == old || m.words[n].CompareAndSwap(old, now) {
			return
		}
	}
}

// Move gives a slot to another shard. The tokens of both are held.
func (m *Map) Move(n uint16, to int) { m.change(n, ^uint32(shardMask), uint32(to)) }

// SlotOf is some slot of a shard, nearly always the first of those that it began with; 0 when
// it has none left.
func (m *Map) SlotOf(shard int) uint16 {
	first := (shard*slot.Count + m.shards - 1) / m.shards
	for i := range slot.Count {
		if n := uint16((first + i) % slot.Count); m.Owner(n) == shard {
			return n
		}
	}
	return 0
}
