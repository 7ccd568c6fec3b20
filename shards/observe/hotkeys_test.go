package observe

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSketchFindsTheHottest among many keys of which most are seen seldom, with counts that are never too large, nor too small by more than the algorithm says.
func TestSketchFindsTheHottest(t *testing.T) {
	h := &HotKeys{}
	h.Tune(0, 16, 100, 10)
	s, r := h.Loop(0), rand.New(rand.NewPCG(1, 2))
	really := map[string]uint64{}
	for range 200_000 {
		key := fmt.Sprint("cold:", r.IntN(50_000))
		if r.IntN(4) == 0 {
			key = fmt.Sprint("hot:", min(r.IntN(5), r.IntN(5)))
		}
		really[key]++
		s.See(3, []byte(key), 5)
	}
	if got := s.Completed(5); len(got) != 0 {
		t.Fatalf("a window that is not complete told %v", got)
	}
	for i := range s.counts {
		if c := &s.counts[i]; s.at[c.name] != i || i > 0 && c.seen < s.counts[(i-1)/2].seen {
			t.Fatalf("count %d is out of place", i)
		}
	}
	found := h.Hottest(s.Completed(10_005))
	for i := range 5 {
		want := fmt.Sprint("hot:", i)
		if f := found[i]; f.Key != want || f.DB != 3 || f.Seen > really[want] || f.Seen < really[want]-200_000/256 {
			t.Errorf("place %d: %+v, want %s, seen %d times", i, f, want, really[want])
		}
	}
	if got := s.Completed(30_005); len(got) != 0 {
		t.Errorf("after a window in which nothing came: %v", got)
	}
	if h.Bytes() != 0 {
		t.Errorf("%d bytes are counted for nothing", h.Bytes())
	}
}

// TestHottestAddsUpLoops, and a reset forgets.
func TestHottestAddsUpLoops(t *testing.T) {
	h := &HotKeys{}
	h.Tune(0, 2, 10, 10)
	for loop := range 2 {
		for range 3 + loop {
			h.Loop(loop).See(0, []byte("a"), 1)
		}
		h.Loop(loop).See(loop, []byte("b"), 1)
	}
	var found []Hot
	for loop := range 2 {
		found = append(found, h.Loop(loop).Completed(10_001)...)
	}
	if got := fmt.Sprint(h.Hottest(found)); got != "[{0 a 7} {0 b 1}]" {
		t.Error(got)
	}
	if rate := h.Rate(7); rate != 7 {
		t.Errorf("%d a second: seven were seen of a tenth of what came in ten seconds", rate)
	}
	h.Reset(10_001)
	if got := h.Loop(0).Completed(10_002); len(got) != 0 {
		t.Errorf("after a reset: %v", got)
	}
}

// TestHotKeysOffKeepNothing: what was seen goes when nothing is followed any more.
func TestHotKeysOffKeepNothing(t *testing.T) {
	h := &HotKeys{}
	h.Tune(0, 2, 100, 10)
	h.Loop(0).See(0, []byte("key"), 5)
	if h.Bytes() == 0 {
		t.Fatal("nothing was kept")
	}
	h.Tune(0, 0, 100, 10)
	if n := h.Bytes(); n != 0 {
		t.Errorf("%d bytes are kept", n)
	}
	h.Tune(0, 2, 100, 10)
	h.Loop(0).See(0, []byte("key"), 5)
	if got := h.Loop(0).Completed(10_005); len(got) != 1 {
		t.Errorf("on again, it found %v", got)
	}
}

// TestWindowsAreWhole: what was seen of a window in the middle of which it was switched on, or reset, is not told as a whole one's.
func TestWindowsAreWhole(t *testing.T) {
	h := &HotKeys{}
	h.Tune(4_000, 2, 100, 10)
	s := h.Loop(0)
	s.See(0, []byte("key"), 4_001)
	if got := s.Completed(10_001); len(got) != 0 {
		t.Errorf("switched on within a window, it told %v", got)
	}
	s.See(0, []byte("key"), 10_002)
	if got := s.Completed(20_001); len(got) != 1 {
		t.Errorf("of a whole window it told %v", got)
	}
	s.See(0, []byte("key"), 20_002)
	h.Reset(25_000)
	s.See(0, []byte("key"), 25_001)
	if got := s.Completed(30_001); len(got) != 0 {
		t.Errorf("reset within a window, it told %v", got)
	}
}
