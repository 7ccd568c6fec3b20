package tracking

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestTable compares tables with a plain model: keys of few slots move between two shards, clients come and go and take the places of others.
func TestTable(t *testing.T) {
	const slots = 4
	r := rand.New(rand.NewSource(testkit.Seed()))
	var reg Registry
	tables := NewTables(2, slots, &reg)
	var owner [slots]int
	model := map[string][]uint64{}
	var held Size
	seats := map[uint64]Seat{}
	last := uint64(0)
	key := func() *Key {
		n := r.Intn(3000)
		return &Key{Name: []byte(fmt.Sprint("k", n, strings.Repeat("x", n%40))), Hash: uint64(n/2) * 0x9e3779b97f4a7c15, Slot: uint16(n % slots)}
	}
	for i := range 60_000 {
		k := key()
		at := &tables[owner[k.Slot]]
		switch n := r.Intn(400); {
		case n < 2:
			at.MoveSlot(&tables[1-owner[k.Slot]], k.Slot)
			owner[k.Slot] = 1 - owner[k.Slot]
		case n < 10 && len(seats) < 100:
			last++
			seats[last] = reg.Seats.Take(last)
		case n < 14:
			for id, seat := range seats {
				reg.Seats.Leave(seat)
				delete(seats, id)
				for name, list := range model {
					model[name] = slices.DeleteFunc(list, func(o uint64) bool { return o == id })
				}
				break
			}
		case n < 150 || i > 50_000 && n < 390:
			got, less := at.Take(k, nil)
			held.add(less)
			slices.Sort(got)
			if want, has := model[string(k.Name)]; !slices.Equal(got, want) || has != (less.Keys == -1) {
				t.Fatalf("%s: %v, %+v, want %v, %v", k.Name, got, less, want, has)
			}
			delete(model, string(k.Name))
		default:
			for id, seat := range seats {
				held.add(at.Add(k, seat))
				if list := model[string(k.Name)]; !slices.Contains(list, id) {
					model[string(k.Name)] = append(list, id)
					slices.Sort(model[string(k.Name)])
				}
				break
			}
		}
		if want := len(model[string(k.Name)]) > 0; want && !tables[owner[k.Slot]].Has(k) {
			t.Fatalf("%s is not there", k.Name)
		}
		if one := &tables[r.Intn(2)]; !one.Empty() {
			if any := one.Any(); !one.Has(&any) {
				t.Fatalf("%s is not there", any.Name)
			}
		}
	}
	if held.Keys != len(model) {
		t.Errorf("%d keys, want %d", held.Keys, len(model))
	}
	if was := tables[0].Clear(); !tables[0].Empty() || was.Keys > held.Keys {
		t.Errorf("%+v of %+v", was, held)
	} else if held.add(was.Less()); true {
		held.add(tables[1].Clear().Less())
	}
	if held != (Size{}) {
		t.Errorf("%+v is left", held)
	}
}

// TestSplitAndJoin: however many keys there were, few heads are left for few of them.
func TestSplitAndJoin(t *testing.T) {
	var reg Registry
	table := &NewTables(1, 1, &reg)[0]
	who := reg.Seats.Take(1)
	key := func(n int) *Key {
		return &Key{Name: []byte(fmt.Sprint(n)), Hash: uint64(n) * 0x9e3779b97f4a7c15 >> 7}
	}
	for n := range 10_000 {
		table.Add(key(n), who)
	}
	for n := range 9_990 {
		if list, _ := table.Take(key(n), nil); len(list) != 1 {
			t.Fatal(n)
		}
	}
	if p := &table.slots[0]; p.heads > 44 || len(p.more) != 0 || p.Keys != 10 {
		t.Errorf("%d heads, %d pieces, %d keys", p.heads, len(p.more), p.Keys)
	}
	for n := 9_990; n < 10_000; n++ {
		if !table.Has(key(n)) {
			t.Error(n)
		}
	}
}

// What a client before has read is not told to whom its place was given, and the other way round: who is gone adds nothing.
func TestPlacesAreGivenAgain(t *testing.T) {
	var reg Registry
	table := &NewTables(1, 1, &reg)[0]
	k := &Key{Name: []byte("k")}
	first := reg.Seats.Take(7)
	table.Add(k, first)
	reg.Seats.Leave(first)
	second := reg.Seats.Take(8)
	if second.Place != first.Place {
		t.Fatal(second)
	}
	if more := table.Add(&Key{Name: []byte("l")}, first); more != (Size{}) {
		t.Error(more)
	}
	third := reg.Seats.Take(9)
	if more := table.Add(k, third); more.Items != 0 { // one more, one less
		t.Error(more)
	}
	if list, _ := table.Take(k, nil); !slices.Equal(list, []uint64{9}) {
		t.Error(list)
	}
}
