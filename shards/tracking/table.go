// Package tracking remembers which clients may hold which keys in caches of their own (CLIENT TRACKING). A Table is a shard's: what its
// clients have read, under the shard's token as the keys are. A Registry is the node's: who tracks at all, the prefixes that
// clients want to hear of (BCAST), and how many keys all tables hold together. Whoever executes commands puts in what is read and takes out
// who is to be told of what was changed; how they are told is none of its business.
package tracking

import "sigrun/internal/sim"

// Table is the keys of one shard that somebody may hold. It knows them by name alone, whatever the database, as clients do. They lie by slots,
// so that a slot is handed to another shard whatever lies in it.
type Table struct {
	seats  *Seats
	slots  []part   // of all slots of the node; those of the shard are its own
	filled []uint16 // slots of which keys are there
}

// Size is how much a table holds: keys, clients of keys, bytes of names, and of the bits of clients that have no place in the entry itself.
type Size struct{ Keys, Items, Names, Rows int }

func (s *Size) add(o Size) {
	s.Keys, s.Items, s.Names, s.Rows = s.Keys+o.Keys, s.Items+o.Items, s.Names+o.Names, s.Rows+o.Rows
}

// Less is the same with the other sign.
func (s Size) Less() Size { return Size{-s.Keys, -s.Items, -s.Names, -s.Rows} }

// NewTables makes those of a node's shards, for so many slots and the clients of a registry.
func NewTables(shards, slots int, r *Registry) []Table {
	all, tables := make([]part, slots), make([]Table, shards)
	for i := range tables {
		tables[i] = Table{seats: &r.Seats, slots: all}
	}
	return tables
}

// Key is one by which a table is asked. Clients cannot choose the hash.
type Key struct {
	Name []byte
	Hash uint64
	Slot uint16
}

// Empty reports whether nobody holds anything.
func (t *Table) Empty() bool { return len(t.filled) == 0 }

// Has reports whether somebody holds the key.
func (t *Table) Has(k *Key) bool { return len(t.filled) > 0 && t.slots[k.Slot].find(k) != nil }

// Touch loads what Add reads of a key first. Its result is for keeping the load alive.
func (t *Table) Touch(k *Key) uint64 { return uint64(t.slots[k.Slot].heads) }

// Add notes that a client may hold a key, and returns how much more the table holds then.
func (t *Table) Add(k *Key, who Seat) (more Size) {
	p := &t.slots[k.Slot]
	e, now := p.find(k), t.seats.now()
	switch {
	case e == nil:
		if !t.seats.taken(who) {
			return more
		}
		e = p.insert(k)
		e.stamp = now
		if p.Keys == 0 {
			p.at = uint16(len(t.filled))
			t.filled = append(t.filled, k.Slot)
		}
		more.Keys, more.Names = 1, len(k.Name)
	case e.stamp == now && e.has(who.Place):
		return more
	case !t.seats.taken(who):
		return more
	case e.stamp != now:
		more.Items = -e.prune(t.seats)
		e.stamp = now
	}
	if !e.has(who.Place) {
		before := e.rows()
		e.put(who.Place)
		more.Items++
		more.Rows = e.rows() - before
	}
	p.add(more)
	return more
}

// Take forgets a key, appends to list who may hold it, and returns how much the table holds more then, which is negative.
func (t *Table) Take(k *Key, list []uint64) (clients []uint64, less Size) {
	p := &t.slots[k.Slot]
	e := p.remove(k)
	if e == nil {
		return list, less
	}
	clients, items := e.clients(t.seats, list)
	less = Size{Keys: -1, Items: -items, Names: -len(k.Name), Rows: -e.rows()}
	if p.add(less); p.Keys == 0 {
		t.emptied(k.Slot)
	}
	return clients, less
}

// emptied takes a slot off the list of those that hold something.
func (t *Table) emptied(slot uint16) {
	p, last := &t.slots[slot], len(t.filled)-1
	t.filled[p.at] = t.filled[last]
	t.slots[t.filled[last]].at = p.at
	t.filled = t.filled[:last]
	*p = part{}
}

// Any is one of the keys, by chance. There is one.
func (t *Table) Any() Key {
	slot := t.filled[sim.IntN(len(t.filled))]
	e := t.slots[slot].any()
	return Key{Name: e.name(), Hash: e.hash, Slot: slot}
}

// Clear forgets everything, and returns how much that was. It takes no longer for many keys than for a few.
func (t *Table) Clear() (was Size) {
	for _, slot := range t.filled {
		was.add(t.slots[slot].Size)
		t.slots[slot] = part{}
	}
	t.filled = nil
	return was
}

// MoveSlot hands the keys of a slot to another shard's table. It takes no longer for many of them.
func (t *Table) MoveSlot(to *Table, slot uint16) {
	p := &t.slots[slot]
	if p.Keys == 0 {
		return
	}
	moved := *p
	t.emptied(slot)
	moved.at = uint16(len(to.filled))
	*p = moved
	to.filled = append(to.filled, slot)
}
