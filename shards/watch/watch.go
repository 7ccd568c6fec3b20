// Package watch holds, for one shard, which connections watch which keys (WATCH).
// Every method needs the shard's token; the mark on a connection is atomic and is
// read by EXEC under the tokens of its keys.
package watch

import (
	"cmp"
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

// watcher is one connection that watches a key. due says that the key's time had
// come already when it began: its removal is no change then.
type watcher struct {
	who *call.Watching
	due bool
}

// Table is the watched keys of one shard. The zero value is empty.
type Table struct {
	keys map[key][]watcher
}

// Empty reports whether nothing is watched: the one check on the path of writes.
func (t *Table) Empty() bool { return len(t.keys) == 0 }

// Len is the number of watched keys.
func (t *Table) Len() int { return len(t.keys) }

// Has reports whether somebody watches the key.
func (t *Table) Has(db int, name []byte) bool { return len(t.keys[key{db, string(name)}]) != 0 }

// Add registers who for a key; twice is once.
func (t *Table) Add(db int, name string, who *call.Watching, due bool) {
	if t.keys == nil {
		t.keys = map[key][]watcher{}
	}
	k := key{db, name}
	for _, w := range t.keys[k] {
		if w.who == who {
			return
		}
	}
	t.keys[k] = append(t.keys[k], watcher{who, due})
}

// Remove forgets who for a key.
func (t *Table) Remove(db int, name string, who *call.Watching) {
	k := key{db, name}
	list := t.keys[k]
	for i, w := range list {
		if w.who == who {
			list[i] = list[len(list)-1]
			list[len(list)-1] = watcher{}
			list = list[:len(list)-1]
			break
		}
	}
	if len(list) == 0 {
		delete(t.keys, k)
	} else {
		t.keys[k] = list
	}
}

// State is what there is of a key.
type State uint8

const (
	Absent State = iota
	Stale        // its time has come, but it has not been removed
	Live
)

// Replaced tells who watches a key what became of it when its database was exchanged for
// another. A key that is not there and one whose time has come are the same to a client:
// only what it could have seen is a change.
func (t *Table) Replaced(db int, name string, before, after State) {
	if before == Absent && after == Absent {
		return
	}
	list := t.keys[key{db, name}]
	for i := range list {
		w := &list[i]
		switch {
		case w.due && after == Absent:
			w.due = false
		case w.due && after == Stale:
		case !w.due && before == Absent && after == Stale:
			w.due = true
		default:
			w.who.Dirty.Store(true)
		}
	}
}

// Due reports whether the key's time had come already when who began to watch it.
func (t *Table) Due(db int, name string, who *call.Watching) bool {
	for _, w := range t.keys[key{db, name}] {
		if w.who == who {
			return w.due
		}
	}
	return false
}

// Touch marks everybody who watches the key: their EXEC answers null. expired says
// that the key was removed because its time had come.
func (t *Table) Touch(db int, name []byte, expired bool) {
	for _, w := range t.keys[key{db, string(name)}] {
		if !expired || !w.due {
			w.who.Dirty.Store(true)
		}
	}
}

// Each calls fn for every watched key; FLUSHALL and SWAPDB walk all of them.
func (t *Table) Each(fn func(db int, name string)) {
	for k := range sim.Walk(t.keys, key.compare) {
		fn(k.db, k.name)
	}
}

// MoveSlot hands the keys for which belongs says so to another shard's table.
func (t *Table) MoveSlot(to *Table, belongs func(name string) bool) {
	for k, list := range t.keys { // in any order
		if !belongs(k.name) {
			continue
		}
		for _, w := range list {
			to.Add(k.db, k.name, w.who, w.due)
		}
		delete(t.keys, k)
	}
}
