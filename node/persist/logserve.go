package persist

import (
	"fmt"
	"time"

	"sigrun/internal/sim"
	"sigrun/shards/observe"
	"sigrun/storage/aof"
)

// lookEvery is how often the goroutine of the log looks when nobody calls it.
const lookEvery = time.Second

// run is the goroutine of the log.
func (l *AppendLog) run(leave <-chan struct{}) {
	for last := l.k.Clock.Mono(); ; {
		timer := time.NewTimer(l.gathering.rest(l.k.Clock.Mono()))
		which := sim.Any("waits for what is to be written", leave, l.kicks, timer.C)
		timer.Stop()
		if which == 0 {
			return
		}
		why, now := called, l.k.Clock.Mono()
		switch {
		case now-last >= int64(lookEvery):
			last, why = now, due
		case now-l.rest.Load() >= int64(lookEvery):
			why = early
		}
		l.serve(why)
		if why == early && l.policy.Load() == syncEverySecond { // the next second begins with it
			last = now
			l.rest.Store(max(now, l.rest.Load()))
		}
	}
}

// Why the log is looked at.
type why int

const (
	called why = iota // somebody waits, or much has come
	early             // somebody waits, and nothing was synced for a second: what is synced once a second is
	due               // a second is over: what is synced once a second is, and what failed is tried again
	last              // it ends: all is
)

// serve writes what there is and syncs what has to be, until nothing is left to do.
func (l *AppendLog) serve(why why) {
	if !l.gathering.over(l.Newest(), l.k.Clock.Mono(), why == called) {
		return
	}
	for {
		began, survived := l.k.Clock.Mono(), l.synced.Load()
		l.merging.Lock()
		l.write(why >= due)
		tail, written, wrote, turn := l.tail, l.written, l.wrote, l.turns()
		decided := turn != nil && turn.inForce.Load()
		l.unlock()
		l.tell()
		switch {
		case tail == nil || written == l.synced.Load() && turn == nil:
			return
		case l.doubt.Load() != nil && decided: // the base that the other file follows has what may be missing here
			l.turnOver(turn)
			continue
		case l.doubt.Load() != nil:
			return // until such a base is in force (beat): a file that may be torn has to be the last one with anything in it
		case turn == nil && wrote == l.syncedBytes: // there were commits without a record for the file
			l.survives(written)
			continue
		case turn == nil && !l.syncsNow(why):
			return
		case !l.sync(tail, written):
			l.kick() // what came meanwhile is to be written all the same
			return
		}
		if l.syncedBytes = wrote; why != last {
			why = called
		}
		if turn != nil {
			l.turnOver(turn)
		}
		l.tell()
		if why == called && turn == nil && l.policy.Load() == syncAlways {
			now := l.k.Clock.Mono()
			l.gathering.synced(l.Newest(), written-survived, now, now-began)
			if l.gathering.until > 0 || l.journal.Wanted() <= written {
				return // what has come meanwhile is of rounds that have not ended: whoever ends one calls
			}
		}
	}
}

// syncsNow reports whether what was written is synced now.
func (l *AppendLog) syncsNow(why why) bool {
	switch l.policy.Load() {
	case syncAlways:
		return true
	case syncNever:
		return why == last
	default:
		if why == called || why != last && l.unsyncedBeside() {
			return false
		}
		return true
	}
}

// plan has the log go over to another file behind the newest commit. All tokens are held.
func (l *AppendLog) plan(t *turn) {
	l.merging.Lock()
	defer l.unlock()
	t.former = l.turn.Load()
	l.turn.Store(t)
}

// turns is the file to go over to, if nothing is left to be written to the one before; else nil.
func (l *AppendLog) turns() *turn {
	switch t := l.turn.Load(); {
	case t == nil:
	case t.former != nil:
		if t.inForce.Load() {
			return t
		}
	case len(l.buf) == 0 && (l.ahead != nil || l.merged >= t.behind):
		return t
	}
	return nil
}

// turnOver goes over to the next file. All of the former one survives, or the base in front of the next one has it.
func (l *AppendLog) turnOver(t *turn) {
	l.merging.Lock()
	defer l.unlock()
	if !l.turn.CompareAndSwap(t, nil) { // its rewrite has failed meanwhile
		return
	}
	t.close(true)
	_ = l.tail.Close() // there is nothing left that could fail to be written
	l.tail = t.to
	l.dir.Store(t.dir)
	if t.inForce.Load() {
		l.trust()
	}
	l.framing.Reset()
	if t.former != nil {
		l.cover(t.behind)
	}
	l.takeAhead()
}

