package tracking

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
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
	r.Count(Size{Keys: 10, Items: 10})
	r.Most.Store(7)
	forgotten := 0
	for r.Reserve() {
		forgotten++
	}
	if forgotten != 3 || r.Over() {
		t.Error(forgotten)
	}
}

// Ten thousand that come and leave at once copy next to nothing, whether all hear of one prefix or each of one of its own; who is left is told.
func TestManyLeaveAtOnce(t *testing.T) {
	var r Registry
	allocated := func(fn func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		fn()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	const clients = 10_000
	own := func(id uint64) []string { return []string{"", fmt.Sprintf("own:%06d", id)} }
	if n := allocated(func() {
		for id := range uint64(clients) {
			r.Listen(Listener{id, false}, own(id))
		}
	}); n > clients*2000 {
		t.Errorf("%d bytes for clients that come", n)
	}
	if n := allocated(func() {
		for id := range uint64(clients - 1) {
			r.Leave(id, own(id))
		}
	}); n > clients*500 {
		t.Errorf("%d bytes for clients that leave", n)
	}
	told := ""
	r.Prefixes().Tell([]Changed{{[]byte("own:009999"), false}}, 0, func(ids []uint64, _ [][]byte) { told += fmt.Sprint(ids) })
	if told != "[9999][9999]" {
		t.Error(told)
	}
	r.Leave(9999, own(9999))
	if r.Prefixes() != nil || len(*r.prefixes.lengths.Load()) != 0 {
		t.Error("prefixes are left over")
	}
}

// Prefixes come and go while others look keys up: who hears of a prefix all the time is always told, and nobody who does not.
func TestPrefixesWhileOthersLook(t *testing.T) {
	var r Registry
	r.Listen(Listener{1, false}, []string{"a"})
	var all sync.WaitGroup
	stop := make(chan struct{})
	for g := range uint64(3) {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := 10 + g
				list := []string{"a", "ab", fmt.Sprint("abc", i%5)}
				r.Listen(Listener{id, i%2 == 0}, list)
				r.Leave(id, list)
			}
		})
	}
	for range 20_000 {
		firm := false
		r.Prefixes().Tell([]Changed{{[]byte("abc3"), false}}, 0, func(ids []uint64, _ [][]byte) {
			firm = firm || slices.Contains(ids, 1)
		})
		if !firm {
			t.Fatal("who hears of it all the time is not told")
		}
	}
	close(stop)
	all.Wait()
	if r.prefixes.count.Load() != 1 {
		t.Error(r.prefixes.count.Load())
	}
}
