package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigrun/storage/aof"
)

// appendOnly calls the program by the name of Valkey's tool.
func appendOnly(in string, args ...string) (code int, out string) {
	var o strings.Builder
	code = run("valkey-check-aof", args, streams{strings.NewReader(in), &o, &o})
	return code, o.String()
}

func line(words ...string) string {
	var args [][]byte
	for _, w := range words {
		args = append(args, []byte(w))
	}
	return string(aof.AppendCommand(nil, args...))
}

var few = "#TS:1628217470\r\n" + line("SELECT", "0") + line("set", "a", "\r\n*1\x00") + "#TS:1628217472\r\n" + line("MULTI") + line("DEL", "") + line("EXEC") + "#x\r\n" +
	"#TS:1628217473\r\n" + line("SET", "b", strings.Repeat("x", 20))

// behindEnd is what stands behind the end of a line where its own end is missing: there, whatever the memory had before.
var behindEnd = regexp.MustCompile(`(?m)got: 00[0-9a-f]+$`)

// loading is a line that the server's code writes where it reads a snapshot.
var loading = regexp.MustCompile(`(?m)^\d+:M .* Cleaning slot migration log.*\n`)

// shelf is a folder of files that both tools get a copy of.
type shelf struct {
	t    *testing.T
	tool string
}

