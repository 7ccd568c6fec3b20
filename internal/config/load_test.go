package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
		got, err := Words(line)
		if (err != nil) != (want == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q %v, want %q", line, got, err, want)
		}
	}
}

func TestQuoteIsRead(t *testing.T) {
	for _, word := range []string{"", "a b", `"\'`, "\n\r\t\a\b\x00\x7f\xff", "plain"} {
		if got, err := Words(quote(word)); err != nil || len(got) != 1 || got[0] != word {
			t.Errorf("%q: %s reads as %q %v", word, quote(word), got, err)
		}
	}
}

func TestLoad(t *testing.T) {
	r, _ := fresh(t)
	text := strings.Join([]string{
		"# a comment", "", "  port 7000  ", "PORT 0", `bind 127.0.0.1 -::1`, `requirepass "two words"`, "save 3600 1", "save 300 100",
		"client-output-buffer-limit normal 1mb 1kb 10", `client-output-buffer-limit "pubsub 9 8 7"`, "io-threads-do-reads yes", "shutdown-on-sigterm nosave now",
		"slave-read-only no", "maxmemory-clients 5%", "latency-tracking-info-percentiles 50 99.90 0.5", "oom-score-adj relative",
		"rename-command FLUSHALL ''", "rename-command get holen", "hash-max-ziplist-entries 7", "lua-replicate-commands yes",
	}, "\r\n")
	if err := r.Load(text); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"port": "0", "bind": "127.0.0.1 -::1", "requirepass": "two words", "save": "3600 1 300 100", "shutdown-on-sigterm": "nosave now",
		"client-output-buffer-limit": "normal 1048576 1024 10 slave 268435456 67108864 60 pubsub 9 8 7",
		"replica-read-only":          "no", "maxmemory-clients": "5%", "latency-tracking-info-percentiles": "50 99.9 0.5", "oom-score-adj": "yes",
		"hash-max-listpack-entries": "7",
	}
	for name, text := range want {
		if got := r.Value(name).String(); got != text {
			t.Errorf("%s is %q, want %q", name, got, text)
		}
	}
	if n := r.Renames(); len(n) != 2 || n[0].From != "FLUSHALL" || n[0].To != "" || n[1].To != "holen" || n[1].At.Line != 18 {
		t.Errorf("%+v", n)
	}
	if r.Value("timeout").Given() || !r.Value("port").Given() {
		t.Error("Given")
	}
	if w := strings.Join(r.Warnings(), "\n"); w != "" {
		t.Errorf("warnings: %s", w)
	}
}

