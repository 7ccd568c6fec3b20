package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	cases := map[string][]string{
		`port 6379`:           {"port", "6379"},
		"  a\t b ":            {"a", "b"},
		`save ""`:             {"save", ""},
		`a "b c" 'd e'`:       {"a", "b c", "d e"},
		`"\x41\n\t\"\\\q"`:    {"A\n\t\"\\q"},
		`'it\'s' '\n'`:        {"it's", `\n`},
		`ab"cd"`:              {"abcd"},
		`"\xzz"`:              {"xzz"},
		``:                    {},
		`a "b`:                nil,
		`"a"b`:                nil,
		`'a`:                  nil,
		`'a'b`:                nil,
		`"a\`:                 nil,
		`requirepass "a\x00"`: {"requirepass", "a\x00"},
	}
	for line, want := range cases {
		got, err := splitWords(line)
		if (err != nil) != (want == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q %v, want %q", line, got, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	r, log := fresh(t)
	text := strings.Join([]string{
		"# a comment", "", "  port 7000  ", "PORT 0", `bind 127.0.0.1 -::1`, `requirepass "two words"`, "save 3600 1", "save 300 100",
		"client-output-buffer-limit normal 1mb 1kb 10", `client-output-buffer-limit "pubsub 9 8 7"`, "io-threads-do-reads yes", "shutdown-on-sigterm nosave now",
	}, "\r\n")
	if err := r.Load("test", text); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"port": "0", "bind": "127.0.0.1 -::1", "requirepass": "two words", "save": "3600 1 300 100", "shutdown-on-sigterm": "nosave now",
		"client-output-buffer-limit": "normal 1048576 1024 10 slave 268435456 67108864 60 pubsub 9 8 7",
	}
	for name, text := range want {
		if got := r.Value(name).String(); got != text {
			t.Errorf("%s is %q, want %q", name, got, text)
		}
	}
	if !strings.Contains(log.String(), "obsolete") {
		t.Error("an obsolete parameter went unnoticed")
	}
	if r.Value("timeout").Given() || !r.Value("port").Given() {
		t.Error("Given")
	}
}

func TestLoadErrors(t *testing.T) {
	for line, want := range map[string]string{
		"foo bar":       "Bad directive or wrong number of arguments",
		"port 1 2":      "wrong number of arguments",
		"port":          "wrong number of arguments",
		`port "1`:       "Unbalanced quotes in configuration line",
		"port x":        "argument couldn't be parsed into an integer",
		"daemonize yes": "only 'no' is supported by this version",
		"shards 3":      "argument must be a power of two",
	} {
		r, _ := fresh(t)
		err := r.Load("sigrun.conf", "hz 10\n"+line+"\n")
		e, ok := err.(*LoadError)
		if !ok || e.Reason != want || e.Line != 2 || e.Text != line {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	self, other := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(self, "include "+other+"\nhz 20\n")
	write(other, "timeout 3\nhz 30\n")
	r, _ := fresh(t)
	if err := r.LoadFile(self); err != nil || r.Value("hz").Int64() != 20 || r.Value("timeout").Int64() != 3 {
		t.Error(err)
	}
	write(other, "include "+self)
	if err := r.LoadFile(self); err == nil || !strings.Contains(err.Error(), "too many nested") {
		t.Error("a circle of includes:", err)
	}
}

func TestParseArgs(t *testing.T) {
	cases := []struct {
		args string
		want CommandLine
	}{
		{"", CommandLine{}},
		{"a.conf", CommandLine{File: "a.conf"}},
		{"a.conf --port 1 --bind x y", CommandLine{File: "a.conf", Options: [][]string{{"port", "1"}, {"bind", "x", "y"}}}},
		{"- --PORT 1", CommandLine{Stdin: true, Options: [][]string{{"port", "1"}}}},
		{"--port 1 -", CommandLine{Stdin: true, Options: [][]string{{"port", "1"}}}},
		{"--requirepass --x --port 1", CommandLine{Options: [][]string{{"requirepass", "--x"}, {"port", "1"}}}},
		{"--save --port 1", CommandLine{Options: [][]string{{"save", ""}, {"port", "1"}}}},
		{"--save", CommandLine{Options: [][]string{{"save", ""}}}},
		{"--list-max-listpack-size -2", CommandLine{Options: [][]string{{"list-max-listpack-size", "-2"}}}},
		{"--hz", CommandLine{Options: [][]string{{"hz"}}}},
	}
	for _, c := range cases {
		got, err := ParseArgs(strings.Fields(c.args))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v %v", c.args, got, err)
		}
	}
	if got, err := ParseArgs([]string{"--port 6380", "--save", ""}); err != nil || !reflect.DeepEqual(got.Options, [][]string{{"port", "6380"}, {"save", ""}}) {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []string{"--", "- x -", "-x"} {
		if got, err := ParseArgs(strings.Fields(bad)); err == nil {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

func TestLoadArgs(t *testing.T) {
	r, _ := fresh(t)
	if err := r.LoadArgs(strings.Fields("- --port 2 --save --io-threads 4"), strings.NewReader("port 1\nhz 11\n")); err != nil {
		t.Fatal(err)
	}
	if r.Value("port").Int64() != 2 || r.Value("hz").Int64() != 11 || r.Value("io-threads").Int64() != 4 {
		t.Error(r.Get("*"))
	}
	if err := r.Override("client-output-buffer-limit", "normal 1 2 3"); err != nil {
		t.Error(err)
	}
	if err := r.Override("hz", "x"); err == nil {
		t.Error("accepted")
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"port 1\nsave 1 2", `requirepass "\x41"`, "bind a b c", "client-output-buffer-limit normal 1 2 3", "'", "maxmemory 1gb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "include") {
			t.Skip("reads files")
		}
		r := New(match, nil)
		if r.Load("fuzz", text) != nil {
			return
		}
		// What was taken can be said back, and means the same.
		for name, v := range r.byName {
			if v.Row.Flags&Hidden != 0 || v.Row.Kind == List || v.Row.Kind == String {
				continue
			}
			again := New(match, nil)
			if err := again.Override(name, v.String()); err != nil || again.Value(name).String() != v.String() {
				t.Fatalf("%s %q: %v", name, v, err)
			}
		}
	})
}
