package keys

import (
	"bytes"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// rename implements RENAME key newkey.
func rename(c *exec.Ctx) error {
	moved, err := give(c, false)
	if err == nil && moved {
		c.Out.OK()
	}
	return err
}

// renameNX implements RENAMENX key newkey.
func renameNX(c *exec.Ctx) error {
	moved, err := give(c, true)
	if err != nil {
		return err
	}
	if moved && !bytes.Equal(c.Args[1], c.Args[2]) {
		c.Out.Int(1)
	} else {
		c.Out.Int(0)
	}
	return nil
}

// give gives the value at argument 1 the name at argument 2; moved is false when that
// is taken and onlyNew is set.
func give(c *exec.Ctx, onlyNew bool) (moved bool, err error) {
	keys := c.Keys()
	from, to := &keys[0], &keys[1]
	src := c.Look(from, exec.Asks, exec.Quietly)
	if !src.Exists() {
		return false, resp.ErrNoSuchKey
	}
	c.Accessed(src.E)
	if bytes.Equal(from.Name, to.Name) {
		return true, nil
	}
	dst := c.Look(to, exec.Asks, exec.Quietly)
	if dst.Exists() && onlyNew {
		return false, nil
	}
	if src.Part.Shard() != dst.Part.Shard() { // values do not leave their shard's memory but by being copied
		if err := c.LastsToCopy(src.E); err != nil {
			return false, err
		}
	}
	typ := src.E.Type()
	c.Notify(to, "new")
	dst.Part.MoveFrom(src.Part, from, src.E, to, dst.E)
	c.Affected(from, "rename_from")
	c.Touched(to, "rename_to")
	arrived(c, to, typ)
	return true, nil
}

// arrived serves whoever waits for a key that came to hold a value of a type that
// clients wait for.
func arrived(c *exec.Ctx, k *db.Key, typ db.Type) {
	if typ != db.String {
		c.Created(k)
	}
}

// copyKey implements COPY source destination [DB n] [REPLACE].
func copyKey(c *exec.Ctx) error {
	database, replace, err := parseCopy(c)
	if err != nil {
		return err
	}
	if database == c.Database() && bytes.Equal(c.Args[1], c.Args[2]) {
		return resp.ErrSameObject
	}
	keys := c.Keys()
	to := &keys[1]
	src := c.Look(&keys[0], exec.Reads, exec.Told)
	if !src.Exists() {
		c.Out.Int(0)
		return nil
	}
	defer c.Use(c.Database())
	c.Use(database)
	dst := c.Look(to, exec.Asks, exec.Quietly)
	if dst.Exists() && !replace {
		c.Out.Int(0)
		return nil
	}
	if err := c.LastsToCopy(src.E); err != nil {
		return err
	}
	c.Notify(to, "new")
	dst.Part.CopyFrom(src.Part, src.E, to, dst.E, src.E.ExpireAt())
	c.Touched(to, "copy_to")
	arrived(c, to, src.E.Type())
	c.Out.Int(1)
	return nil
}

// copiesTo is where the number of the other database stands: the last one counts.
func copiesTo(args [][]byte) (at [2]int) {
	for i := 3; i+1 < len(args); i++ {
		if exec.Is(args[i], "DB") {
			i++
			at[0] = i
		}
	}
	return at
}

// copiesAway reports whether COPY names another database, or what may be one.
func copiesAway(args [][]byte, database int) bool {
	at := copiesTo(args)[0]
	if at == 0 {
		return false
	}
	n, ok := num.ParseInt(args[at])
	return !ok || n != int64(database)
}

func parseCopy(c *exec.Ctx) (database int, replace bool, err error) {
	database = c.Database()
	for i := 3; i < len(c.Args); i++ {
		switch {
		case exec.Is(c.Args[i], "REPLACE"):
			replace = true
		case exec.Is(c.Args[i], "DB") && i+1 < len(c.Args):
			i++
			if database, err = c.Numbered(c.Args[i]); err != nil {
				return 0, false, err
			}
		default:
			return 0, false, resp.ErrSyntax
		}
	}
	return database, replace, nil
}

// move implements MOVE key db.
func move(c *exec.Ctx) error {
	here := c.Database()
	there, err := c.Numbered(c.Args[2])
	if err != nil {
		return err
	}
	if here == there {
		return resp.ErrSameObject
	}
	t := c.Look(c.Key(1), exec.Changes, exec.Quietly)
	if !t.Exists() {
		c.Out.Int(0)
		return nil
	}
	c.Use(there)
	dst := c.Look(t.Key, exec.Asks, exec.Quietly)
	if dst.Exists() {
		c.Out.Int(0)
		return nil
	}
	c.Notify(t.Key, "new")
	typ := t.E.Type()
	dst.Part.MoveFrom(t.Part, t.Key, t.E, t.Key, 0)
	c.Use(here)
	c.Affected(t.Key, "move_from")
	c.Use(there)
	c.Touched(t.Key, "move_to")
	arrived(c, t.Key, typ)
	c.Use(here)
	c.Out.Int(1)
	return nil
}
