package persist

import (
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/sim"
)

// brake is what becomes of writers while the log cannot keep up with them, or cannot be written: the one waits, the other is refused.
type brake struct {
	k       *Keeper
	figures *LogFigures

	mu       sim.Mutex // guards the following
	reasons  uint32    // for which writers wait
	troubles uint32    // for which they are refused
	errors   errorsSeen
	full     atomic.Bool // logFull is one of the reasons; anybody may look
}

// errorsSeen says what the log was told of last, so that it is not told over and over.
type errorsSeen struct {
	text string
	at   int64 // monotonic ns
}

// complainEvery is how often an error is told that does not end.
const complainEvery = 30 * time.Second

// Troubles for which writers are refused.
const (
	writing uint32 = 1 << iota // the last write failed; the goroutine of the log tries again
	syncing                    // a sync did; another base is written
)

// failed follows what did not succeed. Writers are refused until it does.
func (b *brake) failed(trouble uint32, err error) {
	text, now := config.Reason(err), b.k.Clock.Mono()
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := &b.errors; e.text != text || now-e.at >= int64(complainEvery) {
		e.text, e.at = text, now
		b.k.Log.Warn("Error writing to the AOF file: " + text)
	}
	if b.troubles |= trouble; !b.figures.Failed.Swap(true) {
		b.refused(text)
	}
}

// recovered follows what did.
func (b *brake) recovered(troubles uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.troubles &^= troubles; b.troubles == 0 && b.figures.Failed.Swap(false) {
		b.errors.text = ""
		b.k.Log.Info("AOF write error looks solved. The server can write again.")
		b.refused("")
	}
}

// refused says why the append-only file cannot be written, "": it can.
func (b *brake) refused(why string) {
	k := b.k
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unlogged = why
	k.refuse()
}

// Reasons for which writers wait.
const (
	syncLate uint32 = 1 << iota // what they have done waits for a sync
	logFull                     // much of it waits to be written
	scanFull                    // much lies aside that a snapshot has not written yet
)

// engage has writers wait for a reason, or not for this one any more; mu is held.
func (b *brake) engage(reason uint32, on bool) {
	before := b.reasons
	if on {
		b.reasons |= reason
	} else {
		b.reasons &^= reason
	}
	if (before != 0) != (b.reasons != 0) {
		b.k.Slow(on)
	}
}

// release has writers wait for a reason no more.
func (b *brake) release(reason uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.engage(reason, false)
}
