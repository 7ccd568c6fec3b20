package persist

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync/atomic"

	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// job is one BGSAVE, or a rewrite of the append-only file: a scan, and the file that comes of it.
type job struct {
	*scan
	since   int64
	changes uint64
	fate    atomic.Uint32
	moment  uint64
	file    *file
	rewrite *rewrite // of the append-only file; nil: it is a BGSAVE
}

func newJob(k *Keeper) *job {
	j := &job{since: k.now()}
	j.scan = newScan(k, j.off)
	return j
}

// The fate of a job is decided once, by whoever comes first.
const (
	undecided uint32 = iota
	cancelled        // it ends without a file
	coming           // its file comes into place, and nobody calls it off any more
)

// cancel has the job end without a file; false: that comes into place, or is there.
func (j *job) cancel() bool {
	return j.fate.CompareAndSwap(undecided, cancelled) || j.off()
}

// off reports whether the job was cancelled.
func (j *job) off() bool { return j.fate.Load() == cancelled }

// decide decides that the file comes into place, unless it was decided that it does not.
func (j *job) decide() bool { return j.fate.CompareAndSwap(undecided, coming) }

// gone has what waited for the end of the job begin: a rewrite at once where the job was called off, since it counts as under way. mu is held.
func (j *job) gone() {
	k := j.k
	k.job = nil
	k.ending.tell()
	switch {
	case k.next:
		k.whenHeld(k.beginNext)
	case j.rewriteFollows():
		k.rewrites.start(k.Appends)
	}
}

// rewriteFollows reports whether a rewrite was asked for while the job, which was called off, has not gone yet. mu is held.
func (j *job) rewriteFollows() bool {
	return j.off() && j.k.rewrites.scheduled && j.k.rewrites.may(j.k.Appends)
}

// mark is the instant of the snapshot. All tokens are held.
func (j *job) mark() {
	j.moment, j.changes = j.k.moments.Add(1), j.k.changes()
	j.scan.mark()
}

// run walks over the keyspace and writes it.
func (j *job) run() (err error) {
	if j.file, err = j.create(); err != nil {
		j.failed.Store(true) // nothing is saved, but all is settled
	} else {
		j.sinks = append(j.sinks, j.file)
	}
	j.scan.run()
	return j.end(err)
}

// create begins to write the file.
func (j *job) create() (*file, error) {
	k := j.k
	if j.rewrite != nil {
		return j.rewrite.file(j.form), nil
	}
	k.Log.Info(fmt.Sprintf("Background saving started by pid %d", os.Getpid()))
	return k.create("-"+strconv.FormatUint(j.moment, 10), j.form)
}

// end puts the file in place, if there is to be one. err says that it was never made.
func (j *job) end(err error) error {
	if err != nil {
		return err
	}
	if j.off() {
		j.file.abandon(nil)
		return errCancelled
	}
	if err = j.file.err(); err != nil {
		j.file.abandon(err)
		return err
	}
	if j.rewrite != nil {
		if !j.decide() {
			j.file.abandon(nil)
			return errCancelled
		}
		if err = j.file.seal(); err != nil {
			return err
		}
		return j.rewrite.Commit()
	}
	return j.k.commit(j.file, j.moment, func() bool { return j.moment >= j.k.void.Load() && j.decide() })
}

// begin writes what stands before the keys of a scan (sink).
func (f *file) begin(s *scan) {
	f.header(s.used, s.libraries)
	for _, n := range slices.Sorted(maps.Keys(s.databases)) {
		f.size(n, s.sizes[n])
	}
}

func (f *file) records(database int, d rdb.Draft) {
	f.enter(database)
	f.w.Adopt(d)
}

func (f *file) finish(t *image.Portrait) {
	if f.err() == nil {
		t.Finish(f.w.Writer)
	}
}

func (f *file) fail(err error) { f.w.Fail(err) }
func (f *file) err() error     { return f.w.Err() }
