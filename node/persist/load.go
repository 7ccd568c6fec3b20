package persist

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/shards/script"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// ErrStopped says that loading was ended before its time.
var ErrStopped = errors.New("loading was stopped")

// Broken is what a file fails with that began well. The log has told of it to the end.
type Broken struct{ error }

func (b Broken) Unwrap() error { return b.error }

// Load reads the file, or the append-only file where there is to be one, at the start of a server; none is no error. Clients may ask meanwhile how far it is.
func (k *Keeper) Load() error {
	defer k.hasLoaded()
	if k.value("appendonly").Bool() {
		return k.Appends.load()
	}
	l := &loader{k: k, slices: true}
	return l.file()
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
// just now is read to its end first: data gives way to nothing that cannot take its place.
func (k *Keeper) Reload(o Reload) error {
	if o.NoSave {
		if err := k.check(); err != nil {
			return err
		}
	} else if err := k.SaveLast(); err != nil {
		return err
	}
	if !o.NoFlush {
		databases := k.databases()
		for _, n := range slices.Sorted(maps.Keys(databases)) {
			k.Engine.Emptying(n)
			databases[n].Flush()
		}
		k.Engine.FlushTracked(-1)
		k.Libraries.Flush()
	}
	l := &loader{k: k, merge: o.Merge}
	if err := l.file(); err != nil {
		return err
	}
	k.Log.Info("DB reloaded by DEBUG RELOAD")
	return nil
}

// check reads the file without keeping anything, and logs what is wrong with it.
func (k *Keeper) check() error {
	f, err := k.FS.Open(k.path())
	if err != nil {
		k.Log.Warn("Fatal error: can't open the RDB file " + k.path() + " for reading: " + config.Reason(err))
		return err
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		size = -1
	}
	l := &loader{k: k}
	err = l.head(rdb.NewReader(f, size))
	for l.it.Kind = rdb.Aux; err == nil && l.it.Kind != rdb.End; {
		switch err = l.d.Next(&l.it); {
		case err != nil:
		case l.it.Kind == rdb.Function:
			_, err = l.library()
		case l.it.Kind == rdb.Key:
			if err = l.d.Value(&l.it, rdb.Discard{}); errors.Is(err, rdb.ErrEmpty) {
				err = nil
			}
		}
	}
	if err != nil {
		l.report(err)
	}
	return err
}

// loader reads a file into the keyspace.
type loader struct {
	k      *Keeper
	merge  bool
	slices bool // tokens are given back now and then; else the caller holds them
	log    bool // it is an append-only file that begins with the snapshot: what has expired may live on by what comes behind

	d        *rdb.Decoder
	headed   bool // the file is one of those that are read
	it       rdb.Item
	builder  image.Builder
	database int
	now      int64
	empty    int64
}

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
	if l.empty > 0 {
		done += fmt.Sprintf(", empty keys skipped: %d", l.empty)
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
	if l.builder.Limits, l.builder.Now = l.k.Engine.Limits(), l.now; l.log {
		l.builder.Now = 0
	}
}

func (l *loader) end() { l.k.Progress.Loading.Store(false) }

// read reads all records.
func (l *loader) read(r *rdb.Reader) (err error) {
	if err = l.head(r); err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = l.slice()
	}
	return err
}

// head reads what the file begins with.
func (l *loader) head(r *rdb.Reader) (err error) {
	o := l.k.Engine.DumpOptions()
	o.SkipChecksum = o.SkipChecksum || !l.k.value("rdbchecksum").Bool()
	l.d, err = rdb.NewDecoder(r, o)
	l.headed = err == nil
	return err
}

// slice loads for a while, under all tokens.
func (l *loader) slice() (more bool, err error) {
	k := l.k
	if l.slices {
		if k.stopLoad.Load() {
			return false, ErrStopped
		}
		release := k.takeAll()
		defer func() {
			release()
			sim.Sleep(pause(k.value("key-load-delay").Int64(), 1))
		}()
	}
	until := l.d.Pos() + k.value("loading-process-events-interval-bytes").Int64()
	for began := time.Now(); ; {
		more, err = l.record()
		k.Progress.Loaded.Store(l.d.Pos())
		if !more || err != nil {
			return false, err
		}
		if l.slices && (l.d.Pos() >= until || time.Since(began) > 2*time.Millisecond || k.value("key-load-delay").Int64() != 0) {
			return true, nil
		}
	}
}

// record loads one record.
func (l *loader) record() (more bool, err error) {
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
	case rdb.Database:
		if most := l.k.Engine.Space.Databases(); it.Number >= uint64(most) {
			return false, fmt.Errorf("FATAL: Data file was created with a Valkey server configured to handle more than %d databases. Exiting", most)
		}
		l.database = int(it.Number)
	case rdb.Aux:
		l.aux(string(it.Name), string(it.Text))
	case rdb.Function:
		lib, err := l.library()
		if err == nil {
			err = l.k.Libraries.Add(lib, l.merge)
		}
		return err == nil, err
	case rdb.SlotImport:
		return false, errors.New("The file was written while slots were imported, which only a cluster can go on with")
	case rdb.Key:
		return true, l.key()
	}
	return true, nil
}

// library reads the code of a library.
func (l *loader) library() (*script.Library, error) {
	lib, err := script.ParseLibrary(l.it.Text)
	if err != nil {
		err = errors.New("Failed creating the library: " + strings.TrimPrefix(err.Error(), "ERR "))
	}
	return lib, err
}

// key loads a key.
func (l *loader) key() error {
	it, p := &l.it, &l.k.Progress
	if it.Expires && it.ExpireAt < l.now && !l.log {
		err := l.d.Value(it, rdb.Discard{})
		if err == nil {
			p.Expired.Add(1)
		}
		return l.tolerate(err)
	}
	key := l.k.Engine.Space.Hasher().Key(it.Name)
	part := l.k.Engine.Space.Database(l.database).Part(l.k.Engine.Owner(key.Slot))
	l.builder.Start(part, &key, it.ExpireAt)
	if err := l.d.Value(it, &l.builder); err != nil {
		l.builder.Drop()
		return l.tolerate(err)
	}
	if l.builder.Empty() {
		l.builder.Drop()
		return nil
	}
	old := part.Find(&key)
	if old != 0 && !l.merge {
		l.builder.Drop()
		return fmt.Errorf("RDB has duplicated key '%s' in DB %d", it.Name, l.database)
	}
	e := l.builder.Finish(old)
	l.k.Engine.SetUse(e, l.now, it.Idle, it.Freq)
	p.Keys.Add(1)
	return nil
}

// tolerate passes over keys without a value, which old servers wrote by mistake.
func (l *loader) tolerate(err error) error {
	if !errors.Is(err, rdb.ErrEmpty) {
		return err
	}
	if l.empty++; l.empty <= 10 {
		l.k.Log.Info("rdbLoadObject skipping empty key: " + string(l.it.Name))
	}
	return nil
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
	log := l.k.Log
	switch {
	case errors.Is(err, ErrStopped):
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
	if l.it.Kind == rdb.Key {
		log.Warn(fmt.Sprintf("While reading key '%s' of type %v: %v", l.it.Name, l.it.Type, err))
	}
	if l.slices {
		log.Warn("Terminating server after rdb file reading failure.")
	}
}