// cover passes over what the base in force has, up to a commit. merging is held.
func (l *AppendLog) cover(behind uint64) {
	l.covered, l.merged = behind, max(l.merged, behind)
	l.buf = l.buf[:0]
	if e := l.ahead; e != nil && e.Seq <= behind {
		l.ahead = nil
		l.journal.Recycle(e)
	}
}

// turnBack has the log stay with its file, if it has not gone over yet: the base that the other one was to follow has failed. unsure: or it may be in
// force all the same, and then what comes from here on belongs behind it.
func (l *AppendLog) turnBack(t *turn, unsure bool) {
	l.merging.Lock()
	defer l.unlock()
	defer l.kick()
	if unsure {
		t.unsure.Store(true)
		return
	}
	if !l.turn.CompareAndSwap(t, t.former) {
		return
	}
	close(t.taken)
	_ = t.to.Close() // it stays in the set, empty
	if t.former == nil {
		l.takeAhead()
	}
}

// undecided reports whether a turn lies ahead that another rewrite would lose sight of. One whose base may be in force or not is given up where the
// file before it may be torn: only another base can decide.
func (l *AppendLog) undecided() bool {
	t := l.turn.Load()
	return t != nil && (!t.unsure.Load() || t.inForce.Load() || l.doubt.Load() == nil)
}

// takeAhead merges what had to wait for the turn. merging is held.
func (l *AppendLog) takeAhead() {
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
	l.rest.Store(began)
	late := sim.AfterFunc(patience, func() { l.late(began) })
	since := int64(0)
	if l.policy.Load() == syncAlways { // else nobody waits for it
		since = l.watching()
	}
	err := tail.Sync()
	l.took(since, observe.EventLogSync)
	late.Stop()
	l.syncing.Store(0) // from here on it cannot be late any more
	l.brake.release(syncLate)
	if err != nil {
		// The system may have given up what it could not write: another sync of the same file would say nothing about that.
		l.doubt.Store(tail)
		l.brake.failed(syncing, fmt.Errorf("fsync: %w", err))
		return false
	}
	l.survives(written)
	return true
}

// survives notes that a loss of power would leave all commits up to one.
func (l *AppendLog) survives(seq uint64) {
	l.synced.Store(seq)
	if l.leave != nil { // else whoever waits is told that the log is off
		l.tellThose(l.syncs)
	}
	if l.policy.Load() == syncAlways {
		l.release(seq)
		l.tell()
	}
}

// inForce follows a base that has come into force. If it is newer than a sync that failed, it has what that was about.
func (l *AppendLog) inForce(d *aof.Dir) {
	l.merging.Lock()
	defer l.unlock()
	if t := l.turn.Load(); t != nil {
		t.inForce.Store(true)
		l.kick()
	} else if l.doubt.Load() != l.tail {
		l.trust()
	}
	if size, err := l.size(d); err == nil { // nothing is written while the files are measured
		l.figures.Base.Store(size)
		l.figures.Size.Store(size)
	}
}

// trust ends the doubt about a sync that failed. merging is held.
func (l *AppendLog) trust() {
	if l.doubt.Swap(nil) != nil {
		l.brake.recovered(syncing)
		l.kick()
	}
}

// late has writers wait for a sync that lasts, if it still does.
func (l *AppendLog) late(began int64) {
	l.brake.mu.Lock()
	defer l.brake.mu.Unlock()
	if l.syncing.Load() == began && l.policy.Load() != syncNever {
		l.figures.Delayed.Add(1)
		l.k.Log.Info("Asynchronous AOF fsync is taking too long (disk is busy?). Writers wait for it.")
		l.brake.engage(syncLate, true)
	}
}

// Bounds of what is committed and not written: writers wait from the one on, and go on from the other.
const (
	mostBehind = 64 << 20
	fewBehind  = mostBehind / 4
)

// bound holds writers back while too much is committed and not written. Whoever adds to it, or takes away, asks.
func (l *AppendLog) bound() {
	if n := l.unwritten(); n <= mostBehind && (n >= fewBehind || !l.brake.full.Load()) {
		return
	}
	l.brake.mu.Lock()
	defer l.brake.mu.Unlock()
	switch n := l.unwritten(); {
	case n > mostBehind && !l.brake.full.Load():
		l.brake.full.Store(true)
		l.brake.engage(logFull, true)
		l.kick()
	case n < fewBehind && l.brake.full.Load():
		l.brake.full.Store(false)
		l.brake.engage(logFull, false)
	}
}

// unwritten is how many bytes are committed and not written.
func (l *AppendLog) unwritten() int64 { return l.journal.Bytes() + l.figures.Pending.Load() }
