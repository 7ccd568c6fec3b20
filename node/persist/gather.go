package persist

import "time"

// gathering has one sync do for those who wait for it now and for those who soon will: the clients whose commits the last sync was for, and whom their
// replies are only just reaching. Without it the clients of a slow disk fall into two halves that wait for each other's syncs, for ever. The
// goroutine of the log has it.
type gathering struct {
	until  int64  // monotonic ns, 0: nothing is waited for
	from   uint64 // the newest commit when the wait began
	target uint64 // with this one all are back
	vain   int    // waits in a row for which few came
	skip   int    // syncs behind which nothing is waited for
}

const (
	worthGathering = int64(time.Millisecond)     // a sync that takes less than this is not waited for
	gatherShare    = 8                           // of the time that a sync takes is how long
	mostGathering  = 2 * int64(time.Millisecond) // and at most so long
	mostVain       = 6                           // 2 to the power of vain syncs come before the next wait
)

// synced begins a wait behind a sync that took ns and was for so many commits.
func (g *gathering) synced(newest, commits uint64, now, took int64) {
	switch g.until = 0; {
	case took < worthGathering:
	case g.skip > 0:
		g.skip--
	default:
		g.from, g.target, g.until = newest, newest+commits, now+min(took/gatherShare, mostGathering)
	}
}

// over reports whether nothing is waited for any more. called: there is no other reason to write than that somebody waits.
func (g *gathering) over(newest uint64, now int64, called bool) bool {
	switch {
	case g.until == 0:
		return true
	case !called:
		g.until = 0
		return true
	case newest < g.target && now < g.until:
		return false
	case (newest-g.from)*2 < g.target-g.from:
		g.vain = min(g.vain+1, mostVain)
		g.skip = 1 << g.vain
	default:
		g.vain = 0
	}
	g.until = 0
	return true
}

// rest is how long the goroutine may sleep.
func (g *gathering) rest(now int64) time.Duration {
	if g.until == 0 {
		return lookEvery
	}
	return max(time.Duration(g.until-now), 0)
}
