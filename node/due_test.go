package node_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A command that finds a key to be due and then goes elsewhere, to an executor or for more tokens, has removed that key all
// the same: who waits for it is told at once, and nobody else has to.
func TestKeysThatAreDueOnTheWayElsewhere(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		for at := 0; at < 30000; at += 1000 {
			add := []string{"SADD", "big"}
			for i := at; i < at+1000; i++ {
				add = append(add, fmt.Sprint("m", i))
			}
			c.Want(t, ":1000\r\n", add...)
		}
		for _, elsewhere := range [][]string{
			{"SUNION", "s", "big"}, // long work
			{"EVAL", "redis.call('exists', KEYS[1]) return redis.call('exists', 'undeclared')", "1", "s"}, // starts again
			{"EVAL", "redis.call('get', KEYS[1]) redis.call('set', KEYS[1], 1) redis.call('del', KEYS[1]) return redis.call('exists', 'other')", "1", "s"},
		} {
			c.Want(t, "+OK\r\n", "XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
			waiter := testkit.MustDial(t, addr)
			waiter.Blocks(t, "XREADGROUP", "GROUP", "g", "me", "BLOCK", "0", "STREAMS", "s", ">")
			at := millis(t, c) + 50
			c.Want(t, ":1\r\n", "PEXPIREAT", "s", strconv.FormatInt(at, 10))
			for millis(t, c) <= at { // nobody looks the key up
			}
			testkit.Must(c.Do(elsewhere...))(t)
			c.Want(t, "+OK\r\n", "SET", "later", "1")
			if reply := string(testkit.Must(waiter.Read())(t)); !strings.HasPrefix(reply, "-") {
				t.Fatalf("%q", reply)
			}
			_ = waiter.Close()
		}
	})
}

// millis is the server's time in Unix milliseconds.
func millis(t *testing.T, c *testkit.Client) int64 {
	t.Helper()
	reply := testkit.Must(testkit.Parse(testkit.Must(c.Do("TIME"))(t)))(t)
	seconds, err := strconv.ParseInt(reply.Elems[0].Text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	micros, err := strconv.ParseInt(reply.Elems[1].Text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds*1000 + micros/1000
}

// A command that goes to an executor looks its keys up again there: that is to count, and to be told, once.
func TestLookupsCountOnce(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		c.Want(t, ":1\r\n", "EVAL", "for i = 1, 30000 do redis.call('sadd', KEYS[1], i) end return 1", "1", "big")
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "Em")
		listener := testkit.MustDial(t, addr)
		testkit.Must(listener.Do("SUBSCRIBE", "__keyevent@0__:keymiss"))(t)
		for _, one := range []struct {
			command      []string
			hits, misses string
		}{
			{[]string{"SUNION", "none", "big"}, "1", "1"}, {[]string{"SMEMBERS", "big"}, "1", "0"}, {[]string{"COPY", "big", "copied"}, "1", "0"},
			{[]string{"SORT", "big", "LIMIT", "0", "1"}, "1", "0"},
		} {
			c.Want(t, "+OK\r\n", "CONFIG", "RESETSTAT")
			testkit.Must(c.Do(one.command...))(t)
			if hits, misses := infoField(t, c, "keyspace_hits"), infoField(t, c, "keyspace_misses"); hits != one.hits || misses != one.misses {
				t.Errorf("%q: %s hits and %s misses", one.command, hits, misses)
			}
		}
		c.Want(t, "$-1\r\n", "GET", "last")
		for _, key := range []string{"none", "last"} {
			if reply := string(testkit.Must(listener.Read())(t)); !strings.Contains(reply, key) {
				t.Errorf("%q instead of the miss of %s", reply, key)
			}
		}
	})
}
