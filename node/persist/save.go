package persist

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"sigrun/protocol/resp"
	"sigrun/shards/script"
	"sigrun/storage/db"
)

// ErrInProgress says that a BGSAVE is under way.
var ErrInProgress = errors.New("Background save already in progress")

// Save writes the file while nothing else happens: the caller holds all tokens.
func (k *Keeper) Save() error {
	k.mu.Lock()
	busy := k.busy() && !k.rewriting()
	if !busy {
		k.saves.Count++
	}
	k.mu.Unlock()
	if busy {
		return ErrInProgress
	}
	return k.SaveLast()
}

// SaveLast is Save, whatever else is under way: its file is newer.
func (k *Keeper) SaveLast() error {
	if k.left() {
		return errCancelled
	}
	moment, changes, databases := k.moments.Add(1), k.changes(), k.databases()
	f, err := k.create("", k.form())
	if err != nil {
		return err
	}
	f.header(k.used(), k.Libraries.All())
	numbers := slices.Sorted(maps.Keys(databases))
	for _, n := range numbers {
		f.size(n, k.sizes(databases[n]))
	}
	s := &saving{k: k, f: f}
	for _, n := range numbers {
		for shard := range k.Dispatcher.Shards() {
			if p := databases[n].Part(shard); p.Count() > 0 {
				s.parts = append(s.parts, numbered{n, p})
			}
		}
	}
	s.all()
	if err := k.commit(f, moment, always); err != nil {
		return err
	}
	k.saved(changes)
	return nil
}

// commit puts the file of a moment in place, unless one of a later moment is there, or it is not wanted any more once it is complete.
// An error has left the former file.
func (k *Keeper) commit(f *file, moment uint64, wanted func() bool) error {
	defer k.writing(f.temp, false)
	if err := f.seal(); err != nil {
		return err
	}
	k.commits.Lock()
	defer k.commits.Unlock()
	if moment < k.newest || !wanted() {
		f.out.Abandon()
		return errCancelled
	}
	if err := f.place(); err != nil {
		return err
	}
	k.newest = moment
	return nil
}

func always() bool { return true }

// databases are those that exist, by number. All tokens are held.
func (k *Keeper) databases() map[int]*db.Database {
	all := map[int]*db.Database{}
	for n := range k.Engine.Space.Databases() {
		if d := k.Engine.Space.Existing(n); d != nil {
			all[n] = d
		}
	}
	return all
}

// saved notes a success: all changes up to that many are in the file.
func (k *Keeper) saved(changes uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dirtyThen = max(k.dirtyThen, changes)
	k.saves.Last = k.now()
	k.saves.Failed = false
	k.refuse()
}

// refuse has writes refused while saving fails, if the configuration says so, or the append-only file cannot be written; mu is held.
func (k *Keeper) refuse() {
	switch {
	case k.saves.Failed && len(k.value("save").Words()) > 0 && k.value("stop-writes-on-bgsave-error").Bool():
		k.Refuse(resp.ErrMisconfRDB)
	case k.unlogged != "":
		k.Refuse(resp.MisconfAOF(k.unlogged))
	default:
		k.Refuse(nil)
	}
}

// Reconsider is called when the configuration has changed.
func (k *Keeper) Reconsider() {
	k.Appends.Follow()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse()
}

// Flushed is called by FLUSHALL, under all tokens, when nothing is left: what is being written is out of date, and where snapshots
// are wanted the file becomes empty, too. The reply waits until that is so (await), or until a file that just came into place is
// there for good; where the node ends before, it never comes.
func (k *Keeper) Flushed() (await func(done func())) {
	moment, changes, libraries := k.moments.Add(1), k.changes(), k.Libraries.All()
	k.void.Store(moment)
	k.mu.Lock()
	defer k.mu.Unlock()
	wanted := len(k.value("save").Words()) > 0
	if k.job != nil && k.job.rewrite == nil {
		k.job.cancel()
	} else if !wanted {
		return nil
	}
	return func(done func()) {
		k.spawn("flushall", func() { k.emptied(wanted, moment, changes, libraries); done() }) // no answer from a node that ends: it would not be kept
	}
}

// emptied brings the file up to a FLUSHALL. That another one came since is no reason to leave it: the file of that may still be a while
// away, and this one is answered now.
func (k *Keeper) emptied(wanted bool, moment, changes uint64, libraries []*script.Library) {
	if !wanted { // but a file that comes into place now is older than the answer
		k.commits.Lock()
		defer k.commits.Unlock()
		return
	}
	f, err := k.create("-"+strconv.FormatUint(moment, 10), k.form())
	if err != nil {
		return // the log says why
	}
	f.header(0, libraries)
	if k.commit(f, moment, always) == nil {
		k.saved(changes)
	}
}
