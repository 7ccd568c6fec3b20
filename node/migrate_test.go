package node_test

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
)

// TestMigrateLosesNothing: a list goes to and fro between two nodes while clients push to it wherever it is. Each element whose push was answered is in it in
// the end, once: nobody changed what had been sent already.
func TestMigrateLosesNothing(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			addrs := [2]string{nodetest.Start(t, mode.Config...), nodetest.Start(t, mode.Config...)}
			mover := [2]*testkit.Client{testkit.MustDial(t, addrs[0]), testkit.MustDial(t, addrs[1])}
			mover[0].Want(t, ":1\r\n", "RPUSH", "list", "first")
			var pushed [4]int
			var clients sync.WaitGroup
			var over atomic.Bool
			for i := range pushed {
				c := testkit.MustDial(t, addrs[i%2])
				clients.Go(func() {
					for !over.Load() {
						reply, err := c.Do("RPUSHX", "list", fmt.Sprint(i, ":", pushed[i]))
						if err != nil || reply[0] != ':' {
							t.Errorf("%q, %v", reply, err)
							return
						}
						if string(reply) != ":0\r\n" {
							pushed[i]++
						}
					}
				})
			}
			at := 0
			for range 60 {
				host, port, _ := net.SplitHostPort(addrs[1-at])
				mover[at].Want(t, "+OK\r\n", "MIGRATE", host, port, "", "0", "60000", "KEYS", "list", "nothing", "else")
				at = 1 - at
			}
			over.Store(true)
			clients.Wait()
			have := map[string]int{}
			for _, e := range lines(string(testkit.Must(mover[at].Do("LRANGE", "list", "0", "-1"))(t))) {
				have[e]++
			}
			for i, n := range pushed {
				for j := range n {
					if e := fmt.Sprint(i, ":", j); have[e] != 1 {
						t.Fatalf("%s of %d is there %d times", e, n, have[e])
					}
				}
			}
		})
	}
}

// severed passes bytes on to a server until a connection has so many in one direction, and then closes that.
func severed(t *testing.T, to string, forth, back int64) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			part := func(dst, src net.Conn, most int64) {
				_, _ = io.CopyN(dst, src, most)
				_, _ = near.Close(), far.Close()
			}
			go part(far, near, forth)
			go part(near, far, back)
		}
	}()
	return l.Addr().String()
}

// TestMigrateBroken: wherever the connection breaks, a key is here as it was, or there, or on both sides.
func TestMigrateBroken(t *testing.T) {
	here, there := nodetest.Start(t), nodetest.Start(t)
	c, d := testkit.MustDial(t, here), testkit.MustDial(t, there)
	const endless = 1 << 40
	try := func(forth, back int64) (reply string) {
		c.Want(t, "+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3")
		host, port, _ := net.SplitHostPort(severed(t, there, forth, back))
		reply = string(testkit.Must(c.Do("MIGRATE", host, port, "", "0", "60000", "KEYS", "a", "b", "c"))(t))
		for key, value := range map[string]string{"a": "$1\r\n1\r\n", "b": "$1\r\n2\r\n", "c": "$1\r\n3\r\n"} {
			near, far := string(testkit.Must(c.Do("GET", key))(t)), string(testkit.Must(d.Do("GET", key))(t))
			if near != value && far != value {
				t.Errorf("%d, %d: %s is %q here and %q there, after %q", forth, back, key, near, far, reply)
			}
			if near != value && strings.HasPrefix(reply, "-IOERR") && back < 5 {
				t.Errorf("%d, %d: %s was removed, and nothing was answered", forth, back, key)
			}
		}
		_, _ = d.Do("FLUSHALL")
		return reply
	}
	ended := false
	for n := int64(0); n < 400 && !ended; n += 3 {
		reply := try(n, endless)
		ended = reply == "+OK\r\n"
		if !ended && reply != "-IOERR error or timeout reading to target instance\r\n" && reply != "-IOERR error or timeout writing to target instance\r\n" && !strings.Contains(reply, "BUSYKEY") {
			t.Errorf("after %d bytes: %q", n, reply)
		}
	}
	if !ended {
		t.Error("it never came over")
	}
	for n := int64(0); n <= int64(len("+OK\r\n+OK\r\n+OK\r\n+OK\r\n")); n++ {
		try(endless, n)
	}
}

// TestMigrateWaits: who waits for another server keeps nobody from anything but its keys, and the node from no end.
func TestMigrateWaits(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0") // whom nobody answers
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			n := nodetest.StartNode(t, mode.Config...)
			c := testkit.MustDial(t, n.Addr())
			c.Want(t, "+OK\r\n", "SET", "key", "v")
			host, port, _ := net.SplitHostPort(l.Addr().String())
			c.Want(t, "-IOERR error or timeout reading to target instance\r\n", "MIGRATE", host, port, "key", "0", "20")
			c.Want(t, "$1\r\nv\r\n", "GET", "key")
			mover := testkit.MustDial(t, n.Addr())
			if err := mover.Send(testkit.Command("MIGRATE", host, port, "key", "0", "600000")); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := l.Accept(); err != nil {
					t.Fatal(err)
				}
			}
			var readers sync.WaitGroup
			var answered atomic.Int64
			for i := range 64 { // of which a few may ask for a key of the same shard
				r := testkit.MustDial(t, n.Addr())
				readers.Go(func() {
					if reply, _ := r.Do("GET", "k"+strconv.Itoa(i)); string(reply) == "$-1\r\n" {
						answered.Add(1)
					}
				})
			}
			NewWithT(t).Eventually(answered.Load, time.Minute).Should(BeNumerically(">", 32))
			c.Want(t, "+PONG\r\n", "PING")
			if info := string(testkit.Must(c.Do("INFO", "server"))(t)); !strings.Contains(info, "uptime_in_seconds") {
				t.Error(info)
			}
			if err := n.Close(); err != nil { // who waits is told
				t.Error(err)
			}
			readers.Wait()
		})
	}
}

