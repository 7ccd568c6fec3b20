package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"time"

	"sigrun/storage/rdb"
)

// checker checks an RDB file.
type checker struct {
	out     io.Writer
	name    string
	verbose bool

	d        *rdb.Decoder
	it       rdb.Item
	doing    string
	database uint64
	keys     int
	expires  int
	expired  int
	empty    int
	seeds    [2]maphash.Seed
	seen     map[[3]uint64]bool // keys, by database and two hashes
}

func (c *checker) say(format string, args ...any) {
	at := int64(0)
	if c.d != nil {
		at = c.d.Pos()
	}
	fmt.Fprintf(c.out, "[offset %d] %s\n", at, fmt.Sprintf(format, args...))
}

// check reads the file to its end and reports whether all is well.
func (c *checker) check(src io.Reader, size int64) bool {
	c.seeds, c.seen = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, map[[3]uint64]bool{}
	c.say("Checking RDB file %s", c.name)
	c.doing = "start"
	var err error
	if c.d, err = rdb.NewDecoder(rdb.NewReader(src, size), rdb.Options{Relaxed: true, SkipModules: true}); err == nil {
		c.say("RDB version %d", c.d.Version())
		err = c.records()
	}
	if err == nil {
		err = c.rest(src)
	}
	if err != nil {
		c.complain(err)
	} else {
		c.say("\\o/ RDB looks OK! \\o/")
	}
	fmt.Fprintf(c.out, "[info] %d keys read\n[info] %d expires\n[info] %d already expired\n", c.keys, c.expires, c.expired)
	if c.empty > 0 {
		fmt.Fprintf(c.out, "[info] %d keys without a value\n", c.empty)
	}
	return err == nil
}

// complain says what is wrong, and where.
func (c *checker) complain(err error) {
	fmt.Fprintln(c.out, "--- RDB ERROR DETECTED ---")
	at := int64(0)
	var e *rdb.Error
	if errors.As(err, &e) {
		at = e.At
		fmt.Fprintf(c.out, "[offset %d] %s\n", at, e.Text)
	} else {
		c.say("%v", err)
	}
	if errors.Is(err, rdb.ErrChecksum) {
		fmt.Fprintf(c.out, "[additional info] Checksum of the file %016x, of what is in it %016x\n", c.d.Found, c.d.Expected)
	}
	fmt.Fprintf(c.out, "[additional info] While doing: %s\n", c.doing)
	if c.it.Kind == rdb.Key {
		fmt.Fprintf(c.out, "[additional info] Reading key '%s'\n[additional info] Reading type %d (%s)\n", c.it.Name, c.it.Type, c.it.Type)
	}
}

func (c *checker) records() error {
	for {
		c.doing = "read-type"
		if err := c.d.Next(&c.it); err != nil {
			return err
		}
		if c.it.Kind == rdb.End {
			if c.d.Unchecked {
				c.say("RDB file was saved with checksum disabled: no check performed.")
			} else {
				c.say("Checksum OK")
			}
			return nil
		}
		if err := c.record(); err != nil {
			return err
		}
	}
}

func (c *checker) record() error {
	switch it := &c.it; it.Kind {
	case rdb.Aux:
		c.say("AUX FIELD %s = '%s'", it.Name, it.Text)
	case rdb.Database:
		c.database = it.Number
		c.say("Selecting DB ID %d", it.Number)
	case rdb.Sizes:
		if c.verbose {
			c.say("%d keys are announced, %d of which expire", it.Keys, it.Volatile)
		}
	case rdb.Function:
		c.say("Function library of %d bytes", len(it.Text))
	case rdb.SlotImport:
		c.say("Import of slots %s", it.Name)
	case rdb.Key:
		return c.key()
	}
	return nil
}

func (c *checker) key() error {
	it := &c.it
	c.doing = "read-object-value"
	id := [3]uint64{c.database, maphash.Bytes(c.seeds[0], it.Name), maphash.Bytes(c.seeds[1], it.Name)}
	if c.seen[id] {
		return fmt.Errorf("Duplicated key '%s' in DB %d", it.Name, c.database)
	}
	c.seen[id] = true
	begin := c.d.Pos()
	v := newTally()
	err := c.d.Value(it, v)
	if errors.Is(err, rdb.ErrEmpty) {
		c.empty++
		c.say("Key '%s' has no value: a server passes over it", it.Name)
		return nil
	}
	if err != nil {
		return err
	}
	c.keys++
	expiry := ""
	if it.Expires {
		c.expires++
		at := time.UnixMilli(it.ExpireAt)
		expiry = ", expires at " + at.UTC().Format(time.RFC3339Nano)
		if at.Before(time.Now()) {
			c.expired++
		}
	}
	if c.verbose {
		c.say("db=%d type=%s elements=%d value_bytes=%d file_bytes=%d key='%s'%s", c.database, it.Type, v.elements, v.bytes, c.d.Pos()-begin, it.Name, expiry)
	}
	return nil
}

// rest sees that nothing follows.
func (c *checker) rest(src io.Reader) error {
	c.doing = "check-end"
	c.it.Kind = rdb.End
	if n := c.d.Buffered(); n > 0 {
		return fmt.Errorf("%d or more bytes follow the end", n)
	}
	if n, _ := io.CopyN(io.Discard, src, 1); n > 0 {
		return errors.New("bytes follow the end")
	}
	return nil
}
