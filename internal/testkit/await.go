package testkit

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long to wait for what is bound to come: much longer than it takes on a crowded host.
const patience = time.Minute

// Await returns when a field of INFO has the value, and fails the test when that does not come. While the server is busy
// with a script, INFO has no fields.
func Await(t testing.TB, addr, field, value string) {
	t.Helper()
	awaitField(t, addr, field, value, func(have string) bool { return have == value })
}

// AwaitCount returns when a field of INFO is a number of at least least.
func AwaitCount(t testing.TB, addr, field string, least int) {
	t.Helper()
	awaitField(t, addr, field, "at least "+strconv.Itoa(least), func(have string) bool {
		n, err := strconv.Atoi(have)
		return err == nil && n >= least
	})
}

// AwaitAtMost returns when a field of INFO is a number of at most most.
func AwaitAtMost(t testing.TB, addr, field string, most int) {
	t.Helper()
	awaitField(t, addr, field, "at most "+strconv.Itoa(most), func(have string) bool {
		n, err := strconv.Atoi(have)
		return err == nil && n <= most
	})
}

func awaitField(t testing.TB, addr, field, want string, is func(have string) bool) {
	t.Helper()
	c := MustDial(t, addr)
	defer c.Close()
	have := ""
	until(t, func() bool {
		reply, err := Parse(Must(c.Do("INFO", "everything"))(t))
		have = InfoField(reply.Text, field)
		if field == "scripts_running" && reply.Type == '-' && strings.HasPrefix(reply.Text, "BUSY") {
			have = "1" // for longer than busy-reply-threshold already
		}
		return (err == nil || have == "1") && is(have)
	}, func() string { return "INFO says " + field + ":" + have + ", not " + want })
}

// Blocks sends a command that has to wait, and returns when the server says that the client waits. The reply is still to
// be read.
func (c *Client) Blocks(t testing.TB, args ...string) {
	t.Helper()
	id := strings.Trim(string(Must(c.Do("CLIENT", "ID"))(t)), ":\r\n")
	if err := c.Send(Command(args...)); err != nil {
		t.Fatal(err)
	}
	watcher := MustDial(t, c.Conn.RemoteAddr().String())
	defer watcher.Close()
	have := ""
	until(t, func() bool {
		have = string(Must(watcher.Do("CLIENT", "LIST", "ID", id))(t))
		return strings.Contains(have, " flags=b ")
	}, func() string { return strings.Join(args, " ") + " does not wait: " + have })
}

func until(t testing.TB, done func() bool, why func() string) {
	t.Helper()
	for start := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal(why())
		}
	}
}
