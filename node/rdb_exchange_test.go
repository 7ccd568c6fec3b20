package node_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// dataset makes keys of every type in every encoding, with the limits of a reference that is set to small ones.
func dataset() (commands [][]string) {
	add := func(args ...string) { commands = append(commands, args) }
	for _, p := range [][2]string{{"set-max-intset-entries", "8"}, {"hash-max-listpack-entries", "8"}, {"zset-max-listpack-entries", "8"},
		{"list-max-listpack-size", "8"}, {"stream-node-max-entries", "5"}} {
		add("CONFIG", "SET", p[0], p[1])
	}
	long := strings.Repeat("compressible ", 40)
	for i, v := range []string{"", "x", "7", "-1", "40000", "3000000000", "-9223372036854775808", "007", long, strings.Repeat("\x00\xff", 40000), "binary\r\n\x00"} {
		add("SET", "string:"+strconv.Itoa(i), v)
	}
	add("SETRANGE", "edited", "2", "5")
	add("SET", "expiring", "v", "PX", "100000000")
	for _, n := range []int{3, 30} {
		for i := range n {
			s, size := strconv.Itoa(i), strconv.Itoa(n)
			add("RPUSH", "list:"+size, s, "element "+s)
			add("SADD", "ints:"+size, s, strconv.Itoa(i*100000), strconv.Itoa(-i*10000000000))
			add("SADD", "set:"+size, s, "member "+s)
			add("HSET", "hash:"+size, "field "+s, "value "+s, s, long[:i*10])
			add("ZADD", "zset:"+size, s+".5", "member "+s, s, s)
			add("XADD", "stream:"+size, fmt.Sprintf("%d-%d", 1000+i/3, i), "a", s, "b", long[:i])
		}
	}
	add("RPUSH", "list:large", strings.Repeat("a", 20000), "b", long)
	add("HSET", "hash:long", "f", strings.Repeat("v", 100))
	add("ZADD", "zset:special", "inf", "a", "-inf", "b", "1.5e10", "c", "-0.5", "d", "3", "e")
	add("XDEL", "stream:30", "1000-0", "1003-10")
	add("XADD", "stream:30", "2000-1", "other", "fields")
	for _, g := range []string{"one", "two"} {
		add("XGROUP", "CREATE", "stream:30", g, "0")
		add("XREADGROUP", "GROUP", g, "alice", "COUNT", "4", "STREAMS", "stream:30", ">")
		add("XREADGROUP", "GROUP", g, "bob", "COUNT", "3", "STREAMS", "stream:30", ">")
		add("XGROUP", "CREATECONSUMER", "stream:30", g, "idle")
		add("XACK", "stream:30", g, "1000-1", "1001-4")
	}
	add("XADD", "stream:empty", "5-5", "a", "b")
	add("XDEL", "stream:empty", "5-5")
	add("PFADD", "hll", "a", "b", "c")
	add("EXPIRE", "zset:30", "100000")
	add("SELECT", "9")
	add("SET", "elsewhere", "v")
	add("SELECT", "0")
	return commands
}

// contents are all keys of a server with their values, as text that can be compared.
func contents(t *testing.T, c *testkit.Client) map[string]string {
	t.Helper()
	do := func(args ...string) string {
		reply, err := c.Do(args...)
		if err != nil {
			t.Fatal(err)
		}
		return string(reply)
	}
	all := map[string]string{}
	for _, n := range []string{"0", "9"} {
		do("SELECT", n)
		for _, key := range lines(do("KEYS", "*")) {
			typ := strings.Trim(do("TYPE", key), "+\r\n")
			text := typ
			if strings.HasPrefix(do("PTTL", key), ":-") {
				text += " for ever"
			}
			switch typ {
			case "string":
				text += do("GET", key)
			case "list":
				text += do("LRANGE", key, "0", "-1")
			case "set":
				text += sorted(lines(do("SMEMBERS", key)))
			case "hash":
				var pairs []string
				for f := range seq(lines(do("HKEYS", key))) {
					pairs = append(pairs, f+"="+do("HGET", key, f))
				}
				text += sorted(pairs)
			case "zset":
				text += do("ZRANGE", key, "0", "-1", "WITHSCORES")
			case "stream":
				text += do("XRANGE", key, "-", "+") + field(do("XINFO", "STREAM", key), "last-generated-id") +
					field(do("XINFO", "STREAM", key), "entries-added") + field(do("XINFO", "STREAM", key), "max-deleted-entry-id")
				for _, g := range []string{"one", "two"} {
					text += do("XPENDING", key, g) + do("XPENDING", key, g, "-", "+", "1000", "bob")[:2] + steady(do("XINFO", "CONSUMERS", key, g))
				}
				text += do("XINFO", "GROUPS", key)
			}
			all[n+" "+key] = text
		}
	}
	do("SELECT", "0")
	return all
}

