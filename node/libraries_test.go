package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// library is the code of a library with one function.
func library(name, returns string) string {
	return "#!lua name=" + name + "\nserver.register_function('" + name + "_f', function() return '" + returns + "' end)"
}

// named lists the libraries of a node, with their code.
func named(t *testing.T, c *testkit.Client) (all map[string]string) {
	t.Helper()
	reply, err := testkit.Parse(testkit.Must(c.Do("FUNCTION", "LIST", "WITHCODE"))(t))
	if err != nil {
		t.Fatal(err)
	}
	all = map[string]string{}
	for _, lib := range reply.Elems {
		all[lib.Elems[1].Text] = lib.Elems[7].Text
	}
	return all
}

// TestLibrariesAreKept: libraries of functions come from an append-only file, and stay as code, whatever file the node begins with again.
func TestLibrariesAreKept(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			dir := t.TempDir()
			one, two := library("one", "1"), library("two", strings.Repeat("long ", 100))
			var log []byte
			for _, args := range [][]string{{"FUNCTION", "LOAD", library("one", "0")}, {"SET", "k", "v"}, {"FUNCTION", "LOAD", "REPLACE", one},
				{"FUNCTION", "LOAD", two}, {"FUNCTION", "LOAD", library("gone", "")}, {"FUNCTION", "DELETE", "gone"}} {
				log = append(log, testkit.Command(args...)...)
			}
			if err := os.WriteFile(filepath.Join(dir, "appendonly.aof"), log, 0o644); err != nil {
				t.Fatal(err)
			}
			config := append([][2]string{{"dir", dir}, {"appendonly", "yes"}}, mode.Config...)
			n := nodetest.StartNode(t, config...)
			c := testkit.MustDial(t, n.Addr())
			look := func(when string) {
				t.Helper()
				if have := named(t, c); len(have) != 2 || have["one"] != one || have["two"] != two {
					t.Fatalf("%s: %.500q", when, have)
				}
			}
			again := func(when string, config ...[2]string) {
				t.Helper()
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				n = nodetest.StartNode(t, config...)
				c = testkit.MustDial(t, n.Addr())
				look(when)
			}
			look("read")
			again("read twice", config...)
			for i, preamble := range []string{"yes", "no"} {
				c.Want(t, "+OK\r\n", "CONFIG", "SET", "aof-use-rdb-preamble", preamble)
				_, _ = c.Do("BGREWRITEAOF")
				testkit.AwaitCount(t, n.Addr(), "aof_rewrites", i+1)
				testkit.Await(t, n.Addr(), "aof_rewrite_in_progress", "0")
				c.Want(t, "+OK\r\n", "DEBUG", "LOADAOF")
				look("loaded again, preamble " + preamble)
			}
			again("rewritten", config...)
			c.Want(t, "+OK\r\n", "DEBUG", "RELOAD")
			look("reloaded")
			c.Want(t, "+OK\r\n", "FLUSHALL") // which removes keys
			look("without keys")
			c.Want(t, "+OK\r\n", "SET", "k", "v")
			saved := testkit.InfoField(string(testkit.Must(c.Do("INFO", "persistence"))(t)), "rdb_saves")
			_, _ = c.Do("BGSAVE")
			testkit.Await(t, n.Addr(), "rdb_bgsave_in_progress", "0")
			if now := testkit.InfoField(string(testkit.Must(c.Do("INFO", "persistence"))(t)), "rdb_saves"); now == saved {
				t.Errorf("nothing was saved: %s", now)
			}
			again("from a snapshot", append([][2]string{{"dir", dir}}, mode.Config...)...)
			c.Want(t, "$1\r\nv\r\n", "GET", "k")

			dump, err := testkit.Parse(testkit.Must(c.Do("FUNCTION", "DUMP"))(t))
			if err != nil {
				t.Fatal(err)
			}
			info := string(testkit.Must(c.Do("INFO", "memory"))(t))
			if testkit.InfoField(info, "number_of_libraries") != "2" || testkit.InfoField(info, "used_memory_functions") == "0" {
				t.Error(info)
			}
			c.Want(t, "+OK\r\n", "FUNCTION", "DELETE", "two")
			c.Want(t, "-ERR Library not found\r\n", "FUNCTION", "DELETE", "two")
			c.Want(t, "-ERR Library one already exists\r\n", "FUNCTION", "RESTORE", dump.Text)
			if have := named(t, c); len(have) != 1 {
				t.Errorf("%q", have)
			}
			c.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text, "replace")
			look("restored")
			c.Want(t, "+OK\r\n", "FUNCTION", "FLUSH")
			if have := named(t, c); len(have) != 0 {
				t.Errorf("%q", have)
			}
			c.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text, "APPEND")
			c.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text, "FLUSH")
			look("restored once more")
			if reply := string(testkit.Must(c.Do("FCALL", "one_f", "0"))(t)); !strings.HasPrefix(reply, "-ERR Functions are not executed yet") {
				t.Error(reply)
			}
		})
	}
}

// TestLibraryExchange gives libraries to a reference, which compiles them, and takes them back.
func TestLibraryExchange(t *testing.T) {
	there := testkit.MustDial(t, testkit.Reference(t))
	here := testkit.MustDial(t, nodetest.Start(t, [2]string{"rdb-save-version", "10"}))
	for _, name := range []string{"one", "two"} {
		code := strings.ReplaceAll(library(name, strings.Repeat(name, 50)), "server.", "redis.")
		there.Want(t, "$3\r\n"+name+"\r\n", "FUNCTION", "LOAD", code)
	}
	want := named(t, there)
	dump, err := testkit.Parse(testkit.Must(there.Do("FUNCTION", "DUMP"))(t))
	if err != nil {
		t.Fatal(err)
	}
	here.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text)
	if dump, err = testkit.Parse(testkit.Must(here.Do("FUNCTION", "DUMP"))(t)); err != nil {
		t.Fatal(err)
	}
	there.Want(t, "+OK\r\n", "FUNCTION", "RESTORE", dump.Text, "FLUSH")
	there.Want(t, "$150\r\n"+strings.Repeat("two", 50)+"\r\n", "FCALL", "two_f", "0")
	for _, c := range []*testkit.Client{here, there} {
		have := named(t, c)
		for name, code := range want {
			if have[name] != code {
				t.Errorf("%s: %q", name, have[name])
			}
		}
	}
}
