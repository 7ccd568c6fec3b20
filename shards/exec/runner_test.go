package exec_test

import "testing"

// A runner's counters live as long as the engine: who needs one for a moment must not leave one behind each time.
func TestBorrowedRunnersAreUsedAgain(t *testing.T) {
	e := newBare(t).ctx.Engine()
	first, second := e.Borrow(), e.Borrow()
	if first == second {
		t.Fatal("a runner is out twice")
	}
	e.GiveBack(first)
	e.GiveBack(second)
	for range 100 {
		r := e.Borrow()
		if r != first && r != second {
			t.Fatal("a new runner was made although one was there")
		}
		e.GiveBack(r)
	}
}
