package db

import "testing"

// A slot that is moved before anybody asked for a database is the new shard's there, too: keyspace and slot map
// must agree for as long as they live, or memory is given back to an arena that it never came from.
func TestSlotsMovedBeforeTheDatabaseIsMade(t *testing.T) {
	w := newWorld(t, 11, nil)
	for range 200 {
		k, _ := w.key(w.name())
		w.s.MoveSlot(k.Slot, w.r.IntN(4), 1000)
	}
	w.d = w.s.Database(2)
	for round := range 3 {
		for range 3000 {
			w.step()
		}
		w.check()
		if round == 1 {
			w.d.Flush()
			clear(w.model)
		}
		w.drain()
		w.moveSlots()
	}
}

// The budget is for the slot in all databases.
func TestMoveSlotCountsAllDatabases(t *testing.T) {
	w := newWorld(t, 12, nil)
	k := w.s.Hasher().Key([]byte("k"))
	from := w.s.Slots().Owner(k.Slot)
	for _, n := range []int{0, 3} {
		w.s.Database(n).Part(from).SetString(&k, 0, []byte("v"), 0)
	}
	if w.s.MoveSlot(k.Slot, (from+1)%4, 1) || w.s.Slots().Owner(k.Slot) != from {
		t.Fatal("a slot with two keys was moved with a budget of one")
	}
	if !w.s.MoveSlot(k.Slot, (from+1)%4, 2) || w.s.Database(3).Part((from+1)%4).Find(&k) == 0 {
		t.Fatal("a slot with two keys was not moved with a budget of two")
	}
}

// A slot with values that take long to copy stays, as one with many keys does.
func TestSlotsOfLargeValuesStay(t *testing.T) {
	w := newWorld(t, 13, nil)
	k := w.s.Hasher().Key([]byte("k"))
	from := w.s.Slots().Owner(k.Slot)
	p := w.d.Part(from)
	e := p.New(&k, 0, List, 0)
	for range chainNodes {
		pushChain(p.arena(), e.Value(), 1)
	}
	if w.s.MoveSlot(k.Slot, (from+1)%4, 1) || w.s.Slots().Owner(k.Slot) != from {
		t.Fatal("a slot with a large value was moved with a budget of one key")
	}
	if !w.s.MoveSlot(k.Slot, (from+1)%4, 1000) || w.d.Part((from+1)%4).Find(&k) == 0 {
		t.Fatal("it was not moved with a budget that is large enough")
	}
}
