package keys

import (
	"bytes"

	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// scan implements SCAN cursor [MATCH pattern] [COUNT n] [TYPE type]. It is run once for
// every shard it visits, each time with that shard's token, and goes on behind what it
// has written until enough keys were looked at.
func scan(c *exec.Ctx) error {
	cursor, ok := num.ParseCursor(c.Args[1])
	if !ok {
		return resp.ErrInvalidCursor
	}
	f := filter{c: c, typ: db.NumTypes, count: 10}
	if err := f.parse(c.Args[2:]); err != nil {
		return err
	}
	v := c.Walk()
	if !v.Begun {
		v.Begun, v.Cursor, v.Left, v.Mark = true, cursor, f.count, c.Out.Mark()
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
	c       *exec.Ctx
	pattern []byte
	typ     db.Type // NumTypes: any
	count   int
	due     [][]byte // names of keys that it asks for and whose time has come
}

func (f *filter) parse(words [][]byte) error {
	for i := 0; i < len(words); i += 2 {
		var value []byte
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch {
		case exec.Is(words[i], "NOVALUES"):
			return errNoValues
		case exec.Is(words[i], "NOSCORES"):
			return errNoScores
		case i+1 == len(words):
			return resp.ErrSyntax
		case exec.Is(words[i], "COUNT"):
			n, ok := num.ParseInt(value)
			if !ok {
				return resp.ErrNotInteger
			}
			if n < 1 {
				return resp.ErrSyntax
			}
			f.count = int(n)
		case exec.Is(words[i], "MATCH"):
			f.pattern = value
		case exec.Is(words[i], "TYPE"):
			if f.typ = db.TypeNamed(value); f.typ == db.NumTypes {
				return resp.UnknownType(value)
			}
		default:
			return resp.ErrSyntax
		}
	}
	if string(f.pattern) == "*" {
		f.pattern = nil
	}
	return nil
}

var (
	errNoValues = &resp.Error{Text: "ERR NOVALUES option can only be used in HSCAN"}
	errNoScores = &resp.Error{Text: "ERR NOSCORES option can only be used in ZSCAN"}
)

// take writes the name of e if it is asked for.
func (f *filter) take(v *call.Visit, e db.Entry) {
	v.Left--
	if f.typ != db.NumTypes && e.Type() != f.typ {
		return
	}
	name := e.Key()
	switch {
	case f.pattern != nil && !glob.Match(f.pattern, name, false):
	case f.c.Due(e):
		f.due = append(f.due, bytes.Clone(name))
	default:
		f.c.Out.Bulk(name)
		v.Found++
	}
}

// list implements KEYS pattern.
func list(c *exec.Ctx) error {
	f := filter{c: c, typ: db.NumTypes, pattern: c.Args[1]}
	v := call.Visit{Mark: c.Out.Mark()}
	c.EachPart(c.Database(), func(p *db.Part) {
		p.Each(func(e db.Entry) bool {
			if !c.Due(e) {
				f.take(&v, e)
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
