package persist

import (
	"math"
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/shards/commit"
	"sigrun/shards/journal"
	"sigrun/storage/aof"
)

// AppendLog is the append-only file of a node. Shards hand what they commit to its journal; whoever wants to show an effect has it merged and
// written first (Reach), which is one write for all that has come until then; its own goroutine syncs, and writes what nobody waits for.
//
//	always    written and synced by the goroutine, as much at a time as has come: a reply leaves behind its sync
//	everysec  written by the loop that is about to reply; synced once a second. While that lasts nothing is written, since a write would wait
//	          for it, but what comes is kept, and leaves behind it
//	no        written by the loop
type AppendLog struct {
	k       *Keeper
	journal *journal.Journal
	dir     atomic.Pointer[aof.Dir] // where tail lies
	loops   []waiting
	wake    func(loop int) // has a loop look at Released
	kicks   chan struct{}

	_        metrics.Pad
	released atomic.Uint64 // the newest commit whose effects may be shown; every one while the log is off
	told     atomic.Uint64 // released, when loops were told of it last
	missed   atomic.Bool   // somebody waits who found merging taken
	_        metrics.Pad

	state   atomic.Int32
	wanted  atomic.Bool // it is switched on, and begins soon, if it has not; else it ends soon, if it has not
	policy  atomic.Int32
	leave   chan struct{} // ends the goroutine, nil: there is none
	left    chan struct{} // closed when it has ended
	syncing atomic.Int64  // monotonic ns since when a sync is under way, 0: none is
	rest    atomic.Int64  // since when there was none, or none that was wanted

	merging sim.Mutex // of whoever merges and writes; nobody who has it waits for tokens or for another lock but the journal's
	framing journal.Framing
	buf     []byte // merged and not written
	merged  uint64 // the newest commit in it, or before it
	covered uint64 // what comes up to this commit is in a base, and is passed over
	written uint64 // the newest commit that was written
	wrote   uint64 // bytes, ever
	stuck   bool   // the last write failed
	tail    *aof.Tail
	turn    atomic.Pointer[turn]     // to another file, nil: none
	ahead   *journal.Entry           // the first one that is for it, and waits
	doubt   atomic.Pointer[aof.Tail] // the file of which a sync failed, nil: none

	taking bool      // the journal gets what is committed; all tokens guard it
	files  sim.Mutex // of whoever changes which files are in force, or reads them all

	synced      atomic.Uint64 // the newest commit that survives
	syncedBytes uint64        // wrote, at the last sync; the goroutine's
	syncs       []waiting     // loops that wait for synced to grow
	gathering   gathering
	sleep       atomic.Int64 // ns before each write, for tests (DEBUG AOF-FLUSH-SLEEP)

	stopping sim.Mutex   // of whoever switches the log off
	closing  atomic.Bool // it is written to its end, since the node ends
	brake    brake       // of writers

	stamped *config.Value
	figures LogFigures
}

// waiting says that a loop waits for Released to grow. It has a cache line of its own.
type waiting struct {
	atomic.Bool
	_ [63]byte
}

// Policies of appendfsync.
const (
	syncAlways int32 = iota
	syncEverySecond
	syncNever
)

// turn is the file to go over to behind a commit. It is set under all tokens, before anything is committed that belongs into that file.
type turn struct {
	behind  uint64
	to      *aof.Tail
	dir     *aof.Dir      // where that lies
	inForce atomic.Bool   // the base in front of it is
	unsure  atomic.Bool   // whether it is nobody knows
	taken   chan struct{} // closed when the log has gone over, or has ended
	// former is a turn that this one stands in for: nobody knows whether its base is in force, and the file before may be torn, so that nothing is written
	// to either. What comes up to this turn is in the base in front of it, and nowhere else.
	former *turn
}

// close ends a turn, and those that it stands in for: whoever waits for them is told, and their files are closed, but for that of one that is taken.
func (t *turn) close(took bool) {
	for ; t != nil; t, took = t.former, false {
		close(t.taken)
		if !took {
			_ = t.to.Close()
		}
	}
}

// LogFigures is what INFO tells of the log.
type LogFigures struct {
	Delayed atomic.Int64 // syncs for which writers were held back
	Pending atomic.Int64 // bytes that are merged and not written
	Size    atomic.Int64 // of all files
	Base    atomic.Int64 // Size when the last rewrite had ended, behind a load of the base alone
	Failed  atomic.Bool  // the last write or sync
}

// all is a released that holds nothing back.
const all = math.MaxUint64

