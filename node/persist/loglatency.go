package persist

import (
	"time"

	"sigrun/internal/vfs"
	"sigrun/shards/observe"
)

// watching is the time at which something begins that is looked at for LATENCY, 0: nobody looks.
func (l *AppendLog) watching() (since int64) {
	if l.k.Engine.Latency.Threshold.Load() <= 0 {
		return 0
	}
	return max(l.k.Clock.Mono(), 1)
}

// took notes that what began then is over.
func (l *AppendLog) took(since int64, events ...string) {
	if since == 0 {
		return
	}
	ms := (l.k.Clock.Mono() - since) / int64(time.Millisecond)
	for _, event := range events {
		l.k.Engine.Latency.Note(event, l.k.now(), ms)
	}
}

// tookWrite notes a write to the file, by what went on beside it.
func (l *AppendLog) tookWrite(since int64) {
	if since == 0 {
		return
	}
	beside := observe.EventLogWriteAlone
	switch {
	case l.syncing.Load() != 0:
		beside = observe.EventLogWriteSync
	case l.k.writingBeside():
		beside = observe.EventLogWriteSave
	}
	l.took(since, beside, observe.EventLogWrite)
}

// writingBeside reports whether a snapshot or a base is being written.
func (k *Keeper) writingBeside() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.job != nil
}

// renames is a file system of whose renames LATENCY is told.
type renames struct {
	vfs.FS
	log *AppendLog
}

func (r renames) Rename(from, to string) error {
	defer r.log.took(r.log.watching(), observe.EventLogRename)
	return r.FS.Rename(from, to)
}

// size is how long all files of a set are together; LATENCY is told how long it takes to ask.
func (l *AppendLog) size(d interface{ Size() (int64, error) }) (int64, error) {
	defer l.took(l.watching(), observe.EventLogSize)
	return d.Size()
}
