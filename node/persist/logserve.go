package persist

import (
	"fmt"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/storage/aof"
)

// lookEvery is how often the goroutine of the log looks when nobody calls it.
const lookEvery = time.Second

// run is the goroutine of the log.
func (l *AppendLog) run(leave <-chan struct{}) {
	for last := l.k.Clock.Mono(); ; {
		timer := time.NewTimer(lookEvery)
		called := sim.Any("waits for what is to be written", leave, l.kicks, timer.C)
		timer.Stop()
		if called == 0 {
			return
		}
		due := l.k.Clock.Mono()-last >= int64(lookEvery)
		if due {
			last = l.k.Clock.Mono()
		}
		l.serve(due)
	}
}

// serve writes what there is and syncs what has to be, until nothing is left to do; due: what is synced once a second is.
func (l *AppendLog) serve(due bool) {
	for {
		l.merging.Lock()
		l.write(due)
		tail, written, turns := l.tail, l.written, l.turns()
		l.merging.Unlock()
		l.tell()
		switch policy := l.policy.Load(); {
		case tail == nil || written == l.synced.Load() && !turns:
			return
		case !turns && policy != syncAlways && (!due || policy == syncNever || l.unsyncedBeside()):
			return
		}
		if !l.sync(tail, written) {
			return // it is tried again in a second
		}
		due = false
		if turns {
			l.turnOver()
		}
		l.tell()
	}
}

// turns reports whether nothing is left to be written to a file that another one follows.
func (l *AppendLog) turns() bool {
	t := l.turn.Load()
	return t != nil && len(l.buf) == 0 && (l.ahead != nil || l.merged >= t.behind)
}

// turnOver goes over to the next file. All of the former one survives.
func (l *AppendLog) turnOver() {
	l.merging.Lock()
	defer l.merging.Unlock()
	_ = l.tail.Close() // there is nothing left that could fail to be written
	l.tail = l.turn.Swap(nil).to
	l.framing.Reset()
	if e := l.ahead; e != nil {
		l.ahead = nil
		l.buf = l.framing.Append(l.buf, e, 0)
		l.merged = e.Seq
		l.journal.Recycle(e)
	}
}

// unsyncedBeside reports whether syncs are left out while something else is written (no-appendfsync-on-rewrite).
func (l *AppendLog) unsyncedBeside() bool {
	if !l.k.value("no-appendfsync-on-rewrite").Bool() {
		return false
	}
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.job != nil
}

// patience is how long writers go on while what they have done waits for a sync, before they are held back.
const patience = 2 * time.Second

// sync makes what was written up to a commit survive.
func (l *AppendLog) sync(tail *aof.Tail, written uint64) bool {
	began := max(l.k.Clock.Mono(), 1)
	l.syncing.Store(began)
	late := sim.AfterFunc(patience, func() { l.late(began) })
	err := tail.Sync()
	late.Stop()
	l.syncing.Store(0) // from here on it cannot be late any more
	l.holding.Lock()
	l.hold(syncLate, false)
	l.holding.Unlock()
	if err != nil {
		l.failed(fmt.Errorf("fsync: %w", err))
		return false
	}
	l.synced.Store(written)
	l.tellThose(l.syncs)
	if l.policy.Load() == syncAlways {
		l.release(written)
	}
	return true
}

// late has writers wait for a sync that lasts, if it still does.
func (l *AppendLog) late(began int64) {
	l.holding.Lock()
	defer l.holding.Unlock()
	if l.syncing.Load() == began {
		l.figures.Delayed.Add(1)
		l.k.Log.Info("Asynchronous AOF fsync is taking too long (disk is busy?). Writers wait for it.")
		l.hold(syncLate, true)
	}
}

// errorsSeen says what the log was told of last, so that it is not told over and over.
type errorsSeen struct {
	text string
	at   int64 // monotonic ns
}

// complainEvery is how often an error is told that does not end.
const complainEvery = 30 * time.Second

// failed follows what did not succeed. Writers are refused until a write does; only the goroutine of the log tries.
func (l *AppendLog) failed(err error) {
	text, now := config.Reason(err), l.k.Clock.Mono()
	l.holding.Lock()
	defer l.holding.Unlock()
	if e := &l.errors; e.text != text || now-e.at >= int64(complainEvery) {
		e.text, e.at = text, now
		l.k.Log.Warn("Error writing to the AOF file: " + text)
	}
	if !l.figures.Failed.Swap(true) {
		l.k.setUnlogged(text)
	}
}

// recovered follows a write that did.
func (l *AppendLog) recovered() {
	if !l.figures.Failed.Load() {
		return
	}
	l.holding.Lock()
	defer l.holding.Unlock()
	if l.figures.Failed.Swap(false) {
		l.errors.text = ""
		l.k.Log.Info("AOF write error looks solved. The server can write again.")
		l.k.setUnlogged("")
	}
}

// setUnlogged says why the append-only file cannot be written, "": it can.
func (k *Keeper) setUnlogged(why string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unlogged = why
	k.refuse()
}

// Reasons for which writers are held back.
const (
	syncLate uint32 = 1 << iota // what they have done waits for a sync
	logFull                     // much of it waits to be written
)

// hold has writers wait for a reason, or not for this one any more; holding is held.
func (l *AppendLog) hold(reason uint32, on bool) {
	before := l.reasons
	if on {
		l.reasons |= reason
	} else {
		l.reasons &^= reason
	}
	if (before != 0) != (l.reasons != 0) {
		l.k.Hold(on)
	}
}

// Bounds of what is committed and not written: writers wait from the one on, and go on from the other.
const (
	mostBehind = 64 << 20
	fewBehind  = mostBehind / 4
)

// bound holds writers back while too much is committed and not written. Whoever adds to it, or takes away, asks.
func (l *AppendLog) bound() {
	if n := l.unwritten(); n <= mostBehind && (n >= fewBehind || !l.full.Load()) {
		return
	}
	l.holding.Lock()
	defer l.holding.Unlock()
	switch n := l.unwritten(); {
	case n > mostBehind && !l.full.Load():
		l.full.Store(true)
		l.hold(logFull, true)
		l.kick()
	case n < fewBehind && l.full.Load():
		l.full.Store(false)
		l.hold(logFull, false)
	}
}

// unwritten is how many bytes are committed and not written.
func (l *AppendLog) unwritten() int64 { return l.journal.Bytes() + l.figures.Pending.Load() }
