package persist

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/shards/script"
	"sigrun/storage/rdb"
)

// ErrStopped says that loading was ended before its time.
var ErrStopped = errors.New("loading was stopped")

// Broken is what a file fails with that began well. The log has told of it to the end.
type Broken struct{ error }

func (b Broken) Unwrap() error { return b.error }

// Load reads the file, or the append-only file where there is to be one, at the start of a server; none is no error. Clients may ask meanwhile how far it is.
func (k *Keeper) Load() error {
	if !k.mayLoad() {
		return ErrStopped
	}
	defer k.jobs.Done()
	defer k.hasLoaded()
	if k.value("appendonly").Bool() {
		return k.Appends.load()
	}
	l := &loader{k: k, slices: true}
	return l.file()
}

// mayLoad has Close wait for the end of loading; false: it is too late to begin.
func (k *Keeper) mayLoad() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.jobs.Add(1)
	}
	return !k.closed
}

// hasLoaded says that what there was is loaded, or will not be.
func (k *Keeper) hasLoaded() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.loaded = true
}

// StopLoading ends a Load soon.
func (k *Keeper) StopLoading() { k.stopLoad.Store(true) }

// Reload is DEBUG RELOAD.
type Reload struct {
	NoSave, NoFlush bool
	Merge           bool // a key of the file takes the place of one that is there
}

// Reload saves the file, empties the keyspace and reads the file. The caller holds all tokens. A file that was not saved
// just now is read to its end first: what does not decode, names a key twice or a database that there is none, or has no room, is refused before data gives way.
func (k *Keeper) Reload(o Reload) error {
	if o.NoSave {
		if err := check(k, o); err != nil {
			return err
		}
	} else if err := k.SaveLast(); err != nil {
		return err
	}
	if !o.NoFlush {
		k.empty()
	}
	l := &loader{k: k, merge: o.Merge}
	if err := l.file(); err != nil {
		return err
	}
	k.Log.Info("DB reloaded by DEBUG RELOAD")
	return nil
}

// empty removes all that is to be loaded anew. All tokens are held, and nobody else frees what that leaves: it is free for what is loaded, but for what a
// snapshot has not written yet and has no room for.
func (k *Keeper) empty() {
	databases := k.databases()
	for _, n := range slices.Sorted(maps.Keys(databases)) {
		k.Engine.Emptying(n)
		databases[n].Flush()
	}
	k.Engine.FlushTracked(-1)
	k.Libraries.Flush()
	for s := range k.Dispatcher.Shards() {
		for k.Engine.Space.MayFree(s) {
			k.Engine.Space.Step(s, freedBetween)
		}
	}
}

// freedBetween is how much is freed between two looks at how much lies aside.
const freedBetween = 1000

// loader reads a file into the keyspace.
type loader struct {
	k      *Keeper
	merge  bool
	slices bool // tokens are given back now and then; else the caller holds them
	log    bool // it is an append-only file that begins with the snapshot: what has expired may live on by what comes behind

	d        *rdb.Decoder
	headed   bool // the file is one of those that are read
	it       rdb.Item
	database int
	now      int64
	due      int64 // what expires before is not loaded, Unix milliseconds
	empty    atomic.Int64
	lag      *config.Value // key-load-delay
}

// wrongValue is what is wrong with the value of a key, or with its being there.
type wrongValue struct {
	error
	name string
	typ  rdb.Type
}

func (w *wrongValue) Unwrap() error { return w.error }

func (l *loader) file() error {
	k := l.k
	f, err := k.FS.Open(k.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		k.Log.Warn("Fatal error: can't open the RDB file " + k.path() + " for reading: " + config.Reason(err))
		return err
	}
	defer func() { _ = f.Close() }()
	began := k.Clock.Mono()
	size := l.begin(f)
	defer l.end()
	if err = l.read(rdb.NewReader(f, size)); err != nil {
		l.report(err)
		if errors.Is(err, ErrStopped) || l.foreign(err) {
			return err
		}
		return Broken{err}
	}
	p := &k.Progress
	done := fmt.Sprintf("Done loading RDB, keys loaded: %d, keys expired: %d", p.Keys.Load(), p.Expired.Load())
	if n := l.empty.Load(); n > 0 {
		done += fmt.Sprintf(", empty keys skipped: %d", n)
	}
	k.Log.Info(done + ".")
	k.Log.Info(fmt.Sprintf("DB loaded from disk: %.3f seconds", time.Duration(k.Clock.Mono()-began).Seconds()))
	return nil
}

func (l *loader) begin(f vfs.File) (size int64) {
	size, err := f.Size()
	if err != nil {
		size = -1
	}
	l.began(max(size, 0))
	return size
}

// began says how many bytes are going to be read.
func (l *loader) began(size int64) {
	p := &l.k.Progress
	p.Start.Store(l.k.now())
	p.Total.Store(size)
	p.Loaded.Store(0)
	p.UsedMemory.Store(0)
	p.Keys.Store(0)
	p.Expired.Store(0)
	p.Loading.Store(true)
	l.now = l.k.Clock.Millis()
	if l.due = l.now; l.log { // what comes behind it in the file was done to what was there then, also to what has been due since
		l.due = math.MinInt64
	}
	l.lag = l.k.value("key-load-delay")
}

func (l *loader) end() { l.k.Progress.Loading.Store(false) }

