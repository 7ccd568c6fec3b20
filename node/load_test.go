package node_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/node"
	"sigrun/node/nodetest"
	"sigrun/storage/rdb"
)

// smallBlocks has files be read in the smallest pieces, so that most values come in parts.
var smallBlocks = [2]string{"loading-process-events-interval-bytes", "1024"}

// TestLoadInParts: a node that loads a file in pieces, while slots move, holds the same as the one that wrote it.
func TestLoadInParts(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			dir := t.TempDir()
			config := append([][2]string{{"dir", dir}, {"import-mode", "yes"}, smallBlocks}, mode.Config...)
			n := nodetest.StartNode(t, config...)
			c := testkit.MustDial(t, n.Addr())
			if _, err := c.Pipeline(dataset()...); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "+OK\r\n", "SELECT", "3")
			var pieces []string
			for i := range 3000 {
				pieces = append(pieces, "element "+strconv.Itoa(i), strings.Repeat("v", i%60))
			}
			for _, key := range []string{"{a}", "{b}", "{c}"} {
				_, _ = c.Do(append([]string{"HSET", "hash" + key}, pieces...)...)
				_, _ = c.Do(append([]string{"RPUSH", "list" + key}, pieces...)...)
				_, _ = c.Do("SET", "string"+key, strings.Repeat("no end to it ", 20000))
			}
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdbcompression", "no")
			c.Want(t, "+OK\r\n", "SAVE")
			want := nodetest.Look(n)
			c.Want(t, "+OK\r\n", "DEBUG", "RELOAD", "NOSAVE")
			reloaded := nodetest.Look(n)
			if wrong := reloaded.Differences(&want); len(wrong) > 0 {
				t.Errorf("reloaded, %d keys differ: %.2000s", len(wrong), strings.Join(wrong, "\n"))
			}
			_ = n.Close()
			have := nodetest.Look(nodetest.StartNode(t, config...))
			if wrong := have.Differences(&want); len(wrong) > 0 {
				t.Errorf("%d keys differ: %.2000s", len(wrong), strings.Join(wrong, "\n"))
			}
		})
	}
}

// numbered writes a file of so many small hashes, and a large one behind the first of them.
func numbered(keys, fields int, change func(w *rdb.Writer)) []byte {
	var out bytes.Buffer
	w := rdb.NewWriter(&out, rdb.Form{Version: rdb.Version, Checksum: true})
	w.Header()
	w.SelectDB(0)
	hash := func(name string, fields int) {
		w.Key(rdb.TypeHash, []byte(name))
		w.Length(uint64(fields))
		for i := range fields {
			w.String(fmt.Appendf(nil, "field %d", i))
			w.String(fmt.Appendf(nil, "value %d of %s", i, name))
		}
	}
	for i := range keys {
		hash("key "+strconv.Itoa(i), 3)
		if i == 0 {
			hash("large", fields)
		}
	}
	change(w)
	if err := w.End(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// TestBrokenFiles: of all that is wrong with a file the first is told, by the place where it stands.
func TestBrokenFiles(t *testing.T) {
	const keys, fields = 500, 5000
	whole := numbered(keys, fields, func(*rdb.Writer) {})
	twice := bytes.Replace(whole, []byte("field 4000"), []byte("field 3999"), 1)
	large, last := bytes.Index(whole, []byte("\x05large")), bytes.Index(whole, []byte("key 499"))
	cases := []struct {
		name string
		file []byte
		want []string
	}{
		{"whole", whole, nil},
		{"a key twice", numbered(keys, fields, func(w *rdb.Writer) {
			w.Key(rdb.TypeString, []byte("key 7"))
			w.String([]byte("v"))
		}), []string{"RDB has duplicated key 'key 7' in DB 0", "While reading key 'key 7' of type string"}},
		{"a field twice", twice, []string{"Duplicate hash fields detected (offset " + strconv.Itoa(bytes.Index(whole, []byte("value 4000 of"))+len("value 4000 of large")) + ")", "While reading key 'large' of type hash-hashtable"}},
		{"cut in a large value", whole[:large+60000], []string{"Unexpected EOF reading RDB file", "Short read or OOM loading DB", "While reading key 'large'"}},
		{"a field twice, and cut behind", twice[:last+3], []string{"Duplicate hash fields detected", "While reading key 'large'"}},
		{"a field twice, and the same value cut", twice[:bytes.Index(twice, []byte("field 4100"))], []string{"Duplicate hash fields detected", "While reading key 'large'"}},
		{"cut", whole[:last+3], []string{"Unexpected EOF reading RDB file"}},
		{"another sum", append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]+1), []string{"Wrong RDB checksum expected"}},
		{"not a type", bytes.Replace(whole, append([]byte{byte(rdb.TypeHash), 7}, "key 499"...), append([]byte{99, 7}, "key 499"...), 1), []string{"Unknown RDB encoding type 99", "Unknown type or opcode when loading DB"}},
	}
	for _, c := range cases {
		for _, mode := range testkit.Modes() {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), c.file, 0o644); err != nil {
				t.Fatal(err)
			}
			config := append([][2]string{{"dir", dir}, smallBlocks}, mode.Config...)
			if c.want == nil {
				testkit.MustDial(t, nodetest.Start(t, config...)).Want(t, ":"+strconv.Itoa(keys+1)+"\r\n", "DBSIZE")
				continue
			}
			log, err := nodetest.Refused(t, config...)
			for _, text := range c.want {
				if err == nil || !strings.Contains(log, text) {
					t.Errorf("%s, %s: %q is missing: %v\n%s", c.name, mode.Name, text, err, log)
				}
			}
		}
	}
}

