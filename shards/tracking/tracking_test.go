package tracking

import (
	"fmt"
	"testing"
)

func TestPrefixes(t *testing.T) {
	var r Registry
	tell := func(by uint64, names ...string) (got []string) {
		var changed []Changed
		for _, n := range names {
			if r.Prefixes().Match([]byte(n)) {
				changed = append(changed, Changed{[]byte(n), true})
			}
		}
		r.Prefixes().Tell(changed, by, func(ids []uint64, names [][]byte) { got = append(got, fmt.Sprintf("%d%s", ids, names)) })
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
		{1, []string{"b:2", "a:1", "b:1", "b:2"}, "[[2][a:1 b:1 b:2] [1][a:1] [1 2][b:1 b:2]]"},
		{2, []string{"b:2", "c"}, "[[1][b:2]]"},
		{3, []string{"b"}, "[[2][b]]"},
	} {
		if got := fmt.Sprint(tell(c.by, c.names...)); got != c.want {
			t.Errorf("%v: %s, want %s", c.names, got, c.want)
		}
	}
	r.Leave(2, []string{"", "b:"})
	r.Leave(1, []string{"a:"})
	if got := fmt.Sprint(tell(3, "a:1", "b:1")); got != "[[1][b:1]]" {
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
	r.Count(Held{Keys: 10, Items: 10})
	r.Most.Store(7)
	forgotten := 0
	for r.Reserve() {
		forgotten++
	}
	if forgotten != 3 || r.Over() {
		t.Error(forgotten)
	}
}
