package persist

import "sigrun/internal/sim"

// told are those who wait for something to have happened. They are called with no lock held: each may ask for the next thing at once.
type told []func()

// tell calls all of them, soon. A lock may be held.
func (t *told) tell() {
	list := *t
	if *t = nil; len(list) == 0 {
		return
	}
	sim.Go("tells who waits for a save", func() {
		for _, then := range list {
			then()
		}
	})
}
