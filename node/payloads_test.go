package node_test

import (
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"sigrun/internal/account"
	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/reactor/session"
)

// TestPayloadsCount: buffers for payloads of DUMP are part of what is used as long as they are there, and no longer: whoever makes one, restores it or sends it.
func TestPayloadsCount(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	payloads := &n.Control.Engine.Payloads
	var turns atomic.Int64
	watched := account.New(nil, func(bool) { turns.Add(1) })
	watched.Limit(6 << 20)
	payloads.Join(watched)
	n.Control.Reactor.Each(func(*session.Loop) {}) // they know of it from now on
	counted := func(what string) {
		t.Helper()
		if n := turns.Swap(0); n < 2 {
			t.Errorf("%s: the account was told %d times of more than 6 MiB, or of less", what, n)
		}
		if left := payloads.Bytes(); left != 0 {
			t.Errorf("%s: %d bytes are left", what, left)
		}
	}
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdbcompression", "no")
	c.Want(t, "+OK\r\n", "SET", "text", strings.Repeat("x", 8<<20))
	for i := range 16 {
		c.Want(t, ":"+strconv.Itoa(i+1)+"\r\n", "RPUSH", "list", strings.Repeat("y", 1<<19))
	}
	for _, key := range []string{"text", "list"} {
		payload := testkit.Must(c.Do("DUMP", key))(t)
		counted("DUMP " + key)
		if len(payload) < 8<<20 {
			t.Fatalf("%d bytes", len(payload))
		}
		_, _ = c.Do("DEBUG", "OBJECT", key)
		counted("DEBUG OBJECT " + key)
	}
	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdbcompression", "yes")
	reply := string(testkit.Must(c.Do("DUMP", "text"))(t))
	counted("DUMP, compressed")
	payload := reply[strings.Index(reply, "\n")+1 : len(reply)-2]
	if len(payload) > 1<<20 {
		t.Fatalf("%d bytes, compressed", len(payload))
	}
	c.Want(t, "+OK\r\n", "RESTORE", "restored", "0", payload)
	counted("RESTORE")

	c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdbcompression", "no")
	host, port, _ := net.SplitHostPort(nodetest.Start(t))
	c.Want(t, "+OK\r\n", "MIGRATE", host, port, "", "0", "60000", "COPY", "KEYS", "text", "list")
	counted("MIGRATE")
	silent := testkit.Must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer func() { _ = silent.Close() }()
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 100))
			_ = conn.Close()
		}
	}()
	host, port, _ = net.SplitHostPort(silent.Addr().String())
	if reply := string(testkit.Must(c.Do("MIGRATE", host, port, "text", "0", "60000"))(t)); !strings.HasPrefix(reply, "-IOERR") {
		t.Errorf("%q", reply)
	}
	counted("MIGRATE to somebody who goes")
}
