package exec

import (
	"sigrun/protocol/call"
	"sigrun/storage/db"
)

// What a script may have to take back is bounded: a value, and all of them together. One
// that goes beyond starts again with all tokens instead.
const (
	maxUndoValue = 64 << 10
	maxUndo      = 1 << 20
)

// undo is what keys held before a script first wrote to them.
type undo struct {
	saved []savedKey
	last  map[place]int // the last of saved that lies there, from 1; nil while they are few enough to be looked through
	bytes int
}

// fewKeys are looked through as fast as found.
const fewKeys = 16

// place is where a key is looked for. Several may lie there.
type place struct {
	database int
	hash     uint64
}

type savedKey struct {
	database int
	key      db.Key
	part     *db.Part
	kept     db.Entry // 0: the key did not exist
	before   int      // the one before it at its place, from 1
}

// save notes the values of the keys of cmd, which is about to be run, unless they are
// noted already. An error says that this would be too much.
func (u *undo) save(c *Ctx, cmd *call.Command) error {
	if cmd.Shard >= 0 {
		k := c.commandKey(cmd)
		return u.saveKey(c, &k)
	}
	if !c.hashKeys(cmd.Spec, cmd.Args) {
		return nil
	}
	for i := range c.keys {
		if err := u.saveKey(c, &c.keys[i]); err != nil {
			return err
		}
	}
	return nil
}

func (u *undo) saveKey(c *Ctx, k *db.Key) error {
	if u.has(c.Client.DB, k) {
		return nil
	}
	p := c.shardOf(k).Part(c.Client.DB)
	s := savedKey{database: c.Client.DB, part: p}
	e, due := c.peek(c.Client.DB, k)
	if due && !c.k.Settings.DueStays() { // it has expired, whatever becomes of the script
		c.db = c.Client.DB
		c.expire(p, k, e)
		e = 0
	}
	if e != 0 {
		size := c.k.SizeOf(e)
		if size > maxUndoValue || u.bytes+size > maxUndo {
			return errMore
		}
		u.bytes += size
		s.kept = p.Keep(k, e)
	}
	s.key = db.Key{Name: append([]byte(nil), k.Name...), Hash: k.Hash, Slot: k.Slot}
	if u.bytes += len(s.key.Name) + 64; u.bytes > maxUndo {
		if s.kept != 0 {
			p.Discard(s.kept)
		}
		return errMore
	}
	u.add(s)
	return nil
}

func (u *undo) add(s savedKey) {
	u.saved = append(u.saved, s)
	switch n := len(u.saved); {
	case u.last != nil:
		u.index(n)
	case n > fewKeys:
		u.last = make(map[place]int, 4*fewKeys)
		for i := range u.saved {
			u.index(i + 1)
		}
	}
}

// index has the nth of saved be found.
func (u *undo) index(n int) {
	s := &u.saved[n-1]
	at := place{s.database, s.key.Hash}
	s.before, u.last[at] = u.last[at], n
}

// has reports whether the value of a key was noted.
func (u *undo) has(database int, k *db.Key) bool {
	if u.last != nil {
		n := u.last[place{database, k.Hash}]
		for n != 0 && string(u.saved[n-1].key.Name) != string(k.Name) {
			n = u.saved[n-1].before
		}
		return n != 0
	}
	for i := range u.saved {
		s := &u.saved[i]
		if s.key.Hash == k.Hash && s.database == database && string(s.key.Name) == string(k.Name) {
			return true
		}
	}
	return false
}

// apply puts everything back.
func (u *undo) apply() {
	for i := range u.saved {
		s := &u.saved[i]
		now := s.part.Find(&s.key)
		switch {
		case s.kept != 0:
			s.part.Restore(&s.key, now, s.kept)
		case now != 0:
			s.part.Delete(&s.key, now)
		}
	}
	u.reset()
}

// forget lets what was done stand.
func (u *undo) forget() {
	for i := range u.saved {
		if s := &u.saved[i]; s.kept != 0 {
			s.part.Discard(s.kept)
		}
	}
	u.reset()
}

func (u *undo) reset() {
	clear(u.saved)
	u.saved, u.last, u.bytes = u.saved[:0], nil, 0
}
