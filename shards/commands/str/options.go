package str

import (
	"bytes"

	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// options are what SET, GETEX and MSETEX take besides keys and values. at is the time of
// expiry in Unix milliseconds, 0 for none.
type options struct {
	nx, xx, get, keep, persist bool

	comparison []byte        // of IFEQ, else nil
	unit       exec.TimeKind // how the time was given
	at         int64
}

// choice is a set of words that a command knows. All of them know the times.
type choice uint8

const (
	conditions choice = 1 << iota // NX XX
	comparing                     // IFEQ
	getting                       // GET
	keeping                       // KEEPTTL
	persisting                    // PERSIST
)

// parseOptions reads options in any order. Conditions exclude each other, and so do
// times; the time is looked at last, as its error is.
func parseOptions(c *exec.Ctx, from int, known choice) (o options, err error) {
	var when []byte
	has := func(what choice) bool { return known&what != 0 }
	for i := from; i < len(c.Args); i++ {
		word := c.Args[i]
		hasNext := i+1 < len(c.Args)
		kind := exec.TimeOption(word)
		switch {
		case exec.Is(word, "NX") && has(conditions) && !o.xx && o.comparison == nil:
			o.nx = true
		case exec.Is(word, "XX") && has(conditions) && !o.nx && o.comparison == nil:
			o.xx = true
		case exec.Is(word, "IFEQ") && has(comparing) && !o.nx && !o.xx && hasNext:
			i++
			o.comparison = c.Args[i]
		case exec.Is(word, "GET") && has(getting):
			o.get = true
		case exec.Is(word, "KEEPTTL") && has(keeping) && o.unit == exec.NoTime:
			o.keep = true
		case exec.Is(word, "PERSIST") && has(persisting) && o.unit == exec.NoTime:
			o.persist = true
		case kind != exec.NoTime && !o.keep && !o.persist && (o.unit == exec.NoTime || o.unit == kind) && hasNext:
			i++
			o.unit, when = kind, c.Args[i]
		default:
			return o, resp.ErrSyntax
		}
	}
	if o.unit != exec.NoTime {
		o.at, err = c.ExpireTime(when, o.unit, 1)
	}
	return o, err
}

// past tells that the time of expiry has come already.
func (o *options) past(c *exec.Ctx) bool { return o.unit != exec.NoTime && c.Past(o.at) }

// applies tells whether the condition holds for what is there.
func (o *options) applies(t *exec.Target) (bool, error) {
	switch {
	case o.nx:
		return !t.Exists(), nil
	case o.xx:
		return t.Exists(), nil
	case o.comparison != nil:
		if !t.Exists() {
			return false, nil
		}
		if t.E.Type() != db.String {
			return false, resp.ErrWrongType
		}
		return equal(t.E, o.comparison), nil
	}
	return true, nil
}

func equal(e db.Entry, v []byte) bool {
	var buf [20]byte
	return bytes.Equal(e.String(&buf), v)
}
