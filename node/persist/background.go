package persist

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

var errCancelled = errors.New("cancelled")

// Background starts a BGSAVE. The caller holds no token.
func (k *Keeper) Background() error {
	k.mu.Lock()
	if k.busy() {
		k.mu.Unlock()
		return ErrInProgress
	}
	if k.closed {
		k.mu.Unlock()
		return errCancelled
	}
	k.scheduled = false
	k.serial++
	before := k.job
	j := &job{k: k, since: k.now(), count: 16, done: make(chan struct{})}
	k.job = j
	k.saves.tried = j.since
	mark := "-" + strconv.Itoa(k.serial)
	k.jobs.Add(1)
	k.mu.Unlock()

	err := k.start(j, before, mark)
	if err != nil {
		k.finished(j, err)
	}
	return err
}

// start makes the mark, so that what is acknowledged before the command that asked is in the file, and nothing that comes after.
func (k *Keeper) start(j, before *job, mark string) (err error) {
	if before != nil {
		<-before.done // one that was cancelled goes over the rest of the keyspace, which takes it a moment
	}
	if j.file, err = k.create(mark); err != nil {
		return err
	}
	j.runner = k.Engine.NewCtx(-1)
	release := k.hold(nil)
	j.mark()
	release()
	k.Log.Info(fmt.Sprintf("Background saving started by pid %d", os.Getpid()))
	go func() { k.finished(j, j.run()) }()
	return nil
}

// finished notes what became of a BGSAVE.
func (k *Keeper) finished(j *job, err error) {
	defer k.jobs.Done()
	defer close(j.done)
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
	if k.job == j {
		k.job = nil
	}
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

// Nothing was there to be cancelled, a BGSAVE under way was, or one that was to start.
const (
	Nothing Cancelled = iota
	UnderWay
	ToCome
)

// Cancel ends the BGSAVE that is under way or scheduled.
func (k *Keeper) Cancel() Cancelled {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.busy():
		k.Log.Info("Background saving will be aborted due to user request")
		k.job.cancel()
		return UnderWay
	case k.scheduled:
		k.scheduled = false
		return ToCome
	}
	return Nothing
}

// retryAfter is how many seconds lie between a BGSAVE that failed and the next one that nobody asked for.
const retryAfter = 5

// Beat starts a BGSAVE when one is due. It is called every now and then.
func (k *Keeper) Beat() {
	if k.Progress.Loading.Load() {
		return
	}
	k.mu.Lock()
	due := k.scheduled && !k.busy()
	k.mu.Unlock()
	if changes, seconds, enough := k.enough(); !due && enough {
		k.Log.Info(fmt.Sprintf("%d changes in %d seconds. Saving...", changes, seconds))
		due = true
	}
	if due {
		k.jobs.Go(func() { _ = k.Background() }) // which waits for tokens; the log says why it does not start
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
// enough is set, and a new value counts from then on.
func (k *Keeper) delay(keys int, enough *atomic.Bool) {
	const piece = 10 * time.Millisecond
	value := k.value("rdb-key-save-delay")
	for left := pause(value.Int64(), keys); left > 0 && !enough.Load(); left -= piece {
		time.Sleep(min(left, piece))
		left = min(left, pause(value.Int64(), keys))
	}
}

// pause is what a delay for tests comes to.
func pause(micros int64, keys int) time.Duration {
	if micros >= 0 {
		return time.Duration(micros) * time.Microsecond * time.Duration(keys)
	}
	if keys > 0 && rand.Int64N(-micros) < int64(keys) {
		return time.Microsecond
	}
	return 0
}
