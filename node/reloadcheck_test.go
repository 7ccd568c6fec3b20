package node_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/storage/rdb"
)

// TestReloadChecksFirst: DEBUG RELOAD NOSAVE refuses a file that could not be loaded before it touches what is there.
func TestReloadChecksFirst(t *testing.T) {
	text := func(w *rdb.Writer, name string) {
		w.Key(rdb.TypeString, []byte(name))
		w.String([]byte("of the file"))
	}
	const refused, ok = "-ERR Error trying to load the RDB dump, check server logs.\r\n", "+OK\r\n"
	for _, c := range []struct {
		name    string
		write   func(w *rdb.Writer)
		options string
		reply   string
		keys    string // then, of which "there" is the only one before
	}{
		{"whole", func(w *rdb.Writer) { text(w, "a"); text(w, "b") }, "", ok, ":2\r\n"},
		{"a key twice", func(w *rdb.Writer) { text(w, "a"); text(w, "b"); text(w, "a") }, "", refused, ":1\r\n"},
		{"a key twice, merged", func(w *rdb.Writer) { text(w, "a"); text(w, "b"); text(w, "a") }, "MERGE", ok, ":2\r\n"},
		{"a key of two databases", func(w *rdb.Writer) { text(w, "a"); w.SelectDB(1); text(w, "a") }, "", ok, ":1\r\n"},
		{"a key twice, and over", func(w *rdb.Writer) { text(w, "a"); w.Expire(1); text(w, "a") }, "", ok, ":1\r\n"},
		{"no such database", func(w *rdb.Writer) { text(w, "a"); w.SelectDB(16); text(w, "b") }, "", refused, ":1\r\n"},
		{"a key that is there", func(w *rdb.Writer) { text(w, "a"); text(w, "there") }, "NOFLUSH", refused, ":1\r\n"},
		{"a key that is there, merged", func(w *rdb.Writer) { text(w, "a"); text(w, "there") }, "NOFLUSH MERGE", ok, ":2\r\n"},
		{"a key that is there and goes", func(w *rdb.Writer) { text(w, "a"); text(w, "there") }, "", ok, ":2\r\n"},
		{"a library twice", func(w *rdb.Writer) {
			code := []byte("#!lua name=l\nredis.register_function('f', function() return 1 end)")
			w.Function(code)
			w.Function(code)
		}, "", refused, ":1\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			client := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}))
			client.Want(t, "+OK\r\n", "SET", "there", "v")
			var out bytes.Buffer
			w := rdb.NewWriter(&out, rdb.Form{Version: rdb.Version, Checksum: true})
			w.Header()
			w.SelectDB(0)
			c.write(w)
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			args := []string{"DEBUG", "RELOAD", "NOSAVE"}
			for _, o := range bytes.Fields([]byte(c.options)) {
				args = append(args, string(o))
			}
			client.Want(t, c.reply, args...)
			client.Want(t, c.keys, "DBSIZE")
			if c.reply == refused {
				client.Want(t, "$1\r\nv\r\n", "GET", "there")
			}
		})
	}
}
