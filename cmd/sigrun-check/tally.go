package main

import (
	"sigrun/internal/num"
	"sigrun/storage/rdb"
)

// tally counts what a value holds, and sees that nothing is there twice (rdb.Builder).
type tally struct {
	kind     rdb.Kind
	elements int
	bytes    int64
	sizes    *spread // of the elements, where somebody wants to know
	seen     map[string]bool
	groups   map[string]bool
	pending  map[rdb.StreamID]bool // true: has an owner
}

func (t *tally) add(parts ...[]byte) {
	t.elements++
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	t.bytes += int64(size)
	t.size(size)
}

func (t *tally) size(n int) {
	if t.sizes != nil {
		t.sizes.add(uint64(n))
	}
}

func (t *tally) once(name []byte) bool {
	if t.seen[string(name)] {
		return false
	}
	t.seen[string(name)] = true
	return true
}

func (t *tally) Begin(k rdb.Kind, _ int) {
	t.kind, t.seen, t.groups = k, map[string]bool{}, map[string]bool{}
}

func (t *tally) Text(v []byte)    { t.add(v) }
func (t *tally) Element(v []byte) { t.add(v) }
func (*tally) Pack([]byte) bool   { return false }

func (t *tally) Member(v []byte) bool {
	t.add(v)
	return t.once(v)
}

func (t *tally) Field(name, v []byte, _ int64) bool {
	t.add(name, v)
	return t.once(name)
}

// Scored takes a member for as large as it is with the shortest text of its score.
func (t *tally) Scored(member []byte, score float64) bool {
	var room [32]byte
	t.elements++
	t.bytes += int64(len(member))
	t.size(len(member) + len(num.AppendShortest(room[:0], score)))
	return t.once(member)
}

// Node takes each field of an entry with its value for an element as far as sizes go; how many elements there are, Meta says.
func (t *tally) Node(_ rdb.StreamID, pack []byte) {
	t.bytes += int64(len(pack))
	if t.sizes != nil {
		rdb.EachEntry(rdb.StreamID{}, pack, func(rdb.StreamID, int) {}, func(field, value []byte) { t.size(len(field) + len(value)) })
	}
}

func (t *tally) Meta(m *rdb.StreamMeta) { t.elements = int(m.Length) }

func (t *tally) Group(name []byte, _ rdb.StreamID, _ int64) bool {
	there := t.groups[string(name)]
	t.groups[string(name)] = true
	t.pending = map[rdb.StreamID]bool{}
	clear(t.seen)
	return !there
}

func (t *tally) Pending(id rdb.StreamID, _ int64, _ uint64) bool {
	_, there := t.pending[id]
	t.pending[id] = false
	return !there
}

func (t *tally) Consumer(name []byte, _, _ int64) bool { return t.once(name) }

func (t *tally) Owned(id rdb.StreamID) bool {
	owned, there := t.pending[id]
	t.pending[id] = true
	return there && !owned
}

func (t *tally) GroupEnd() bool {
	for _, owned := range t.pending {
		if !owned {
			return false
		}
	}
	return true
}
