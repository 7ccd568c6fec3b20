package aof

import (
	"sigrun/internal/vfs"
)

// Tail is the file of a set that is written to. One goroutine writes; any may sync beside it.
type Tail struct {
	Name string

	f    vfs.File
	size int64
}

// Write appends b. n is what stays in the file: with an error usually nothing, since what was written in part is cut off again; where that fails,
// a part, and the rest of b has to be what is written next.
func (t *Tail) Write(b []byte) (n int, err error) {
	n, err = t.f.Write(b)
	if n < len(b) && n > 0 && t.takeBack(n) {
		n = 0
	}
	t.size += int64(n)
	return n, err
}

// takeBack cuts off so many bytes.
func (t *Tail) takeBack(n int) bool {
	size, err := t.f.Size() // the file knows best: a load may have cut it
	return err == nil && t.f.Truncate(size-int64(n)) == nil
}

// Size is how long the file is, by what was written here. It is the writer's.
func (t *Tail) Size() int64 { return t.size }

// Sync makes what was written before survive.
func (t *Tail) Sync() error { return t.f.Sync() }

// Close closes the file without syncing it.
func (t *Tail) Close() error { return t.f.Close() }
