package config

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// match stands in for internal/glob, which has its own tests.
func match(pattern, s []byte, nocase bool) bool {
	ok, _ := path.Match(strings.ToLower(string(pattern)), string(s))
	return ok
}

func fresh(t *testing.T) (*Registry, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	r := New(match)
	r.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	return r, &log
}

func TestSetErrors(t *testing.T) {
	failed := func(name, why string) string {
		return "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why
	}
	cases := []struct{ args, want string }{
		{"foo 1", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"hz 5 foo 1", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"hz", "ERR syntax error"},
		{"hz abc", failed("hz", "argument couldn't be parsed into an integer")},
		{"hz 05", failed("hz", "argument couldn't be parsed into an integer")},
		{"hz 5 HZ 6", failed("HZ", "duplicate parameter")},
		{"maxclients 0", failed("maxclients", "argument must be between 1 and 4294967295 inclusive")},
		{"MAXCLIENTS 0", failed("maxclients", "argument must be between 1 and 4294967295 inclusive")},
		{"maxmemory 1zb", failed("maxmemory", "argument must be a memory value")},
		{"maxmemory 99999999999999999999", failed("maxmemory", "argument must be a memory value")},
		{"maxmemory -1", failed("maxmemory", "argument must be a memory value")},
		{"proto-max-bulk-len 99999999999999999999", failed("proto-max-bulk-len", "argument must be a memory value")},
		{"databases 5", failed("databases", "can't set immutable config")},
		{"port 5", failed("port", "can't set immutable config")},
		{"dir /", failed("dir", "can't set protected config")},
		{"protected-mode x", failed("protected-mode", "argument must be 'yes' or 'no'")},
		{"shutdown-on-sigterm x", failed("shutdown-on-sigterm", "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover")},
		{"notify-keyspace-events q", failed("notify-keyspace-events", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")},
		{"client-output-buffer-limit foo", failed("client-output-buffer-limit", "Wrong number of arguments in buffer limit configuration.")},
		{"save abc", failed("save", "Invalid save parameters")},
		{"timeout -1", failed("timeout", "argument must be between 0 and 2147483647 inclusive")},
		{"min-replicas-to-write 1", failed("min-replicas-to-write", "only '0' is supported: this version lacks replication")},
		{"maxmemory 1 maxmemory-clients 200% client-query-buffer-limit x", failed("maxmemory-clients", "percentage argument must be less or equal to 100")},
		{"timeout 7 hz x", failed("hz", "argument couldn't be parsed into an integer")},
	}
	for _, c := range cases {
		r, _ := fresh(t)
		before := r.Get("*")
		err := r.Set(strings.Fields(c.args), false)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
		if after := r.Get("*"); !reflect.DeepEqual(before, after) {
			t.Errorf("%s was refused and changed something: %v", c.args, after)
		}
	}
}

func TestSetAndGet(t *testing.T) {
	cases := []struct {
		name, set, get string
		num            int64
	}{
		{"timeout", "9", "9", 9},
		{"maxmemory", "1gB", "1073741824", 1 << 30},
		{"maxmemory", "2k", "2000", 2000},
		{"hz", "0", "1", 1},
		{"hz", "1000", "500", 500},
		{"loglevel", "DEBUG", "debug", LogDebug},
		{"protected-mode", "NO", "no", 0},
		{"notify-keyspace-events", "KEg$lszhxetd", "AKE", NotifyAll | NotifyKeyevent | NotifyKeyspace},
		{"notify-keyspace-events", "mKg", "gKm", NotifyMiss | NotifyGeneric | NotifyKeyspace},
		{"shutdown-on-sigint", "now nosave", "nosave now", ShutdownNow | ShutdownNoSave},
		{"client-output-buffer-limit", "replica 1kb 2 3", "normal 0 0 0 slave 1024 2 3 pubsub 33554432 8388608 60", 0},
		{"save", "10 1 20 0", "10 1 20 0", 0},
		{"requirepass", "two words", "two words", 0},
	}
	for _, c := range cases {
		r, _ := fresh(t)
		if err := r.Set([]string{c.name, c.set}, false); err != nil {
			t.Fatal(err)
		}
		if got := r.Get(c.name); !reflect.DeepEqual(got, []string{c.name, c.get}) {
			t.Errorf("%s %q: CONFIG GET says %q", c.name, c.set, got)
		}
		if got := r.Value(c.name).Int64(); got != c.num {
			t.Errorf("%s %q: %d, want %d", c.name, c.set, got, c.num)
		}
	}
}

func TestGetPatterns(t *testing.T) {
	r, _ := fresh(t)
	cases := map[string][]string{
		"HZ":                  {"HZ", "10"},
		"lua-time-limit":      {"lua-time-limit", "5000"},
		"chaos*":              {},
		"chaos-seed":          {"chaos-seed", "0"},
		"nothing":             {},
		"l*-ziplist*":         {"list-max-ziplist-size", "-2"},
		"TIME*":               {"timeout", "0"},
		"io-threads":          {"io-threads", "1"},
		"hz h?":               {"hz", "10"},
		"timeout TIMEOUT ti*": {"timeout", "0"},
	}
	for patterns, want := range cases {
		if got := r.Get(strings.Fields(patterns)...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", patterns, got, want)
		}
	}
}

func TestHooks(t *testing.T) {
	r, _ := fresh(t)
	var seen []string
	r.OnChange("timeout", func(v *Value) error { seen = append(seen, "timeout "+v.String()); return nil })
	r.OnChange("port", func(v *Value) error { return errors.New("Unable to listen on this port. Check server logs.") })
	err := r.Set([]string{"timeout", "5", "port", "1", "maxclients", "7"}, false)
	if err == nil || !strings.HasSuffix(err.Error(), "argument 'port') - Unable to listen on this port. Check server logs.") {
		t.Error(err)
	}
	if want := []string{"timeout 5", "timeout 0"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("hooks saw %q, want %q", seen, want)
	}
	if r.Value("maxclients").Int64() != 10000 || r.Value("port").Int64() != 6379 || r.Value("maxclients").Given() {
		t.Error("not everything was put back")
	}
}

func TestAliasAndNameTogether(t *testing.T) {
	r, _ := fresh(t)
	if err := r.Set([]string{"busy-reply-threshold", "5", "lua-time-limit", "6"}, false); err != nil {
		t.Fatal(err)
	}
	if n := r.Value("busy-reply-threshold").Int64(); n != 6 {
		t.Error(n)
	}
	if err := r.Set([]string{"busy-reply-threshold", "7", "lua-time-limit", "8", "hz", "x"}, false); err == nil {
		t.Fatal("accepted")
	}
	if n := r.Value("busy-reply-threshold").Int64(); n != 6 {
		t.Error("not put back:", n)
	}
}

func TestProtectedAndDir(t *testing.T) {
	r, _ := fresh(t)
	dir := t.TempDir()
	if err := r.Set([]string{"dir", dir}, true); err != nil || r.Value("dir").String() != dir {
		t.Error(err, r.Value("dir"))
	}
	for bad, want := range map[string]string{"": "dir can't be empty", dir + "/none": "No such file or directory"} {
		if err := r.Set([]string{"dir", bad}, true); err == nil || !strings.HasSuffix(err.Error(), " - "+want) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestNothingIsSilent shows that what has no effect is refused, or warned of and documented.
func TestNothingIsSilent(t *testing.T) {
	r, log := fresh(t)
	row := *r.Value("maxmemory").Row
	row.Inert, row.Needs = Warned, "what the test says"
	r.Value("maxmemory").Row = &row
	if err := r.Set([]string{"maxmemory", "1mb"}, false); err != nil || !strings.Contains(log.String(), "has no effect") || len(r.Warnings()) != 1 {
		t.Errorf("%v, log: %q", err, log)
	}
	for _, row := range Rows() {
		if row.Inert == Kept && row.Needs == "" && !strings.Contains(row.Doc, "No effect") {
			t.Errorf("%s has no effect and its Doc does not say so", row.Name)
		}
		if row.Inert == Works && row.Needs != "" || row.Inert >= Warned && row.Needs == "" {
			t.Errorf("%s: Needs says what an inert parameter waits for, and nothing else does", row.Name)
		}
		if row.Doc == "" {
			t.Errorf("%s has no Doc", row.Name)
		}
	}
}

// TestDocument keeps docs/config.md the same as the rows.
func TestDocument(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "config.md")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != Markdown() {
		t.Errorf("docs/config.md is not what the rows say: run UPDATE=1 go test ./internal/config (%v)", err)
	}
}

func TestHotReadsDoNotAllocate(t *testing.T) {
	r, _ := fresh(t)
	v := r.Value("timeout")
	limit := r.Value("client-output-buffer-limit")
	if n := testing.AllocsPerRun(100, func() { _, _, _ = v.Int64(), v.Bool(), limit.OutputLimit(ClassPubSub) }); n != 0 {
		t.Error(n)
	}
}
