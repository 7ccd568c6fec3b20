package node

import (
	"fmt"
	"sync/atomic"
	"time"

	"sigrun/internal/config"
)

// watchdog asks every loop for a sign of life, again and again, and tells of those that gave none for a whole period
// (watchdog-period): a loop that stands still has all its clients wait.
type watchdog struct {
	n    *Node
	tell func(text string)
	background
	asked []atomic.Bool // by loop: it has not answered yet
}

// leastPeriod is that of Valkey at hz 10.
const leastPeriod = 200 * time.Millisecond

func (w *watchdog) begin(n *Node, tell func(text string)) {
	w.n, w.tell, w.asked = n, tell, make([]atomic.Bool, len(n.reactor.Loops()))
	n.apply("watchdog-period", func(v *config.Value) error {
		w.end()
		w.background = background{}
		if ms := v.Int64(); ms > 0 && w.tell != nil {
			w.start("watchdog", max(time.Duration(ms)*time.Millisecond, leastPeriod), w.look)
		}
		return nil
	})
}

// look tells of loops that have not answered since the last look, and asks the others.
func (w *watchdog) look() {
	for i, l := range w.n.reactor.Loops() {
		if w.asked[i].Swap(true) {
			w.tell(fmt.Sprintf("WATCHDOG TIMER EXPIRED: loop %d stands still", i))
			continue
		}
		l.Post(func() { w.asked[i].Store(false) })
	}
}
