// Package commit is how effects leave the shards. A Commit is everything that one command, transaction, script, served
// waiter or slice of background work did; exec gathers it while that runs and finishes it under the tokens of all
// it changed. A Log gives commits that are recorded their place in the order of the node and hands them to consumers:
// the append-only file, replicas, slot migration. Only shards/exec makes and finishes commits; who owns a consumer
// switches it on and off through exec.
package commit

import "sigrun/protocol/call"

// Slot numbers of records that concern no single slot.
const (
	NoSlot    = -1 // no key: FLUSHALL, SWAPDB, PUBLISH
	ManySlots = -2 // keys of several slots, outside cluster mode
)

// Targets says to which kinds of consumers a record goes.
type Targets uint8

const (
	AOF Targets = 1 << iota
	Replicas

	Everybody = AOF | Replicas
)

// Record is one command as it has to be repeated elsewhere, without what a consumer adds for itself: SELECT, MULTI and
// EXEC, marks of time. Args are views that live until Consumer.Take returns. Lapsed says that time alone brought it about,
// whoever came upon it.
type Record struct {
	DB      int
	Slot    int32
	Targets Targets
	Lapsed  bool
	Args    [][]byte
}

// Touch is a key that was changed while somebody watches or tracks it. Stale says that it was removed because its time had come, Own that the
// client's own command did it, and neither time nor a script, Flushed that its database was emptied: who watches the key is told of it, who tracks hears
// of all keys at once.
type Touch struct {
	DB      int
	Slot    uint16
	Name    []byte
	Stale   bool
	Own     bool
	Lapsed  bool
	Flushed bool
}

// Signal is a key that came to have what somebody may be waiting for, or was removed (Ready), or was changed in another
// way, which concerns those only who wait for a type that it does not hold now.
type Signal struct {
	DB    int
	Name  []byte
	Ready bool
	Held  *call.ShardSet // by the step that serves the key; nil: it was not served yet

	Lapsed bool
}

// Event is a keyspace event that nobody has been told of yet.
type Event struct {
	DB     int
	Key    []byte
	Name   string
	Lapsed bool
}

// Commit is the effects of one step in their order. Empty parts cost nothing; the next commit uses the slices
// again. What is Lapsed came about by time alone, and stands when the step is taken back.
type Commit struct {
	Seq     uint64 // its place in the order of the node, from 1; 0: it has none yet, or no records, or nobody takes them
	Origin  call.Origin
	Dirty   int // changes, as snapshots are due after so many
	Records []Record
	Touched []Touch
	Cleared bool // who tracks keys is told that all of them are gone
	Signals []Signal
	Events  []Event
	Half    bool // a part of what it is was ended in the middle: nobody takes it, nor what is behind it

	touched, signals int // lengths from which they are condensed
}

// Touch adds a key whose watchers are told.
func (c *Commit) Touch(t Touch) {
	if n := len(c.Touched); n > 0 {
		if last := &c.Touched[n-1]; last.DB == t.DB && last.Stale == t.Stale && last.Own == t.Own && last.Lapsed == t.Lapsed && last.Flushed == t.Flushed && string(last.Name) == string(t.Name) {
			return
		}
	}
	t.Name = append([]byte(nil), t.Name...)
	c.Touched = append(c.Touched, t)
}

// Signal adds a key that waiters are to be tried for.
func (c *Commit) Signal(db int, name []byte, ready, lapsed bool) {
	if n := len(c.Signals); n > 0 {
		if last := &c.Signals[n-1]; last.DB == db && string(last.Name) == string(name) {
			last.Ready, last.Lapsed = last.Ready || ready, last.Lapsed || lapsed
			return
		}
	}
	c.Signals = append(c.Signals, Signal{DB: db, Name: append([]byte(nil), name...), Ready: ready, Lapsed: lapsed})
}

// Mark is a place in a commit to which it can be taken back.
type Mark struct{ records, touched, signals, events, dirty int }

// Mark is where the commit stands.
func (c *Commit) Mark() Mark {
	return Mark{len(c.Records), len(c.Touched), len(c.Signals), len(c.Events), c.Dirty}
}

// Withdraw takes back what came behind m, but for what has Lapsed: it did not happen.
func (c *Commit) Withdraw(m Mark) {
	c.Records = lapsed(c.Records, m.records, func(r *Record) bool { return r.Lapsed })
	c.Touched = lapsed(c.Touched, m.touched, func(t *Touch) bool { return t.Lapsed })
	c.Signals = lapsed(c.Signals, m.signals, func(s *Signal) bool { return s.Lapsed })
	c.Events = lapsed(c.Events, m.events, func(e *Event) bool { return e.Lapsed })
	c.Dirty = m.dirty
}

// lapsed is s without those behind n that have not lapsed.
func lapsed[T any](s []T, n int, stays func(*T) bool) []T {
	for i := n; i < len(s); i++ {
		if stays(&s[i]) {
			s[n] = s[i]
			n++
		}
	}
	clear(s[n:])
	return s[:n]
}

// Condense bounds what a step that cannot be taken back any more holds: a key that it changes over and over is told of once.
func (c *Commit) Condense() {
	if len(c.Touched) >= max(most, c.touched) {
		c.Touched = distinct(c.Touched, func(t *Touch) place { return place{t.DB, string(t.Name), t.Stale, t.Flushed} },
			func(t, again *Touch) { t.Own = again.Own }) // who changed it last counts
		c.touched = 2 * len(c.Touched)
	}
	if len(c.Signals) >= max(most, c.signals) {
		c.Signals = distinct(c.Signals, func(s *Signal) place { return place{s.DB, string(s.Name), false, false} },
			func(s, again *Signal) { s.Ready = s.Ready || again.Ready })
		c.signals = 2 * len(c.Signals)
	}
}

// place tells what Touched and Signals speak of.
type place struct {
	db             int
	name           string
	stale, flushed bool
}

// distinct is the first of each place, in their order; merge adds to it what the others say.
func distinct[T any](s []T, of func(*T) place, merge func(first, again *T)) []T {
	at, n := map[place]int{}, 0
	for i := range s {
		p := of(&s[i])
		if first, known := at[p]; known {
			merge(&s[first], &s[i])
			continue
		}
		at[p], s[n] = n, s[i]
		n++
	}
	clear(s[n:])
	return s[:n]
}

// ByTime reports whether time alone brought about all that the commit records.
func (c *Commit) ByTime() bool {
	for i := range c.Records {
		if !c.Records[i].Lapsed {
			return false
		}
	}
	return len(c.Records) > 0
}

// Reset makes the commit empty.
func (c *Commit) Reset() {
	c.Records, c.Touched = empty(c.Records), empty(c.Touched)
	c.Signals, c.Events = empty(c.Signals), empty(c.Events)
	c.Seq, c.Dirty, c.Cleared, c.Half, c.touched, c.signals = 0, 0, false, false, 0, 0
}

// most is the length up to which memory of a commit is kept for the next one.
const most = 1024

func empty[T any](s []T) []T {
	if cap(s) > most {
		return nil
	}
	clear(s)
	return s[:0]
}
