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
// EXEC, marks of time. Args are views that live until Consumer.Take returns.
type Record struct {
	DB      int
	Slot    int32
	Targets Targets
	Args    [][]byte
}

// Touch is a key that was changed while somebody watches it. Stale says that it was removed because its time had come.
type Touch struct {
	DB    int
	Slot  uint16
	Name  []byte
	Stale bool
}

// Signal is a key that came to have what somebody may be waiting for, or was removed (Ready), or was changed in another
// way, which concerns those only who wait for a type that it does not hold now.
type Signal struct {
	DB    int
	Name  []byte
	Ready bool
	Held  *call.ShardSet // by the step that serves the key; nil: it was not served yet
}

// Event is a keyspace event that nobody has been told of yet.
type Event struct {
	DB   int
	Key  []byte
	Name string
}

// Commit is the effects of one step. What is empty of it costs nothing; its slices are used again by the next one.
type Commit struct {
	Seq     uint64 // its place in the order of the node, from 1; 0: it has no records, or nobody takes them
	Origin  call.Origin
	Dirty   int // changes, as snapshots are due after so many
	Records []Record
	Touched []Touch
	Signals []Signal
	Events  []Event
}

// Signal adds a key that waiters are to be tried for.
func (c *Commit) Signal(db int, name []byte, ready bool) {
	if n := len(c.Signals); n > 0 {
		if last := &c.Signals[n-1]; last.DB == db && string(last.Name) == string(name) {
			last.Ready = last.Ready || ready
			return
		}
	}
	c.Signals = append(c.Signals, Signal{DB: db, Name: append([]byte(nil), name...), Ready: ready})
}

// Mark is a place in a commit to which it can be taken back.
type Mark struct{ records, touched, signals, events, dirty int }

// Mark is where the commit stands.
func (c *Commit) Mark() Mark {
	return Mark{len(c.Records), len(c.Touched), len(c.Signals), len(c.Events), c.Dirty}
}

// Rewind forgets what came behind m: it did not happen.
func (c *Commit) Rewind(m Mark) {
	c.Records = cut(c.Records, m.records)
	c.Touched = cut(c.Touched, m.touched)
	c.Signals = cut(c.Signals, m.signals)
	c.Events = cut(c.Events, m.events)
	c.Dirty = m.dirty
}

// Reset makes the commit empty.
func (c *Commit) Reset() { c.Rewind(Mark{}) }

func cut[T any](s []T, n int) []T {
	clear(s[n:])
	return s[:n]
}
