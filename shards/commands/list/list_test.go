package list_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// askWith sends a command and delivers the raw reply by a goroutine of its own.
func askWith(c *testkit.Client, args ...string) chan string {
	replies := make(chan string, 1)
	if err := c.Send(testkit.Command(args...)); err != nil {
		replies <- err.Error()
		return replies
	}
	return reads(c)
}

func reads(c *testkit.Client) chan string {
	replies := make(chan string, 1)
	go func() {
		reply, err := c.Read()
		if err != nil {
			reply = []byte(err.Error())
		}
		replies <- string(reply)
	}()
	return replies
}

// waits asks what has to wait, and returns when the client does.
func waits(t testing.TB, addr string, args ...string) chan string {
	t.Helper()
	c := testkit.MustDial(t, addr)
	c.Blocks(t, args...)
	return reads(c)
}

func expect(t testing.TB, replies chan string, want string) {
	t.Helper()
	select {
	case have := <-replies:
		if have != want {
			t.Errorf("%q, want %q", have, want)
		}
	case <-time.After(30 * time.Second):
		t.Errorf("no reply, want %q", want)
	}
}

func bulks(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		b.WriteString(bulk(w))
	}
	return b.String()
}

func bulk(w string) string { return "$" + strconv.Itoa(len(w)) + "\r\n" + w + "\r\n" }

const (
	none      = "$-1\r\n"
	noneOfAll = "*-1\r\n"
	ok        = "+OK\r\n"
)

var _ = nodetest.Describe("lists", func(s *nodetest.Server) {
	It("pushes and pops at both ends, and removes what is empty", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		c.Want(t, ":3\r\n", "RPUSH", "l", "a", "b", "c")
		c.Want(t, ":4\r\n", "LPUSH", "l", "0")
		c.Want(t, ":0\r\n", "LPUSHX", "none", "0")
		c.Want(t, ":5\r\n", "RPUSHX", "l", "d")
		c.Want(t, bulks("0", "a", "b", "c", "d"), "LRANGE", "l", "0", "-1")
		c.Want(t, bulk("d"), "LINDEX", "l", "-1")
		c.Want(t, bulk("0"), "LPOP", "l")
		c.Want(t, bulks("d", "c"), "RPOP", "l", "2")
		c.Want(t, "*0\r\n", "RPOP", "l", "0")
		c.Want(t, bulk("a"), "LMOVE", "l", "l", "LEFT", "RIGHT")
		c.Want(t, bulks("b", "a"), "LPOP", "l", "10")
		c.Want(t, ":0\r\n", "EXISTS", "l")
		c.Want(t, noneOfAll, "LPOP", "l", "1")
	})
})

var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("serves the clients of a key in the order in which they came", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		first, second := waits(t, addr, "BLPOP", "l", "0"), waits(t, addr, "BLPOP", "l", "m", "0")
		third := waits(t, addr, "BLPOP", "l", "0")
		c.Want(t, ":2\r\n", "RPUSH", "l", "1", "2")
		expect(t, first, bulks("l", "1"))
		expect(t, second, bulks("l", "2"))
		c.Want(t, ":0\r\n", "EXISTS", "l")
		c.Want(t, ":1\r\n", "RPUSH", "l", "3")
		expect(t, third, bulks("l", "3"))
	})
})

var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("hands an element through a chain of BLMOVE in one push", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		var links []chan string
		for i := range 12 {
			links = append(links, waits(t, addr, "BLMOVE", "k"+strconv.Itoa(i), "k"+strconv.Itoa(i+1), "LEFT", "RIGHT", "0"))
		}
		end := waits(t, addr, "BLPOP", "k12", "0")
		c.Want(t, ":1\r\n", "RPUSH", "k0", "x")
		for _, link := range links {
			expect(t, link, bulk("x"))
		}
		expect(t, end, bulks("k12", "x"))
		c.Want(t, ":0\r\n", "DBSIZE")
	})
})

var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("ends in time, and does not begin in transactions and scripts", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		start := time.Now()
		c.Want(t, noneOfAll, "BLPOP", "a", "b", "0.05")
		c.Want(t, noneOfAll, "BLMOVE", "a", "b", "LEFT", "LEFT", "0.05")
		if spent := time.Since(start); spent < 98*time.Millisecond { // each from a whole ms to a whole ms
			t.Errorf("two waits of 50 ms took %v", spent)
		}
		c.Want(t, "-ERR timeout is negative\r\n", "BLPOP", "a", "-1")
		c.Want(t, "-ERR timeout is not a float or out of range\r\n", "BLPOP", "a", "x")
		c.Want(t, "-ERR timeout is out of range\r\n", "BLPOP", "a", "1e300")
		c.Want(t, ok, "MULTI")
		c.Want(t, "+QUEUED\r\n", "BLPOP", "a", "0")
		c.Want(t, "+QUEUED\r\n", "BLMOVE", "a", "b", "LEFT", "LEFT", "0")
		c.Want(t, "*2\r\n"+noneOfAll+none, "EXEC")
		c.Want(t, none, "EVAL", "return redis.call('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', 0)", "0")
	})
})

