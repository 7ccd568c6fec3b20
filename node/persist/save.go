package persist

import (
	"errors"

	"sigrun/protocol/call"
	"sigrun/storage/db"
)

// ErrInProgress says that a BGSAVE is under way.
var ErrInProgress = errors.New("Background save already in progress")

// Save writes the file while nothing else happens. held are the tokens that the caller holds.
func (k *Keeper) Save(held *call.ShardSet) error {
	k.mu.Lock()
	busy := k.busy()
	k.mu.Unlock()
	if busy {
		return ErrInProgress
	}
	defer k.hold(held)()
	return k.save()
}

// save is Save with all tokens held, whatever else is under way.
func (k *Keeper) save() error {
	f, err := k.create("")
	if err != nil {
		return err
	}
	changes := k.changes()
	f.header()
	for n, d := range k.databases() {
		f.sizes(n, d, k.Dispatcher.Shards())
	}
	for n, d := range k.databases() {
		for s := range k.Dispatcher.Shards() {
			p := d.Part(s)
			if p.Count() > 0 {
				f.begin(n)
			}
			p.Each(func(e db.Entry) bool {
				f.w.Key(e)
				k.delay(1, &k.hurry)
				return f.w.Err() == nil
			})
		}
	}
	if err := f.commit(); err != nil {
		return err
	}
	k.saved(changes)
	return nil
}

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
	k.dirtyThen = changes
	k.saves.Last = k.now()
	k.saves.Count++
	k.saves.Failed = false
	k.refuse()
}

// refuse has writes refused while saving fails, if the configuration says so; mu is held.
func (k *Keeper) refuse() {
	k.Refuse(k.saves.Failed && len(k.value("save").Words()) > 0 && k.value("stop-writes-on-bgsave-error").Bool())
}

// Reconsider is called when the configuration has changed.
func (k *Keeper) Reconsider() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse()
}

// Flushed is called by FLUSHALL, under all tokens, when nothing is left: what is being written is out of date, and where snapshots
// are wanted the file becomes empty, too.
func (k *Keeper) Flushed() {
	k.mu.Lock()
	if k.job != nil {
		k.job.cancel()
	}
	k.mu.Unlock()
	if len(k.value("save").Words()) > 0 {
		_ = k.save() // the log says why not
	}
}
