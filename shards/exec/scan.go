package exec

import (
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/storage/db"
	"sigrun/storage/listpack"
)

// ScanOptions are those of SCAN and its kin.
type ScanOptions struct {
	Count   int
	Pattern []byte  // nil: any
	Type    db.Type // of SCAN; NumTypes: any
	Bare    bool    // NOVALUES or NOSCORES: elements without what belongs to them
}

var (
	errNoValues = &resp.Error{Text: "ERR NOVALUES option can only be used in HSCAN"}
	errNoScores = &resp.Error{Text: "ERR NOSCORES option can only be used in ZSCAN"}
)

// ScanCursor is the cursor at argument i.
func (c *Step) ScanCursor(i int) (uint64, error) {
	cursor, ok := num.ParseCursor(c.Args[i])
	if !ok {
		return 0, resp.ErrInvalidCursor
	}
	return cursor, nil
}

// ParseScan reads the options of a scan of a value of type of, or with NumTypes of the
// keyspace.
func ParseScan(words [][]byte, of db.Type) (o ScanOptions, err error) {
	o.Count, o.Type = 10, db.NumTypes
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case Is(w, "NOVALUES"):
			if o.Bare = true; of != db.Hash {
				return o, errNoValues
			}
		case Is(w, "NOSCORES"):
			if o.Bare = true; of != db.ZSet {
				return o, errNoScores
			}
		case i+1 == len(words):
			return o, resp.ErrSyntax
		default:
			i++
			if err := o.set(w, words[i], of); err != nil {
				return o, err
			}
		}
	}
	if string(o.Pattern) == "*" {
		o.Pattern = nil
	}
	return o, nil
}

// set takes an option that has a value.
func (o *ScanOptions) set(word, value []byte, of db.Type) error {
	switch {
	case Is(word, "COUNT"):
		n, ok := num.ParseInt(value)
		if !ok {
			return resp.ErrNotInteger
		}
		if n < 1 {
			return resp.ErrSyntax
		}
		o.Count = int(n)
	case Is(word, "MATCH"):
		o.Pattern = value
	case Is(word, "TYPE") && of == db.NumTypes:
		if o.Type = db.TypeNamed(value); o.Type == db.NumTypes {
			return resp.UnknownType(value)
		}
	default:
		return resp.ErrSyntax
	}
	return nil
}

// Takes reports whether an element is asked for.
func (o *ScanOptions) Takes(name []byte) bool {
	return o.Pattern == nil || glob.Match(o.Pattern, name, false)
}

// ScanReply is what a scan of a value answers: elements, then the cursor before them.
type ScanReply struct {
	c        *Step
	mark     int
	elements int
}

// BeginScan begins the reply of a scan.
func (c *Step) BeginScan() ScanReply { return ScanReply{c: c, mark: c.Out.Mark()} }

// Bulk adds a string.
func (r *ScanReply) Bulk(v []byte) { r.elements++; r.c.Out.Bulk(v) }

// Value adds an element.
func (r *ScanReply) Value(v listpack.Value) { r.elements++; r.c.Value(v) }

// End ends the reply with the cursor to go on with.
func (r *ScanReply) End(next uint64) {
	out := r.c.Out
	out.InsertArray(r.mark, r.elements)
	end := out.Mark()
	out.Array(2)
	out.BulkUint(next)
	out.Turn(r.mark, end)
}

// NoScan is the reply of a scan of what does not exist.
func (c *Step) NoScan() {
	c.Out.Array(2)
	c.Out.BulkString("0")
	c.Out.Array(0)
}

// Value writes an element of a value as a string.
func (c *Step) Value(v listpack.Value) {
	if v.IsInt {
		c.Out.BulkInt(v.Int)
	} else {
		c.Out.Bulk(v.Str)
	}
}
