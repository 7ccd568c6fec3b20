package main

import "sigrun/storage/rdb"

// tally counts what a value holds, and sees that nothing is there twice (rdb.Builder).
type tally struct {
	elements int
	bytes    int64
	seen     map[string]bool
	groups   map[string]bool
	pending  map[rdb.StreamID]bool // true: has an owner
}

func newTally() *tally { return &tally{} }

func (t *tally) add(parts ...[]byte) {
	t.elements++
	for _, p := range parts {
		t.bytes += int64(len(p))
	}
}

func (t *tally) once(name []byte) bool {
	if t.seen[string(name)] {
		return false
	}
	t.seen[string(name)] = true
	return true
}

func (t *tally) Begin(rdb.Kind, int) { t.seen, t.groups = map[string]bool{}, map[string]bool{} }
func (t *tally) Text(v []byte)       { t.add(v) }
func (t *tally) Element(v []byte)    { t.add(v) }

func (t *tally) Member(v []byte) bool {
	t.add(v)
	return t.once(v)
}

func (t *tally) Field(name, v []byte, _ int64) bool {
	t.add(name, v)
	return t.once(name)
}

func (t *tally) Scored(member []byte, _ float64) bool {
	t.add(member)
	return t.once(member)
}

func (t *tally) Node(_ rdb.StreamID, pack []byte) { t.bytes += int64(len(pack)) }
func (t *tally) Meta(m *rdb.StreamMeta)           { t.elements = int(m.Length) }

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
