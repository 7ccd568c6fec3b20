// Package blocking holds, for one shard, the calls that wait for its keys (BLPOP,
// BLMOVE), first come first served per key. Every method needs the shard's token. A
// call may wait for keys of several shards; it is served once because whoever serves
// it claims it by compare-and-swap first, and what the other shards still hold of it
// is skipped and removed by the home loop's clean-up.
package blocking

import (
	"cmp"
	"slices"
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

type key struct {
	db   int
	name string
}

func (k key) compare(other key) int {
	return cmp.Or(strings.Compare(k.name, other.name), cmp.Compare(k.db, other.db))
}

// Table is the waiting calls of one shard by key. The zero value is empty.
type Table struct {
	keys  map[key]*queue
	calls int
	live  int // keys of which some waiter is Live
}

// queue is one key's waiters in the order in which they came. many counts those whose
// command has several keys: they may need tokens of other shards to be served. live counts
// those that are served, too, when the key is gone.
type queue struct {
	calls []*call.Call
	many  int
	live  int
}

// None is no type: that of a key that is not there.
const None = 1<<8 - 1

// Empty reports whether nobody waits: the one check on the path of writes.
func (t *Table) Empty() bool { return len(t.keys) == 0 }

// Keys is the number of keys somebody waits for, LiveKeys that of those with a waiter who is
// served when the key is gone, Calls the number of registrations.
func (t *Table) Keys() int     { return len(t.keys) }
func (t *Table) LiveKeys() int { return t.live }
func (t *Table) Calls() int    { return t.calls }

// Add puts c at the end of a key's queue.
func (t *Table) Add(db int, name string, c *call.Call) {
	if t.keys == nil {
		t.keys = map[key]*queue{}
	}
	k := key{db, name}
	q := t.keys[k]
	if q == nil {
		q = &queue{}
		t.keys[k] = q
	}
	q.calls = append(q.calls, c)
	t.calls++
	t.count(q, c, 1)
}

// count counts a call that came to a queue, or with -1 left it.
func (t *Table) count(q *queue, c *call.Call, n int) {
	if c.Block.Many {
		q.many += n
	}
	if !c.Block.Live {
		return
	}
	if q.live == 0 || q.live+n == 0 {
		t.live += n
	}
	q.live += n
}

// Has reports whether somebody waits for the key.
func (t *Table) Has(db int, name []byte) bool { return t.keys[key{db, string(name)}] != nil }

// Waits reports whether somebody still waits for the key to hold a value of type typ.
func (t *Table) Waits(db int, name string, typ uint8) bool {
	q := t.keys[key{db, name}]
	return q != nil && slices.ContainsFunc(q.calls, func(c *call.Call) bool { return c.State() == call.Parked && c.Block.Type == typ })
}

// Live reports whether somebody waits for the key who is served when it is gone.
func (t *Table) Live(db int, name []byte) bool {
	q := t.keys[key{db, string(name)}]
	return q != nil && q.live > 0
}

// Many calls fn for the waiters of a key whose command has several keys, the first ones
// first, until it returns false.
func (t *Table) Many(db int, name []byte, fn func(c *call.Call) bool) {
	q := t.keys[key{db, string(name)}]
	if q == nil || q.many == 0 {
		return
	}
	for _, c := range q.calls {
		if c.State() == call.Parked && c.Block.Many && !fn(c) {
			return
		}
	}
}

// Next is the first call from place i of the queue on that still waits and is concerned,
// with its place, nil when there is none. The key holds a value of type typ. Who waits for
// that type is concerned when the key is ready; who waits for another and is Live, in any
// case. Calls that were served or cancelled elsewhere are dropped on the way.
func (t *Table) Next(db int, name []byte, i int, typ uint8, ready bool) (*call.Call, int) {
	k := key{db, string(name)}
	for {
		q := t.keys[k]
		if q == nil || i >= len(q.calls) || typ == None && q.live == 0 {
			return nil, i
		}
		switch c := q.calls[i]; {
		case c.State() != call.Parked:
			t.removeAt(k, q, i)
		case c.Block.Type == typ && ready, c.Block.Type != typ && c.Block.Live:
			return c, i
		default:
			i++
		}
	}
}

// Remove forgets c for a key.
func (t *Table) Remove(db int, name string, c *call.Call) {
	k := key{db, name}
	q := t.keys[k]
	if q == nil {
		return
	}
	for i, other := range q.calls {
		if other == c {
			t.removeAt(k, q, i)
			return
		}
	}
}

func (t *Table) removeAt(k key, q *queue, i int) {
	t.count(q, q.calls[i], -1)
	if i == 0 {
		q.calls[0] = nil
		q.calls = q.calls[1:]
	} else {
		q.calls = append(q.calls[:i], q.calls[i+1:]...)
	}
	t.calls--
	if len(q.calls) == 0 {
		delete(t.keys, k)
	}
}

// Each calls fn for every key somebody waits for.
func (t *Table) Each(fn func(db int, name string)) {
	for k := range sim.Walk(t.keys, key.compare) {
		fn(k.db, k.name)
	}
}

// MoveSlot hands the queues for which belongs says so to another shard's table.
func (t *Table) MoveSlot(to *Table, belongs func(name string) bool) {
	for k, q := range t.keys { // in any order
		if !belongs(k.name) {
			continue
		}
		if to.keys == nil {
			to.keys = map[key]*queue{}
		}
		to.keys[k] = q
		to.calls += len(q.calls)
		t.calls -= len(q.calls)
		if q.live > 0 {
			to.live++
			t.live--
		}
		delete(t.keys, k)
	}
}
