package exec

import (
	"strconv"
	"testing"
)

// TestRereadsAreBounded: a script that reads for ever holds no more of what it read than so many names, each once.
func TestRereadsAreBounded(t *testing.T) {
	var r rereads
	for range 3 {
		r.add([]byte("a"))
	}
	if len(r) != 1 || r.tooMany() {
		t.Fatalf("%d names", len(r))
	}
	for i := range 10 * mostReread {
		r.add([]byte(strconv.Itoa(i)))
	}
	if len(r) != mostReread || !r.tooMany() {
		t.Errorf("%d names", len(r))
	}
}
