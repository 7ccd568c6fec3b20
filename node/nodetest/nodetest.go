// Package nodetest starts servers in the process of a test, for behaviour specs. Test
// files are its only callers.
package nodetest

import (
	"log/slog"
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/node"
)

// Start starts a server on a free port of the loopback and returns its address; it
// ends with the test. overrides are parameters of its configuration and their values.
func Start(t testing.TB, overrides ...[2]string) (addr string) {
	t.Helper()
	addr, stop, err := start(overrides)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// EachMode runs a spec cold, hot and in chaos, each time against a fresh server, and
// then checks that the mode came about.
func EachMode(t *testing.T, spec func(t *testing.T, addr string), overrides ...[2]string) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			addr := Start(t, append(append([][2]string(nil), mode.Config...), overrides...)...)
			spec(t, addr)
			if !t.Failed() {
				mode.CheckMoved(t, addr)
			}
		})
	}
}

func start(overrides [][2]string) (addr string, stop func(), err error) {
	log := slog.New(slog.DiscardHandler)
	cfg := config.New(glob.Match, log)
	for _, o := range append([][2]string{{"port", "0"}, {"bind", "127.0.0.1"}}, overrides...) {
		if err := cfg.Override(o[0], o[1]); err != nil {
			return "", nil, err
		}
	}
	n, err := node.Start(node.Options{Config: cfg, Log: log})
	if err != nil {
		return "", nil, err
	}
	return n.Addr(), func() { _ = n.Close() }, nil
}
