package stream

import "testing"

// TestValid has nodes that are just not right.
func TestValid(t *testing.T) {
	good := []byte{2, 1, 1, 200, 0, 2, 0, 0, 7, 4, 3, 0, 1, 9, 4, 0, 1, 0, 1, 201, 8, 6}
	if !Valid(elements(good)) {
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
		if Valid(elements(bad(append([]byte(nil), good...)))) {
			t.Errorf("%s: it passes", what)
		}
	}
	if Valid(nil) || Valid([]byte{7, 0, 0, 0, 0, 0, 255}) {
		t.Error("what holds nothing passes")
	}
}
