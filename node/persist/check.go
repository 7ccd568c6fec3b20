package persist

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sigrun/internal/config"
	"sigrun/shards/script"
	"sigrun/storage/db"
	"sigrun/storage/rdb"
)

// check reads the file without keeping anything, and logs what is wrong with it. All tokens are held. Elements that a value has twice are found when it is loaded.
func check(k *Keeper, o Reload) error {
	c := &checker{Reload: o}
	err := c.read(k)
	if err == nil && c.suspect() { // the names of those keys tell
		err = c.read(k)
	}
	return err
}

// checker reads a file to see whether it could be loaded.
type checker struct {
	Reload
	l         *loader
	libraries script.Libraries // those that there would be
	hashes    [256][]uint64    // of the keys, by their first byte
	suspects  map[uint64]bool  // hashes that come twice; nil: nobody knows
	names     map[string]bool  // of keys that have these
}

// read reads the file once.
func (c *checker) read(k *Keeper) error {
	f, err := k.FS.Open(k.path())
	if err != nil {
		k.Log.Warn("Fatal error: can't open the RDB file " + k.path() + " for reading: " + config.Reason(err))
		return err
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		size = -1
	}
	c.l = &loader{k: k, due: k.Clock.Millis()}
	if c.libraries = (script.Libraries{}); c.NoFlush {
		_ = c.libraries.Join(k.Libraries.All(), true)
	}
	if err = c.records(rdb.NewReader(f, size)); err != nil {
		c.l.report(err)
	}
	return err
}

// records reads all records of a snapshot.
func (c *checker) records(r *rdb.Reader) (err error) {
	l := c.l
	l.d, err = rdb.NewDecoder(r, l.options())
	l.headed = err == nil
	l.d.Asks(func(more int64) error { return l.k.Full(more / 2) }) // nothing goes anywhere
	for l.it.Kind = rdb.Aux; err == nil && l.it.Kind != rdb.End; {
		if err = l.d.Next(&l.it); err == nil {
			err = c.accepts(&l.it)
		}
	}
	return err
}

// accepts says what is wrong with a record. Of a key it reads the value.
func (c *checker) accepts(it *rdb.Item) error {
	l := c.l
	switch it.Kind {
	case rdb.Database, rdb.SlotImport:
		return l.goOn(it)
	case rdb.Function:
		lib, err := l.library()
		if err == nil {
			err = c.libraries.Add(lib, c.Merge)
		}
		return err
	case rdb.Aux:
		if string(it.Name) == "used-mem" {
			n, _ := strconv.ParseInt(string(it.Text), 10, 64)
			return l.k.Full(n - l.k.used()) // what is there goes first
		}
	case rdb.Key:
		err := l.d.Value(it, rdb.Discard{})
		switch {
		case errors.Is(err, rdb.ErrEmpty):
		case err != nil:
			return err
		case !c.Merge && (!it.Expires || it.ExpireAt >= l.due):
			return c.key(it.Name)
		}
	}
	return nil
}

// key looks whether a key that would be loaded is there already, or stands in the file twice.
func (c *checker) key(name []byte) error {
	l := c.l
	space := l.k.Engine.Space
	k := space.Hasher().Key(name)
	twice := c.NoFlush && c.there(&k)
	switch h := k.Hash ^ uint64(l.database)<<32; {
	case c.suspects == nil:
		c.hashes[h>>56] = append(c.hashes[h>>56], h)
	case c.suspects[h]:
		full := strconv.Itoa(l.database) + " " + string(name)
		twice = twice || c.names[full]
		c.names[full] = true
	}
	if twice {
		return &wrongValue{error: doubled(name, l.database), name: string(name), typ: l.it.Type}
	}
	return nil
}

func (c *checker) there(k *db.Key) bool {
	e := c.l.k.Engine
	d := e.Space.Existing(c.l.database)
	return d != nil && d.Part(e.Owner(k.Slot)).Find(k) != 0
}

// suspect reports whether several keys have the same hash.
func (c *checker) suspect() bool {
	c.suspects, c.names = map[uint64]bool{}, map[string]bool{}
	for i, of := range c.hashes {
		slices.Sort(of)
		for j := 1; j < len(of); j++ {
			if of[j] == of[j-1] {
				c.suspects[of[j]] = true
			}
		}
		c.hashes[i] = nil
	}
	return len(c.suspects) > 0
}

// doubled is what is wrong with a key that is there already.
func doubled(name []byte, database int) error {
	return fmt.Errorf("RDB has duplicated key '%s' in DB %d", name, database)
}
