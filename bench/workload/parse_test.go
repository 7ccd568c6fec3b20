package workload

import (
	"strings"
	"testing"

	"sigrun/bench/wire"
)

// sent draws tasks and shows their commands as words.
func sent(t *testing.T, w *Workload, n int) (out []string) {
	t.Helper()
	w.Prepare()
	d := NewDice(1, 1)
	for range n {
		for _, r := range w.Roles {
			if len(r.Tasks) == 0 {
				continue
			}
			task := r.Next(d)
			task.Draw(d)
			for _, c := range task.Commands {
				b := c.Append(nil, d)
				var s wire.Scanner
				r, took, err := s.Next(b)
				if err != nil || took != len(b) || r.Kind != '*' {
					t.Fatalf("%q: %v", b, err)
				}
				words := wire.Strings(b)
				if int64(len(words)) != r.Int {
					t.Fatalf("%q has %d words", b, len(words))
				}
				out = append(out, strings.Join(words, " "))
			}
		}
	}
	return out
}

func mustParse(t *testing.T, text string) *Workload {
	t.Helper()
	w, err := Parse("test", text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReadyMadeWorkloads(t *testing.T) {
	if len(Ready()) < 15 {
		t.Fatal(Ready())
	}
	for _, name := range Ready() {
		w, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if w.About == "" {
			t.Errorf("%s does not say what it is", name)
		}
		sent(t, w, 200)
		for _, f := range w.Fills {
			d := NewDice(1, 1)
			task := f.Role.Next(d)
			task.Draw(d)
			task.Commands[0].Append(nil, d)
		}
	}
}

func TestCommands(t *testing.T) {
	w := mustParse(t, `
keys   a  a:*:x  1
keys   b  b      1
value  v  3
number n  7..7
do 1
  SET {a} {v} EX {n}
  GET {a} -> v or nil
  MSET [ {b} {v} ]*2 {{x} {y z} "two words" "\x41\n\"" # and so on
  PUBLISH pre{a}in{n}post {unique}
`)
	got := sent(t, w, 1)
	v := string(w.values[0].of(0))
	want := []string{"SET a:000000000000:x " + v + " EX 7", "GET a:000000000000:x",
		"MSET b000000000000 " + v + " b000000000000 " + v + " {x} {y z} two words A\n\"", "PUBLISH prea:000000000000:xin7post 00000001099511627777"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	if strings.Join(w.Classes, " ") != "set get mset publish" {
		t.Error(w.Classes)
	}
}

// The same name is the same key within a task, a label or a turn of a group another one.
func TestNamesWithinATask(t *testing.T) {
	w := mustParse(t, "keys k k:* 1000000\ndo 1 MGET {k} {k} {k:other} [ {k} ]*2")
	f := strings.Fields(sent(t, w, 1)[0])
	if f[1] != f[2] || f[1] == f[3] || f[4] == f[5] || f[3] == f[4] {
		t.Error(f)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "nothing is to be done",
		"dance":                              "none of about",
		"\nkeys k":                           "line 2",
		"keys k k:* 0":                       "want 1 to",
		"keys k k:* 10 zopf 1":               "none of uniform",
		"keys k k:* 10 zipf 0":               "no number above 0",
		"keys k k:* 10 hot 2 0.5":            "no share",
		"keys k k:* 10 hot 0.1 0.5 moving x": "want a time",
		"keys now k:* 10":                    "no name",
		"keys k k 1\nkeys k k 1":             "declared twice",
		"value v":                            "want: value",
		"value v 10..1":                      "M not below N",
		"value v 1GB":                        "512 MB",
		"value v 10 compressible 2":          "no share",
		"number n 5":                         "nothing is to be done",
		"do x GET a":                         "no number above 0",
		"do 0 GET a":                         "no number above 0",
		"do 1":                               "has no command",
		"do 1\ndo 1 PING":                    "has no command",
		"do 1 GET {k}":                       "nothing of this name",
		"keys k k 1\ndo 1 GET {k":            "not closed",
		"keys k k 1\ndo 1 GET {k:a":          "not closed",
		"keys k k:*:* 1":                     "one * stands",
		"keys k k 1\ndo 1 GET {k}\n  on nil": "a command is missing",
		"do 1 GET \"a":                       "not closed",
		"do 1 GET \"a\"b":                    "followed by a blank",
		"do 1 GET \"\\xzz\"":                 "hexadecimal",
		"do 1 [ a":                           "not closed",
		"do 1 a ]*3":                         "without a [",
		"do 1 [ ]*2":                         "without a word",
		"do 1 [ a ]*100000":                  "1 to 4096",
		"do 1 GET a ->":                      "says nothing",
		"do 1 GET a -> OK what":              "too much",
		"do 1 GET a -> int or maybe":         "or nil",
		"value v 1\ndo 1 GET a -> v":         "there is no key",
		"  GET a":                            "behind a line that begins with do",
		"do 1 GET a\n  on nil SET a b":       "behind a command with a key",
		"fill k SET a b":                     "are no keys",
		"role r 1":                           "has nothing to do",
		"role r 1 fast\ndo 1 PING":           "neither unpaced",
		"do 1 PING\nrole r 1":                "before every do",
		"role r 1\ndo 1 PING\nrole r 1":      "twice",
		"listen hard":                        "alone",
		"keys k k:* 10\ndo 1 {k}":            "cannot be drawn",
		"do 1 a-b: PING":                     "no name",
		"keys k " + strings.Repeat("x", 2000) + " 1": "1024 bytes",
	} {
		_, err := Parse("file", text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "file, line ") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestSet(t *testing.T) {
	text := "keys k k:* 10 zipf 1\nvalue v 90:1 10:2 compressible 0.5\ndo 1 SET {k} {v}"
	text, err := Set(text, "value.v", "1KB")
	if err != nil {
		t.Fatal(err)
	}
	if text, err = Set(text, "keys.k", "5"); err != nil || text != "keys k k:* 5 zipf 1\nvalue v 1KB compressible 0.5\ndo 1 SET {k} {v}" {
		t.Errorf("%q, %v", text, err)
	}
	for _, bad := range []string{"value.x", "do.1", "keys"} {
		if _, err := Set(text, bad, "1"); err == nil {
			t.Error(bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Ready() {
		w, _ := Load(name)
		f.Add(w.Text)
	}
	f.Add("keys a a:*:x 1\nvalue v 3\nnumber n 7..9\ndo 1\n  SET {a} {v} EX {n}\n  on nil SET {a} {v}\n  MSET [ {a:b} {v} ]*2 {{x \"\\x41\"")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		for _, v := range w.values {
			if v.longest() > 1<<20 {
				return
			}
		}
		w.Prepare()
		d := NewDice(1, 1)
		for _, r := range w.Roles {
			for range min(len(r.Tasks), 10) {
				task := r.Next(d)
				task.Draw(d)
				for _, c := range task.Commands {
					b := c.Append(nil, d)
					var s wire.Scanner
					if _, n, err := s.Next(b); err != nil || n != len(b) {
						t.Fatalf("%q: %v", b, err)
					}
					if len(b) > 1<<20 {
						return
					}
				}
			}
		}
	})
}
