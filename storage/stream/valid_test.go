package stream

import (
	"testing"

	"sigrun/storage/listpack"
)

// valid tells whether bytes are the listpack of a node, as whoever reads files has to
// find out before.
func valid(lp []byte) bool {
	if !listpack.Valid(lp) {
		return false
	}
	w := walker{lp: lp, at: listpack.HeaderSize, ok: true}
	live, dead, fields := w.number(), w.number(), w.number()
	if live < 0 || dead < 0 || live+dead <= 0 || fields < 0 {
		return false
	}
	w.pass(fields)
	if w.number() != 0 || !w.ok {
		return false
	}
	for range live + dead {
		if !w.entry(fields, &live) {
			return false
		}
	}
	return w.lp[w.at] == listpack.End && live == 0
}

// walker goes over the elements of a listpack that is valid; ok turns false where they
// are not as they have to be.
type walker struct {
	lp []byte
	at int
	ok bool
}

// number passes an integer.
func (w *walker) number() int64 {
	if !w.ok || w.lp[w.at] == listpack.End {
		w.ok = false
		return 0
	}
	v := listpack.Get(w.lp[w.at:])
	w.ok = v.IsInt
	w.pass(1)
	return v.Int
}

// pass passes n elements.
func (w *walker) pass(n int64) {
	for ; n > 0 && w.ok; n-- {
		if w.lp[w.at] == listpack.End {
			w.ok = false
			return
		}
		w.at += listpack.Next(w.lp[w.at:])
	}
}

// entry passes an entry, and counts live down when it is not deleted.
func (w *walker) entry(fields int64, live *int64) bool {
	flags := w.number()
	if flags&^(entryDeleted|sameFields) != 0 {
		return false
	}
	w.number()
	w.number()
	elements := fields
	if flags&sameFields == 0 {
		if fields = w.number(); fields < 0 || fields > int64(len(w.lp)) {
			return false
		}
		elements = 2*fields + 1
		w.pass(2 * fields)
	} else {
		w.pass(fields)
	}
	if flags&entryDeleted == 0 {
		*live--
	}
	return w.number() == elements+3 && w.ok
}

// TestValid has nodes that are just not right.
func TestValid(t *testing.T) {
	good := []byte{2, 1, 1, 200, 0, 2, 0, 0, 7, 4, 3, 0, 1, 9, 4, 0, 1, 0, 1, 201, 8, 6}
	if !valid(elements(good)) {
		t.Fatal("a good one is refused")
	}
	for what, bad := range map[string]func(b []byte) []byte{
		"nothing":               func(b []byte) []byte { return nil },
		"cut off":               func(b []byte) []byte { return b[:len(b)-1] },
		"something behind":      func(b []byte) []byte { return append(b, 1) },
		"more entries said":     func(b []byte) []byte { b[0]++; return b },
		"fewer entries said":    func(b []byte) []byte { b[0]--; return b },
		"deleted ones live":     func(b []byte) []byte { b[0], b[1] = 3, 0; return b },
		"a count that is text":  func(b []byte) []byte { b[0] = 200; return b },
		"more fields said":      func(b []byte) []byte { b[2]++; return b },
		"no end of the names":   func(b []byte) []byte { b[4] = 1; return b },
		"flags unknown":         func(b []byte) []byte { b[5] = 4; return b },
		"an ID that is text":    func(b []byte) []byte { b[6] = 200; return b },
		"the way back is wrong": func(b []byte) []byte { b[9] = 5; return b },
		"fields beyond":         func(b []byte) []byte { b[18] = 100; return b },
		"fields text":           func(b []byte) []byte { b[18] = 200; return b },
		"only the names":        func(b []byte) []byte { return []byte{0, 0, 1, 200, 0} },
	} {
		if valid(elements(bad(append([]byte(nil), good...)))) {
			t.Errorf("%s: it passes", what)
		}
	}
	if valid(nil) || valid([]byte{7, 0, 0, 0, 0, 0, 255}) {
		t.Error("what holds nothing passes")
	}
}
