package keys

import (
	"bytes"

	"sigrun/protocol/call"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// scan implements SCAN cursor [MATCH pattern] [COUNT n] [TYPE type]. It is run once for
// every shard it visits, each time with that shard's token, and goes on behind what it
// has written until enough keys were looked at.
func scan(c *exec.Ctx) error {
	cursor, err := c.ScanCursor(1)
	if err != nil {
		return err
	}
	o, err := exec.ParseScan(c.Args[2:], db.NumTypes)
	if err != nil {
		return err
	}
	f := filter{c: c, ScanOptions: o}
	v := c.Walk()
	if !v.Begun {
		v.Begun, v.Cursor, v.Left, v.Mark = true, cursor, f.Count, c.Out.Mark()
	}
	for begin := true; v.Left > 0 && (begin || v.Cursor != 0); begin = false {
		slot := db.CursorSlot(v.Cursor)
		p := c.PartAt(slot)
		if p == nil {
			if v.Stop {
				break
			}
			return c.Elsewhere(v, slot)
		}
		v.Cursor = p.Scan(v.Cursor, v.Left, func(e db.Entry) { f.take(v, e) })
		c.Expire(p, f.due)
		f.due = nil
	}
	finishScan(c, v)
	return nil
}

// finishScan puts the cursor and the number of keys before them.
func finishScan(c *exec.Ctx, v *call.Visit) {
	c.Out.InsertArray(v.Mark, v.Found)
	end := c.Out.Mark()
	c.Out.Array(2)
	c.Out.BulkUint(v.Cursor)
	c.Out.Turn(v.Mark, end)
}

// filter is what SCAN asks of a key.
type filter struct {
	exec.ScanOptions
	c   *exec.Ctx
	due [][]byte // names of keys that it asks for and whose time has come
}

// take writes the name of e if it is asked for.
func (f *filter) take(v *call.Visit, e db.Entry) {
	v.Left--
	if f.Type != db.NumTypes && e.Type() != f.Type {
		return
	}
	name := e.Key()
	switch {
	case !f.Takes(name):
	case f.c.Due(e):
		f.due = append(f.due, bytes.Clone(name))
	default:
		f.c.Out.Bulk(name)
		v.Found++
	}
}

// list implements KEYS pattern.
func list(c *exec.Ctx) error {
	f := filter{c: c, ScanOptions: exec.ScanOptions{Type: db.NumTypes}}
	if pattern := c.Args[1]; string(pattern) != "*" { // which is for all keys, the one without a name, too
		f.Pattern = pattern
	}
	v := call.Visit{Mark: c.Out.Mark()}
	c.EachPart(c.Database(), func(p *db.Part) {
		p.Each(func(e db.Entry) bool {
			if f.Takes(e.Key()) && !c.Due(e) {
				c.Out.Bulk(e.Key())
				c.Out.Grown()
				v.Found++
			}
			return true
		})
	})
	c.Out.InsertArray(v.Mark, v.Found)
	return nil
}

// randomKey implements RANDOMKEY.
func randomKey(c *exec.Ctx) error {
	e, err := c.Random()
	if err != nil {
		return err
	}
	if e == 0 {
		c.Out.Null()
		return nil
	}
	c.Out.Bulk(e.Key())
	return nil
}
