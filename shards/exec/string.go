package exec

// Len is the length of a string, 0 when the key does not exist.
func (t *Target) Len() int {
	if t.E == 0 {
		return 0
	}
	return t.E.Len()
}

// Extend makes the string of t n bytes long, with zeros up to zeroTo, and returns its
// bytes, of which those from one place to another are going to be changed, and others only
// after a word to db.Overwriting.
func (t *Target) Extend(c *Ctx, n, zeroTo, from, to int) (v []byte) {
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	t.E, v = t.Part.Extend(t.Key, t.E, n, zeroTo, from, to)
	return v
}

// Store makes t hold what fill writes into n bytes until expireAt. The old value, whatever
// it is, can be read meanwhile.
func (t *Target) Store(c *Ctx, n int, expireAt int64, fill func(v []byte)) {
	if !t.Exists() {
		c.Notify(t.Key, "new")
	}
	e, v := t.Part.Draft(t.Key, t.E, n, expireAt)
	fill(v)
	t.Part.Restore(t.Key, t.E, e)
	t.E = e
}