// newAppendLog makes one that is off.
func newAppendLog(k *Keeper, loops int, wake func(loop int)) *AppendLog {
	l := &AppendLog{k: k, loops: make([]waiting, loops), syncs: make([]waiting, loops), wake: wake, kicks: make(chan struct{}, 1)}
	l.brake = brake{k: k, figures: &l.figures}
	l.journal = journal.New(l.kick, func() { l.kick(); l.bound() })
	l.framing.To = commit.AOF
	l.stamped = k.value("aof-timestamp-enabled")
	l.released.Store(all)
	return l
}

// kick has the log's goroutine look.
func (l *AppendLog) kick() {
	select {
	case l.kicks <- struct{}{}:
	default:
	}
}

// Released is the newest commit whose effects may be shown.
func (l *AppendLog) Released() uint64 { return l.released.Load() }

// Reach has effects up to a commit be shown, now if that is to be had without waiting; else the loop is woken (wake) when there is more that may be.
// again: the loop asks once more at the end of its round, and what is to be synced waits for all that comes until then.
func (l *AppendLog) Reach(loop int, seq uint64, again bool) bool {
	if l.released.Load() >= seq {
		return true
	}
	if again && l.policy.Load() == syncAlways {
		return false
	}
	l.journal.Want(seq)
	if l.policy.Load() == syncAlways {
		l.loops[loop].Store(true)
		sim.Yield("waits for a sync")
		l.kick()
		return l.released.Load() >= seq
	}
	l.tryWrite()
	if l.released.Load() >= seq {
		return true
	}
	l.loops[loop].Store(true)
	l.missed.Store(true)
	sim.Yield("waits for a write")
	l.tryWrite()
	return l.released.Load() >= seq
}

// tryWrite merges and writes what there is, unless somebody else does: he looks once more for those who found that so (missed).
func (l *AppendLog) tryWrite() {
	for l.merging.TryLock() {
		l.write(false)
		l.merging.Unlock()
		l.tell()
		if !l.missed.Load() {
			return
		}
	}
}

// unlock gives merging back behind anything else than a write: who found it taken meanwhile is looked for by the goroutine.
func (l *AppendLog) unlock() {
	l.merging.Unlock()
	if l.missed.Load() {
		l.kick()
	}
}

// tell wakes the loops that wait for more to be shown, if there is more. Whoever begins to wait looks once more behind that.
func (l *AppendLog) tell() {
	if r := l.released.Load(); l.told.Swap(r) != r {
		l.tellThose(l.loops)
	}
}

func (l *AppendLog) tellThose(marks []waiting) {
	for i := range marks {
		if marks[i].Load() && marks[i].Swap(false) {
			l.wake(i)
		}
	}
}

// Newest is the newest commit that there is.
func (l *AppendLog) Newest() uint64 { return l.k.Engine.Commits.Seq() }

// Beginning reports whether nothing of the log is in force yet, since its first base is being written.
func (l *AppendLog) Beginning() bool { return State(l.state.Load()) == logWaiting }

// Wanted reports whether there is a log, or soon will be one: it is switched on, and the mark behind which it begins has not been made yet.
func (l *AppendLog) Wanted() bool { return l.On() || l.wanted.Load() }

// On reports whether what is committed goes to the log.
func (l *AppendLog) On() bool { return State(l.state.Load()) != logOff }

// Survives reports whether a loss of power would leave all commits up to one: none while the first base is not in force. AwaitSync has the loop
// woken when that changes.
func (l *AppendLog) Survives(seq uint64) bool {
	return l.On() && (seq == 0 || !l.Beginning() && l.synced.Load() >= seq) // of whom nothing was committed nothing can be lost
}

func (l *AppendLog) AwaitSync(loop int) { l.syncs[loop].Store(true) }

// write merges what there is and writes it, unless that has to wait: for a sync, or, where it has failed, for the goroutine (again), which tries
// once a second. merging is held.
func (l *AppendLog) write(again bool) {
	l.missed.Store(false)
	l.merge()
	if l.tail != nil && (again || !l.stuck) && (len(l.buf) == 0 || l.policy.Load() != syncEverySecond || l.syncing.Load() == 0) {
		l.flush()
	}
	l.bound()
}

// merge takes out what shards have committed, up to where another file begins: that is the goroutine's business (turnOver).
func (l *AppendLog) merge() {
	second := int64(0)
	if l.stamped.Bool() {
		second = l.k.now()
	}
	t := l.turn.Load()
	for l.ahead == nil && (t == nil || t.former == nil) {
		e := l.journal.Next()
		if e == nil {
			break
		}
		if e.Seq <= l.covered {
			l.merged = e.Seq
			l.journal.Recycle(e)
			continue
		}
		if t != nil && e.Seq > t.behind {
			l.ahead = e
			l.kick()
			break
		}
		l.buf = l.framing.Append(l.buf, e, second)
		l.merged = e.Seq
		l.journal.Recycle(e)
	}
	l.figures.Pending.Store(int64(len(l.buf)))
}

