package node_test

import (
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A command that a pause holds back is not executed when its client has gone meanwhile.
func TestWhatIsPausedGoesWithItsClient(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		gone := testkit.MustDial(t, addr)
		c.Want(t, "+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
		if err := gone.Send(testkit.Command("SET", "leak", "1")); err != nil {
			t.Fatal(err)
		}
		testkit.Await(t, addr, "blocked_clients", "1")
		_ = gone.Close()
		testkit.Await(t, addr, "connected_clients", "2")
		c.Want(t, "+OK\r\n", "CLIENT", "UNPAUSE")
		c.Want(t, ":0\r\n", "EXISTS", "leak")
	})
}

// What changes nothing aborts no transaction, what replaces everything does.
func TestWhatWatchersAreToldOf(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c, other := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		for _, one := range []struct {
			command []string
			aborts  bool
		}{{[]string{"LTRIM", "l", "0", "-1"}, false}, {[]string{"LTRIM", "l", "1", "-1"}, true}, {[]string{"DEBUG", "RELOAD"}, true}} {
			testkit.Must(other.Do("RPUSH", "l", "a", "b"))(t)
			c.Want(t, "+OK\r\n", "WATCH", "l")
			other.Want(t, "+OK\r\n", one.command...)
			c.Want(t, "+OK\r\n", "MULTI")
			c.Want(t, "+QUEUED\r\n", "PING")
			if reply := string(testkit.Must(c.Do("EXEC"))(t)); strings.HasPrefix(reply, "*-1") != one.aborts {
				t.Errorf("%q: %q", one.command, reply)
			}
		}
	})
}

// Small departures that comparing with Valkey 9.1 found.
func TestDetailsLikeValkey(t *testing.T) {
	c := testkit.MustDial(t, nodetest.Start(t))
	c.Want(t, ":1\r\n", "HSETEX", "h", "EX", "100", "EX", "200", "FIELDS", "1", "a", "1")
	c.Want(t, "*1\r\n$1\r\n1\r\n", "HGETEX", "h", "EX", "1000", "EX", "100", "FIELDS", "1", "a")
	c.Want(t, "*1\r\n:100\r\n", "HTTL", "h", "FIELDS", "1", "a")
	c.Want(t, "-ERR syntax error\r\n", "HGETEX", "h", "EX", "1", "PX", "100", "FIELDS", "1", "a")
	c.Want(t, "-NOSCRIPT No matching script.\r\n", "EVALSHA", "x", "1")
	c.Want(t, "+OK\r\n", "MONITOR")
	if err := c.Send(append(testkit.Command("MONITOR"), testkit.Command("PING")...)); err != nil {
		t.Fatal(err)
	}
	for reply := ""; !strings.Contains(reply, "PONG"); { // behind what is monitored, and no second answer
		if reply = string(testkit.Must(c.Read())(t)); reply == "+OK\r\n" {
			t.Fatal("MONITOR was answered twice")
		}
	}
}
