package hyperloglog

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
	"sigrun/storage/hll"
)

var (
	errNotOne  = &resp.Error{Text: "WRONGTYPE Key is not a valid HyperLogLog string value."}
	errCorrupt = &resp.Error{Text: "INVALIDOBJ Corrupted HLL object detected"}
)

// room is where a sparse HyperLogLog is worked on: larger ones are seldom, unless
// hll-sparse-max-bytes says so.
type room [4 << 10]byte

// open is the HyperLogLog at t, nil when there is no key.
func open(t *exec.Target) ([]byte, error) {
	if t.E == 0 {
		return nil, nil
	}
	v := t.E.String(new([20]byte))
	if !hll.Is(v) {
		return nil, errNotOne
	}
	return v, nil
}

// write opens the one at argument i for changing it.
func write(c *exec.Ctx, i int) (t exec.Target, v []byte, err error) {
	if t, err = c.Write(i, db.String); err == nil {
		v, err = open(&t)
	}
	return t, v, err
}

// read opens the one at argument i.
func read(c *exec.Ctx, i int) (t exec.Target, v []byte, err error) {
	if t, err = c.Read(i, db.String); err == nil {
		v, err = open(&t)
	}
	return t, v, err
}

// pfadd implements PFADD key [element ...].
func pfadd(c *exec.Ctx) error {
	t, v, err := write(c, 1)
	if err != nil {
		return err
	}
	var space room
	var b []byte
	changed, inPlace := 0, false
	switch {
	case v == nil:
		b, changed = hll.New(space[:0]), 1
	case hll.IsDense(v):
		b, inPlace = t.Extend(c, len(v), len(v), 0, len(v)), true
	default:
		b = append(space[:0], v...)
	}
	for _, element := range c.Args[2:] {
		var more bool
		if b, more, err = hll.Add(b, element, sparseMax(c)); err != nil {
			return errCorrupt
		}
		if more {
			changed++
		}
	}
	if changed == 0 {
		c.Out.Int(0)
		return nil
	}
	hll.Stale(b)
	if !inPlace {
		store(c, &t, b)
	}
	c.Touched(t.Key, "pfadd")
	c.Several(changed)
	c.Out.Int(1)
	return nil
}

func sparseMax(c *exec.Ctx) int { return int(c.Engine().Settings.SparseHLL.Load()) }

// store makes t hold b, which lies elsewhere, for as long as it was to live.
func store(c *exec.Ctx, t *exec.Target, b []byte) {
	if len(b) >= t.Len() {
		copy(t.Extend(c, len(b), len(b), 0, len(b)), b)
		return
	}
	t.Store(c, len(b), t.E.ExpireAt(), func(v []byte) { copy(v, b) })
}
