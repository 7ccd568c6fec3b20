package node_test

import (
	"net"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A reply that is as long as its command asks for is bounded, whoever writes it: on a loop, an executor, in a transaction or for
// a script. Who asks for more is cut off, the shard goes on.
func TestRepliesWithoutEnd(t *testing.T) {
	if detecting {
		t.Skip("it copies gigabytes, each byte of which the race detector would watch; it runs without")
	}
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		big := strings.Repeat("x", 1<<20)
		c.Want(t, ":1\r\n", "ZADD", "z", "1", "a")
		c.Want(t, ":1\r\n", "ZADD", "big", "1", big)
		c.Want(t, ":1\r\n", "SADD", "s", big)
		c.Want(t, ":1\r\n", "HSET", "h", big, "v")
		for _, ask := range [][][]string{
			{{"SRANDMEMBER", "s", "-9223372036854775807"}},
			{{"HRANDFIELD", "h", "-4611686018427387903"}},
			{{"ZRANDMEMBER", "big", "-100"}}, // few, and too large all the same
			{{"MULTI"}, {"ZRANDMEMBER", "big", "-9223372036854775807"}, {"EXEC"}},
		} {
			asker := testkit.MustDial(t, addr)
			var all []byte
			for _, one := range ask {
				all = append(all, testkit.Command(one...)...)
			}
			if err := asker.Send(all); err != nil {
				t.Fatal(err)
			}
			for err := error(nil); err == nil; {
				_, err = asker.Read() // +OK and +QUEUED, then the end
			}
			c.Want(t, ":1\r\n", "EXISTS", ask[len(ask)/2][1])
		}
		script := "return redis.pcall('zrandmember', KEYS[1], '-9223372036854775807').err"
		c.Want(t, "$41\r\nERR the reply to the command is too large\r\n", "EVAL", script, "1", "big")
		c.Want(t, "$1\r\n1\r\n", "ZSCORE", "z", "a")
	})
}

// What is written for a client that has gone ends with the client.
func TestRepliesEndWithTheirClient(t *testing.T) {
	addr := nodetest.Start(t)
	c := testkit.MustDial(t, addr)
	c.Want(t, ":1\r\n", "ZADD", "z", "1", "a")
	for range 5 {
		asker := testkit.MustDial(t, addr)
		if err := asker.Send(testkit.Command("ZRANDMEMBER", "z", "-9223372036854775807")); err != nil {
			t.Fatal(err)
		}
		_ = asker.Conn.(*net.TCPConn).SetLinger(0)
		_ = asker.Close()
		c.Want(t, "$1\r\n1\r\n", "ZSCORE", "z", "a")
	}
	testkit.Await(t, addr, "connected_clients", "2") // c, and who asks
}
