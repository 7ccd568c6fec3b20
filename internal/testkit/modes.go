package testkit

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// Mode is one way in which the same behaviour has to hold: configuration, and the INFO counters that must have moved in
// a run of any length, since a mode that never came about has proved nothing.
type Mode struct {
	Name   string
	Config [][2]string
	Moved  []string
}

// Modes are the three of them. Cold: one loop runs everything in place. Hot: loops and workers hand work to each other
// from the first command on. Chaos: hot, and by the seed tokens are refused, holders delayed, connections, slots and
// objects in memory moved.
func Modes() []Mode {
	hot := [][2]string{{"io-threads", "4"}, {"ignition", "forced"}, {"ignition-workers", "2"}}
	chaos := append(hot[:2:2], [][2]string{{"ring-size", "2"}, {"chaos-seed", strconv.FormatInt(Seed(), 10)}}...)
	return []Mode{
		{Name: "cold", Config: [][2]string{{"io-threads", "1"}, {"ignition", "off"}}},
		{Name: "hot", Config: hot, Moved: []string{"calls_handed_off"}},
		{Name: "chaos", Config: chaos, Moved: []string{"calls_handed_off", "token_tries_lost", "slots_moved", "connections_moved", "active_defrag_rounds"}},
	}
}

// Start starts a server with these parameters on a port of its own and returns how to reach and stop it.
type Start func(overrides [][2]string) (addr string, stop func(), err error)

// EachMode runs a spec once per mode, each time against a fresh server.
func EachMode(t *testing.T, start Start, spec func(t *testing.T, addr string, mode Mode)) {
	for _, mode := range Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			addr, stop, err := start(mode.Config)
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			spec(t, addr, mode)
		})
	}
}

// CheckMoved fails the test when a counter of the mode is still 0. Call it at the end of specs with several clients.
func (m Mode) CheckMoved(t testing.TB, addr string) {
	t.Helper()
	c := MustDial(t, addr)
	reply, err := Parse(Must(c.Do("INFO", "everything"))(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range m.Moved {
		if n := InfoField(reply.Text, name); n == "" || n == "0" {
			t.Errorf("mode %s: INFO says %s:%s, so the run was not %s at all", m.Name, name, n, m.Name)
		}
	}
}

// HasMoved reports whether all counters of the mode have moved.
func (m Mode) HasMoved(t testing.TB, addr string) bool {
	t.Helper()
	c := MustDial(t, addr)
	reply, err := Parse(Must(c.Do("INFO", "everything"))(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range m.Moved {
		if n := InfoField(reply.Text, name); n == "" || n == "0" {
			return false
		}
	}
	return true
}

// InfoField finds a field in the text of INFO, "" when it is not there.
func InfoField(info, name string) string {
	for _, line := range strings.Split(info, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return ""
}

// Seed is TEST_SEED, or 1.
func Seed() int64 {
	if n, err := strconv.ParseInt(os.Getenv("TEST_SEED"), 10, 64); err == nil && n > 0 {
		return n
	}
	return 1
}

// MustDial connects for the time of a test.
func MustDial(t testing.TB, addr string) *Client {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Must unwraps a result that has to be there: Must(c.Do("PING"))(t).
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Want sends a command and fails the test unless the raw reply is what is expected.
func (c *Client) Want(t testing.TB, reply string, args ...string) {
	t.Helper()
	if have := string(Must(c.Do(args...))(t)); have != reply {
		t.Errorf("%q: %q, want %q", args, have, reply)
	}
}
