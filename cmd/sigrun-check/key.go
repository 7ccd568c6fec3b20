package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"sigrun/storage/rdb"
)

// key checks the key that comes next, with its value.
func (c *checker) key() error {
	it := &c.it
	c.keys++
	if err := c.once(); err != nil {
		return err
	}
	begin := c.d.Pos()
	v := &tally{}
	if c.o.stats {
		v.sizes = &c.sizes
	}
	err := c.d.Value(it, v)
	if errors.Is(err, rdb.ErrEmpty) && !c.o.classic {
		c.keys--
		c.empty++
		c.say("Key '%s' has no value: a server passes over it", it.Name)
		return nil
	}
	if err != nil {
		return err
	}
	expiry := ""
	expired := it.Expires && it.ExpireAt < c.now
	if it.Expires {
		c.expires++
		expiry = ", expires at " + time.UnixMilli(it.ExpireAt).UTC().Format(time.RFC3339Nano)
	}
	if expired {
		c.expired++
	}
	if c.o.stats {
		c.count(v, expired)
	}
	c.types.add(c.database, it, v.elements, v.bytes)
	if c.o.verbose {
		c.say("db=%d type=%s elements=%d value_bytes=%d file_bytes=%d key='%s'%s", c.database, it.Type, v.elements, v.bytes, c.d.Pos()-begin, it.Name, expiry)
	}
	return nil
}

// once sees that the key was not there before: a server refuses a file that has it twice.
func (c *checker) once() error {
	name := c.it.Name
	id := [3]uint64{c.database, maphash.Bytes(c.seeds[0], name), maphash.Bytes(c.seeds[1], name)}
	if c.seen[id] {
		return fmt.Errorf("Duplicated key '%s' in DB %d", name, c.database)
	}
	c.seen[id] = true
	return nil
}

// count adds the key to the statistics.
func (c *checker) count(v *tally, expired bool) {
	column := moduleColumn
	if c.it.Type != rdb.TypeModule2 {
		column = columnOf[v.kind]
	}
	f := &c.stats.database(c.database)[column]
	f.keys++
	f.names += uint64(len(c.it.Name))
	if c.it.Expires {
		f.expires++
	}
	if expired {
		f.expired++
	}
	f.counts.add(uint64(v.elements))
	c.sizes.drain(&f.sizes)
}
