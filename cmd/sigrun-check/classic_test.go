package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigrun/storage/listpack"
	"sigrun/storage/rdb"
)

// everything is a file of all kinds of value in two databases, keys that expired and some that did not, a function and a script.
func everything(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := rdb.NewWriter(&out, rdb.Form{Version: rdb.Version, Compress: true, Checksum: true})
	text := func(s string) { w.String([]byte(s)) }
	key := func(k rdb.Type, name string) { w.Key(k, []byte(name)) }
	w.Header()
	w.Aux("valkey-ver", "9.1.0")
	w.Aux("lua", "return 1")
	w.Function([]byte("#!lua name=one\nserver.register_function('one', function() return 1 end)"))
	w.SelectDB(0)
	w.Sizes(5, 2)
	w.Expire(1000)
	key(rdb.TypeString, "greeting")
	text("hello")
	w.Expire(4102444800000)
	w.Freq(3)
	key(rdb.TypeString, "large")
	text(strings.Repeat("x", 70001))
	key(rdb.TypeString, "nothing")
	text("")
	key(rdb.TypeList, "list")
	w.Length(200)
	for i := range 200 {
		text(strings.Repeat("e", i))
	}
	w.SelectDB(2)
	w.Idle(9)
	key(rdb.TypeSet, "set")
	w.Length(3)
	for _, m := range []string{"1", "two", "-300000"} {
		text(m)
	}
	key(rdb.TypeZSet2, "zset")
	w.Length(200)
	for i := range 200 {
		text(fmt.Sprint("member ", i))
		w.Double(float64(i) * 1e9 / 7)
	}
	key(rdb.TypeZSet2, "scores")
	w.Length(3)
	for _, score := range []float64{1e17, -0.25, 0} {
		text(strings.Repeat("m", 65) + fmt.Sprint(score))
		w.Double(score)
	}
	key(rdb.TypeHash2, "hash")
	w.Length(3)
	for i, at := range []uint64{1000, 4102444800000, 1<<64 - 1} {
		text(fmt.Sprint("field ", i))
		text(strings.Repeat("v", 3000*i))
		w.Uint64(at)
	}
	key(rdb.TypeStream3, "stream")
	w.Length(1)
	w.String(make([]byte, 16))
	pack := listpack.New(nil)
	// One entry of the node's fields, one that was deleted, one of its own field.
	for _, e := range []string{"2", "1", "2", "f", "12", "0", "2", "1", "0", "a", "-7", "5", "3", "2", "0", "b", "c", "5", "0", "3", "0", "1", "g", "long value", "6"} {
		pack = listpack.Append(pack, []byte(e))
	}
	w.String(pack)
	for _, n := range []uint64{2, 3, 0, 1, 0, 2, 0, 3, 0} {
		w.Length(n)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func file(t *testing.T, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// classic calls the program by the old name.
func classic(args ...string) (code int, out, problems string) {
	var o, p strings.Builder
	code = run("/usr/bin/valkey-check-rdb", args, streams{strings.NewReader(""), &o, &p})
	return code, o.String(), p.String()
}

// reference is Valkey's own tool, which lies beside the server that SIGRUN_REFERENCE names.
func reference(t *testing.T) string {
	t.Helper()
	tool := filepath.Join(filepath.Dir(os.Getenv("SIGRUN_REFERENCE")), "valkey-check-rdb")
	if _, err := os.Stat(tool); os.Getenv("SIGRUN_REFERENCE") == "" || err != nil {
		t.Skip("no valkey-check-rdb lies beside what SIGRUN_REFERENCE names")
	}
	return tool
}

// logged are lines that the server's code writes inside the tool; place is where in its source a value was found damaged, and whether
// it ends there and then is left open.
var (
	logHead = regexp.MustCompile(`(?m)^\d+:[A-Z] \d.{23} [#*] `)
	logged  = regexp.MustCompile(`(?m)^\d+:[A-Z] .*\n`)
	place   = regexp.MustCompile(`Internal error in RDB reading .* -> `)
	ended   = regexp.MustCompile(`(?m)^\[offset \d+\] Check RDB returned error code 1.*\n`)
)

// same compares what both tools say of a file.
func same(t *testing.T, tool string, change func(out string) string, args ...string) {
	t.Helper()
	said, err := exec.Command(tool, args...).Output()
	want := 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		want = e.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	code, out, _ := classic(args...)
	theirs, ours := change(logged.ReplaceAllString(string(said), "")), change(out)
	if code != want || ours != theirs {
		t.Errorf("%v: exit code %d, want %d\n%s\nwant\n%s", args, code, want, ours, theirs)
	}
}

func asItIs(out string) string { return out }

func TestFigures(t *testing.T) {
	name := file(t, everything(t))
	code, out, _ := classic(name, "--stats", "--format", "csv")
	size := len(everything(t))
	expect(t, code, 0, out, fmt.Sprintf("[offset %d] Checksum OK\n[offset %[1]d] Check RDB returned error code 0 (0 means success)\n"+
		"[offset %[1]d] \\o/ RDB looks OK! \\o/\n[info] 9 keys read\n[info] 2 expires\n[info] 1 already expired\n[info] 1 functions\n"+
		"[info] 1 lua scripts read\ndb.0.type.name,string,list,set,zset,hash,module,stream\ndb.0.keys.total,3,1,0,0,0,0,0\n", size),
		"\ndb.0.elements.size.p99,70015.00,197.00,0.00,0.00,0.00,0.00,0.00\n", "\ndb.1.keys.total,0,0,0,0,0,0,0\n",
		"\ndb.2.keys.value_size,0,0,11,5304,9021,0,17\n", "\ndb.2.elements.total,0,0,3,203,3,0,2\n")
	if strings.Contains(out, "Function library") || strings.Contains(out, "RDB version") {
		t.Error(out)
	}
	code, out, _ = checked("--stats", "--format", "info", name)
	expect(t, code, 0, out, "RDB version 80", "Function library of", "\n[info] db.0.type.string.elements.size.max:70001\n")
	code, out, _ = classic(name, "--stats")
	expect(t, code, 0, out, "\ndb.2.expire_keys.total        \t0    \t0    \t0    \t0    \t0    \t0    \t0    \n")
}

func TestFiguresGoToAFile(t *testing.T) {
	name, output := file(t, everything(t)), filepath.Join(t.TempDir(), "figures")
	if err := os.WriteFile(output, bytes.Repeat([]byte("old\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := classic(name, "--stats", "--output", output)
	expect(t, code, 0, out, "looks OK")
	written, err := os.ReadFile(output)
	if err != nil || strings.Contains(out, "db.0") || bytes.Contains(written, []byte("old")) || !bytes.HasPrefix(written, []byte("db.0.type.name")) {
		t.Errorf("%v\n%s\n%.100s", err, out, written)
	}
	code, _, problems := classic(name, "--stats", "--output", name)
	expect(t, code, 1, problems, "Cannot open output file: '"+name+"'")
	if b, _ := os.ReadFile(name); !bytes.Equal(b, everything(t)) {
		t.Error("the file that was to be checked is another one now")
	}
	code, _, problems = classic(name, "--stats", "--output", "/no/such/folder/x")
	expect(t, code, 1, problems, "Cannot open output file")
}

func TestOddVersions(t *testing.T) {
	header := func(h string) string { return file(t, []byte(h)) }
	for h, said := range map[string]string{
		"REDIS0012\xff00000000":                     "[offset 9] Foreign RDB version 12 detected\n--- RDB ERROR DETECTED ---\n[offset 18] RDB CRC error\n",
		"REDIS0012\xff" + strings.Repeat("\x00", 8): "\\o/ RDB looks OK, but loading requires config 'rdb-version-check relaxed'\n",
		"VALKEY987\xff" + strings.Repeat("\x00", 8): "[offset 9] Future RDB version 987 detected\n",
		"REDIS0075\x96":                             "[offset 10] Unknown object type 150 in RDB file with foreign version 75\n[additional info] While doing: read-type\n[info]",
		"VALKEY987\x96":                             "[offset 10] Unknown object type 150 in RDB file with future version 987\n",
		"VALKEY080\x96":                             "[offset 10] Invalid object type: 150\n",
		"REDIS0987":                                 "[offset 9] Can't handle RDB format version 987\n[additional info] While doing: start\n",
	} {
		_, out, _ := classic(header(h))
		expect(t, 0, 0, out, said)
	}
	code, out, _ := classic(header("REDIS0003\xff"))
	expect(t, code, 0, out, "looks OK!")
	if strings.Contains(out, "hecksum") {
		t.Error("files of old have none:\n" + out)
	}
}

func TestOldName(t *testing.T) {
	good := everything(t)
	name := file(t, append(bytes.Clone(good), "*1\r\n$4\r\nPING\r\n"...))
	code, out, _ := classic(name)
	expect(t, code, 0, out, "looks OK!")
	code, out, _ = checked(name)
	expect(t, code, 1, out, "follow the end", "While doing: check-end")
	code, out, _ = classic(sample(t, unchanged, nil))
	expect(t, code, 1, out, "The key has no value\n[additional info] While doing: read-object-value\n[additional info] Reading key 'nothing'\n"+
		"[additional info] Reading type 1 (list-linked)\n[info] 3 keys read\n")
	for _, v := range []string{"--version", "-v"} {
		code, out, _ = classic(v)
		expect(t, code, 0, out, "valkey-check-rdb v=9.1.0 ", " bits=64\n")
	}
	code, out, _ = checked("--version")
	expect(t, code, 0, out, "sigrun-check v=9.1.0 ")
	code, out, _ = classic("--help")
	expect(t, code, 0, out, "Usage: /usr/bin/valkey-check-rdb FILE.rdb")
	for _, args := range [][]string{nil, {name, name}, {name, "--format", "form"}, {name, "--format"}, {name, "--output"}, {name, "--verbose"}} {
		code, _, problems := classic(args...)
		expect(t, code, 1, problems, "Usage: ")
	}
	code, out, problems := classic("/no/such/file")
	expect(t, code, 1, out+problems, "[offset 0] Checking RDB file /no/such/file\n[offset 0] Check RDB returned error code 1", "Cannot open file")
}

// TestManyDatabases has a damaged file name a database far away.
func TestManyDatabases(t *testing.T) {
	name := file(t, append([]byte("VALKEY080\xfe\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 8)...))
	code, out, _ := classic(name, "--stats", "--format", "csv")
	expect(t, code, 0, out, "db.9223372036854775807.keys.total,0")
	if n := strings.Count(out, "\n"); n > 100 {
		t.Error(n, "lines")
	}
}

func TestSpread(t *testing.T) {
	for v := range uint64(1 << 14) {
		l := largest(bucketOf(v))
		if l < v || l > v+v>>stepBits || bucketOf(l) != bucketOf(v) || bucketOf(l+1) != bucketOf(v)+1 {
			t.Fatal(v, l)
		}
	}
	var s, sum spread
	if s.percentile(50) != 0 {
		t.Error("of nothing")
	}
	for range 2 {
		for v := range uint64(1000) {
			s.add(v)
		}
		s.drain(&sum)
	}
	if s.total != 0 || sum.total != 2000 || sum.max != 999 || sum.sum != 999000 || sum.percentile(50) != 499 || sum.percentile(99) != 989 {
		t.Error(s.total, sum.total, sum.max, sum.sum, sum.percentile(50), sum.percentile(99))
	}
}

func TestSaysWhatValkeysToolSays(t *testing.T) {
	tool := reference(t)
	name := file(t, everything(t))
	for _, args := range [][]string{{}, {"--stats"}, {"--stats", "--format", "table"}, {"--stats", "--format", "csv"}, {"--stats", "--format", "info"}} {
		same(t, tool, asItIs, append([]string{name}, args...)...)
	}
	assets, _ := filepath.Glob(filepath.Join(filepath.Dir(tool), "../tests/assets/*.rdb"))
	for _, a := range assets {
		same(t, tool, func(out string) string {
			out = strings.Replace(out, "The key has no value", "Unexpected EOF reading RDB file", 1) // which it is not
			return ended.ReplaceAllString(place.ReplaceAllString(out, ""), "")
		}, a)
	}
}

// TestDamageIsFoundWhereValkeysToolFindsIt cuts a file at every so many bytes.
func TestDamageIsFoundWhereValkeysToolFindsIt(t *testing.T) {
	tool := reference(t)
	b := everything(t)
	var cuts []int
	for n := 1; n < 220; n += 5 {
		cuts = append(cuts, n)
	}
	for n := 220; n < len(b); n += len(b) / 20 {
		cuts = append(cuts, n)
	}
	for _, n := range append(cuts, len(b)-1) {
		same(t, tool, func(out string) string {
			out = strings.Replace(out, "library, Failed loading library payload", "library, Unexpected EOF reading RDB file", 1)
			return ended.ReplaceAllString(place.ReplaceAllString(out, ""), "")
		}, file(t, b[:n]))
	}
}
