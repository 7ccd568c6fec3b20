package config

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestSetLikeReference asks redis-server and the registry the same, one after another, and compares replies and what
// CONFIG GET says afterwards.
func TestSetLikeReference(t *testing.T) {
	c := testkit.MustDial(t, testkit.Redis(t))
	r, _ := fresh(t)
	for _, args := range [][]string{
		{"hz", "7"}, {"hz", "0"}, {"hz", "501"}, {"hz", "-1"}, {"hz", ""}, {"hz", "+5"}, {"Hz", "5x"}, {"timeout", "2147483648"},
		{"maxmemory", "100b"}, {"maxmemory", "3K"}, {"maxmemory", "3Kb"}, {"maxmemory", "2g"}, {"maxmemory", ""}, {"maxmemory", "b"}, {"maxmemory", "1.5mb"},
		{"maxmemory", "0"}, {"proto-max-bulk-len", "1"}, {"proto-max-bulk-len", "1mb"}, {"client-query-buffer-limit", "2mb"},
		{"loglevel", "Verbose"}, {"protected-mode", "YES"}, {"protected-mode", "1"}, {"lazyfree-lazy-expire", "yes"},
		{"notify-keyspace-events", ""}, {"notify-keyspace-events", "Elg$n"}, {"notify-keyspace-events", "KEA"}, {"notify-keyspace-events", "KEAm"},
		{"notify-keyspace-events", "Kg$lszhxetd"}, {"notify-keyspace-events", "An"}, {"notify-keyspace-events", "Ky"},
		{"client-output-buffer-limit", "normal 1 2 3"}, {"client-output-buffer-limit", "replica 1mb 2kb 3 pubsub 1 1 1"},
		{"client-output-buffer-limit", "master 1 2 3"}, {"client-output-buffer-limit", "normal 1 2 x"}, {"client-output-buffer-limit", "normal 1 -2 3"},
		{"client-output-buffer-limit", "normal 1 2"}, {"client-output-buffer-limit", "nobody 1 2 3"},
		{"save", ""}, {"save", "10 1"}, {"save", "10 1 20 0"}, {"save", "0 1"}, {"save", "10"}, {"save", "10 -1"}, {"save", "a b"},
		{"shutdown-on-sigterm", "nosave now"}, {"shutdown-on-sigterm", "save nosave"}, {"shutdown-on-sigterm", "default"}, {"shutdown-on-sigterm", "never"},
		{"shutdown-on-sigint", "force save"}, {"requirepass", ""}, {"list-max-listpack-size", "-5"}, {"list-max-ziplist-size", "128"},
		{"busy-reply-threshold", "1", "lua-time-limit", "2"}, {"busy-reply-threshold", "-1"}, {"active-expire-effort", "11"},
		{"databases", "3"}, {"dir", "/tmp"}, {"tcp-keepalive", "60"}, {"maxclients", "4294967296"}, {"nosuch", "1"},
		{"timeout", "1", "nosuch", "1"}, {"timeout", "1", "TIMEOUT", "2"}, {"timeout", "9", "hz", "x"}, {"nosuch", "1", "databases", "1"},
		{"databases", "1", "nosuch", "1"}, {"unixsocket", "x"}, {"io-threads", "2"},
	} {
		want := string(testkit.Must(c.Do(append([]string{"CONFIG", "SET"}, args...)...))(t))
		have := "+OK\r\n"
		if err := r.Set(args, false); err != nil {
			have = "-" + err.Error() + "\r\n"
		}
		if have = strings.Replace(have, ", warning, nothing", ", warning", 1); have != want {
			t.Errorf("CONFIG SET %q: %q, want %q", args, have, want)
		}
		if args[0] == "dir" {
			continue // each has its own
		}
		want = string(testkit.Must(c.Do("CONFIG", "GET", args[0]))(t))
		if have := reply(r.Get(args[0])); have != want {
			t.Errorf("after CONFIG SET %q: CONFIG GET says %q, want %q", args, have, want)
		}
	}
}

func reply(words []string) string {
	b := "*" + strconv.Itoa(len(words)) + "\r\n"
	for _, w := range words {
		b += "$" + strconv.Itoa(len(w)) + "\r\n" + w + "\r\n"
	}
	return b
}
