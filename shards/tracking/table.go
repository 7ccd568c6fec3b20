// Package tracking remembers which clients may hold which keys in caches of their own (CLIENT TRACKING). A Table is a shard's: what its
// clients have read, under the shard's token as the keys are. A Registry is the node's: who tracks at all, the prefixes that
// clients want to hear of (BCAST), and how many keys all tables hold together. Whoever executes commands puts in what is read and takes out
// who is to be told of what was changed; how they are told is none of its business.
package tracking

import (
	"slices"
	"strings"

	"sigrun/internal/sim"
)

// Table is the keys of one shard that somebody may hold. It knows them by name alone, whatever the database, as clients do. The maps of Go are
// keyed, so that chosen names do not meet. The zero value is empty.
type Table struct {
	keys  map[string][]uint64 // numbers of clients, in their order
	bytes int64               // of the names
}

// Empty reports whether nobody holds anything.
func (t *Table) Empty() bool { return len(t.keys) == 0 }

// Len is the number of keys.
func (t *Table) Len() int { return len(t.keys) }

// Has reports whether somebody holds the key.
func (t *Table) Has(name []byte) bool {
	_, has := t.keys[string(name)]
	return has
}

// pruneAt is from how many clients of a key on those that are gone are looked for, each time their number has doubled.
const pruneAt = 64

// Add notes that a client may hold a key; key: nobody did before; items: how many more clients there are. lives tells who is still there: those that
// are gone are forgotten when there are many.
func (t *Table) Add(name []byte, client uint64, lives func(uint64) bool) (key bool, items int) {
	list, has := t.keys[string(name)]
	n := len(list)
	at := n
	if n > 0 && list[n-1] >= client { // else it is newer than all, as most are
		var known bool
		if at, known = slices.BinarySearch(list, client); known {
			return false, 0
		}
	}
	if n >= pruneAt && n&(n-1) == 0 {
		list = slices.DeleteFunc(list, func(id uint64) bool { return !lives(id) })
		at, _ = slices.BinarySearch(list, client)
	}
	if t.keys == nil {
		t.keys = map[string][]uint64{}
	}
	list = slices.Insert(list, at, client)
	t.keys[string(name)] = list
	if !has {
		t.bytes += int64(len(name))
	}
	return !has, len(list) - n
}

// Take forgets a key and returns who may hold it.
func (t *Table) Take(name []byte) []uint64 {
	list, has := t.keys[string(name)]
	if has {
		t.drop(string(name))
	}
	return list
}

// drop takes a name out; a map that nothing is left in is given back.
func (t *Table) drop(name string) {
	delete(t.keys, name)
	if t.bytes -= int64(len(name)); len(t.keys) == 0 {
		t.keys = nil
	}
}

// Any is one of the keys, by chance.
func (t *Table) Any() (name string, ok bool) {
	for name := range sim.Walk(t.keys, strings.Compare) { // which one is no matter
		return name, true
	}
	return "", false
}

// Clear forgets everything, and returns how much that was: keys, clients of keys, and bytes of names.
func (t *Table) Clear() (keys, items int, names int64) {
	keys, names = len(t.keys), t.bytes
	for _, list := range t.keys { // in any order
		items += len(list)
	}
	t.keys, t.bytes = nil, 0
	return keys, items, names
}

// MoveSlot hands the keys for which belongs says so to another shard's table.
func (t *Table) MoveSlot(to *Table, belongs func(name string) bool) {
	for name, list := range t.keys { // in any order
		if !belongs(name) {
			continue
		}
		if to.keys == nil {
			to.keys = map[string][]uint64{}
		}
		to.keys[name] = list
		to.bytes += int64(len(name))
		t.drop(name)
	}
}
