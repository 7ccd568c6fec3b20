package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/storage/rdb"
)

// sample is a file of a string, a set and a key without a value.
func sample(t *testing.T, change func(b []byte) []byte, extra func(w *rdb.Writer)) string {
	t.Helper()
	var out bytes.Buffer
	w := rdb.NewWriter(&out, rdb.Form{Version: rdb.Version, Checksum: true})
	w.Header()
	w.Aux("valkey-ver", "9.1.0")
	w.SelectDB(2)
	w.Sizes(3, 1)
	w.Expire(1000)
	w.Key(rdb.TypeString, []byte("greeting"))
	w.String([]byte("hello"))
	w.Key(rdb.TypeSet, []byte("numbers"))
	w.Length(2)
	w.String([]byte("1"))
	w.String([]byte("2"))
	w.Key(rdb.TypeList, []byte("nothing"))
	w.Length(0)
	if extra != nil {
		extra(w)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(name, change(out.Bytes()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func unchanged(b []byte) []byte { return b }

func checked(args ...string) (code int, out, problems string) {
	var o, p strings.Builder
	code = run("sigrun-check", args, streams{strings.NewReader(""), &o, &p})
	return code, o.String(), p.String()
}

func expect(t *testing.T, code, want int, out string, parts ...string) {
	t.Helper()
	if code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
	for _, p := range parts {
		if !strings.Contains(out, p) {
			t.Errorf("%q is not said in\n%s", p, out)
		}
	}
}

func TestGoodFile(t *testing.T) {
	name := sample(t, unchanged, nil)
	code, out, _ := checked(name)
	expect(t, code, 0, out, "[offset 0] Checking RDB file "+name, "RDB version 80", "AUX FIELD valkey-ver = '9.1.0'", "Selecting DB ID 2",
		"Checksum OK", "\\o/ RDB looks OK! \\o/", "[info] 2 keys read", "[info] 1 expires", "[info] 1 already expired", "[info] 1 keys without a value")
	if strings.Contains(out, "greeting") {
		t.Error("tells of keys unasked")
	}
	code, out, _ = checked("-v", name)
	expect(t, code, 0, out, "db=2 type=string elements=1 value_bytes=5 file_bytes=6 key='greeting', expires at 1970-01-01T00:00:01Z",
		"type=set-hashtable elements=2 value_bytes=2")
}

func TestBadFiles(t *testing.T) {
	twice := func(w *rdb.Writer) {
		w.Key(rdb.TypeSet, []byte("twice"))
		w.Length(2)
		w.String([]byte("1"))
		w.String([]byte("1"))
	}
	again := func(w *rdb.Writer) {
		w.Key(rdb.TypeString, []byte("greeting"))
		w.String([]byte("again"))
	}
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		extra  func(w *rdb.Writer)
		said   []string
	}{
		{"checksum", func(b []byte) []byte { b[len(b)-1]++; return b }, nil, []string{"RDB CRC error", "[additional info] Checksum of the file"}},
		{"cut", func(b []byte) []byte { return b[:len(b)-20] }, nil, []string{"Unexpected EOF", "While doing: read-object-value", "Reading key 'numbers'", "Reading type 2 (set-hashtable)"}},
		{"longer", func(b []byte) []byte { return append(b, 'x') }, nil, []string{"follow the end"}},
		{"no RDB", func([]byte) []byte { return []byte("hello, world") }, nil, []string{"[offset 9] Wrong signature", "While doing: start"}},
		{"empty", func([]byte) []byte { return nil }, nil, []string{"Unexpected EOF"}},
		{"member twice", unchanged, twice, []string{"Duplicate set members detected", "Reading key 'twice'"}},
		{"key twice", unchanged, again, []string{"Duplicated key 'greeting' in DB 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, _ := checked(sample(t, c.change, c.extra))
			expect(t, code, 1, out, append(c.said, "--- RDB ERROR DETECTED ---", "keys read")...)
			if strings.Contains(out, "looks OK") {
				t.Error(out)
			}
		})
	}
}

func TestCalledWrongly(t *testing.T) {
	for _, args := range [][]string{nil, {"-v"}, {"--repair", "x"}, {"--truncate-to-timestamp", "x"}, {"--truncate-to-timestamp", "12x", "x"}, {"--fix"}} {
		code, _, problems := checked(args...)
		expect(t, code, 2, problems, "Usage:")
	}
	code, _, problems := checked("/no/such/file")
	expect(t, code, 1, problems, "Cannot open file /no/such/file")
	bad := sample(t, func(b []byte) []byte { return b[:9] }, nil)
	if code, out, _ := checked(bad, sample(t, unchanged, nil)); code != 1 || !strings.Contains(out, "looks OK") {
		t.Error("a good file behind a bad one:", code, out)
	}
}
