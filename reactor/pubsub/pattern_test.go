package pubsub

import (
	"fmt"
	"math/rand"
	"path"
	"testing"
)

// Patterns come and go in any order, on several loops: a message reaches those that are there.
func TestPatternsAgainstModel(t *testing.T) {
	match := func(pattern, s []byte, _ bool) bool { ok, _ := path.Match(string(pattern), string(s)); return ok }
	h := NewHub(3, 64, match)
	r := rand.New(rand.NewSource(1))
	model := map[string][]int{}
	for range 5000 {
		text, loop := fmt.Sprintf("c%d*", r.Intn(30)), r.Intn(3)
		if model[text] == nil {
			model[text] = make([]int, 3)
		}
		by := 1
		if model[text][loop] > 0 && r.Intn(2) == 0 {
			by = -1
		}
		model[text][loop] += by
		h.adjustPattern(loop, text, by)
		want, kinds := 0, 0
		for text, loops := range model {
			n := loops[0] + loops[1] + loops[2]
			if n > 0 {
				kinds++
			}
			if match([]byte(text), []byte("c12x"), false) {
				want += n
			}
		}
		if h.Patterns() != kinds {
			t.Fatalf("%d patterns, want %d", h.Patterns(), kinds)
		}
		got := 0
		for _, n := range h.receivers(h.partition(Global, []byte("c12x")), Global, []byte("c12x")) {
			got += int(n)
		}
		if got != want {
			t.Fatalf("a message reaches %d, want %d", got, want)
		}
	}
}

// A pattern is looked at once for each message, on however many loops it has subscribers.
func TestPatternsAreMatchedOnce(t *testing.T) {
	matched := 0
	h := NewHub(8, 16, func(pattern, s []byte, _ bool) bool {
		matched++
		return string(pattern) == "c*"
	})
	for loop := range 8 {
		h.adjustPattern(loop, "c*", 1)
		h.adjustPattern(loop, "d*", 1)
	}
	if n := h.Publish(-1, []byte("channel"), []byte("x")); n != 8 || matched != 2 {
		t.Errorf("%d receivers, and patterns were looked at %d times", n, matched)
	}
}
