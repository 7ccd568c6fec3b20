package persist

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/storage/aof"
	"sigrun/storage/rdb"
)

// ErrRewriting says that the append-only file is being rewritten.
var ErrRewriting = errors.New("Background append only file rewriting already in progress")

// Rewrites is what INFO tells of rewriting the append-only file.
type Rewrites struct {
	Count       int64 // that have begun
	Failed      bool  // the last one
	InARow      int64 // that failed
	vain        int64 // InARow, with those that could not begin
	tried       int64 // Unix seconds when the last one failed
	LastSeconds int64 // that the last one took, -1: there was none
	LastCow     int64
	scheduled   bool
}

// rewrite is a base of the append-only file that is being written: what a BGSAVE is, to another file, and from the moment at which what is
// committed goes to a file of its own.
type rewrite struct {
	k     *Keeper
	files *aof.Rewrite
	dir   *aof.Dir
	fresh bool  // the log begins with it
	turn  *turn // the log has been told to go over to its tail
	form  base  // of the base
	begun *Begun
}

// Begun is what became of the beginning of a rewrite: its files are there, or cannot be made.
type Begun struct {
	k             *Keeper
	known, failed bool
	asked         told
}

// Then calls do, soon, when that is known.
func (b *Begun) Then(do func()) {
	b.k.mu.Lock()
	defer b.k.mu.Unlock()
	if b.asked = append(b.asked, do); b.known {
		b.asked.tell()
	}
}

// Failed reports whether it has not begun.
func (b *Begun) Failed() bool {
	b.k.mu.Lock()
	defer b.k.mu.Unlock()
	return b.failed
}

// decide tells of it.
func (b *Begun) decide(failed bool) {
	b.k.mu.Lock()
	defer b.k.mu.Unlock()
	b.known, b.failed = true, failed
	if !failed {
		b.k.rewrites.Count++
	}
	b.asked.tell()
}

// file is what the snapshot is written to.
func (w *rewrite) file(form rdb.Form) *file {
	f := &file{k: w.k, out: w, database: -1, base: true, small: w.k.value("aof-rewrite-incremental-fsync")}
	f.w = w.k.writer(rdb.NewWriter(f, form))
	return f
}

// base is where the snapshot goes. end says that it is whole: all of it is written when that returns.
type base interface {
	io.Writer
	end() error
}

// preamble is a base that is the snapshot itself.
type preamble struct{ io.Writer }

func (preamble) end() error { return nil }

// phrased is a base of the commands that make what is in the snapshot (aof-use-rdb-preamble no).
type phrased struct {
	*io.PipeWriter
	done chan error
}

func newPhrased(k *Keeper, out io.Writer) base {
	from, to := io.Pipe()
	b := phrased{to, make(chan error, 1)}
	second := int64(0)
	if k.Appends.stamped.Bool() {
		second = k.now()
	}
	o := k.Engine.DumpOptions()
	o.SkipChecksum = true
	if !k.spawn("base of commands", func() {
		err := aof.Rephrase(rdb.NewReader(from, -1), o, second, out)
		_ = from.CloseWithError(err)
		b.done <- err
	}) {
		_ = from.CloseWithError(errCancelled)
		b.done <- errCancelled
	}
	return b
}

func (b phrased) end() error {
	_ = b.Close()
	err, _ := sim.Receive("the base of commands", b.done)
	b.done <- err // whoever asks once more is told the same
	return err
}

// A rewrite is the target of its snapshot.
func (w *rewrite) Write(p []byte) (int, error) { return w.form.Write(p) }
func (w *rewrite) Sync() error                 { return w.files.Sync() }
func (w *rewrite) Seal() error                 { return w.form.end() }
func (w *rewrite) Commit() error               { return w.end() }

func (w *rewrite) Abandon() {
	_ = w.form.end()
	w.forget()
	w.files.Abandon()
	switch t := w.files.Tail; {
	case w.turn != nil:
		w.k.Appends.turnBack(w.turn, false)
	case t != nil && !w.fresh: // it stays in the set, empty
		_ = t.Close()
	}
}

// forget switches a log off that was to begin with the base.
func (w *rewrite) forget() {
	if w.fresh {
		w.k.Appends.stop(false)
	}
}