// read reads all records.
func (l *loader) read(r *rdb.Reader) (err error) {
	size := int64(-1)
	if rest := r.Rest(); rest <= math.MaxInt64 {
		size = int64(rest)
	}
	in := l.newIntake(size)
	c, err := rdb.NewCutter(r, l.options(), in)
	l.d, l.headed = c.Decoder, err == nil
	l.d.Asks(l.k.Full)
	for more := true; more && err == nil; {
		more, err = l.record(c)
		switch {
		case l.slices && l.k.stopLoad.Load():
			in.stop()
			more = false
		case in.failed():
			more = false
		}
	}
	l.progress()
	if wrong := in.end(); wrong != nil { // it stands before what the reader has found, if that has found anything
		return wrong
	}
	return err
}

// progress tells how far the file is read.
func (l *loader) progress() {
	if l.d != nil {
		l.k.Progress.Loaded.Store(l.d.Pos())
	}
}

func (l *loader) options() rdb.Options {
	o := l.k.Engine.DumpOptions()
	o.SkipChecksum = o.SkipChecksum || !l.k.value("rdbchecksum").Bool()
	return o
}

// record reads one record.
func (l *loader) record(c *rdb.Cutter) (more bool, err error) {
	it := &l.it
	if err := l.d.Next(it); err != nil {
		return false, err
	}
	switch it.Kind {
	case rdb.End:
		if l.d.Unchecked {
			l.k.Log.Info("RDB file was saved with checksum disabled: no check performed.")
		}
		return false, nil
	case rdb.Database, rdb.SlotImport:
		return true, l.goOn(it)
	case rdb.Aux:
		l.aux(string(it.Name), string(it.Text))
	case rdb.Function:
		lib, err := l.library()
		if err == nil {
			err = l.k.Libraries.Add(lib, l.merge)
		}
		return err == nil, err
	case rdb.Key:
		if err = c.Cut(it); err == nil && l.slices {
			l.delay()
		}
		return true, err
	}
	return true, nil
}

// goOn follows a record by which the keys behind it are of another database, or may not be loaded at all.
func (l *loader) goOn(it *rdb.Item) error {
	if it.Kind == rdb.SlotImport {
		return errors.New("The file was written while slots were imported, which only a cluster can go on with")
	}
	if most := l.k.Engine.Space.Databases(); it.Number >= uint64(most) {
		return fmt.Errorf("FATAL: Data file was created with a Valkey server configured to handle more than %d databases. Exiting", most)
	}
	l.database = int(it.Number)
	return nil
}

// library reads the code of a library.
func (l *loader) library() (*script.Library, error) {
	lib, err := script.ParseLibrary(l.it.Text)
	if err != nil {
		err = errors.New("Failed creating the library: " + strings.TrimPrefix(err.Error(), "ERR "))
	}
	return lib, err
}

// delay waits behind a key as key-load-delay says, for tests.
func (l *loader) delay() {
	if micros := l.lag.Int64(); micros != 0 {
		l.progress()
		sim.Sleep(pause(micros, 1))
	}
}

// tellEmpty tells of a key without a value.
func (l *loader) tellEmpty(name []byte) {
	if l.empty.Add(1) <= 10 {
		l.k.Log.Info("rdbLoadObject skipping empty key: " + string(name))
	}
}

// aux takes in what the file tells about itself.
func (l *loader) aux(name, text string) {
	log := l.k.Log
	n, _ := strconv.ParseInt(text, 10, 64)
	switch {
	case len(name) > 0 && name[0] == '%':
		log.Info("RDB '" + name + "': " + text)
	case name == "valkey-ver":
		log.Info("Loading RDB produced by Valkey version " + text)
	case name == "redis-ver":
		log.Info("Loading RDB produced by Redis version " + text)
	case name == "ctime":
		log.Info(fmt.Sprintf("RDB age %d seconds", max(l.k.now()-n, 0)))
	case name == "used-mem":
		log.Info(fmt.Sprintf("RDB memory usage when created %.2f Mb", float64(n)/(1<<20)))
		l.k.Progress.UsedMemory.Store(n)
	}
}

// foreign reports whether the file is of a kind that is not read, and not one that was damaged.
func (l *loader) foreign(err error) bool {
	return errors.Is(err, rdb.ErrVersion) || !l.headed && !errors.Is(err, rdb.ErrShort)
}

// report logs why a file cannot be read.
func (l *loader) report(err error) {
	log, full := l.k.Log, tooLarge{}
	switch {
	case errors.Is(err, ErrStopped):
		return
	case errors.As(err, &full):
		log.Warn(full.Error())
		if w := (*wrongValue)(nil); errors.As(err, &w) {
			log.Warn(fmt.Sprintf("While reading key '%s' of type %v", w.name, w.typ))
		}
		return
	case l.foreign(err):
		text := err.Error()
		if e := (*rdb.Error)(nil); errors.As(err, &e) {
			text = e.Text
		}
		log.Warn(text)
		if l.it.Kind == rdb.Key {
			log.Warn("Unknown type or opcode when loading DB. Unrecoverable error, aborting now.")
		}
		return
	}
	if errors.Is(err, rdb.ErrChecksum) {
		log.Warn(fmt.Sprintf("Wrong RDB checksum expected: (%x) but got (%x). Aborting now.", l.d.Expected, l.d.Found))
	}
	if errors.Is(err, rdb.ErrShort) {
		log.Warn("Short read or OOM loading DB. Unrecoverable error, aborting now.")
	}
	log.Warn("Internal error in RDB reading: " + err.Error())
	if w := (*wrongValue)(nil); errors.As(err, &w) {
		log.Warn(fmt.Sprintf("While reading key '%s' of type %v: %v", w.name, w.typ, err))
	} else if l.it.Kind == rdb.Key {
		log.Warn(fmt.Sprintf("While reading key '%s' of type %v: %v", l.it.Name, l.it.Type, err))
	}
	if l.slices {
		log.Warn("Terminating server after rdb file reading failure.")
	}
}
