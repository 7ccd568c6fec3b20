package typed

import (
	"math"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/stream"
	"sigrun/storage/value"
)

// Stream is a key looked up for a command on streams. Stream is nil when the key
// does not exist; Allocator and Limit are what the methods that change a Stream ask for.
type Stream struct {
	exec.Target
	Stream    *stream.Stream
	Allocator *value.Allocator
	Limit     stream.Limit
}

// ReadStream looks up the stream at argument i for reading; it counts as a hit or miss.
func ReadStream(c *exec.Ctx, i int) (t Stream, err error) {
	t.Target, err = c.Read(i, db.Stream)
	t.view(c, err)
	return t, err
}

// WriteStream looks up the stream at argument i for changing it.
func WriteStream(c *exec.Ctx, i int) (t Stream, err error) {
	t.Target, err = c.Write(i, db.Stream)
	t.view(c, err)
	return t, err
}

func (t *Stream) view(c *exec.Ctx, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		if c.Spec.Has(command.Write) { // who reads as one of a group changes what is pending
			t.Part.Changing(t.E)
		}
		t.Stream = stream.At(t.E.Value())
	}
	t.Allocator = c.Allocator(t.Key)
	t.Limit = stream.Limit{Bytes: bounded(c.Keyspace().Settings.StreamNodeBytes.Load()), Entries: bounded(c.Keyspace().Settings.StreamNodeEntries.Load())}
}

func bounded(n int64) int { return int(min(n, math.MaxInt32)) }

// Make makes the stream of a key that does not exist. It may stay empty.
func (t *Stream) Make(c *exec.Ctx) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Stream, 0)
	t.Stream = stream.At(t.E.Value())
}