// Rewrite begins to rewrite the append-only file; nil: soon, because something else is being written, or this is no moment (soon). Any goroutine may ask.
func (l *AppendLog) Rewrite(soon bool) (*Begun, error) {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.rewriting():
		return nil, ErrRewriting
	case k.closed:
		return nil, errCancelled
	case k.job != nil || k.next || soon || l.undecided():
		k.rewrites.scheduled = true
		k.rewrites.InARow, k.rewrites.vain = 0, 0 // it does not wait for its turn after those that failed
		return nil, nil
	}
	l.startRewrite(false)
	return k.job.rewrite.begun, nil
}

// startRewrite has a goroutine prepare and write a base; mu is held, and nothing else is being written.
func (l *AppendLog) startRewrite(fresh bool) {
	k := l.k
	k.rewrites.scheduled = false
	j := newJob(k)
	j.rewrite = &rewrite{k: k, fresh: fresh, begun: &Begun{k: k}}
	k.job = j
	k.jobs.Go("rewrite", func() {
		defer k.Engine.Guard()
		l.rewritten(j, j.rewrite.run(j))
	})
}

// may reports whether one that is due may begin as soon as nothing else is being written: not at once behind those that have failed, one behind the other.
func (r *Rewrites) may(l *AppendLog) bool {
	k := l.k
	return !k.next && !k.closed && !l.undecided() && (r.vain == 0 || k.now()-r.tried >= min(60, r.vain*5))
}

// start begins one that is due, with which the log begins if it is to be on and is not.
func (*Rewrites) start(l *AppendLog) { l.startRewrite(l.k.value("appendonly").Bool() && !l.On()) }

// goesOn is the set that another base belongs to, at the place where that is to lie: CONFIG SET dir may have named another one. nil: there was none.
func (w *rewrite) goesOn() *aof.Dir {
	l := w.k.Appends
	d := l.dir.Load()
	if t := l.turn.Load(); t != nil {
		d = t.dir
	}
	if d == nil {
		return nil
	}
	return d.At(l.place())
}

// open makes the files.
func (w *rewrite) open(snapshot bool, follow aof.Follow) (err error) {
	l := w.k.Appends
	l.files.Lock()
	defer l.files.Unlock()
	if w.dir = w.goesOn(); w.dir == nil || w.fresh {
		if w.dir, err = aof.Open(l.place()); err != nil {
			return err
		}
	}
	w.files, err = w.dir.Rewrite(snapshot, follow)
	return err
}

// run prepares the files, makes the mark, and writes.
func (w *rewrite) run(j *job) (err error) {
	k, l := w.k, w.k.Appends
	follow := aof.Onward
	switch {
	case w.fresh:
		follow = aof.Afresh
	case !l.On():
		follow = aof.Nowhere
	}
	snapshot := k.value("aof-use-rdb-preamble").Bool()
	err = w.open(snapshot, follow)
	w.begun.decide(err != nil)
	if err != nil {
		return err
	}
	if w.form = (preamble{w.files}); !snapshot {
		w.form = newPhrased(k, w.files)
	}
	k.Log.Info(fmt.Sprintf("Background append only file rewriting started by pid %d", os.Getpid()))
	release := k.takeAll()
	if j.off() || follow == aof.Onward && !l.taking { // or the log is on its way to be off
		release()
		w.Abandon()
		return errCancelled
	}
	j.mark()
	switch follow {
	case aof.Onward:
		w.turn = &turn{behind: k.Engine.Commits.Seq(), to: w.files.Tail, dir: w.dir, taken: make(chan struct{})}
		l.plan(w.turn)
	case aof.Afresh:
		l.begin(w.dir, w.files.Tail, 0, logWaiting)
	}
	release()
	return j.run()
}

// end puts the base in force.
func (w *rewrite) end() error {
	err := w.comeIntoForce()
	if err != nil {
		w.forget()
		if w.turn != nil {
			w.k.Appends.turnBack(w.turn, true)
		}
	}
	return err
}

func (w *rewrite) comeIntoForce() error {
	l := w.k.Appends
	l.files.Lock()
	defer l.files.Unlock()
	if err := w.files.Finish(); err != nil {
		return err
	}
	if w.fresh {
		l.state.CompareAndSwap(int32(logWaiting), int32(logOn)) // it may have been switched off meanwhile
	}
	l.inForce(w.dir)
	l.tellThose(l.syncs)
	clean(w.dir)
	return nil
}