func TestLoadErrors(t *testing.T) {
	for line, want := range map[string]string{
		"foo bar":                "Bad directive or wrong number of arguments",
		"port 1 2":               "wrong number of arguments",
		"port":                   "wrong number of arguments",
		`port "1`:                "Unbalanced quotes in configuration line",
		"port x":                 "argument couldn't be parsed into an integer",
		"min-slaves-to-write 1":  "only '0' is supported: this version lacks replication",
		"replicaof localhost 1":  "only '' is supported: this version lacks replication",
		"slaveof localhost x":    "Invalid primary port",
		"shards 3":               "argument must be a power of two",
		"loadmodule x.so":        "Modules are not supported",
		"bf.size 3":              "Modules are not supported",
		"sentinel monitor x":     "sentinel directive while not in sentinel mode",
		"dbfilename a/b":         "dbfilename can't be a path, just a filename",
		"maxmemory-clients 101%": "percentage argument must be less or equal to 100",
		"maxmemory-clients x":    "argument must be a memory or percent value",
		"unixsocketperm 9":       "argument couldn't be parsed as an octal number",
		"unixsocketperm 1000":    "argument must be between 0 and 777 inclusive",
		"proc-title-template {x": "template format is invalid or contains unknown variables",
		"oom-score-adj-values 1": "wrong number of arguments",
		"include /no/such/file":  "Fatal error, can't open config file '/no/such/file': No such file or directory",
	} {
		r, _ := fresh(t)
		err := r.Load("hz 10\n" + line + "\n")
		var unread *OpenError
		if errors.As(err, &unread) && unread.Error() == want {
			continue
		}
		e, ok := err.(*LoadError)
		if !ok || e.Reason != want || e.Line != 2 || e.Text != line && e.Text != strings.Fields(line)[0]+" ..." {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestLoadErrorsShowNoPasswords, of whatever is wrong with the line that has one.
func TestLoadErrorsShowNoPasswords(t *testing.T) {
	for line, shown := range map[string]string{`user bob on ">hidden`: "user ...", `USER "bob on >hidden`: "user ...", `requirepass "hidden`: "requirepass ...",
		"requirepass hidden words": "requirepass ...", `masterauth 'hidden`: "masterauth ...",
		"requirepas hidden": "requirepas ...", `"requirepass" hidden words`: `"requirepass" ...`} {
		r, _ := fresh(t)
		if e, ok := r.Load(line).(*LoadError); !ok || e.Text != shown || strings.Contains(e.Error(), "hidden") {
			t.Errorf("%s: %v", line, e)
		}
	}
}

// writeFiles puts texts into files of a new folder.
func writeFiles(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUserLines(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.conf": "user bob on >secret +get\nport 1\nuser alice off\n"})
	r, _ := fresh(t)
	if err := r.LoadArgs(CommandLine{File: filepath.Join(dir, "a.conf")}, nil); err != nil {
		t.Fatal(err)
	}
	users := r.Users()
	if len(users) != 2 || users[0].Name != "bob" || !slices.Equal(users[0].Rules, []string{"on", ">secret", "+get"}) || users[1].At.Line != 3 {
		t.Errorf("%+v", users)
	}
	if strings.Contains(users[0].At.Text, "secret") {
		t.Error("a password is in what is told of a line")
	}
	for _, c := range []struct{ lines, want string }{
		{"keep", "user bob on >secret +get\nport 1\nuser alice off"},
		{"bob on|carl off|default on", "user bob on\nport 1\nuser carl off\nuser default on"},
		{"", "port 1"},
	} {
		if c.lines != "keep" {
			r.WriteUsers(func() []string {
				return slices.DeleteFunc(strings.Split(c.lines, "|"), func(l string) bool { return l == "" })
			})
		}
		if err := r.Rewrite(false); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(r.File())
		if got := written(string(text)); got != c.want {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
}

// written are the lines of a rewritten file that say something, without what is written into every one.
func written(text string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		return line == "" || line == signature || strings.HasPrefix(line, "dir ") || strings.HasPrefix(line, "save ")
	}), "\n")
}

func TestInclude(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.conf": "include DIR/b.conf\nhz 20\ndir DIR\ninclude more-*.conf\ninclude none-[a-z]*\n", "b.conf": "timeout 3\nhz 30\n",
		"more-1.conf": "tcp-keepalive 1\n", "more-2.conf": "tcp-keepalive 2\n", "circle.conf": "include DIR/circle.conf\n", "bad.conf": "\n\nhz x\n",
	})
	r, _ := fresh(t)
	if err := r.LoadArgs(CommandLine{File: filepath.Join(dir, "a.conf")}, nil); err != nil {
		t.Fatal(err)
	}
	if r.Value("hz").Int64() != 20 || r.Value("timeout").Int64() != 3 || r.Value("tcp-keepalive").Int64() != 2 {
		t.Error(r.Get("hz", "timeout", "tcp-keepalive"))
	}
	if err := r.Load("include " + filepath.Join(dir, "circle.conf")); err == nil || !strings.Contains(err.Error(), "too many nested") {
		t.Error("a circle of includes:", err)
	}
	var at *LoadError
	if err := r.Load("include " + filepath.Join(dir, "bad.conf")); !errors.As(err, &at) || at.Line != 3 || at.Text != "hz x" {
		t.Error("an error in an included file:", err)
	}
	if err := r.LoadArgs(CommandLine{File: filepath.Join(dir, "gone.conf")}, nil); err == nil || !strings.HasSuffix(err.Error(), "gone.conf': No such file or directory") {
		t.Error(err)
	}
}

func TestParseArgs(t *testing.T) {
	cases := []struct {
		args []string
		want CommandLine
	}{
		{nil, CommandLine{}},
		{[]string{"a.conf"}, CommandLine{File: "a.conf"}},
		{[]string{"a.conf", "--port", "1", "--bind", "x", "y"}, CommandLine{File: "a.conf", Options: `port "1" ` + "\n" + `bind "x" "y" `}},
		{[]string{"-", "--PORT", "1"}, CommandLine{Stdin: true, Options: `PORT "1" `}},
		{[]string{"--port", "1", "-"}, CommandLine{Stdin: true, Options: `port "1" `}},
		{[]string{"--requirepass", "--x", "--port", "1"}, CommandLine{Options: `requirepass "--x" ` + "\n" + `port "1" `}},
		{[]string{"--save", "--port", "1"}, CommandLine{Options: `save ""` + "\n" + `port "1" `}},
		{[]string{"--save"}, CommandLine{Options: `save ""`}},
		{[]string{"--save", "", "--port", "1"}, CommandLine{Options: `save "" ` + "\n" + `port "1" `}},
		{[]string{"--hz"}, CommandLine{Options: "hz "}},
		{[]string{"--port 6380", "--save", ""}, CommandLine{Options: "port 6380 \n" + `save "" `}},
		{[]string{"--sentinel", "--port", "1"}, CommandLine{Options: "sentinel \n" + `port "1" `}},
		{[]string{"a.conf", "loglevel", "debug", "--hz 5"}, CommandLine{File: "a.conf", Options: `"loglevel" "debug" ` + "\nhz 5 "}},
		{[]string{"--port", "--bla", "--loglevel", "verbose"}, CommandLine{Options: `port "--bla" ` + "\n" + `loglevel "verbose" `}},
		{[]string{"--", "x", "-", "y"}, CommandLine{Options: ` "x" "-" "y" `}},
	}
	for _, c := range cases {
		if got := ParseArgs(c.args); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

func TestLoadArgs(t *testing.T) {
	r, _ := fresh(t)
	if err := r.LoadArgs(ParseArgs(strings.Fields("- --port 2 --save --io-threads 4")), strings.NewReader("port 1\nhz 11\n")); err != nil {
		t.Fatal(err)
	}
	if r.Value("port").Int64() != 2 || r.Value("hz").Int64() != 11 || r.Value("io-threads").Int64() != 4 || r.Value("save").String() != "" {
		t.Error(r.Get("*"))
	}
	if err := r.Override("client-output-buffer-limit", "normal 1 2 3"); err != nil {
		t.Error(err)
	}
	if err := r.Override("hz", "x"); err == nil {
		t.Error("accepted")
	}
	dir := writeFiles(t, map[string]string{"a.conf": "save 900 1"})
	for args, want := range map[string]string{"--save 100 100": "900 1 100 100", "--save": ""} {
		r, _ := fresh(t)
		if err := r.LoadArgs(ParseArgs(append([]string{filepath.Join(dir, "a.conf")}, strings.Fields(args)...)), nil); err != nil || r.Value("save").String() != want {
			t.Errorf("%s: %q %v", args, r.Value("save"), err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"port 1\nsave 1 2", `requirepass "\x41"`, "bind a b c", "client-output-buffer-limit normal 1 2 3", "'", "maxmemory 1gb",
		"rename-command a b", "proc-title-template {title}{{", "maxmemory-clients 3%", "include \\x", "bind '' ''"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		r := New(match)
		if r.Override("dir", dir) != nil || strings.Contains(strings.ToLower(text), "dir") || strings.Contains(strings.ToLower(text), "include") || r.Load(text) != nil {
			return
		}
		// What was taken can be written to a file and read again, and means the same.
		r.file = filepath.Join(t.TempDir(), "a.conf")
		if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := r.Rewrite(true); err != nil {
			t.Fatal(err)
		}
		again := New(match)
		if err := again.LoadArgs(CommandLine{File: r.file}, nil); err != nil {
			t.Fatal(err)
		}
		if have, want := again.Get("*"), r.Get("*"); !reflect.DeepEqual(have, want) {
			t.Fatalf("%q, want %q", have, want)
		}
	})
}

func FuzzArgs(f *testing.F) {
	f.Add("a.conf\x00--port\x001")
	f.Add("--save\x00--hz 5\x00-")
	f.Add("--port\x00--'\x00--sentinel")
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\x00")
		line := ParseArgs(args)
		line.File, line.Stdin = "", false
		r := New(match)
		if strings.Contains(strings.ToLower(text), "include") {
			return
		}
		_ = r.LoadArgs(line, nil) // no panic
	})
}