// TestMigrateExchange brings keys of all types to a reference and back.
func TestMigrateExchange(t *testing.T) {
	reference := testkit.Reference(t)
	n := nodetest.StartNode(t, [2]string{"rdb-save-version", "10"})
	here, there := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, reference)
	for _, args := range dataset() {
		if reply, err := here.Do(args...); err != nil || reply[0] == '-' {
			t.Fatalf("%q: %q, %v", args, reply, err)
		}
	}
	want := contents(t, here)
	bring := func(from *testkit.Client, to string) {
		host, port, _ := net.SplitHostPort(to)
		for _, database := range []string{"0", "9"} {
			from.Want(t, "+OK\r\n", "SELECT", database)
			all := lines(string(testkit.Must(from.Do("KEYS", "*"))(t)))
			from.Want(t, "+OK\r\n", append([]string{"MIGRATE", host, port, "", database, "60000", "REPLACE", "KEYS"}, all...)...)
			from.Want(t, ":0\r\n", "DBSIZE")
		}
		from.Want(t, "+OK\r\n", "SELECT", "0")
	}
	for range 2 {
		bring(here, reference)
		bring(there, n.Addr())
	}
	have := contents(t, here)
	for key, value := range want {
		if have[key] != value {
			t.Errorf("%s: %.200q, want %.200q", key, have[key], value)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d keys, want %d", len(have), len(want))
	}
}

// TestMigrateStays: what went is not there again after a start from the append-only file.
func TestMigrateStays(t *testing.T) {
	config := [][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}, {"appendfsync", "always"}}
	n := nodetest.StartNode(t, config...)
	c := testkit.MustDial(t, n.Addr())
	other := nodetest.Start(t)
	host, port, _ := net.SplitHostPort(other)
	testkit.MustDial(t, other).Want(t, "+OK\r\n", "SET", "d", "x")
	c.Want(t, "+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5")
	c.Want(t, "+OK\r\n", "MIGRATE", host, port, "a", "0", "60000")
	c.Want(t, "+OK\r\n", "MIGRATE", host, port, "e", "0", "60000", "COPY")
	if reply := string(testkit.Must(c.Do("MIGRATE", host, port, "", "0", "60000", "KEYS", "b", "d"))(t)); !strings.Contains(reply, "BUSYKEY") {
		t.Error(reply)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	c = testkit.MustDial(t, nodetest.Start(t, config...))
	c.Want(t, "*5\r\n$-1\r\n$-1\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n", "MGET", "a", "b", "c", "d", "e")
}

// TestMigrateSlot: MIGRATE is what has the keys of a slot get to the node that imports it.
func TestMigrateSlot(t *testing.T) {
	eachPair(t, func(t *testing.T, low, high *testkit.Client, ids, ports [2]string) {
		tag := keyIn(false, 1)
		n := strconv.Itoa(int(slot.Of([]byte(tag))))
		a, b, c := "{"+tag+"}a", "{"+tag+"}b", "{"+tag+"}c"
		low.Want(t, "+OK\r\n", "MSET", a, "1", b, "2", c, "3")
		if reply := string(testkit.Must(low.Do("MIGRATE", "127.0.0.1", ports[1], a, "0", "60000"))(t)); !strings.HasPrefix(reply, "-ERR Target instance replied with error: MOVED "+n) {
			t.Error(reply)
		}
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "IMPORTING", ids[0])
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "MIGRATING", ids[1])
		low.Want(t, "+OK\r\n", "MIGRATE", "127.0.0.1", ports[1], "", "0", "60000", "KEYS", a, "{"+tag+"}nothing", b)
		low.Want(t, "+NOKEY\r\n", "MIGRATE", "127.0.0.1", ports[1], a, "0", "60000") // and no redirection
		low.Want(t, "-ASK "+n+" 127.0.0.1:1\r\n", "GET", a)
		low.Want(t, "$1\r\n3\r\n", "GET", c)
		high.Want(t, "+OK\r\n", "ASKING")
		high.Want(t, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "MGET", a, b)
		back := string(testkit.Must(high.Do("MIGRATE", "127.0.0.1", ports[0], a, "0", "60000"))(t)) // of a slot that is being imported, and there leaves
		if !strings.HasPrefix(back, "-ERR Target instance replied with error: ASK "+n) {
			t.Error(back)
		}
		low.Want(t, "+OK\r\n", "MIGRATE", "127.0.0.1", ports[1], "", "0", "60000", "KEYS", a, c)
		high.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		low.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", n, "NODE", ids[1])
		high.Want(t, "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n", "MGET", a, b, c)
		low.Want(t, ":0\r\n", "DBSIZE")
		low.Want(t, "-CROSSSLOT Keys in request don't hash to the same slot\r\n", "MIGRATE", "127.0.0.1", ports[1], "", "0", "60000", "KEYS", keyIn(false, 2), keyIn(true, 2))
		moved := keyIn(true, 3)
		low.Want(t, "-MOVED "+strconv.Itoa(int(slot.Of([]byte(moved))))+" 127.0.0.1:1\r\n", "MIGRATE", "127.0.0.1", ports[1], moved, "0", "60000")
	})
}
