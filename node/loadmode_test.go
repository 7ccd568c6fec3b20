package node_test

import (
	"strings"
	"sync"
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
)

// openWatched is a file system that tells of the files that are opened for reading.
type openWatched struct {
	vfs.FS
	opens func(name string)
}

// Open tells of the file, and opens it.
func (o openWatched) Open(name string) (vfs.File, error) {
	o.opens(name)
	return o.FS.Open(name)
}

// TestImportModeWhileALogIsRead: nothing has expired for the file, whatever import-mode is, and a CONFIG SET import-mode meanwhile counts.
func TestImportModeWhileALogIsRead(t *testing.T) {
	for _, mode := range [][2]string{{"no", "yes"}, {"yes", "no"}, {"no", "no"}} {
		t.Run(mode[0]+" then "+mode[1], func(t *testing.T) {
			m := &vfs.Mem{}
			c := startOn(t, m, append(logOn(m, "always"), [2]string{"import-mode", "yes"})...)
			c.Want(t, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
			c.Want(t, "+OK\r\n", "SET", "stays", "1", "PXAT", "1")
			c.Want(t, ":1\r\n", "INCRBY", "stays", "0")
			c.Want(t, ":1\r\n", "HSET", "fields", "f", "v")
			c.Want(t, "*1\r\n:1\r\n", "HPEXPIREAT", "fields", "1", "FIELDS", "1", "f")
			c.Want(t, ":1\r\n", "PERSIST", "stays")
			c.Want(t, "*1\r\n:1\r\n", "HPERSIST", "fields", "FIELDS", "1", "f")
			left := m.Crash(nil)

			cfg := config.New(glob.Match)
			for _, o := range append([][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", ""}, {"import-mode", mode[0]}}, logOn(left, "always")...) {
				if err := cfg.Override(o[0], o[1]); err != nil {
					t.Fatal(err)
				}
			}
			var n *node.Node
			var once sync.Once
			n = testkit.Must(node.Start(node.Options{Config: cfg, AnyPort: true, Loads: true, FS: openWatched{left, func(name string) {
				if strings.Contains(name, ".incr.") {
					once.Do(func() { testkit.MustDial(t, n.Addr()).Want(t, "+OK\r\n", "CONFIG", "SET", "import-mode", mode[1]) })
				}
			}}}))(t)
			defer n.Close()
			if err := n.Load(); err != nil {
				t.Fatal(err)
			}
			d := testkit.MustDial(t, n.Addr())
			d.Want(t, "$1\r\n1\r\n", "GET", "stays")
			d.Want(t, "$1\r\nv\r\n", "HGET", "fields", "f")
			d.Want(t, "*2\r\n$11\r\nimport-mode\r\n$"+map[string]string{"yes": "3", "no": "2"}[mode[1]]+"\r\n"+mode[1]+"\r\n", "CONFIG", "GET", "import-mode")
			d.Want(t, "+OK\r\n", "SET", "due", "1", "PXAT", "1")
			d.Want(t, map[string]string{"yes": ":3\r\n", "no": ":2\r\n"}[mode[1]], "DBSIZE") // in import mode it is stored all the same
		})
	}
}
