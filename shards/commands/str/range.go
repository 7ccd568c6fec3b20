package str

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// strlen implements STRLEN key.
func strlen(c *exec.Ctx) error {
	t, err := c.Read(1, db.String)
	if err != nil {
		return err
	}
	c.Out.Int(int64(t.Len()))
	return nil
}

// getRange implements GETRANGE key start end, and SUBSTR, its first name.
func getRange(c *exec.Ctx) error {
	start, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	end, ok := num.ParseInt(c.Args[3])
	if !ok {
		return resp.ErrNotInteger
	}
	t, err := c.Read(1, db.String)
	if err != nil {
		return err
	}
	var buf [20]byte
	var v []byte
	if t.Exists() {
		v = t.E.String(&buf)
	}
	c.Out.Bulk(part(v, start, end))
	return nil
}

// part is v from start to end, both included, negative ones counted from the end.
func part(v []byte, start, end int64) []byte {
	total := int64(len(v))
	if start < 0 && end < 0 && start > end {
		return nil
	}
	start, end = fromEnd(start, total), min(fromEnd(end, total), total-1)
	if start > end {
		return nil
	}
	return v[start : end+1]
}

// setRange implements SETRANGE key offset value; a gap is filled with zeros.
func setRange(c *exec.Ctx) error {
	offset, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	if offset < 0 {
		return resp.ErrOffsetRange
	}
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	had, value := t.Len(), c.Args[3]
	if len(value) == 0 {
		c.Out.Int(int64(had))
		return nil
	}
	if err := fits(c, offset, value); err != nil {
		return err
	}
	n := max(had, int(offset)+len(value))
	copy(t.Extend(c, n, int(offset), int(offset), int(offset)+len(value))[offset:], value)
	c.Touched(t.Key, "setrange")
	c.Out.Int(int64(n))
	return nil
}

// appendTo implements APPEND key value.
func appendTo(c *exec.Ctx) error {
	t, err := c.Write(1, db.String)
	if err != nil {
		return err
	}
	had, value := t.Len(), c.Args[2]
	if !t.Exists() {
		store(c, &t, 2, 0)
	} else if err := fits(c, int64(had), value); err != nil {
		return err
	} else {
		copy(t.Extend(c, had+len(value), had, had, had+len(value))[had:], value)
	}
	c.Touched(t.Key, "append")
	c.Out.Int(int64(had + len(value)))
	return nil
}

// fits checks that value, put at an offset, ends below the longest string that may be.
func fits(c *exec.Ctx, offset int64, value []byte) error {
	if limit := c.Engine().Settings.MaxBulk.Load(); offset > limit-int64(len(value)) {
		return resp.ErrStringTooLong
	}
	return nil
}

// fromEnd is a position counted from the end when it is negative, at least 0.
func fromEnd(at, total int64) int64 {
	if at < 0 {
		at += total
	}
	return max(at, 0)
}