// TestWaysToServe makes lists come about by everything that can.
var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("is ended by whatever makes a list", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		for name, push := range map[string][][]string{
			"rename": {{"RPUSH", "other", "v"}, {"RENAME", "other", "l"}},
			"copy":   {{"RPUSH", "other", "v"}, {"COPY", "other", "l"}, {"DEL", "other"}},
			"exec":   {{"MULTI"}, {"RPUSH", "l", "x"}, {"LPUSH", "l", "v"}, {"RPOP", "l"}, {"EXEC"}},
			"eval":   {{"EVAL", "redis.call('RPUSH','l','v') return 1", "0"}},
			"swapdb": {{"RPUSH", "other", "v"}, {"COPY", "other", "l", "DB", "1"}, {"DEL", "other"}, {"SWAPDB", "0", "1"}},
			"move":   {{"RPUSH", "other", "v"}, {"LMOVE", "other", "l", "LEFT", "RIGHT"}},
		} {
			waiting := waits(t, addr, "BLPOP", "none", "l", "0")
			for _, args := range push {
				if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
					t.Errorf("%s: %q: %q", name, args, reply)
				}
			}
			expect(t, waiting, bulks("l", "v"))
			c.Want(t, ":0\r\n", "DBSIZE")
		}
	})
})

// TestWrongTypeWaits: a key that comes to hold something else serves nobody.
var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("goes on when the key comes to hold something else", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		waiting := waits(t, addr, "BLPOP", "l", "0")
		c.Want(t, ok, "SET", "l", "x")
		c.Want(t, ok, "MULTI")
		c.Want(t, "+QUEUED\r\n", "DEL", "l")
		c.Want(t, "+QUEUED\r\n", "RPUSH", "l", "1")
		c.Want(t, "+QUEUED\r\n", "DEL", "l")
		c.Want(t, "*3\r\n:1\r\n:1\r\n:1\r\n", "EXEC")
		c.Want(t, ":1\r\n", "RPUSH", "l", "2")
		expect(t, waiting, bulks("l", "2"))
		moved := waits(t, addr, "BLMOVE", "l", "dst", "LEFT", "LEFT", "0")
		c.Want(t, ok, "SET", "dst", "x")
		c.Want(t, ":1\r\n", "RPUSH", "l", "3")
		expect(t, moved, "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n")
		c.Want(t, ":1\r\n", "LLEN", "l")
	})
})

// TestGoneWhileWaiting: who has hung up gets nothing, and nothing is lost on him.
var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("loses nothing on clients that have hung up", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		for i := range 20 {
			gone := testkit.MustDial(t, addr)
			if i%2 == 0 {
				gone.Blocks(t, "BLPOP", "l", "m", "0")
			} else { // perhaps before the command is there
				askWith(gone, "BLPOP", "l", "m", "0")
			}
			_ = gone.Close()
		}
		testkit.Await(t, addr, "connected_clients", "3") // the spec's first, c, and who asks
		c.Want(t, ":1\r\n", "RPUSH", "l", "1")
		c.Want(t, bulk("1"), "LPOP", "l")
	})
})

// TestNobodyIsForgotten lets many clients wait for keys of several shards while others
// push: every element goes to exactly one of them.
var _ = nodetest.Describe("waiting", func(s *nodetest.Server) {
	It("gives every element to exactly one of many clients, over several shards", func() {
		t, addr := GinkgoTB(), s.Addr
		const keys, waiters, perWaiter = 5, 12, 60
		var got sync.Map
		var twice, served atomic.Int64
		var poppers, pushers sync.WaitGroup
		for w := range waiters {
			c := testkit.MustDial(t, addr)
			poppers.Go(func() {
				for i := range perWaiter {
					k := "k" + strconv.Itoa((w+i)%keys)
					reply, err := c.Do("BLPOP", k, "k"+strconv.Itoa((w+2*i+1)%keys), "k0", "0")
					if err != nil {
						t.Error(err)
						return
					}
					r, _ := testkit.Parse(reply)
					if len(r.Elems) != 2 {
						t.Errorf("%q", reply)
						return
					}
					if _, again := got.LoadOrStore(r.Elems[1].Text, true); again {
						twice.Add(1)
					}
					served.Add(1)
				}
			})
		}
		for p := range 4 {
			c := testkit.MustDial(t, addr)
			pushers.Go(func() {
				for i := range waiters * perWaiter / 4 {
					// All end up in k0, which everybody waits for, if nobody takes them before.
					id := fmt.Sprintf("%d.%d", p, i)
					switch i % 3 {
					case 0:
						_, _ = c.Do("RPUSH", "k0", id)
					case 1:
						_, _ = c.Pipeline([]string{"MULTI"}, []string{"LPUSH", "k0", id}, []string{"LLEN", "k3"}, []string{"EXEC"})
					case 2:
						_, _ = c.Do("EVAL", "return redis.call('RPUSH', KEYS[1], ARGV[1])", "1", "k0", id)
					}
				}
			})
		}
		pushers.Wait()
		poppers.Wait()
		if twice.Load() != 0 || served.Load() != waiters*perWaiter {
			t.Errorf("%d served, %d of them twice, of %d", served.Load(), twice.Load(), waiters*perWaiter)
		}
	})
})
