package persist_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/node/persist"
	"sigrun/protocol/slot"
)

// Two sinks of one mark are given the same moment, and one that fails takes nothing away from them.
func TestSinksOfOneMark(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	for i := range 300 {
		c.Want(t, "+OK\r\n", "SET", fmt.Sprint("small:", i), strings.Repeat("text", i))
	}
	for e := range 5000 {
		c.Want(t, ":1\r\n", "SADD", "large", fmt.Sprint("a member of some length ", e))
	}
	want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
	files, err := persist.ScanInto(n.Control.Persist.(*persist.Keeper), func() {
		for i := range 300 {
			c.Want(t, "+OK\r\n", "SET", fmt.Sprint("small:", i), "something else")
			c.Want(t, ":1\r\n", "SREM", "large", fmt.Sprint("a member of some length ", i*10))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files[1]) >= len(files[0]) {
		t.Errorf("%d bytes compressed, %d without", len(files[1]), len(files[0]))
	}
	for _, b := range files {
		holds(t, b, want)
	}
}

// holds checks the digest of a file.
func holds(t *testing.T, b []byte, want string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	other := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}))
	other.Want(t, "+OK\r\n", "DEBUG", "RELOAD", "NOSAVE")
	if have := string(testkit.Must(other.Do("DEBUG", "DIGEST"))(t)); have != want {
		t.Errorf("a file holds %q, and there was %q", have, want)
	}
}

// fill makes a small and a large value of each type with names that have a tag.
func fill(t *testing.T, c *testkit.Client, tag string) {
	t.Helper()
	do := func(args ...string) {
		if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
			t.Fatalf("%.100q: %q", args, reply)
		}
	}
	for _, size := range []int{3, 3000} {
		key := func(name string) string { return fmt.Sprintf("{%s}%s%d", tag, name, size) }
		for _, name := range []string{"set", "hash", "zset", "list"} {
			args := []string{map[string]string{"set": "SADD", "hash": "HSET", "zset": "ZADD", "list": "RPUSH"}[name], key(name)}
			for i := range size {
				if name == "zset" || name == "hash" {
					args = append(args, fmt.Sprint(i))
				}
				args = append(args, fmt.Sprint("an element of some length ", i))
			}
			do(args...)
		}
		do("SET", key("string"), strings.Repeat("text", size*20))
		do("XGROUP", "CREATE", key("stream"), "g", "0", "MKSTREAM")
		for i := range size {
			do("XADD", key("stream"), fmt.Sprint(i, "-1"), "field", "a value of some length")
		}
		do("XREADGROUP", "GROUP", "g", "one", "COUNT", fmt.Sprint(size/2), "STREAMS", key("stream"), ">")
	}
}

// spoil changes all that fill made.
func spoil(t *testing.T, c *testkit.Client, tag string) {
	t.Helper()
	for _, size := range []string{"3", "3000"} {
		for _, line := range []string{"SADD KEY:setSIZE another", "HSET KEY:hashSIZE f another", "ZADD KEY:zsetSIZE 1 another", "LPUSH KEY:listSIZE another",
			"APPEND KEY:stringSIZE another", "SETRANGE KEY:stringSIZE 0 another", "XADD KEY:streamSIZE * field another",
			"XREADGROUP GROUP g two COUNT 2 STREAMS KEY:streamSIZE >", "SREM KEY:setSIZE another", "RENAME KEY:setSIZE KEY:other", "RENAME KEY:other KEY:setSIZE", "HDEL KEY:hashSIZE f", "LPOP KEY:listSIZE"} {
			line = strings.NewReplacer("KEY:", "{"+tag+"}", "SIZE", size).Replace(line)
			if reply := testkit.Must(c.Do(strings.Fields(line)...))(t); testkit.IsError(reply) {
				t.Fatalf("%q: %q", line, reply)
			}
		}
	}
}

// A scan of some slots has what they hold, and of a change in another one nothing is put aside.
func TestSlotsThatAreNotScannedPayNothing(t *testing.T) {
	n := nodetest.StartNode(t)
	k, c := n.Control.Persist.(*persist.Keeper), testkit.MustDial(t, n.Addr())
	fill(t, c, "mine")
	want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
	fill(t, c, "others")
	mine := slot.Of([]byte("{mine}"))
	of := func(slot uint16) bool { return slot == mine }
	b, cow, err := persist.ScanSlots(k, of, func() { spoil(t, c, "others") })
	if err != nil {
		t.Fatal(err)
	}
	if cow != 0 {
		t.Errorf("%d bytes were put aside", cow)
	}
	holds(t, b, want)
	if b, cow, err = persist.ScanSlots(k, of, func() { spoil(t, c, "mine") }); err != nil {
		t.Fatal(err)
	}
	if cow == 0 {
		t.Error("nothing was put aside")
	}
	holds(t, b, want)
}

// A scan that is called off, wherever that is, leaves nothing behind; and the next one, for which the bit of the entries that says what was saved is
// turned back to what it was at the one before, is exact.
func TestScansThatAreCalledOff(t *testing.T) {
	n := nodetest.StartNode(t)
	k, c := n.Control.Persist.(*persist.Keeper), testkit.MustDial(t, n.Addr())
	for asks, whole := 1, false; !whole; asks *= 3 {
		testkit.Must(c.Do("FLUSHALL"))(t)
		for _, tag := range []string{"a", "b"} {
			fill(t, c, tag)
		}
		var left int64
		left, whole = persist.ScanCancelled(k, asks, func() {
			spoil(t, c, "a")
			if asks%9 == 0 {
				testkit.Must(c.Do("FLUSHALL", "ASYNC"))(t)
			}
		})
		if left != 0 {
			t.Errorf("called off after %d looks: %d bytes still lie aside", asks, left)
		}
		testkit.Must(c.Do("FLUSHALL"))(t)
		fill(t, c, "b")
		want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
		files, err := persist.ScanInto(k, func() { spoil(t, c, "b") })
		if err != nil {
			t.Fatal(err)
		}
		holds(t, files[0], want)
	}
}