// TestBaseKeepsWhatIsDue: what comes behind a base in the append-only file was done to what there was then, also to what would have been due since.
func TestBaseKeepsWhatIsDue(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		for lives := 200 * time.Millisecond; ; lives *= 2 {
			if kept := keptBeyond(t, lives, preamble); kept {
				break
			}
			if lives > time.Minute {
				t.Fatal("everything takes a minute")
			}
		}
	}
}

// keptBeyond has a key and a field lose the time at which they are due, behind a base; false: that had come.
func keptBeyond(t *testing.T, lives time.Duration, preamble string) bool {
	config := [][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}, {"aof-use-rdb-preamble", preamble}}
	n := nodetest.StartNode(t, config...)
	c := testkit.MustDial(t, n.Addr())
	at := strconv.FormatInt(time.Now().Add(lives).UnixMilli(), 10)
	c.Want(t, "+OK\r\n", "SET", "k", "v", "PXAT", at)
	c.Want(t, "+OK\r\n", "SET", "other", "v", "PXAT", at)
	c.Want(t, ":1\r\n", "HSETEX", "h", "PXAT", at, "FIELDS", "1", "f", "v")
	c.Want(t, ":1\r\n", "HSET", "h", "g", "v")
	c.Want(t, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	testkit.Await(t, n.Addr(), "aof_rewrites", "1")
	testkit.Await(t, n.Addr(), "aof_rewrite_in_progress", "0")
	if reply, _ := c.Do("PERSIST", "k"); string(reply) != ":1\r\n" {
		return false
	}
	if reply, _ := c.Do("HPERSIST", "h", "FIELDS", "1", "f"); string(reply) != "*1\r\n:1\r\n" {
		return false
	}
	testkit.Await(t, n.Addr(), "expired_keys", "1")
	_ = n.Close()
	c = testkit.MustDial(t, nodetest.Start(t, config...))
	c.Want(t, "$1\r\nv\r\n", "GET", "k")
	c.Want(t, "$1\r\nv\r\n", "HGET", "h", "f")
	c.Want(t, "$-1\r\n", "GET", "other")
	return true
}

// TestCloseWhileLoading: a node that is closed while it loads ends, and so does loading, before the memory is gone.
func TestCloseWhileLoading(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), numbered(20000, 50000, func(*rdb.Writer) {}), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, delay := range []string{"0", "1000"} { // of the slow one it would be 20 seconds
		cfg := config.New(glob.Match)
		for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", ""}, {"dir", dir}, {"key-load-delay", delay}, smallBlocks} {
			if err := cfg.Override(o[0], o[1]); err != nil {
				t.Fatal(err)
			}
		}
		n, err := node.Start(node.Options{Config: cfg, AnyPort: true, Loads: true})
		if err != nil {
			t.Fatal(err)
		}
		loaded := make(chan error, 1)
		go func() { loaded <- n.Load() }()
		if delay != "0" {
			testkit.Await(t, n.Addr(), "loading", "1")
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if err := <-loaded; err == nil && delay != "0" {
			t.Error("all of it was loaded")
		}
	}
}
