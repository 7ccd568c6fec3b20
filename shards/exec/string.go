package exec

import "sigrun/storage/db"

// Len is the length of a string, 0 when the key does not exist.
func (t *Target) Len() int {
	if t.E == 0 {
		return 0
	}
	return t.E.Len()
}

// Extend makes the string of t n bytes long, with zeros up to zeroTo, and returns its
// bytes.
func (c *Ctx) Extend(t *Target, n, zeroTo int) (v []byte) {
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	t.E, v = t.Part.Extend(t.Key, t.E, n, zeroTo)
	return v
}

// Store makes t hold what fill writes into n bytes. The old value, whatever it is, can be
// read meanwhile.
func (c *Ctx) Store(t *Target, n int, fill func(v []byte)) {
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	e, v := t.Part.Draft(t.Key, t.E, n)
	fill(v)
	t.Part.Restore(t.Key, t.E, e)
	t.E = e
}

// longFrom is the number of bytes from which work on a string is not for a loop.
const longFrom = 1 << 20

// Aside is asked before anything else is: nil says go on, an error that the command has to
// be run again by an executor, since the strings at arguments first to last are so long
// that a loop would stand still meanwhile. In a transaction there is no choice.
func (c *Ctx) Aside(first, last int) error {
	if c.running != nil || c.inTx {
		return nil
	}
	n := 0
	for i := first; i <= last; i++ {
		if _, e := c.Find(c.Key(i)); e != 0 && e.Type() == db.String {
			n += e.Len()
		}
	}
	if n < longFrom {
		return nil
	}
	return errAside
}
