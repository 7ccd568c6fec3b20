package exec

import (
	"math"

	"sigrun/storage/db"
	"sigrun/storage/stream"
	"sigrun/storage/value"
)

// StreamTarget is a key looked up for a command on streams. Stream is nil when the key
// does not exist; Home and Limit are what the methods that change a Stream ask for.
type StreamTarget struct {
	Target
	Stream *stream.Stream
	Home   *value.Home
	Limit  stream.Limit
}

// ReadStream looks up the stream at argument i for reading; it counts as a hit or miss.
func (c *Ctx) ReadStream(i int) (t StreamTarget, err error) {
	t.Target, err = c.Read(i, db.Stream)
	c.viewStream(&t, err)
	return t, err
}

// WriteStream looks up the stream at argument i for changing it.
func (c *Ctx) WriteStream(i int) (t StreamTarget, err error) {
	t.Target, err = c.Write(i, db.Stream)
	c.viewStream(&t, err)
	return t, err
}

func (c *Ctx) viewStream(t *StreamTarget, err error) {
	if err != nil {
		return
	}
	if t.E != 0 {
		if c.Spec.Flags&writes != 0 { // who reads as one of a group changes what is pending
			t.Part.Changing(t.E)
		}
		t.Stream = stream.At(t.E.Value())
	}
	t.Home = c.Home(t.Key)
	t.Limit = stream.Limit{Bytes: bounded(c.k.Settings.StreamNodeBytes.Load()), Entries: bounded(c.k.Settings.StreamNodeEntries.Load())}
}

func bounded(n int64) int { return int(min(n, math.MaxInt32)) }

// MakeStream makes the stream of a key that does not exist. It may stay empty.
func (c *Ctx) MakeStream(t *StreamTarget) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Stream, 0)
	t.Stream = stream.At(t.E.Value())
}
