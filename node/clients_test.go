package node_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A client that sends all that it has to ask before it reads anything is served, however much its replies are in the meantime: it would wait
// for ever for what it sends to be taken.
func TestWhoSendsAllBeforeItReads(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		const commands = 12_000
		payload := strings.Repeat("p", 2<<10)
		one := testkit.Command("ECHO", payload)
		if err := c.Send(bytes.Repeat(one, commands)); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("$%d\r\n%s\r\n", len(payload), payload)
		for i := range commands {
			if got := testkit.Must(c.Read())(t); string(got) != want {
				t.Fatalf("%d: %.40q", i, got)
			}
		}
	})
}

// One that goes on asking and never reads goes when clients take too much; others stay.
func TestWhoNeverReadsIsEvicted(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "maxmemory-clients", "3mb")
		c.Want(t, ":200001\r\n", "SETRANGE", "k", "200000", "v")
		deaf := testkit.Must(net.Dial("tcp", addr))(t)
		defer deaf.Close()
		for {
			if _, err := deaf.Write(testkit.Command("GET", "k")); err != nil || fieldOf(t, c, "evicted_clients") > 0 {
				break
			}
		}
		testkit.Await(t, addr, "evicted_clients", "1")
		c.Want(t, "+PONG\r\n", "PING")
	})
}

// What a client has read of prefixes, and what it may not read, is its own: prefixes count for who hears of them, rows of clients for who holds keys, and all of it
// is gone with them.
func TestTrackingIsCounted(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		used := func() int { return fieldOf(t, c, "used_memory") }
		before := used()
		a := dialCaching(t, addr, "BCAST", "PREFIX", "first")
		args := []string{"CLIENT", "TRACKING", "ON", "BCAST"}
		for i := range 1000 {
			args = append(args, "PREFIX", fmt.Sprintf("%05d:%s", i, strings.Repeat("p", 1000)))
		}
		a.Want(t, "+OK\r\n", args...)
		if n := used() - before; n < 1000*1100 || n > 1000*1700 {
			t.Errorf("a thousand prefixes of a kilobyte take %d bytes", n)
		}
		testkit.Await(t, addr, "tracking_total_prefixes", "1001")
		_ = a.Close()
		testkit.Await(t, addr, "tracking_total_prefixes", "0")
		testkit.AwaitAtMost(t, addr, "used_memory", before+64<<10)

		var all []*caching
		for range 300 {
			all = append(all, dialCaching(t, addr))
		}
		before = used()
		last := all[len(all)-1]
		for i := range 2000 {
			if _, _, err := last.ask("GET", fmt.Sprint("k", i)); err != nil {
				t.Fatal(err)
			}
		}
		if n := used() - before; n < 2000*(64+300/8) {
			t.Errorf("two thousand keys that the last of 300 holds take %d bytes", n)
		}
	})
}

// A client that is told too much at a time by its own limit is closed, and who hears of prefixes that takes more than clients may goes.
func TestPrefixesAreEvicted(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "maxmemory-clients", "1mb")
		a := testkit.MustDial(t, addr)
		for i := range 100 {
			args := []string{"CLIENT", "TRACKING", "ON", "BCAST"}
			for j := range 50 {
				args = append(args, "PREFIX", fmt.Sprintf("%03d:%02d:%s", i, j, strings.Repeat("p", 100)))
			}
			if _, err := a.Do(args...); err != nil {
				testkit.Await(t, addr, "evicted_clients", "1")
				return
			}
		}
		t.Error("5000 prefixes of a hundred bytes are none of a megabyte")
	})
}

// HOTKEYS tells nobody of keys that he may not read.
func TestHotKeysAreWhoMayReadThem(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "hotkey-top-k", "100", "hotkeys-sampling-percentage", "100", "hotkeys-window-seconds", "1")
		c.Want(t, "+OK\r\n", "ACL", "SETUSER", "u", "on", "nopass", "+@all", "%R~mine:*", "%W~their:*", "(%R~third:* +@all db=2)", "db=0")
		u := testkit.MustDial(t, addr)
		u.Want(t, "+OK\r\n", "AUTH", "u", "x")
		for deadline := time.Now().Add(time.Minute); ; {
			if time.Now().After(deadline) {
				t.Fatal("no window shows the keys")
			}
			for range 20 {
				for _, key := range []string{"mine:1", "their:2", "third:3", "none:4"} {
					c.Want(t, "$-1\r\n", "GET", key)
				}
			}
			all := string(testkit.Must(c.Do("HOTKEYS", "GET"))(t))
			if !strings.Contains(all, "their:2") || !strings.Contains(all, "mine:1") {
				continue
			}
			if seen := string(testkit.Must(u.Do("HOTKEYS", "GET"))(t)); strings.Contains(seen, "mine:1") {
				for _, key := range []string{"their:2", "third:3", "none:4"} {
					if strings.Contains(seen, key) {
						t.Errorf("%s is told: %q", key, seen)
					}
				}
				return
			}
		}
	})
}

// Who removes himself within a transaction has its whole reply: what stood behind that is refused, and then the connection ends.
func TestWhoRemovesHimself(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		c.Want(t, "+OK\r\n", "ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*")
		u := testkit.MustDial(t, addr)
		u.Want(t, "+OK\r\n", "AUTH", "u", "x")
		u.Want(t, "+OK\r\n", "MULTI")
		for _, words := range [][]string{{"SET", "a", "1"}, {"ACL", "DELUSER", "u"}, {"SET", "a", "2"}} {
			u.Want(t, "+QUEUED\r\n", words...)
		}
		got := string(testkit.Must(u.Do("EXEC"))(t))
		if !strings.HasPrefix(got, "*3\r\n+OK\r\n:1\r\n-NOPERM ") {
			t.Errorf("%q", got)
		}
		if b, err := u.Read(); err == nil {
			t.Errorf("the connection goes on: %q", b)
		}
		c.Want(t, "$1\r\n1\r\n", "GET", "a")
	})
}

// A command that is larger than all clients together may be is not run, however it arrives: its client goes.
func TestTooLargeCommandsAreEvicted(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "maxmemory-clients", "1mb")
		for i := range 20 {
			large := testkit.MustDial(t, addr)
			large.Want(t, "+OK\r\n", "SET", "small", strings.Repeat("v", 500<<10))
			if got, err := large.Do("MSET", "a", "v", fmt.Sprint("k", i), strings.Repeat("v", 1<<20)); err == nil {
				t.Fatalf("%d: %q", i, got)
			}
		}
		c.Want(t, ":0\r\n", "EXISTS", "a")
		testkit.Await(t, addr, "evicted_clients", "20")
	})
}
