package aof

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/storage/rdb"
)

func TestRephrase(t *testing.T) {
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.Form{Version: rdb.Version, Checksum: true})
	text := func(s string) { w.String([]byte(s)) }
	w.Header()
	w.Aux("valkey-ver", "9.1.0")
	w.Function([]byte("#!lua name=x"))
	w.SelectDB(0)
	w.SelectDB(3)
	w.Expire(4102444800000)
	w.Key(rdb.TypeString, []byte("s"))
	text("v\r\n")
	w.Key(rdb.TypeList, []byte("l"))
	w.Length(66)
	for i := range 66 {
		text(strconv.Itoa(i))
	}
	w.Key(rdb.TypeHash2, []byte("h"))
	w.Length(3)
	for i, at := range []uint64{1<<64 - 1, 4102444800000, 1<<64 - 1} {
		text("f" + strconv.Itoa(i))
		text("v")
		w.Uint64(at)
	}
	w.Key(rdb.TypeZSet2, []byte("z"))
	w.Length(2)
	text("a")
	w.Double(0.1)
	text("b")
	w.Double(-1e20)
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Rephrase(rdb.NewReader(&file, int64(file.Len())), rdb.Options{}, 99, &out); err != nil {
		t.Fatal(err)
	}
	r, b := NewReader(bytes.NewReader(out.Bytes()), 0, int64(out.Len())), Batch{}
	var said []string
	for r.Next(&b) == nil {
		for _, c := range b.Commands {
			said = append(said, fmt.Sprintf("%q", bytes.Join(c.Args, []byte(" "))))
			if c.Time != 99 {
				t.Error(c.Time)
			}
		}
	}
	many := "RPUSH l"
	for i := range itemsPerCommand {
		many += " " + strconv.Itoa(i)
	}
	want := []string{`"FUNCTION LOAD #!lua name=x"`, `"SELECT 3"`, `"SET s v\r\n"`, `"PEXPIREAT s 4102444800000"`, strconv.Quote(many), `"RPUSH l 64 65"`,
		`"HSETEX h PXAT 4102444800000 FIELDS 1 f1 v"`, `"HMSET h f0 v f2 v"`, `"ZADD z 0.1 a -1e+20 b"`}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if err := Rephrase(rdb.NewBytesReader(baseOf(1, true)[:12]), rdb.Options{}, 0, &out); !errors.Is(err, rdb.ErrShort) {
		t.Error(err)
	}
	full := errors.New("no space left on device")
	if err := Rephrase(rdb.NewBytesReader(file.Bytes()), rdb.Options{}, 0, failing{full}); err == nil {
		t.Error("written nowhere")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestRephrasedIsTheSame has a server save what it holds, and another one do what that says.
func TestRephrasedIsTheSame(t *testing.T) {
	first, second := testkit.MustDial(t, testkit.Reference(t)), testkit.MustDial(t, testkit.Reference(t))
	do := func(c *testkit.Client, args ...string) string {
		t.Helper()
		reply, err := c.Do(args...)
		if err != nil || reply[0] == '-' {
			t.Fatalf("%q: %s %v", args, reply, err)
		}
		return string(reply)
	}
	long := strings.Repeat("compressible ", 400)
	for i := range 200 {
		s := strconv.Itoa(i)
		do(first, "RPUSH", "list", s, "element "+s)
		do(first, "SADD", "ints", s)
		do(first, "SADD", "set", "member "+s)
		do(first, "HSET", "hash", "field "+s, "value "+s, s, long[:i*10])
		do(first, "ZADD", "zset", s+".5", "member "+s, "1e"+s, s)
		do(first, "XADD", "stream", fmt.Sprintf("%d-%d", 1000+i/3, i), "a", s, "b", long[:i])
	}
	do(first, "SET", "large", strings.Repeat("\x00\xff", 300_000))
	do(first, "SET", "expiring", "v", "PX", "100000000")
	do(first, "ZADD", "zset", "inf", "a", "-inf", "b")
	do(first, "XDEL", "stream", "1000-0", "1003-10", "1066-199")
	do(first, "XADD", "stream", "2000-1", "other", "fields")
	do(first, "XADD", "emptied", "5-5", "a", "b")
	do(first, "XDEL", "emptied", "5-5")
	for _, g := range []string{"one", "two"} {
		do(first, "XGROUP", "CREATE", "stream", g, "0")
		do(first, "XREADGROUP", "GROUP", g, "alice", "COUNT", "4", "STREAMS", "stream", ">")
		do(first, "XREADGROUP", "GROUP", g, "bob", "COUNT", "3", "STREAMS", "stream", ">")
		do(first, "XGROUP", "CREATECONSUMER", "stream", g, "idle")
		do(first, "XACK", "stream", g, "1000-1")
	}
	do(first, "SELECT", "9")
	do(first, "SET", "elsewhere", "v", "PX", "100000000")
	do(first, "SAVE")
	dir := strings.Split(do(first, "CONFIG", "GET", "dir"), "\r\n")
	file, err := os.ReadFile(filepath.Join(dir[4], "dump.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Rephrase(rdb.NewBytesReader(file), rdb.Options{}, 0, &out); err != nil {
		t.Fatal(err)
	}
	r, b := NewReader(&out, 0, int64(out.Len())), Batch{}
	for r.Next(&b) == nil {
		for _, c := range b.Commands {
			var words []string
			for _, a := range c.Args {
				words = append(words, string(a))
			}
			do(second, words...)
		}
	}
	for _, question := range [][]string{{"DEBUG", "DIGEST"}, {"SELECT", "0"}, {"XINFO", "GROUPS", "stream"}, {"XPENDING", "stream", "one"}, {"XPENDING", "stream", "two"},
		{"XRANGE", "stream", "-", "+"}, {"PEXPIRETIME", "expiring"}, {"XINFO", "GROUPS", "emptied"}, {"DBSIZE"}} {
		if theirs, ours := do(first, question...), do(second, question...); theirs != ours {
			t.Errorf("%q: %.2000s\nwant\n%.2000s", question, ours, theirs)
		}
	}
	for _, key := range []string{"stream", "emptied"} {
		facts := func(c *testkit.Client) (all []string) {
			f := strings.Split(do(c, "XINFO", "STREAM", key), "\r\n")
			for i, name := range f {
				switch name {
				case "length", "last-generated-id", "max-deleted-entry-id", "entries-added":
					all = append(all, strings.Join(f[i:i+3], " "))
				}
			}
			return all
		}
		if theirs, ours := facts(first), facts(second); strings.Join(theirs, "|") != strings.Join(ours, "|") || len(theirs) != 4 {
			t.Errorf("%s: %q, want %q", key, ours, theirs)
		}
	}
}