// flush writes what was merged. What cannot be written stays, and is tried again later.
func (l *AppendLog) flush() {
	if d := l.sleep.Load(); d > 0 && len(l.buf) > 0 {
		sim.Sleep(time.Duration(d))
	}
	for len(l.buf) > 0 {
		since := l.watching()
		n, err := l.tail.Write(l.buf)
		l.tookWrite(since)
		l.figures.Size.Add(int64(n))
		l.wrote += uint64(n)
		l.buf = append(l.buf[:0], l.buf[n:]...)
		if err != nil {
			l.stuck = true
			l.brake.failed(writing, err)
			return
		}
	}
	if cap(l.buf) > mostLogBuffer {
		l.buf = nil
	}
	l.figures.Pending.Store(0)
	if l.stuck {
		l.stuck = false
		l.brake.recovered(writing)
	}
	if l.written = l.merged; l.policy.Load() != syncAlways {
		l.release(l.written)
	}
	if rested(l) {
		l.kick()
	}
}

// rested reports whether what is written is synced soon, since that is due once a second and was not for longer.
func rested(l *AppendLog) bool {
	return l.policy.Load() == syncEverySecond && l.written != l.synced.Load() && l.k.Clock.Mono()-l.rest.Load() >= int64(lookEvery)
}

// mostLogBuffer is how large a buffer is kept.
const mostLogBuffer = 1 << 20

// release has effects up to a commit be shown.
func (l *AppendLog) release(seq uint64) {
	for {
		old := l.released.Load()
		if seq <= old || l.released.CompareAndSwap(old, seq) {
			return
		}
	}
}

// State is what the log does.
type State int32

const (
	logOff     State = iota
	logWaiting       // its first base is being written
	logOn
)

// Follow has the log do what appendfsync says.
func (l *AppendLog) Follow() {
	switch l.k.value("appendfsync").String() {
	case "always":
		l.policy.Store(syncAlways)
	case "everysec":
		l.policy.Store(syncEverySecond)
	default:
		l.policy.Store(syncNever)
	}
	if l.policy.Load() == syncNever { // what waits for a sync need not any more
		l.brake.release(syncLate)
		l.tryWrite()
	}
	l.kick() // whoever waits for another policy is told
}

// end ends the log; whole: what there is is written and synced, whatever the policy; shown: whatever waits for it leaves. Nothing is committed any more.
func (l *AppendLog) end(whole, shown bool) {
	if l.leave == nil {
		return
	}
	close(l.leave)
	sim.Receive("the log's goroutine", l.left)
	l.leave = nil
	if whole {
		l.serve(last)
	}
	l.merging.Lock()
	defer l.merging.Unlock()
	_ = l.tail.Close()
	l.turn.Swap(nil).close(false)
	l.tail, l.ahead, l.buf, l.stuck = nil, nil, nil, false
	l.doubt.Store(nil)
	l.state.Store(int32(logOff))
	if shown { // before the log can begin again, whose mark this would overwrite
		l.released.Store(all)
	}
	for e := l.journal.Next(); e != nil; e = l.journal.Next() { // of what is not wanted any more
		l.journal.Recycle(e)
	}
	l.figures.Pending.Store(0)
	l.bound() // nobody is held back by a log that is off
	l.brake.recovered(writing | syncing)
}

// begin switches the log on: what is committed from now on goes to tail. All tokens are held.
func (l *AppendLog) begin(d *aof.Dir, tail *aof.Tail, size int64, state State) {
	l.merging.Lock()
	defer l.merging.Unlock()
	behind := l.k.Engine.Commits.Add(l.journal)
	l.taking = true
	l.journal.Begin(behind)
	l.dir.Store(d)
	l.tail, l.merged, l.written, l.covered = tail, behind, behind, behind
	l.syncedBytes = l.wrote
	l.synced.Store(behind)
	l.framing.Reset()
	l.figures.Size.Store(size)
	l.state.Store(int32(state))
	l.released.Store(behind)
	l.leave, l.left = make(chan struct{}), make(chan struct{})
	sim.Go("append-only file", func() {
		defer close(l.left)
		defer l.k.Engine.Guard()
		l.run(l.leave)
	})
}