func seq(list []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, s := range list {
			if !yield(s) {
				return
			}
		}
	}
}

// lines are the bulk strings of an array.
func lines(reply string) (all []string) {
	for rest := reply[strings.Index(reply, "\n")+1:]; rest != ""; {
		head, tail, _ := strings.Cut(rest, "\r\n")
		n, _ := strconv.Atoi(head[1:])
		all = append(all, tail[:n])
		rest = tail[n+2:]
	}
	return all
}

func sorted(list []string) string {
	sort.Strings(list)
	return strings.Join(list, "|")
}

// field is what follows a name in a reply, up to the next bulk string.
func field(reply, name string) string {
	_, after, _ := strings.Cut(reply, name+"\r\n")
	return name + strings.Join(strings.SplitN(after, "\r\n", 3)[:2], " ")
}

// steady is XINFO CONSUMERS without times, of which the reference knows fewer.
func steady(reply string) (out string) {
	parts := strings.Split(reply, "\r\n")
	for i := 0; i < len(parts); i++ {
		switch p := parts[i]; {
		case p == "idle" || p == "inactive":
			i++
		case p != "" && (p[0] == '*' || p[0] == '$'):
		default:
			out += p + " "
		}
	}
	return out
}

func same(t *testing.T, what string, have, want map[string]string) {
	t.Helper()
	for key, text := range want {
		if have[key] != text {
			t.Errorf("%s: %s is\n%q\nwant\n%q", what, key, have[key], text)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%s: %d keys, want %d", what, len(have), len(want))
	}
}

func run(t *testing.T, c *testkit.Client, commands [][]string) {
	t.Helper()
	replies, err := c.Pipeline(commands...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range replies {
		if r[0] == '-' {
			t.Fatalf("%.80q: %s", commands[i], r)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(from, "dump.rdb"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "dump.rdb"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFilesOfTheReference loads a file of redis-server, writes one in its version and has it load that.
func TestFilesOfTheReference(t *testing.T) {
	for _, compress := range []string{"yes", "no"} {
		theirs, ours := t.TempDir(), t.TempDir()
		reference := testkit.MustDial(t, testkit.Redis(t, "--dir", theirs, "--rdbcompression", compress))
		run(t, reference, dataset())
		want := contents(t, reference)
		reference.Want(t, "+OK\r\n", "SAVE")
		copyFile(t, theirs, ours)

		c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", ours}, [2]string{"rdb-save-version", "10"}, [2]string{"rdbcompression", compress},
			[2]string{"hash-max-listpack-entries", "8"}))
		same(t, "loaded by us", contents(t, c), want)
		c.Want(t, "+OK\r\n", "DEBUG", "RELOAD")
		same(t, "reloaded by us", contents(t, c), want)
		back := t.TempDir()
		copyFile(t, ours, back)
		if b, _ := os.ReadFile(filepath.Join(back, "dump.rdb")); !bytes.HasPrefix(b, []byte("REDIS0010")) {
			t.Errorf("%.9q", b)
		}
		again := testkit.MustDial(t, testkit.Redis(t, "--dir", back))
		same(t, "loaded by the reference", contents(t, again), want)
	}
}

// TestPayloadsOfTheReference exchanges payloads of DUMP, in both directions.
func TestPayloadsOfTheReference(t *testing.T) {
	reference := testkit.MustDial(t, testkit.Redis(t))
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"rdb-save-version", "10"}, [2]string{"hash-max-listpack-entries", "8"},
		[2]string{"zset-max-listpack-entries", "8"}, [2]string{"set-max-intset-entries", "8"}))
	run(t, reference, dataset())
	want := contents(t, reference)
	exchange := func(from, to *testkit.Client) {
		for key := range want {
			n, key, _ := strings.Cut(key, " ")
			for _, s := range []*testkit.Client{from, to} {
				s.Want(t, "+OK\r\n", "SELECT", n)
			}
			reply, _ := from.Do("DUMP", key)
			_, payload, _ := strings.Cut(string(reply), "\r\n")
			ttl := "0"
			if !strings.HasSuffix(want[n+" "+key], " for ever") && !strings.Contains(want[n+" "+key], " for ever") {
				ttl = "100000000"
			}
			to.Want(t, "+OK\r\n", "RESTORE", key, ttl, strings.TrimSuffix(payload, "\r\n"))
		}
	}
	exchange(reference, c)
	same(t, "restored by us", contents(t, c), want)
	reference.Want(t, "+OK\r\n", "FLUSHALL")
	exchange(c, reference)
	same(t, "restored by the reference", contents(t, reference), want)
}