// rewritten notes what became of a rewrite.
func (l *AppendLog) rewritten(j *job, err error) {
	k := l.k
	switch {
	case err == nil:
		k.Log.Info("Background AOF rewrite finished successfully")
	case j.rewrite.files != nil && !errors.Is(err, errCancelled): // else the log knows already
		k.Log.Warn("Background AOF rewrite terminated with an error: " + config.Reason(err))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	r := &k.rewrites
	r.LastSeconds, r.LastCow = k.now()-j.since, j.cow.Load()
	switch {
	case err == nil:
		r.Failed, r.InARow, r.vain = false, 0, 0
	case !errors.Is(err, errCancelled):
		r.Failed, r.tried = true, k.now()
		if r.vain++; j.rewrite.files != nil {
			r.InARow++
		}
		r.scheduled = r.scheduled || j.rewrite.fresh // the log is to be on
	}
	j.gone()
}

// beat begins a rewrite that is due: one that was asked for, or because the file has grown.
func (l *AppendLog) beat() {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	r := &k.rewrites
	if k.job != nil || !r.may(l) {
		return
	}
	size, base := l.figures.Size.Load(), l.figures.Base.Load()
	percent := k.value("auto-aof-rewrite-percentage").Int64()
	grown := (size - base) * 100 / max(base, 1)
	switch {
	case r.scheduled || k.value("appendonly").Bool() && !l.On() && k.loaded:
		r.start(l)
	case l.On() && l.doubt.Load() != nil:
		k.Log.Info("Starting rewriting of AOF, since a sync of it failed")
		l.startRewrite(false)
	case l.On() && percent > 0 && size > k.value("auto-aof-rewrite-min-size").Int64() && grown >= percent:
		k.Log.Info(fmt.Sprintf("Starting automatic rewriting of AOF on %d%% growth", grown))
		l.startRewrite(false)
	}
}

// Ready is why the append-only file cannot be switched on, as far as is seen at once; nil: it can, or it is on.
func (l *AppendLog) Ready() error {
	if l.On() {
		return nil
	}
	d, err := aof.Open(l.place())
	if err == nil {
		err = d.Ready()
	}
	if err != nil {
		l.k.mu.Lock()
		l.k.rewrites.Failed = true
		l.k.mu.Unlock()
	}
	return err
}

// Collect removes files that are no longer in force and were kept, soon (Switched): aof-disable-auto-gc is off.
func Collect(k *Keeper) {
	l := k.Appends
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || !l.On() {
		return
	}
	k.switching++
	k.jobs.Go("files out of force", func() {
		l.files.Lock()
		clean(l.dir.Load())
		l.files.Unlock()
		l.switched()
	})
}

// clean removes what is no longer in force; files is held.
func clean(d *aof.Dir) {
	if err := d.Clean(); err != nil {
		d.Log.Warn("Removing files of the append-only file that are no longer in force: " + config.Reason(err))
	}
}

// Switch has the append-only file switched on or off, soon (Switched): off, it is whole and synced; on it is once its first base is written.
func (l *AppendLog) Switch(on bool) {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || !k.loaded {
		return
	}
	l.wanted.Store(on)
	switch {
	case !on:
		k.rewrites.scheduled = false
		if j := k.job; j != nil && j.rewrite != nil && !j.off() && j.cancel() {
			k.Log.Info("Killing AOF child: there is none, but the rewrite ends, as the append-only file is switched off")
		}
		k.switching++
		k.jobs.Go("append-only file off", func() {
			l.stop(true)
			l.switched()
		})
	case l.On():
	case k.job != nil || k.next:
		k.rewrites.scheduled = true
	default:
		l.startRewrite(true)
	}
}

// Switching reports whether the append-only file is about to be switched off, or files are about to go (Collect). Switched calls then when that has happened.
func (l *AppendLog) Switching() bool {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.switching > 0
}

func (l *AppendLog) Switched(then func()) {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.switched = append(k.switched, then); k.switching == 0 {
		k.switched.tell()
	}
}

func (l *AppendLog) switched() {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.switching--; k.switching == 0 {
		k.switched.tell()
	}
}

// stop switches the log off; whole: what was committed so far is written and synced first. One at a time.
func (l *AppendLog) stop(whole bool) {
	l.stopping.Lock()
	defer l.stopping.Unlock()
	release := l.k.takeAll() // whoever is about to switch it on has done so, or sees that it is not wanted any more
	if !l.On() {
		release()
		l.tellThose(l.syncs) // of those who waited for it to begin
		return
	}
	l.k.Engine.Commits.Remove(l.journal)
	l.taking = false
	release()
	l.end(whole, true)
	l.tell()
	l.tellThose(l.syncs)
}
