package config

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
		{"databases", "1", "nosuch", "1"}, {"unixsocket", "x"},
		{"oom-score-adj-values", "1 2 3"}, {"oom-score-adj-values", "1 2"}, {"oom-score-adj-values", "1 2 3000"}, {"oom-score-adj-values", "1 2 x"},
		{"latency-tracking-info-percentiles", "50 99.90 100"}, {"latency-tracking-info-percentiles", "101"}, {"latency-tracking-info-percentiles", "x"},
		{"latency-tracking-info-percentiles", ""}, {"maxmemory-clients", "10%"}, {"maxmemory-clients", "0%"}, {"maxmemory-clients", "101%"}, {"maxmemory-clients", "-1"},
		{"maxmemory-clients", "%"}, {"maxmemory-clients", "1mb"}, {"maxmemory-clients", "5%x"}, {"maxmemory", "1", "maxmemory-clients", "200%", "hz", "x"},
		{"proc-title-template", "{title} {port}"}, {"proc-title-template", "{nosuch}"}, {"proc-title-template", "{title"}, {"proc-title-template", ""},
		{"proc-title-template", "{{title}"}, {"proc-title-template", "{title}"}, {"dbfilename", "x.rdb"}, {"replicaof", "a 1"}, {"slaveof", "a 1"},
		{"maxmemory-policy", "allkeys-lru"}, {"maxmemory-policy", "lru"}, {"maxmemory-samples", "64"},
		{"repl-backlog-size", "1gb"}, {"repl-backlog-size", "0"}, {"slave-priority", "5"}, {"replica-priority", "-1"}, {"hash-max-ziplist-value", "1kb"}, {"hll-sparse-max-bytes", "x"},
		{"cluster-announce-hostname", "a_b"}, {"cluster-announce-hostname", "a.b"}, {"tracking-table-max-keys", "-1"}, {"acllog-max-len", "7"},
		{"acl-pubsub-default", "allchannels"}, {"sanitize-dump-payload", "clients"}, {"appendfsync", "Always"}, {"appendfsync", "never"}, {"auto-aof-rewrite-min-size", "3mb"},
		{"active-defrag-cycle-min", "0"}, {"lfu-decay-time", "3"}, {"client-output-buffer-limit", "slave 1 2 3"}, {"loglevel", "loud"}, {"supervised", "no"},
		{"min-slaves-max-lag", "3"}, {"stream-node-max-bytes", "0"}, {"cluster-node-timeout", "x"}, {"slowlog-log-slower-than", "-1"}, {"slowlog-log-slower-than", "-2"},
		{"slowlog-max-len", "x"}, {"latency-monitor-threshold", "5"}, {"latency-tracking", "maybe"}, {"repl-diskless-load", "swapdb"},
	} {
		want := string(testkit.Must(c.Do(append([]string{"CONFIG", "SET"}, args...)...))(t))
		have := "+OK\r\n"
		if err := r.Set(args, false); err != nil {
			have = "-" + err.Error() + "\r\n"
		}
		if have = strings.Replace(have, ", warning, nothing", ", warning", 1); strings.Contains(have, ", safe, failover") {
			have = strings.Replace(have, ", safe, failover", "", 1)
		}
		if have != want {
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

// TestRewriteLikeReference has redis-server and the registry rewrite the same file, and compares what came out. What is
// appended has no order there.
func TestRewriteLikeReference(t *testing.T) {
	program := testkit.Installed(t, "redis-server")
	text := "# top\nport PORT\nbind   127.0.0.1  \ndir \"DIR\"\n\n\n\n# two, of which one goes\nhz 20\nHZ 30\nslave-priority 7\n" +
		"save 100 1\nsave 200 2\nclient-output-buffer-limit slave 1mb 2mb 3\ntimeout 0\nnotify-keyspace-events KEA\nmaxmemory 2gb\n" +
		"requirepass \"a b\"\nproc-title-template '{title} x'\nlogfile ''\nappendfilename a.aof\nhash-max-ziplist-entries 3\nhash-max-listpack-entries 4\n"
	sets := [][]string{{"hz", "40"}, {"maxmemory", "1000"}, {"requirepass", ""}, {"timeout", "5"}, {"repl-backlog-size", "3mb"}, {"loglevel", "warning"},
		{"shutdown-on-sigint", "now save"}, {"maxmemory-clients", "9%"}, {"client-output-buffer-limit", "pubsub 1 2 3"}, {"oom-score-adj-values", "1 2 3"},
		{"masterauth", "x\ny"}, {"save", ""}, {"notify-keyspace-events", ""}}
	port := strconv.Itoa(testkit.FreePort(t))
	dir := writeFiles(t, map[string]string{"theirs": strings.ReplaceAll(text, "PORT", port), "ours": strings.ReplaceAll(text, "PORT", port)})
	cmd := exec.Command(program, filepath.Join(dir, "theirs"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	var c *testkit.Client
	var err error
	for range 6000 {
		if c, err = testkit.Dial("127.0.0.1:" + port); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Want(t, "+OK\r\n", "AUTH", "a b")
	r, _ := fresh(t)
	if err := r.LoadArgs(CommandLine{File: filepath.Join(dir, "ours")}, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		c.Want(t, "+OK\r\n", "CONFIG", "SET", s[0], s[1])
		if err := r.Set(s, true); err != nil {
			t.Fatal(err)
		}
	}
	c.Want(t, "+OK\r\n", "CONFIG", "REWRITE")
	if err := r.Rewrite(false); err != nil {
		t.Fatal(err)
	}
	have, want := halves(t, filepath.Join(dir, "ours")), halves(t, filepath.Join(dir, "theirs"))
	if !slices.Equal(have, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// halves are the lines of a rewritten file, those appended sorted and without what only one of the two writes: ACL, and
// percentiles at their default. The old names of parameters take the new ones.
func halves(t *testing.T, file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("masterauth"), []byte("primaryauth"))
	kept, added, _ := strings.Cut(string(text), signature+"\n")
	lines := slices.DeleteFunc(strings.Split(added, "\n"), func(l string) bool {
		return strings.HasPrefix(l, "user default") || l == "latency-tracking-info-percentiles 50 99 99.9"
	})
	slices.Sort(lines)
	return append(strings.Split(kept, "\n"), lines...)
}
