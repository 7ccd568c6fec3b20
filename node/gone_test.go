package node_test

import (
	"bytes"
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
