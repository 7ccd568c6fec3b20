// Package nodetest starts servers in the process of a test, for behaviour specs. Test
// files are its only callers.
package nodetest

import (
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
)

// Start starts a server on a free port of the loopback and returns its address; it
// ends with the test. overrides are parameters of its configuration and their values; one
// that has a dir loads the snapshot there.
func Start(t testing.TB, overrides ...[2]string) (addr string) {
	t.Helper()
	return StartNode(t, overrides...).Addr()
}

// StartNode is Start for who asks more of a node than its address.
func StartNode(t testing.TB, overrides ...[2]string) *node.Node {
	t.Helper()
	n, stop, err := start(slog.New(slog.DiscardHandler), overrides)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return n
}

// Logged is Start that tells what is logged until the node has begun with what it loads.
func Logged(t testing.TB, overrides ...[2]string) (log, addr string) {
	t.Helper()
	var b lines
	n, stop, err := start(slog.New(slog.NewTextHandler(&b, nil)), overrides)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return b.text(), n.Addr()
}

// lines is a log that may be written to while it is looked at.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// EachMode runs a spec cold, hot and in chaos, each time against a fresh server, and
// then checks that the server behaves as the mode says, with some traffic of its own.
func EachMode(t *testing.T, spec func(t *testing.T, addr string), overrides ...[2]string) {
	eachMode(t, overrides, spec)
}

// EachModeInTraffic is EachMode while other clients read absent keys of database 15, so
// that the spec meets shards that are taken.
func EachModeInTraffic(t *testing.T, spec func(t *testing.T, addr string), overrides ...[2]string) {
	eachMode(t, overrides, func(t *testing.T, addr string) {
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() { readUntil(t, addr, stop) })
		}
		defer readers.Wait()
		defer close(stop)
		spec(t, addr)
	})
}

func eachMode(t *testing.T, overrides [][2]string, spec func(t *testing.T, addr string)) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			addr := Start(t, append(append([][2]string(nil), mode.Config...), overrides...)...)
			spec(t, addr)
			if !t.Failed() {
				comesAbout(t, addr, mode)
			}
		})
	}
}

// comesAbout checks that the server behaves as the mode says, with more traffic if the
// spec was too short for that.
func comesAbout(t testing.TB, addr string, mode testkit.Mode) {
	for tries := 0; tries < 50 && !mode.HasMoved(t, addr); tries++ {
		traffic(t, addr, 20)
	}
	mode.CheckMoved(t, addr)
}

// traffic reads absent keys of all shards with pipelines, on a few connections at once.
func traffic(t testing.TB, addr string, rounds int) {
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			c, err := testkit.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if err := read(c, rounds); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
}

// readUntil reads on one connection, with pauses, until stop is closed.
func readUntil(t testing.TB, addr string, stop chan struct{}) {
	c, err := testkit.Dial(addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	for {
		if err := read(c, 1); err != nil {
			t.Error(err)
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func read(c *testkit.Client, rounds int) error {
	pipeline := [][]string{{"SELECT", "15"}}
	for i := range 100 {
		pipeline = append(pipeline, []string{"GET", "nodetest:" + strconv.Itoa(i)})
	}
	for range rounds {
		if _, err := c.Pipeline(pipeline...); err != nil {
			return err
		}
	}
	return nil
}

func quote(reply string) string { return strconv.Quote(reply) }

// Refused tries to start a server that is not to start, and returns what it logs and why it does not.
func Refused(t testing.TB, overrides ...[2]string) (log string, err error) {
	t.Helper()
	var b strings.Builder
	_, stop, err := start(slog.New(slog.NewTextHandler(&b, nil)), overrides)
	if err == nil {
		stop()
	}
	return b.String(), err
}

func start(log *slog.Logger, overrides [][2]string) (n *node.Node, stop func(), err error) {
	cfg := config.New(glob.Match)
	for _, o := range append([][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"enable-debug-command", "yes"}, {"save", ""}, {"locale-collate", "C"}}, overrides...) {
		if err := cfg.Override(o[0], o[1]); err != nil {
			return nil, nil, err
		}
	}
	loads := slices.ContainsFunc(overrides, func(o [2]string) bool { return o[0] == "dir" })
	remove := func() {}
	var files vfs.FS = vfs.OS{}
	if !loads { // what it saves goes with it, and need not survive anything
		files = unsynced{}
		dir, err := os.MkdirTemp("", "nodetest")
		if err != nil {
			return nil, nil, err
		}
		remove = func() { _ = os.RemoveAll(dir) }
		if err := cfg.Override("dir", dir); err != nil {
			return nil, nil, err
		}
	}
	n, err = node.Start(node.Options{Config: cfg, Log: log, FS: files, AnyPort: true, Loads: loads})
	if err == nil && loads {
		if err = n.Load(); err != nil {
			_ = n.Close()
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return n, func() { _ = n.Close(); remove() }, nil
}

// unsynced is the machine's files without waiting for its disk.
type unsynced struct{ vfs.OS }

type unsyncedFile struct{ vfs.File }

// Create makes a file whose syncs do nothing.
func (u unsynced) Create(name string) (vfs.File, error) {
	f, err := u.OS.Create(name)
	return unsyncedFile{f}, err
}

// SyncDir does nothing.
func (unsynced) SyncDir(string) error { return nil }

// Sync does nothing.
func (unsyncedFile) Sync() error { return nil }
