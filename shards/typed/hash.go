package typed

import (
	"sigrun/internal/offheap"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/value"
)

// Hash is a key looked up for a command on hashes. Hash is nil when the key does not
// exist; Allocator and Limit are what the methods of a Hash ask for.
type Hash struct {
	exec.Target
	Hash      *hash.Hash
	Allocator *value.Allocator
	Limit     hash.Limit
	now       int64
	kept      bool // what is due is left to who imports, and there until then
	stale     int  // fields whose time had come and that got a value instead
}

// Read looks up the hash at argument 1 for reading; it counts as a hit or miss.
func (t *Hash) Read(c *exec.Ctx) (err error) {
	t.Target, err = c.Read(1, db.Hash)
	t.view(c, err)
	return err
}

// Write looks up the hash at argument 1 for changing it.
func (t *Hash) Write(c *exec.Ctx) (err error) {
	t.Target, err = c.Write(1, db.Hash)
	t.view(c, err)
	return err
}

func (t *Hash) view(c *exec.Ctx, err error) {
	if err != nil {
		return
	}
	t.now, t.kept = c.Until(), c.KeepsPast()
	if t.E != 0 {
		t.Hash = offheap.At[hash.Hash](t.E.Value())
	}
	t.Allocator = c.Allocator(t.Key)
	t.Limit = c.Keyspace().HashLimit()
}

// Make makes the hash of a key that does not exist. A hash is never left empty.
func (t *Hash) Make(c *exec.Ctx) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Hash, 0)
	t.Hash = offheap.At[hash.Hash](t.E.Value())
}

// FieldNamed is a view of a field of the hash at a key that a value names (KeyNamed).
func FieldNamed(c *exec.Ctx, name, field []byte) (v []byte, ok bool) {
	t := Hash{Target: c.Look(c.KeyNamed(name), exec.Reads, exec.Told)}
	if !t.Exists() || t.E.Type() != db.Hash {
		return nil, false
	}
	t.view(c, nil)
	f, live := t.Find(field)
	if !live {
		return nil, false
	}
	return t.Allocator.Text(t.Hash.Value(f)), true
}

// Find looks for a field; live is false when it is not there or its time has come.
func (t *Hash) Find(field []byte) (f hash.Place, live bool) {
	if t.Hash == nil {
		return f, false
	}
	f = t.Hash.Find(t.Allocator, field)
	return f, f.Exists() && !t.due(f)
}

func (t *Hash) due(f hash.Place) bool {
	at := t.Hash.ExpireAt(f)
	return at != hash.Never && at <= t.now
}

// Put gives the hash, which exists, a field that expires at at; created says that there was
// none whose time had not come.
func (t *Hash) Put(field, v []byte, at int64) (created bool) {
	f, live := t.Find(field)
	t.Set(f, live, field, v, at)
	return !live && !(t.kept && f.Exists())
}

// Set is Put for a field that Find told of.
func (t *Hash) Set(f hash.Place, live bool, field, v []byte, at int64) {
	if f.Exists() && !live && !t.kept {
		t.stale++
	}
	t.Hash.Set(t.Allocator, t.Limit, f, field, v, at)
}

// Touched says that the command changed fields of t (exec.Ctx.Touched), and keeps the index of
// what expires true. Fields whose time had come and that got a new value have expired.
func (t *Hash) Touched(c *exec.Ctx, event string) {
	if t.stale > 0 {
		c.FieldsExpired(t.Key, t.stale)
		t.stale = 0
	}
	t.Part.Track(t.E)
	c.Touched(t.Key, event)
}
