// Package persist keeps the keyspace on disk: as an RDB file, which SAVE and BGSAVE write and the start of a server and DEBUG RELOAD read, and as the
// append-only file. A Keeper is what a node has for the one, its AppendLog for the other. Of a Keeper's methods only Load and Close wait for others, and
// those that say so want all tokens held; a loop calls none of them. Loops ask the AppendLog before they show anything (reactor/output.Log).
//
//	SAVE     all tokens are held from the first key to the last
//	BGSAVE   all tokens for an instant (scan.mark), then a goroutine walks over the keyspace in slices, under the token of
//	         one shard at a time, and writes between them. Whoever is about to change a key that was not saved yet saves it
//	         first, into memory, or, where it is large, begins a portrait, which the goroutine writes in pieces. So the
//	         file is what the keyspace was at that instant.
//
// A file is written beside the one it replaces, synced, renamed, and the directory synced (vfs.Replace): a loss of power leaves the
// former file or the new one.
package persist

import (
	"log/slog"
	"strings"
	"sync/atomic"

	"sigrun/actors"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/observe"
	"sigrun/shards/script"
)

// Options of a Keeper.
type Options struct {
	Engine     *exec.Engine
	Libraries  *script.Libraries // of functions, which are kept beside the keys
	Dispatcher actors.Blocking
	Config     *config.Registry
	Clock      clock.Clock
	Log        *slog.Logger
	FS         vfs.FS
	Refuse     func(why *resp.Error) // told why writes are refused, as what they do cannot be kept; nil: they are not
	Slow       func(writers bool)    // has writers wait, or go on
	Loading    func(on bool)         // has clients told that data is loaded (DEBUG LOADAOF), which at the start they are by who calls Load
	Wake       func(loop int)        // has a loop look at what may be shown (AppendLog.Released)
	Loops      int
	Full       func(more int64) error // why the process may not take so many bytes more, nil: it may
	Cores      int                    // how many goroutines save what nobody changes meanwhile, and load it, beside the one that reads
	Loads      bool                   // nothing is there before Load has been called
}

// Keeper is the persistence of one node.
type Keeper struct {
	Options
	Progress  Progress
	Appends   *AppendLog
	preimages atomic.Int64 // bytes of records that lie aside until their turn in the file comes

	mu        sim.Mutex // nobody who holds it waits for anything
	saves     Saves
	rewrites  Rewrites
	dirtyThen uint64 // changes up to the last save
	job       *job   // that is being written, or cancelled and not gone yet
	next      bool   // another one begins when that has gone
	starting  told
	ending    told
	scheduled bool
	asked     bool            // a BGSAVE that nobody asked for is about to begin
	loaded    bool            // the server has begun with what it has on disk
	closed    bool            // nothing is saved any more
	switching int             // who switches the append-only file off, or removes files of it
	switched  told            // called when nobody does
	unlogged  string          // why the append-only file cannot be written, "": it can
	temps     map[string]bool // files that are being written
	jobs      sim.WaitGroup
	stopLoad  atomic.Bool
	hurry     atomic.Bool // a save waits for nothing any more

	// Files come into place in the order of the moments that they show, which are counted under
	// all tokens: a file that is late is of no use any more.
	moments atomic.Uint64 // so far
	void    atomic.Uint64 // that of the last FLUSHALL: what was before is out of date
	commits sim.Mutex     // held while a file comes into place, and guards newest
	newest  uint64        // moment of the file in place
}

// Saves is what INFO tells of saving.
type Saves struct {
	Last        int64 // Unix seconds of the last success, at first of the start
	Count       int64 // of SAVE and BGSAVE, whatever became of them
	Failed      bool  // the last BGSAVE
	tried       int64 // Unix seconds of the last try of a BGSAVE
	LastSeconds int64 // that the last BGSAVE took, -1: there was none
	LastCow     int64 // bytes that it kept of what changed meanwhile
}

// Progress is what INFO tells of loading.
type Progress struct {
	Loading       atomic.Bool
	Start         atomic.Int64 // Unix seconds
	Total, Loaded atomic.Int64 // bytes
	UsedMemory    atomic.Int64 // of the server that wrote the file
	Keys, Expired atomic.Int64 // of the last load
}

// New makes a Keeper.
func New(o Options) *Keeper {
	o.Full = marked(o.Full)
	k := &Keeper{Options: o, temps: map[string]bool{}, loaded: !o.Loads}
	k.rewrites = Rewrites{LastSeconds: -1}
	k.Appends = newAppendLog(k, o.Loops, o.Wake)
	k.saves = Saves{Last: o.Clock.Millis() / 1000, LastSeconds: -1}
	return k
}

