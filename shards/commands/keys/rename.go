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
	moved, err := move(c, false)
	if err == nil && moved {
		c.Out.OK()
	}
	return err
}

// renameNX implements RENAMENX key newkey.
func renameNX(c *exec.Ctx) error {
	moved, err := move(c, true)
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

// move gives the value at argument 1 the name at argument 2; moved is false when that
// is taken and onlyNew is set.
func move(c *exec.Ctx, onlyNew bool) (moved bool, err error) {
	keys := c.Keys()
	from, to := &keys[0], &keys[1]
	src, e := c.Find(from)
	if e == 0 {
		return false, resp.ErrNoSuchKey
	}
	if bytes.Equal(from.Name, to.Name) {
		return true, nil
	}
	dst, old := c.Find(to)
	if old != 0 && onlyNew {
		return false, nil
	}
	typ := e.Type()
	dst.MoveFrom(src, from, e, to, old)
	c.Removed(from, "rename_from")
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
	src, e := c.Lookup(&keys[0])
	if e == 0 {
		c.Out.Int(0)
		return nil
	}
	c.Use(database)
	dst, old := c.Find(to)
	if old != 0 && !replace {
		c.Out.Int(0)
		return nil
	}
	dst.CopyFrom(src, e, to, old, e.ExpireAt())
	c.Touched(to, "copy_to")
	arrived(c, to, e.Type())
	c.Out.Int(1)
	return nil
}

func parseCopy(c *exec.Ctx) (database int, replace bool, err error) {
	database = c.Database()
	for i := 3; i < len(c.Args); i++ {
		switch {
		case exec.Is(c.Args[i], "REPLACE"):
			replace = true
		case exec.Is(c.Args[i], "DB") && i+1 < len(c.Args):
			i++
			n, ok := num.ParseInt(c.Args[i])
			if !ok || n != int64(int32(n)) {
				return 0, false, resp.ErrNotInteger
			}
			if n < 0 || n >= int64(c.Databases()) {
				return 0, false, resp.ErrDBIndex
			}
			database = int(n)
		default:
			return 0, false, resp.ErrSyntax
		}
	}
	return database, replace, nil
}
