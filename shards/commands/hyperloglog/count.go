package hyperloglog

import (
	"sigrun/shards/exec"
	"sigrun/storage/hll"
)

// pfcount implements PFCOUNT key [key ...].
func pfcount(c *exec.Ctx) error {
	if len(c.Args) > 2 {
		return countUnion(c)
	}
	t, v, err := read(c, 1)
	switch {
	case err != nil:
		return err
	case v == nil:
		c.Out.Int(0)
		return nil
	}
	n, ok := hll.Cached(v)
	if !ok {
		if n, err = hll.Count(v); err != nil {
			return errCorrupt
		}
		t.Part.Changing(t.E) // it was looked up for reading, and is no snapshot's business but for this
		hll.Cache(t.Extend(c, len(v), len(v), 0, len(v)), n)
		c.Touched(t.Key, "") // the string has changed, though nothing happened to it
	}
	c.Out.Int(int64(n))
	return nil
}

func countUnion(c *exec.Ctx) error {
	var u hll.Union
	for i := 1; i < len(c.Args); i++ {
		if _, err := merge(c, &u, i); err != nil {
			return err
		}
	}
	c.Out.Int(int64(u.Count()))
	return nil
}

// merge adds the one at argument i, if there is one, to u.
func merge(c *exec.Ctx, u *hll.Union, i int) (dense bool, err error) {
	_, v, err := read(c, i)
	if err != nil || v == nil {
		return false, err
	}
	if u.Merge(v) != nil {
		return false, errCorrupt
	}
	return hll.IsDense(v), nil
}

// pfmerge implements PFMERGE destkey [sourcekey ...].
func pfmerge(c *exec.Ctx) error {
	var u hll.Union
	dense := false
	for i := 1; i < len(c.Args); i++ {
		d, err := merge(c, &u, i)
		if err != nil {
			return err
		}
		dense = dense || d
	}
	t, v, err := write(c, 1)
	if err != nil {
		return err
	}
	var space room
	b := append(space[:0], v...)
	if v == nil {
		b = hll.New(b)
	}
	if dense {
		if b, err = hll.ToDense(make([]byte, 0, hll.DenseSize), b); err != nil {
			return errCorrupt
		}
	}
	if b, err = u.AddTo(b, sparseMax(c)); err != nil {
		return errCorrupt
	}
	hll.Stale(b)
	store(c, &t, b)
	c.Touched(t.Key, "pfadd")
	c.Out.OK()
	return nil
}
