package node_test

import (
	"bytes"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestQuotesBehindACommandThatWaits: what cannot run yet is read again, as it came.
func TestQuotesBehindACommandThatWaits(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		other := testkit.MustDial(t, addr)
		for _, one := range []struct{ line, want string }{
			{`MSET "a" x "b" y`, "+OK\r\n"}, {`ECHO "ab"`, "$2\r\nab\r\n"}, {`ECHO 'it\'s'`, "$4\r\nit's\r\n"}, {`ECHO "\x41\x42 y"`, "$4\r\nAB y\r\n"},
		} {
			c := testkit.MustDial(t, addr)
			if err := c.Send(append(testkit.Command("BLPOP", "q", "0"), one.line+"\r\n"...)); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, addr, "blocked_clients", "1")
			other.Want(t, ":1\r\n", "RPUSH", "q", "1")
			testkit.Must(c.Read())(t)
			if reply := string(testkit.Must(c.Read())(t)); reply != one.want {
				t.Errorf("%s: %q, want %q", one.line, reply, one.want)
			}
		}
		other.Want(t, ":2\r\n", "EXISTS", "a", "b", "aa x bb")
	})
}

// TestWhoIsServedLooksAtItsKeysAgain, from the first: one that holds another type by now fails the command, as it would a new one.
func TestWhoIsServedLooksAtItsKeysAgain(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		for _, one := range []struct{ wait, give, left string }{
			{"BLPOP k0 k2 0", "RPUSH k2 a", "LLEN k2"}, {"BLMPOP 0 2 k0 k2 LEFT", "RPUSH k2 a", "LLEN k2"},
			{"BZMPOP 0 2 k0 k2 MAX", "ZADD k2 1 a", "ZCARD k2"}, {"BZPOPMIN k0 k2 0", "ZADD k2 1 a", "ZCARD k2"},
		} {
			w, x := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
			w.Blocks(t, strings.Fields(one.wait)...)
			testkit.Must(x.Pipeline([]string{"MULTI"}, []string{"SET", "k0", "1"}, strings.Fields(one.give), []string{"EXEC"}))(t)
			if reply := testkit.Must(w.Read())(t); !bytes.HasPrefix(reply, []byte("-WRONGTYPE")) {
				t.Errorf("%s: %q", one.wait, reply)
			}
			x.Want(t, ":1\r\n", strings.Fields(one.left)...)
			x.Want(t, "+OK\r\n", "FLUSHALL")
		}
	})
}

// TestWatchedOverdueKeyIsClearedUnseen: who watches a key that was gone already by its time sees no change in its removal.
func TestWatchedOverdueKeyIsClearedUnseen(t *testing.T) {
	n := nodetest.StartNode(t)
	c, w := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
	for _, command := range []string{"SUNIONSTORE a nx ny", "SINTERSTORE a nx ny", "BITOP AND a nx ny", "ZUNIONSTORE a 1 nx", "ZRANGESTORE a nx 0 1", "SORT nx STORE a"} {
		overdue(t, c, "a")
		testkit.Must(w.Do("WATCH", "a"))(t)
		testkit.Must(c.Do(strings.Fields(command)...))(t)
		if r := string(testkit.Must(w.Pipeline([]string{"MULTI"}, []string{"PING"}, []string{"EXEC"}))(t)[2]); r != "*1\r\n+PONG\r\n" {
			t.Errorf("%s: %q", command, r)
		}
	}
}

// TestFieldsThatExpireByTimeAreOfTheClassOfExpiry; those that a command takes away are of the class of hashes.
func TestFieldsThatExpireByTimeAreOfTheClassOfExpiry(t *testing.T) {
	n := nodetest.StartNode(t, [2]string{"notify-keyspace-events", "Kx"})
	c, l := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
	testkit.Must(l.Do("PSUBSCRIBE", "*"))(t)
	testkit.Must(c.Pipeline([]string{"HSET", "h", "f", "v", "g", "w"}, []string{"HPEXPIRE", "h", "0", "FIELDS", "1", "g"}, []string{"HPEXPIRE", "h", "1", "FIELDS", "1", "f"}))(t)
	if m := testkit.Must(l.Read())(t); !bytes.Contains(m, []byte("hexpired")) {
		t.Errorf("%q", m)
	}
	testkit.Must(c.Do("PUBLISH", "end", ""))(t)
	if m := testkit.Must(l.Read())(t); !bytes.Contains(m, []byte("end")) {
		t.Errorf("%q came, too", m)
	}
}

// TestImportsKeepDueFields: while data is imported, who sets a field whose time has come replaces it, and nothing expires.
func TestImportsKeepDueFields(t *testing.T) {
	n := nodetest.StartNode(t, [2]string{"import-mode", "yes"})
	c := testkit.MustDial(t, n.Addr())
	testkit.Must(c.Pipeline([]string{"HSET", "h", "f", "7", "g", "w"}, []string{"HPEXPIRE", "h", "1", "FIELDS", "1", "f"}))(t)
	until(t, c, "$-1\r\n", "HGET", "h", "f")
	c.Want(t, ":0\r\n", "HSET", "h", "f", "z")
	if n := testkit.InfoField(string(testkit.Must(c.Do("INFO", "stats"))(t)), "expired_fields"); n != "0" {
		t.Errorf("%s fields have expired", n)
	}
}
