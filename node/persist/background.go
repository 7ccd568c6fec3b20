package persist

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"sigrun/internal/sim"
)

var errCancelled = errors.New("cancelled")

// Background starts a BGSAVE; the caller holds all tokens. So what is acknowledged before the command that asked is in the file, and
// nothing that comes after. While one that was cancelled goes over the rest of the keyspace, the next waits for that (Awaited).
func (k *Keeper) Background() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.rewriting():
		return ErrRewriting
	case k.busy():
		return ErrInProgress
	case k.closed:
		return errCancelled
	}
	k.scheduled, k.saves.tried = false, k.now()
	if k.job != nil {
		k.next = true
	} else {
		k.begin()
	}
	return nil
}

// begin makes the mark. All tokens and mu are held.
func (k *Keeper) begin() {
	j := newJob(k)
	k.job, k.next = j, false
	k.saves.Count++
	j.mark()
	k.jobs.Go("bgsave", func() {
		defer k.Engine.Guard()
		k.finished(j, j.run())
	})
}

// Awaited reports whether the BGSAVE that was asked for has not begun yet.
func (k *Keeper) Awaited() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.next
}

// Started calls then as soon as the BGSAVE that is awaited has begun, or will not.
func (k *Keeper) Started(then func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.starting = append(k.starting, then); !k.next {
		k.starting.tell()
	}
}

// beginNext begins the BGSAVE that waited. All tokens are held.
func (k *Keeper) beginNext() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.job != nil { // the one that waited was cancelled, and this began since: it asks again when it has gone
		return
	}
	if k.next && !k.closed {
		k.begin()
	}
	k.next = false
	k.starting.tell()
}

// finished notes what became of a BGSAVE.
func (k *Keeper) finished(j *job, err error) {
	if err == nil {
		k.Log.Info("Background saving terminated with success")
		k.saved(j.changes)
	} else if !errors.Is(err, errCancelled) {
		k.Log.Warn("Background saving error")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.saves.LastSeconds = k.now() - j.since
	k.saves.LastCow = j.cow.Load()
	if err != nil && !errors.Is(err, errCancelled) {
		k.saves.Failed = true
	}
	j.gone()
	k.refuse()
}

// Schedule has a BGSAVE start soon: in the middle of a transaction is no moment for one.
func (k *Keeper) Schedule() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.scheduled = true
}

// What Cancel did.
type Cancelled uint8

// Nothing was there to be cancelled, a BGSAVE under way was, or one that was to start. TooLate: the file of the one that is under way
// comes into place.
const (
	Nothing Cancelled = iota
	UnderWay
	ToCome
	TooLate
)

// Cancel ends the BGSAVE that is under way or scheduled.
func (k *Keeper) Cancel() Cancelled {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.busy() && !k.rewriting() && (k.job == nil || k.job.cancel()): // without a job the one that waited is about to begin
		k.Log.Info("Background saving will be aborted due to user request")
		k.next = false
		k.starting.tell()
		return UnderWay
	case k.scheduled:
		k.scheduled = false
		return ToCome
	case k.busy() && !k.rewriting():
		return TooLate
	}
	return Nothing
}

// Ended calls then as soon as the BGSAVE that is under way has ended, its file in place.
func (k *Keeper) Ended(then func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ending = append(k.ending, then); k.job == nil {
		k.ending.tell()
	}
}

// retryAfter is how many seconds lie between a BGSAVE that failed and the next one that nobody asked for.
const retryAfter = 5

// Beat starts a BGSAVE when one is due. It is called every now and then.
func (k *Keeper) Beat() {
	if k.Progress.Loading.Load() {
		return
	}
	k.Appends.beat()
	k.mu.Lock()
	scheduled, asked := k.scheduled && !k.busy(), k.asked
	k.mu.Unlock()
	if asked {
		return
	}
	changes, seconds, enough := k.enough()
	switch {
	case scheduled:
	case enough:
		k.Log.Info(fmt.Sprintf("%d changes in %d seconds. Saving...", changes, seconds))
	default:
		return
	}
	k.mu.Lock()
	k.asked = true
	k.mu.Unlock()
	k.whenHeld(func() { k.beginDue(scheduled) })
}

// beginDue begins the BGSAVE that Beat found to be due, unless it was a scheduled one that was called off meanwhile.
func (k *Keeper) beginDue(scheduled bool) {
	k.mu.Lock()
	k.asked = false
	off := scheduled && !k.scheduled
	k.mu.Unlock()
	if !off {
		_ = k.Background() // the log says why it does not start
	}
}

// enough reports whether there were so many changes in so many seconds that the configuration wants a file.
func (k *Keeper) enough() (changes, seconds int64, enough bool) {
	points := k.value("save").Words()
	if len(points) == 0 {
		return 0, 0, false
	}
	dirty := int64(k.Dirty())
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.busy() || k.saves.Failed && now-k.saves.tried <= retryAfter {
		return 0, 0, false
	}
	for i := 0; i+1 < len(points); i += 2 {
		seconds, _ := strconv.ParseInt(points[i], 10, 64)
		changes, _ := strconv.ParseInt(points[i+1], 10, 64)
		if dirty >= changes && now-k.saves.Last > seconds {
			return changes, seconds, true
		}
	}
	return 0, 0, false
}

// delay waits as rdb-key-save-delay says, for tests: so many microseconds for every key, or one for every so many keys. It ends when
// there is enough of it, and a new value counts from then on.
func (k *Keeper) delay(keys int, enough func() bool) {
	const piece = 10 * time.Millisecond
	value := k.value("rdb-key-save-delay")
	for left := pause(value.Int64(), keys); left > 0 && !enough(); left -= piece {
		sim.Sleep(min(left, piece))
		left = min(left, pause(value.Int64(), keys))
	}
}

// pause is what a delay for tests comes to.
func pause(micros int64, keys int) time.Duration {
	if micros >= 0 {
		return time.Duration(micros) * time.Microsecond * time.Duration(keys)
	}
	if keys > 0 && int64(sim.IntN(int(-micros))) < int64(keys) {
		return time.Microsecond
	}
	return 0
}
