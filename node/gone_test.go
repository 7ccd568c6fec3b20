package node_test

import (
	"bytes"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestWhoWaitsAndGoes: a client that has sent more than is read of one that is not answered, behind a command that waits, and then goes, is noticed: what it
// waited for is for others.
func TestWhoWaitsAndGoes(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			addr := nodetest.Start(t, mode.Config...)
			c := testkit.MustDial(t, addr)
			echo := testkit.Command("ECHO", string(make([]byte, 1000)))
			for _, first := range [][]string{{"BLPOP", "q", "0"}, {"XREAD", "BLOCK", "0", "STREAMS", "s", "$"}, {"WAIT", "1", "0"}} {
				gone := testkit.MustDial(t, addr)
				if err := gone.Send(append(testkit.Command(first...), bytes.Repeat(echo, 3000)...)); err != nil {
					t.Fatal(err)
				}
				testkit.Await(t, addr, "blocked_clients", "1")
				_ = gone.Close()
				testkit.Await(t, addr, "blocked_clients", "0")
			}
			c.Want(t, ":1\r\n", "RPUSH", "q", "job")
			c.Want(t, ":1\r\n", "LLEN", "q")

			d := testkit.MustDial(t, addr) // whoever stays gets all replies
			if err := d.Send(append(testkit.Command("BLPOP", "empty", "0"), bytes.Repeat(echo, 3000)...)); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, addr, "blocked_clients", "1")
			c.Want(t, ":1\r\n", "RPUSH", "empty", "v")
			if reply := testkit.Must(d.Read())(t); string(reply) != "*2\r\n$5\r\nempty\r\n$1\r\nv\r\n" {
				t.Fatalf("%q", reply)
			}
			for i := range 3000 {
				if reply := testkit.Must(d.Read())(t); len(reply) != 1009 {
					t.Fatalf("reply %d is %d bytes", i, len(reply))
				}
			}
		})
	}
}

// TestWhatClientsAreCalledTo: the command that is shown of a client is the one it sent last, queued or not, and one whose subcommands nobody is shown is
// called by its own name.
func TestWhatClientsAreCalledTo(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"enable-debug-command", "yes"})
	c, watcher := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
	id := strings.Trim(string(testkit.Must(c.Do("CLIENT", "ID"))(t)), ":\r\n")
	shows := func(want string) {
		t.Helper()
		if list := string(testkit.Must(watcher.Do("CLIENT", "LIST", "ID", id))(t)); !strings.Contains(list, " cmd="+want+" ") {
			t.Errorf("want %s: %s", want, list)
		}
	}
	shows("client|id")
	c.Want(t, "+OK\r\n", "DEBUG", "SLEEP", "0")
	shows("debug")
	c.Want(t, "+OK\r\n", "MULTI")
	c.Want(t, "+QUEUED\r\n", "GET", "k")
	shows("get")
	c.Want(t, "+OK\r\n", "DISCARD")
	c.Want(t, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
	if reply := string(testkit.Must(c.Do("DEBUG", "RELOAD"))(t)); !strings.HasPrefix(reply, "-ERR Can't execute 'debug': only (P|S)SUBSCRIBE") {
		t.Errorf("%q", reply)
	}
}