// Leave ends what runs in the background, soon, and has no file come into place that begins from now on: the node ends, and with it
// scripts of which half is done.
func (k *Keeper) Leave() {
	k.hurry.Store(true)
	k.mu.Lock()
	k.closed = true
	if k.job != nil {
		k.job.cancel()
	}
	k.mu.Unlock()
	k.StopLoading()
}

// Close waits for the end of what runs in the background, after Leave.
func (k *Keeper) Close() { k.jobs.Wait() }

// CloseLog ends the append-only file, whole and synced, once nobody commits any more.
func (k *Keeper) CloseLog() {
	k.Appends.closing.Store(true)
	k.Appends.end(true, false)
	k.Appends.closing.Store(false)
}

// Ending reports whether the end waits for the disk: a file comes into place, or the append-only file is written to its end.
func (k *Keeper) Ending() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.job != nil && k.job.fate.Load() == coming || k.Appends.closing.Load()
}

// left reports whether the node ends.
func (k *Keeper) left() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// spawn runs fn on a goroutine that Close waits for; false: it is too late for that.
func (k *Keeper) spawn(name string, fn func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return false
	}
	k.jobs.Go(name, fn)
	return true
}

// Abandon removes the files that are being written, before the process ends in the middle of it.
func (k *Keeper) Abandon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name := range sim.Walk(k.temps, strings.Compare) {
		_ = k.FS.Remove(name)
	}
}

// writing notes that a file is being written, or is not any more.
func (k *Keeper) writing(name string, on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if on {
		k.temps[name] = true
	} else {
		delete(k.temps, name)
	}
}

// Loads tells of loading.
func (k *Keeper) Loads() *Progress { return &k.Progress }

// Dirty is how many changes there were since the last save.
func (k *Keeper) Dirty() uint64 {
	k.mu.Lock()
	then := k.dirtyThen
	k.mu.Unlock()
	return k.changes() - then // which only grow
}

func (k *Keeper) changes() uint64 {
	return k.Engine.Tallies.Total(func(t *observe.Tally) *metrics.Counter { return &t.Dirty })
}

// Saves is what INFO tells of saving.
func (k *Keeper) Saves() Saves {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saves
}

// Running is the BGSAVE that is under way, false: none.
type Running struct {
	Since       int64 // Unix seconds
	Keys, Total int64
	Cow         int64
}

// Running tells of the BGSAVE that is under way.
func (k *Keeper) Running() (r Running, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rewriting() {
		return Running{}, false
	}
	return underWay(k)
}

// beingWritten tells of the BGSAVE, or the rewrite of the append-only file, that is under way.
func beingWritten(k *Keeper) (r Running, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return underWay(k)
}

// underWay tells of what is being written; mu is held.
func underWay(k *Keeper) (r Running, ok bool) {
	j := k.job
	switch {
	case !k.busy():
		return Running{}, false
	case k.next:
		return Running{Since: k.now()}, true
	}
	return Running{Since: j.since, Keys: j.keys.Load(), Total: j.total.Load(), Cow: j.cow.Load()}, true
}

// busy reports whether a BGSAVE, or a rewrite of the append-only file, is under way; mu is held. One that was cancelled is not.
func (k *Keeper) busy() bool { return k.next || k.job != nil && !k.job.off() }

// Rewriting reports whether the append-only file is being rewritten.
func (k *Keeper) Rewriting() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rewriting()
}

// rewriting reports whether it is a rewrite, or one follows that counts as under way; mu is held.
func (k *Keeper) rewriting() bool {
	return k.job != nil && (k.job.rewrite != nil && !k.job.off() || k.job.rewriteFollows())
}

func (k *Keeper) now() int64 { return k.Clock.Millis() / 1000 }

func (k *Keeper) value(name string) *config.Value { return k.Config.Value(name) }

// takeAll waits for all tokens and returns what gives them back. Its goroutine holds none.
func (k *Keeper) takeAll() (release func()) {
	all := *k.Engine.All()
	k.Dispatcher.Acquire(&all)
	return func() {
		r := k.Engine.Borrow()
		k.Dispatcher.ReleaseSet(&all, r)
		k.Engine.GiveBack(r)
	}
}

// whenHeld runs fn with all tokens, soon, on an executor.
func (k *Keeper) whenHeld(fn func()) {
	k.Dispatcher.Submit(&call.Call{Loop: -1, Set: *k.Engine.All(), Work: fn})
}
