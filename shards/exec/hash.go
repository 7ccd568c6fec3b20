package exec

import (
	"sigrun/internal/offheap"
	"sigrun/storage/db"
	"sigrun/storage/hash"
	"sigrun/storage/value"
)

// HashTarget is a key looked up for a command on hashes. Hash is nil when the key does not
// exist; Home and Limit are what the methods of a Hash ask for.
type HashTarget struct {
	Target
	Hash  *hash.Hash
	Home  *value.Home
	Limit hash.Limit
	now   int64
	stale int // fields whose time had come and that got a value instead
}

// ReadHash looks up the hash at argument 1 for reading; it counts as a hit or miss.
func (c *Ctx) ReadHash(t *HashTarget) (err error) {
	t.Target, err = c.Read(1, db.Hash)
	c.viewHash(t, err)
	return err
}

// WriteHash looks up the hash at argument 1 for changing it.
func (c *Ctx) WriteHash(t *HashTarget) (err error) {
	t.Target, err = c.Write(1, db.Hash)
	c.viewHash(t, err)
	return err
}

func (c *Ctx) viewHash(t *HashTarget, err error) {
	if err != nil {
		return
	}
	t.now = c.Until()
	if t.E != 0 {
		t.Hash = offheap.At[hash.Hash](t.E.Value())
	}
	t.Home = c.Home(t.Key)
	t.Limit = c.k.HashLimit()
}

// MakeHash makes the hash of a key that does not exist. A hash is never left empty.
func (c *Ctx) MakeHash(t *HashTarget) {
	c.Notify(t.Key, "new")
	t.E = t.Part.New(t.Key, 0, db.Hash, 0)
	t.Hash = offheap.At[hash.Hash](t.E.Value())
}

// FieldNamed is a view of a field of the hash at a key that a value names (KeyNamed).
func (c *Ctx) FieldNamed(name, field []byte) (v []byte, ok bool) {
	t := HashTarget{Target: c.Look(c.KeyNamed(name), Reads, Told)}
	if !t.Exists() || t.E.Type() != db.Hash {
		return nil, false
	}
	c.viewHash(&t, nil)
	f, live := t.Find(field)
	if !live {
		return nil, false
	}
	return t.Home.Text(t.Hash.Value(f)), true
}

// Find looks for a field; live is false when it is not there or its time has come.
func (t *HashTarget) Find(field []byte) (f hash.Place, live bool) {
	if t.Hash == nil {
		return f, false
	}
	f = t.Hash.Find(t.Home, field)
	return f, f.Exists() && !t.due(f)
}

func (t *HashTarget) due(f hash.Place) bool {
	at := t.Hash.ExpireAt(f)
	return at != hash.Never && at <= t.now
}

// Put gives the hash, which exists, a field that expires at at; created says that there was
// none whose time had not come.
func (t *HashTarget) Put(field, v []byte, at int64) (created bool) {
	f, live := t.Find(field)
	t.Set(f, live, field, v, at)
	return !live
}

// Set is Put for a field that Find told of.
func (t *HashTarget) Set(f hash.Place, live bool, field, v []byte, at int64) {
	if f.Exists() && !live {
		t.stale++
	}
	t.Hash.Set(t.Home, t.Limit, f, field, v, at)
}

// Stale is how many fields got a value whose time had come.
func (t *HashTarget) Stale() int { return t.stale }

// HashTouched says that the command changed fields of t: Touched, and it keeps the index of
// what expires true. Fields whose time had come and that got a new value have expired.
func (c *Ctx) HashTouched(t *HashTarget, event string) {
	if t.stale > 0 {
		c.FieldsExpired(t.Key, t.stale)
		t.stale = 0
	}
	t.Part.Track(t.E)
	c.Touched(t.Key, event)
}

// FieldsExpired counts fields of k that are gone because their time has come.
func (c *Ctx) FieldsExpired(k *db.Key, n int) {
	c.CountExpiredFields(n)
	c.Notify(k, "hexpired")
}

// CountExpiredFields is FieldsExpired for what the command tells of itself.
func (c *Ctx) CountExpiredFields(n int) { c.tally.FieldsExpired.Add(uint64(n)) }
