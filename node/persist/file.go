package persist

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/internal/version"
	"sigrun/internal/vfs"
	"sigrun/shards/script"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// target is where the bytes of a snapshot go.
type target interface {
	io.Writer
	Sync() error
	Seal() error   // ends writing; what was written survives
	Commit() error // and comes into place
	Abandon()
}

// file is a snapshot that is being written.
type file struct {
	k        *Keeper
	out      target
	w        image.Writer
	temp     string
	database int // of the keys that come next, -1: none yet
	unsynced int64
	syncing  bool // synced will tell what came of it
	synced   chan error
	small    *config.Value // whether it is synced in small steps
	base     bool          // of an append-only file
}

// syncEvery is how much may be written before it is synced: else the last sync would take long, and everybody's writes with it. As much again may be written meanwhile.
const syncEvery = 4 << 20

// path is the file that is read and written.
func (k *Keeper) path() string { return k.Config.Path(k.value("dbfilename").String()) }

// create begins to write a file; mark tells several apart.
func (k *Keeper) create(mark string, form rdb.Form) (*file, error) {
	to := k.path()
	temp := filepath.Join(filepath.Dir(to), fmt.Sprintf("temp-%d%s.rdb", os.Getpid(), mark))
	out, err := vfs.Replace(k.FS, temp, to)
	if err != nil {
		k.Log.Warn("Failed opening the temp RDB file " + temp + " for saving: " + config.Reason(err))
		return nil, err
	}
	k.writing(temp, true)
	f := &file{k: k, out: out, temp: temp, database: -1, small: k.value("rdb-save-incremental-fsync")}
	f.w = k.writer(rdb.NewWriter(f, form))
	return f, nil
}

// writer makes a writer of keys.
func (k *Keeper) writer(w *rdb.Writer) image.Writer {
	use := image.NoUse
	switch policy := k.value("maxmemory-policy").String(); {
	case strings.HasSuffix(policy, "-lru"):
		use = image.Idle
	case strings.HasSuffix(policy, "-lfu"):
		use = image.Freq
	}
	return image.Writer{Writer: w, Use: use, Now: k.Clock.Millis()}
}

// Write takes what the writer hands on (io.Writer).
func (f *file) Write(b []byte) (int, error) {
	n, err := f.out.Write(b)
	f.unsynced += int64(n)
	if err == nil && f.unsynced >= syncEvery && f.small.Bool() {
		f.unsynced = 0
		if err = f.awaitSync(); err == nil {
			f.sync()
		}
	}
	return n, err
}

// sync has what was written be synced by another goroutine, since nothing depends on it yet.
func (f *file) sync() {
	if f.synced == nil {
		f.synced = make(chan error, 1)
	}
	f.syncing = true
	sim.Go("syncs a snapshot", func() { f.synced <- f.out.Sync() })
}

// awaitSync waits for the sync that is under way, if one is, and tells what came of it. Nothing is closed before.
func (f *file) awaitSync() (err error) {
	if f.syncing {
		err, _ = sim.Receive("waits for a sync", f.synced)
		f.syncing = false
	}
	return err
}

// header writes what stands before the keys, libraries of functions among it, used being the memory that the data takes.
func (f *file) header(used int64, libraries []*script.Library) {
	f.w.Header()
	f.w.Aux("valkey-ver", version.Valkey)
	f.w.Aux("redis-bits", "64")
	f.w.Aux("ctime", strconv.FormatInt(f.k.now(), 10))
	f.w.Aux("used-mem", strconv.FormatInt(used, 10))
	f.w.Aux("aof-base", strconv.FormatInt(flag(f.base), 10))
	for _, lib := range libraries {
		f.w.Function(lib.Code)
	}
}

// enter has the keys of a database follow.
func (f *file) enter(n int) {
	if f.database != n {
		f.database = n
		f.w.SelectDB(n)
	}
}

// sizes are how many keys a database has, and how many of them expire.
type sizes struct{ keys, volatile int }

// sizes needs all tokens.
func (k *Keeper) sizes(d *db.Database) (n sizes) {
	for s := range k.Dispatcher.Shards() {
		n.keys += d.Part(s).Count()
		n.volatile += d.Part(s).Volatile()
	}
	return n
}

// size says how many keys of a database will follow.
func (f *file) size(n int, of sizes) {
	if of.keys > 0 {
		f.enter(n)
		f.w.Sizes(of.keys, of.volatile)
	}
}

// form is how a file is written that begins now.
func (k *Keeper) form() rdb.Form {
	form := k.Engine.Form()
	form.Checksum = k.value("rdbchecksum").Bool()
	return form
}

// used is the memory of all data; all tokens are held.
func (k *Keeper) used() (n int64) {
	for s := range k.Dispatcher.Shards() {
		n += k.Engine.Space.Arena(s).Used()
	}
	return n
}

// seal ends the file, which is there for good then, under its temporary name.
func (f *file) seal() error {
	err := f.w.End()
	if err == nil {
		err = f.awaitSync()
	}
	if err == nil {
		err = f.out.Seal()
	}
	if err != nil {
		f.abandon(err)
	}
	return err
}

// place puts a sealed file in place.
func (f *file) place() error {
	if err := f.out.Commit(); err != nil {
		f.k.Log.Warn("Error moving the temp RDB file to " + f.k.path() + ": " + config.Reason(err))
		return err
	}
	f.k.Log.Info("DB saved on disk")
	return nil
}

// abandon leaves the former file.
func (f *file) abandon(err error) {
	if err != nil {
		f.k.Log.Warn("Write error while saving DB to the disk: " + config.Reason(err))
	}
	_ = f.awaitSync()
	f.out.Abandon()
	f.k.writing(f.temp, false)
}
