package tracking

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"sigrun/internal/testkit"
)

// TestTable compares the table with a plain model.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewSource(testkit.Seed()))
	var tables [2]Table
	model := map[string][]uint64{} // of both: even keys are the first one's
	side := func(name string) int { return int(name[1]-'0') % 2 }
	gone := func(id uint64) bool { return id%5 == 0 }
	moved := 0
	for range 20_000 {
		name := fmt.Sprintf("k%d", r.Intn(10))
		at := &tables[(side(name)+moved)%2]
		switch r.Intn(40) {
		case 0:
			got := at.Take([]byte(name))
			if !slices.Equal(got, model[name]) {
				t.Fatalf("%s: %v, want %v", name, got, model[name])
			}
			delete(model, name)
		case 1:
			to := &tables[(side(name)+moved+1)%2]
			at.MoveSlot(to, func(n string) bool { return side(n) == side(name) })
			to.MoveSlot(at, func(n string) bool { return side(n) != side(name) })
			moved++
		default:
			id := uint64(1 + r.Intn(200))
			had := model[name]
			key, items := at.Add([]byte(name), id, func(id uint64) bool { return !gone(id) })
			list := slices.Clone(had)
			if n := len(list); !slices.Contains(list, id) {
				if n >= pruneAt && n&(n-1) == 0 {
					list = slices.DeleteFunc(list, gone)
				}
				list = append(list, id)
				slices.Sort(list)
			}
			if key != (had == nil) || items != len(list)-len(had) {
				t.Fatalf("%s: %v, %d more, of %v", name, key, items, had)
			}
			model[name] = list
		}
		keys := tables[0].Len() + tables[1].Len()
		if keys != len(model) || tables[0].Empty() != (tables[0].Len() == 0) {
			t.Fatalf("%d keys, want %d", keys, len(model))
		}
		for name := range model {
			if !tables[(side(name)+moved)%2].Has([]byte(name)) {
				t.Fatalf("%s is missing", name)
			}
		}
	}
}

func TestPrefixes(t *testing.T) {
	var r Registry
	tell := func(by uint64, names ...string) (got []string) {
		var changed []Changed
		for _, n := range names {
			if r.Prefixes().Match([]byte(n)) {
				changed = append(changed, Changed{[]byte(n), true})
			}
		}
		r.Prefixes().Tell(changed, by, func(id uint64, names [][]byte) { got = append(got, fmt.Sprintf("%d%s", id, names)) })
		return got
	}
	if got := tell(1, "a"); got != nil {
		t.Error(got)
	}
	r.Listen(Listener{1, false}, []string{"b:", "a:"})
	r.Listen(Listener{2, true}, []string{"b:", ""})
	for _, c := range []struct {
		by    uint64
		names []string
		want  string
	}{
		{1, []string{"b:2", "a:1", "b:1", "b:2"}, "[2[a:1 b:1 b:2] 1[a:1] 1[b:1 b:2] 2[b:1 b:2]]"},
		{2, []string{"b:2", "c"}, "[1[b:2]]"},
		{3, []string{"b"}, "[2[b]]"},
	} {
		if got := fmt.Sprint(tell(c.by, c.names...)); got != c.want {
			t.Errorf("%v: %s, want %s", c.names, got, c.want)
		}
	}
	r.Leave(2, []string{"", "b:"})
	r.Leave(1, []string{"a:"})
	if got := fmt.Sprint(tell(3, "a:1", "b:1")); got != "[1[b:1]]" {
		t.Error(got)
	}
	r.Leave(1, []string{"b:"})
	if r.Prefixes() != nil {
		t.Error("prefixes are left over")
	}
}

// However many forget keys at once, none is forgotten that need not be.
func TestReserve(t *testing.T) {
	var r Registry
	r.Count(10, 10)
	r.Most.Store(7)
	forgotten := 0
	for r.Reserve() {
		forgotten++
	}
	if forgotten != 3 || r.Over() {
		t.Error(forgotten)
	}
}
