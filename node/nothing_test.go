package node_test

import (
	"log/slog"
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
)

// A server that has nothing on disk serves from the first moment. One that has something says so until it is loaded.
func TestNobodyWaitsForNothing(t *testing.T) {
	for _, appendonly := range []string{"no", "yes"} {
		t.Run(appendonly, func(t *testing.T) {
			dir := t.TempDir()
			begin := func() (*node.Node, *testkit.Client) {
				cfg := config.New(glob.Match)
				for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"dir", dir}, {"save", ""}, {"appendonly", appendonly}} {
					if err := cfg.Override(o[0], o[1]); err != nil {
						t.Fatal(err)
					}
				}
				n, err := node.Start(node.Options{Config: cfg, Log: slog.New(slog.DiscardHandler), FS: vfs.OS{}, AnyPort: true, Loads: true})
				if err != nil {
					t.Fatal(err)
				}
				return n, testkit.MustDial(t, n.Addr())
			}
			n, c := begin()
			c.Want(t, "+OK\r\n", "SET", "k", "v")
			if err := n.Load(); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "$1\r\nv\r\n", "GET", "k")
			c.Want(t, "+OK\r\n", "SAVE")
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n, c = begin()
			c.Want(t, "-LOADING Valkey is loading the dataset in memory\r\n", "GET", "k")
			if err := n.Load(); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "$1\r\nv\r\n", "GET", "k")
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