// compare has both tools look at the file of that name, each in a folder of its own with the same files, and compares what they say, answer and leave.
func (s *shelf) compare(files map[string]string, name, in string, options ...string) {
	s.t.Helper()
	dirs := [2]string{s.t.TempDir(), s.t.TempDir()}
	for _, dir := range dirs {
		for n, text := range files {
			if err := os.WriteFile(filepath.Join(dir, n), []byte(text), 0o600); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	cmd := exec.Command(s.tool, append(options, filepath.Join(dirs[0], name))...)
	cmd.Stdin = strings.NewReader(in)
	said, err := cmd.Output()
	want := 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		want = e.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	code, out := appendOnly(in, append(options, filepath.Join(dirs[1], name))...)
	clean := func(out, dir string) string {
		out = strings.ReplaceAll(out, dir, "DIR")
		out = loading.ReplaceAllString(out, "")
		out = behindEnd.ReplaceAllString(out, "got: 00\n")
		out = place.ReplaceAllString(ended.ReplaceAllString(out, ""), "")
		return logHead.ReplaceAllString(out, "")
	}
	theirs, ours := clean(string(said), dirs[0]), clean(out, dirs[1])
	if code != want || ours != theirs {
		s.t.Errorf("%q %.200q: exit code %d, want %d\n%s\nwant\n%s", options, files[name], code, want, ours, theirs)
	}
	for n := range files {
		left, _ := os.ReadFile(filepath.Join(dirs[0], n))
		if have, _ := os.ReadFile(filepath.Join(dirs[1], n)); !bytes.Equal(have, left) {
			s.t.Errorf("%q %.200q: leaves %q, want %q", options, files[name], have, left)
		}
	}
}

func newShelf(t *testing.T) *shelf {
	return &shelf{t, filepath.Join(filepath.Dir(reference(t)), "valkey-check-aof")}
}

// modes are the ways to call the tool, with what is answered.
var modes = []struct {
	in      string
	options []string
}{{"", nil}, {"y\n", []string{"--fix"}}, {"no\n", []string{"--fix"}}, {"", []string{"--truncate-to-timestamp", "1628217471"}}, {"", []string{"--truncate-to-timestamp", "1628217473"}}}

// TestSameAsValkeysTool cuts a file at every byte.
func TestSameAsValkeysTool(t *testing.T) {
	s := newShelf(t)
	for n := range len(few) + 1 {
		mode := modes[n%2]
		s.compare(map[string]string{"a.aof": few[:n]}, "a.aof", mode.in, mode.options...)
	}
}

// TestSameOfDamage changes bytes, and writes lengths that nobody has.
func TestSameOfDamage(t *testing.T) {
	s := newShelf(t)
	for i := range len(few) {
		b := []byte(few)
		b[i] ^= 1 << (i % 8)
		mode := modes[i%2]
		s.compare(map[string]string{"a.aof": string(b)}, "a.aof", mode.in, mode.options...)
	}
	ping := line("PING")
	for _, text := range []string{
		"*0\r\n", "*-5\r\n" + ping, "*99999999999999999999\r\n" + ping, "*x\r\n", "*+1\r\n$4\r\nPING\r\n", "* 1\r\n$4\r\nPING\r\n", "*\r\n",
		"*1\r\n$-1\r\n", "*1\r\n$9223372036854775807\r\n", "*1\r\n$99999999999999999999\r\nx", "*1\r\n$1000\r\nx", "*1\r\n$\r\n", "*1\r\n$0\r\n\r\n",
		"*1\n$4\nPING\n", "*1\r\r", "*2147483648\r\n" + ping, "*4294967297\r\n$4\r\nPING\r\n", "*" + strings.Repeat("0", 124) + "1\r\n$4\r\nPING\r\n",
		"*" + strings.Repeat("0", 200) + "1\r\n", "*1\x00\r\n" + ping, "*1\r\n\x00", "\x00\x00\x00", "!!!\n", "\n", ping + "\r\n" + ping,
		line("EXEC"), line("multi") + line("MULTI"), line("multi") + ping, line("multi") + ping + "*1\r\n", line("multi") + ping + "*1", line("multi") + "!!", line("multi\x00x") + line("exec\x00y"),
		line("multi") + line("exec") + line("exec"), line("multi") + "#TS:1\r\n", "#TS:1628217480\r\n" + ping, ping + "#TS:1628217480\r\n" + ping, ping + "#TS:\r\n" + ping,
		ping + "#TS:99999999999999999999\r\n" + ping, ping + "#TS:1628217480\n" + ping, ping + "#TS:1628217480", ping + "#TS:-1 \r\n" + ping, ping + "#TS: 1\r\n",
		ping + "#" + strings.Repeat("x", 1100) + "\r\n" + ping, ping + "#" + strings.Repeat("x", 1022) + "#" + strings.Repeat("y", 1021) + "\n" + ping, ping + "#\x00\n" + ping,
		"file x seq 1 type i", "#file\nfile x\n", "#file", "#" + strings.Repeat("x", 1023) + "file x\n", "files\n", "REDIS", "REDIS0011", "REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00" + ping,
		"REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00", "REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00*1", "REDIS0003\xff" + ping, "REDISxxxxxxxx",
	} {
		some := modes[:2]
		if strings.Contains(text, "#TS") {
			some = modes
		}
		for _, mode := range some {
			s.compare(map[string]string{"a.aof": text}, "a.aof", mode.in, mode.options...)
		}
	}
}

// TestSameOfSets looks at sets: whole, with something wrong in one of the files, or in the manifest.
func TestSameOfSets(t *testing.T) {
	s := newShelf(t)
	set := func(base, first, second string) map[string]string {
		return map[string]string{"m": "# comment\nfile a.1.base seq 1 type b\nfile 'a 1.incr' seq 1 type i\nfile a.0.incr seq 1 type h\nfile a.2.incr seq 2 type i k v\n",
			"a.1.base": base, "a 1.incr": first, "a.2.incr": second}
	}
	cut := few[:len(few)-3]
	for _, files := range []map[string]string{
		set(few, few, few), set("", "", ""), set(few, "", cut), set(cut, few, few), set(few, cut, few), set(few, cut, ""), set(few, few, few+line("multi")), set(few, few, few+"!"),
		set("REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00", few, cut), set("REDIS0009\xfe", few, few), set("REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00"+cut, few, few), set(few, "REDIS0009", few),
		{"m": "file a seq 1 type b\n", "a": few}, {"m": "file a seq 1 type i\n", "a": cut}, {"m": "file b seq 1 type i\nfile a seq 1 type b\n", "a": few, "b": cut},
		{"m": "file a seq 1 type h\n"}, {"m": "#\nfile"}, {"m": "file a seq 1 type i\n\n"}, {"m": "file a seq 1 type x\n"}, {"m": "file a seq 1 type i\nfile b seq 1 type i\n"},
		{"m": "file a seq 1 type b\nfile b seq 1 type b\n"}, {"m": "file a/b seq 1 type b\n"}, {"m": "file a seq 1\n"}, {"m": "file a seq 1 type i\n" + strings.Repeat("x", 1200)},
		{"m": "file none seq 1 type b\n"}, {"m": "file none seq 1 type i\n"}, {"m": "file 'a seq 1 type i\n"}, {"m": "file \"\\x61\" seq +1 type in\n", "a": few}, {"m": "#" + strings.Repeat("x", 1022) + "\nfile a seq 1 type i\n", "a": few},
	} {
		for _, mode := range modes {
			s.compare(files, "m", mode.in, mode.options...)
		}
	}
}

// TestSameAtRandom puts pieces together by chance.
func TestSameAtRandom(t *testing.T) {
	s := newShelf(t)
	random := rand.New(rand.NewPCG(1, 4))
	pieces := []string{line("MULTI"), line("EXEC"), line("SET", "a", "b"), line("DEL", ""), "#TS:1628217470\r\n", "#TS:1628217472\r\n", "#x\n", "*1\r\n", "$3\r\n", "abc\r\n", "\r\n", "x", "\x00", "*", "$"}
	for range 150 {
		text := ""
		for range random.IntN(12) {
			text += pieces[random.IntN(len(pieces))]
		}
		mode := modes[random.IntN(len(modes))]
		s.compare(map[string]string{"a.aof": text}, "a.aof", mode.in, mode.options...)
	}
}

// TestSameOfCalls calls both wrongly.
func TestSameOfCalls(t *testing.T) {
	tool := newShelf(t).tool
	for _, args := range [][]string{{}, {"a", "b"}, {"--fix", "a", "b"}, {"--truncate-to-timestamp", "1x", "/none"}, {"--truncate-to-timestamp", "", "/none"}, {"--truncate-to-timestamp", "99999999999999999999", "/none"},
		{"a", "b", "c", "d"}, {"/none"}, {"--fix", "/none"}, {"--help"}, {"--fix"}, {strings.Repeat("x", 4097)}, {"/"}} {
		said, err := exec.Command(tool, args...).Output()
		want := 0
		if e := (*exec.ExitError)(nil); errors.As(err, &e) {
			want = e.ExitCode()
		}
		code, out := appendOnly("", args...)
		if theirs := strings.ReplaceAll(string(said), tool, "valkey-check-aof"); code != want || out != theirs {
			t.Errorf("%.100q: %d, want %d\n%s\nwant\n%s", args, code, want, out, theirs)
		}
	}
}

// TestSnapshotOfToday is a base as servers of 9.1 write them, which their tool does not take for a snapshot.
func TestSnapshotOfToday(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("a.1.base.rdb", string(everything(t)))
	write("a.1.incr.aof", few)
	m := write("a.manifest", "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n")
	code, out := appendOnly("", m)
	expect(t, code, 0, out, "Start to check BASE AOF (RDB format).\n[offset 0] Checking RDB file "+dir+"/a.1.base.rdb\n", "RDB preamble is OK, proceeding with AOF tail...\n",
		"BASE AOF a.1.base.rdb is valid\n", "INCR AOF a.1.incr.aof is valid\nAll AOF files and manifest are valid\n")
	if strings.Contains(out, "[info] type") || strings.Contains(out, "commands read") {
		t.Error(out)
	}
	code, out, _ = checked("-v", m)
	expect(t, code, 0, out, "[info] type string: 3 keys, 70006 bytes\n", "[info] largest: db=0 type=string elements=1 value_bytes=70001 key='large'\n",
		"[info] 6 commands read, of ", "[info] written from 2021-08-06T02:37:50Z to 2021-08-06T02:37:53Z\n", "[info] command \"SET\": 2, of ", "All AOF files and manifest are valid\n")
	code, out, _ = checked(write("b.aof", string(everything(t))+few))
	expect(t, code, 0, out, "RDB preamble is OK", "[info] 6 commands read")
	code, out, _ = checked(write("c", few))
	expect(t, code, 0, out, "AOF "+dir+"/c is valid\n[info] 6 commands read")
	code, out, _ = checked(write("d", few+"!"), m)
	expect(t, code, 1, out, "is not valid", "All AOF files and manifest are valid")
}

// TestOwnFix repairs under the own name.
func TestOwnFix(t *testing.T) {
	name := file(t, []byte(few+"*1\r\n$4\r\nPI"))
	var o strings.Builder
	if code := run("sigrun-check", []string{"--fix", name}, streams{strings.NewReader("n\n"), &o, &o}); code != 1 || !strings.Contains(o.String(), "Continue? [y/N]: Aborting...\n") {
		t.Error(code, o.String())
	}
	o.Reset()
	if code := run("sigrun-check", []string{"--fix", name}, streams{strings.NewReader("yes\n"), &o, &o}); code != 0 || !strings.Contains(o.String(), "Successfully truncated AOF "+name) {
		t.Error(code, o.String())
	}
	if b, _ := os.ReadFile(name); string(b) != few {
		t.Errorf("%q", b)
	}
	o.Reset()
	if code := run("sigrun-check", []string{"--truncate-to-timestamp", "1628217472", name}, streams{strings.NewReader(""), &o, &o}); code != 0 || !strings.Contains(o.String(), "to timestamp 1628217472") {
		t.Error(code, o.String())
	}
	if b, _ := os.ReadFile(name); !strings.HasSuffix(string(b), "EXEC\r\n#x\r\n") {
		t.Errorf("%q", b)
	}
	snapshot := file(t, append(everything(t), "*1\r\n$4\r\nPI"...))
	o.Reset()
	if code := run("sigrun-check", []string{"--fix", snapshot}, streams{strings.NewReader("y\n"), &o, &o}); code != 0 {
		t.Error(code, o.String())
	}
	if b, _ := os.ReadFile(snapshot); !bytes.Equal(b, everything(t)) {
		t.Error("the snapshot is another one now")
	}
}

func TestFolder(t *testing.T) {
	for name, want := range map[string]string{"a": ".", "a/b": "a", "/a": "/", "//a": "/", "a//b": "a", "./x/../m": "./x/..", "a/b/": "a", "/": "/", "a/": "."} {
		if have := folder(name); have != want {
			t.Errorf("%s: %s, want %s", name, have, want)
		}
	}
}

// FuzzCommands checks any bytes: to an end, and what it cuts is well afterwards.
func FuzzCommands(f *testing.F) {
	f.Add([]byte(few), byte(0))
	f.Add([]byte(line("MULTI")+few[:100]), byte(1))
	f.Add([]byte("file a.aof seq 1 type i\n"), byte(1))
	f.Add([]byte("REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00*1"), byte(1))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, mode byte) {
		name := filepath.Join(dir, "a.aof")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		m := modes[int(mode)%len(modes)]
		code, out := appendOnly(m.in, append(m.options, name)...)
		if code != 0 && code != 1 || out == "" {
			t.Fatal(code, out)
		}
		if strings.Contains(out, "Successfully truncated AOF "+name+"\n") {
			if code, out := appendOnly("", name); code != 0 {
				t.Fatal(code, out)
			}
		}
		_, _, _ = checked(name)
	})
}

func TestCensusOfManyNames(t *testing.T) {
	var b strings.Builder
	for i := range 2 * mostNames {
		b.WriteString(line(fmt.Sprint("name", i)))
	}
	b.WriteString(line("NAME1"))
	code, out, _ := checked(file(t, []byte(b.String())))
	expect(t, code, 0, out, "[info] 2001 commands read", "[info] command \"NAME1\": 2,", "[info] ... and 980 more kinds of command\n")
}
