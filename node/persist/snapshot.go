package persist

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync/atomic"

	"sigrun/protocol/call"
	"sigrun/shards/exec"
	"sigrun/shards/script"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// job is one BGSAVE.
type job struct {
	k       *Keeper
	since   int64
	changes uint64
	fate    atomic.Uint32
	failed  atomic.Bool // the file cannot be written

	keys, total atomic.Int64 // saved, and there at the mark
	cow         atomic.Int64 // bytes of what was saved because it was about to change

	moment    uint64
	form      rdb.Form
	used      int64                // memory at the mark
	libraries []*script.Library    // of the mark
	databases map[int]*db.Database // of the mark, by number
	sizes     map[int]sizes
	numbers   map[*db.Part]int
	shards    []preimages
	file      *file
	rewrite   *rewrite // of the append-only file; nil: it is a BGSAVE
	runner    *exec.Ctx
	count     int // entries of a slice
}

// preimages is what a shard's commands saved before they changed it; the shard's token guards it.
type preimages struct {
	w    image.Writer
	runs []run
	_    [64]byte
}

// run is where keys of a database begin.
type run struct {
	database, from int
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

// over reports whether there will be no file: the walk goes on, so that every entry is settled, and nothing is saved any more.
func (j *job) over() bool { return j.off() || j.failed.Load() }

// decide decides that the file comes into place, unless it was decided that it does not.
func (j *job) decide() bool { return j.fate.CompareAndSwap(undecided, coming) }

// mark is the instant of the snapshot. All tokens are held.
func (j *job) mark() {
	k := j.k
	j.moment, j.form, j.used = k.moments.Add(1), k.form(), k.used()
	j.changes, j.libraries = k.changes(), k.Libraries.All()
	j.databases, j.sizes, j.numbers = k.databases(), map[int]sizes{}, map[*db.Part]int{}
	j.shards = make([]preimages, k.Dispatcher.Shards())
	for s := range j.shards {
		j.shards[s].w = k.writer(rdb.NewWriter(nil, j.form))
	}
	for n, d := range j.databases { // in any order
		for s := range j.shards {
			j.numbers[d.Part(s)] = n
		}
		j.sizes[n] = k.sizes(d)
		j.total.Add(int64(j.sizes[n].keys))
	}
	k.Engine.Space.Mark(j)
}

// Save puts a key aside that is about to change (db.Saver).
func (j *job) Save(p *db.Part, e db.Entry) {
	n, known := j.numbers[p]
	if !known || j.over() {
		return
	}
	a := &j.shards[p.Shard()]
	if last := len(a.runs) - 1; last < 0 || a.runs[last].database != n {
		a.runs = append(a.runs, run{n, len(a.w.Bytes())})
	}
	before := len(a.w.Bytes())
	a.w.Key(e)
	j.k.preimages.Add(int64(len(a.w.Bytes()) - before))
	j.cow.Add(int64(j.k.Engine.SizeOf(e)))
	j.keys.Add(1)
}

// run walks over the keyspace and writes it.
func (j *job) run() (err error) {
	k := j.k
	j.runner = k.Engine.Borrow()
	defer k.Engine.GiveBack(j.runner)
	if j.file, err = j.create(); err != nil {
		j.failed.Store(true)
		j.file = &file{k: k, w: k.writer(rdb.NewWriter(io.Discard, j.form))} // nothing more is saved, but all is settled
	} else {
		j.file.header(j.used, j.rewrite != nil, j.libraries)
	}
	numbers := slices.Sorted(maps.Keys(j.databases))
	for _, n := range numbers {
		j.file.size(n, j.sizes[n])
	}
	for _, n := range numbers {
		j.walk(n, j.databases[n])
	}
	for s := range j.shards {
		j.reap(s)
	}
	release := k.takeAll()
	k.Engine.Space.Unmark()
	release()
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
	if err = j.file.w.Err(); err != nil {
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

// reap has a shard free what was flushed since the mark, which puts it aside first, and takes all that lies aside. Everything else
// of the shard is settled by now.
func (j *job) reap(s int) {
	for more := true; more; {
		var set call.ShardSet
		set.Add(s)
		j.k.Dispatcher.Acquire(&set)
		j.file.holding = true
		if more = !j.over() && j.k.Engine.Space.Owed(s); more {
			j.k.Engine.Space.Step(s, j.count)
		}
		j.collect(s)
		j.release(s)
		j.adapt()
		j.write()
	}
}

// walk visits the keys of a database, a slice at a time.
func (j *job) walk(n int, d *db.Database) {
	for cursor := uint64(0); ; {
		s := j.acquire(db.CursorSlot(cursor))
		p := d.Part(s)
		j.file.holding = true
		if !j.over() {
			j.file.begin(n)
		}
		done := 0
		cursor = p.Scan(cursor, j.count, func(e db.Entry) { done += j.visit(p, e) })
		j.collect(s)
		j.release(s)
		j.adapt()
		j.write()
		if cursor == 0 {
			return
		}
		if !j.over() {
			j.k.delay(done, j.off)
		}
	}
}

// visit saves a key that nobody saved before.
func (j *job) visit(p *db.Part, e db.Entry) (saved int) {
	if !p.Unsaved(e) {
		return 0
	}
	if !j.over() {
		j.file.w.Key(e)
		j.keys.Add(1)
	}
	p.MarkSaved(e)
	return 1
}

// acquire takes the token of the shard that owns a slot.
func (j *job) acquire(slot uint16) (shard int) {
	for {
		shard = j.k.Engine.Owner(slot)
		var set call.ShardSet
		set.Add(shard)
		j.k.Dispatcher.Acquire(&set)
		if j.k.Engine.Owner(slot) == shard {
			return shard
		}
		j.release(shard)
	}
}

func (j *job) release(shard int) { j.k.Dispatcher.Release(shard, j.runner) }

// collect takes what lies aside in a shard whose token is held.
func (j *job) collect(shard int) {
	a := &j.shards[shard]
	if err := a.w.Err(); err != nil {
		j.file.w.Fail(err)
	}
	all, runs := a.w.Take(), a.runs
	j.k.preimages.Add(-int64(len(all)))
	a.runs = nil
	for i, r := range runs {
		end := len(all)
		if i+1 < len(runs) {
			end = runs[i+1].from
		}
		j.file.begin(r.database)
		j.file.w.Copy(all[r.from:end])
	}
}

// write hands on what the slice has left in memory, with no token held. A file that cannot be written ends the job.
func (j *job) write() {
	if j.file.w.Err() == nil {
		if err := j.file.drain(); err != nil {
			j.file.w.Fail(err)
		}
	}
	if j.file.w.Err() != nil {
		j.failed.Store(true)
	}
}

// Slices are bounded in entries and, since nobody knows how large those are, roughly in bytes.
const (
	mostEntries = 128
	sliceBytes  = 128 << 10
)

// adapt makes the next slice smaller or larger, by what this one came to.
func (j *job) adapt() {
	if len(j.file.held) > sliceBytes {
		j.count = max(j.count/2, 1)
	} else {
		j.count = min(j.count*2, mostEntries)
	}
	if j.k.value("rdb-key-save-delay").Int64() != 0 && !j.over() {
		j.count = 1
	}
}
