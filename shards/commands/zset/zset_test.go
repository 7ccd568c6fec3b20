package zset_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

func bulks(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// awaits expects the reply to what Blocks sent.
func awaits(c *testkit.Client, want string) {
	if reply, err := c.Read(); err != nil || string(reply) != want {
		GinkgoTB().Errorf("%q %v, not %q", reply, err, want)
	}
}

var _ = nodetest.Describe("sorted sets", func(s *nodetest.Server) {
	It("tell scores with positions", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":3\r\n", "ZADD", "k", "1", "a", "2.5", "b", "inf", "c")
		c.Want(t, "*2\r\n:1\r\n$3\r\n2.5\r\n", "ZRANK", "k", "b", "WITHSCORE")
		c.Want(t, "*2\r\n:0\r\n$3\r\ninf\r\n", "ZREVRANK", "k", "c", "withscore")
		c.Want(t, "*-1\r\n", "ZRANK", "k", "x", "WITHSCORE")
		c.Want(t, "*-1\r\n", "ZREVRANK", "none", "x", "WITHSCORE")
		c.Want(t, "-ERR syntax error\r\n", "ZRANK", "k", "b", "WITHSCORES")
		c.Want(t, "-ERR wrong number of arguments for 'zrank' command\r\n", "ZRANK", "k", "b", "WITHSCORE", "x")
	})

	It("are scanned without scores when that is wanted", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":2\r\n", "ZADD", "k", "1", "a", "2", "b")
		c.Want(t, "*2\r\n$1\r\n0\r\n"+bulks("a", "b"), "ZSCAN", "k", "0", "NOSCORES")
		c.Want(t, "*2\r\n$1\r\n0\r\n"+bulks("a", "1"), "ZSCAN", "k", "0", "MATCH", "a*")
		c.Want(t, "-ERR NOVALUES option can only be used in HSCAN\r\n", "ZSCAN", "k", "0", "NOVALUES")
	})

	It("write scores as short as they can be", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		for score, text := range map[string]string{"0.1": "0.1", "1e21": "1e+21", "5e-324": "5e-324", "3.0": "3", "-0": "0", "1e15": "1000000000000000",
			"123456789.125": "123456789.125", "-inf": "-inf"} {
			c.Do("ZADD", "k", score, "m")
			c.Want(t, fmt.Sprintf("$%d\r\n%s\r\n", len(text), text), "ZSCORE", "k", "m")
			c.Want(t, ":1\r\n", "DEL", "k")
		}
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "zset-max-listpack-entries", "0")
		c.Want(t, ":1\r\n", "ZADD", "k", "-0", "m")
		c.Want(t, "$2\r\n-0\r\n", "ZSCORE", "k", "m")
	})

	It("become large where they should, and results small again", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		encoding := func(want, key string) {
			c.Want(t, fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), "OBJECT", "ENCODING", key)
		}
		add := []string{"ZADD", "{k}1"}
		for i := range 128 {
			add = append(add, strconv.Itoa(i), "m"+strconv.Itoa(i))
		}
		c.Want(t, ":128\r\n", add...)
		encoding("listpack", "{k}1")
		c.Want(t, ":1\r\n", "ZADD", "{k}1", "1", "one more")
		encoding("skiplist", "{k}1")
		c.Want(t, ":1\r\n", "ZREM", "{k}1", "one more")
		encoding("skiplist", "{k}1")
		c.Want(t, ":128\r\n", "ZUNIONSTORE", "{k}2", "1", "{k}1")
		encoding("listpack", "{k}2")
		c.Want(t, ":0\r\n", "ZADD", "{k}2", "NX", "1", "m1", "1", "m1", "1", "m1")
		encoding("listpack", "{k}2")
		c.Want(t, ":1\r\n", "ZADD", "{k}3", "1", strings.Repeat("x", 65))
		encoding("skiplist", "{k}3")
		c.Want(t, ":1\r\n", "ZRANGESTORE", "{k}4", "{k}3", "0", "-1")
		encoding("skiplist", "{k}4")
		c.Want(t, ":10\r\n", "ZRANGESTORE", "{k}4", "{k}1", "0", "9")
		encoding("listpack", "{k}4")
	})

	It("survive DUMP and RESTORE in both forms", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		for i := range 300 {
			c.Want(t, ":1\r\n", "ZADD", "large", strconv.Itoa(i%7), "m"+strconv.Itoa(i))
		}
		c.Want(t, ":3\r\n", "ZADD", "small", "-inf", "a", "0.1", "b", "7", "12")
		for _, key := range []string{"large", "small"} {
			members := testkit.Must(c.Do("ZRANGE", key, "0", "-1", "WITHSCORES"))(t)
			dump, err := testkit.Parse(testkit.Must(c.Do("DUMP", key))(t))
			if err != nil {
				t.Fatal(err)
			}
			c.Want(t, "+OK\r\n", "RESTORE", "copy", "0", dump.Text, "REPLACE")
			c.Want(t, string(members), "ZRANGE", "copy", "0", "-1", "WITHSCORES")
		}
	})
})

var _ = nodetest.Describe("waiting for sorted sets", func(s *nodetest.Server) {
	It("serves clients in the order in which they came", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		first, second, third := testkit.MustDial(t, s.Addr), testkit.MustDial(t, s.Addr), testkit.MustDial(t, s.Addr)
		first.Blocks(t, "BZPOPMIN", "z", "0")
		second.Blocks(t, "BZPOPMAX", "z", "other", "0")
		third.Blocks(t, "BZMPOP", "0", "2", "other", "z", "MIN", "COUNT", "2")
		c.Want(t, ":2\r\n", "ZADD", "z", "1", "a", "2", "b")
		awaits(first, bulks("z", "a", "1"))
		awaits(second, bulks("z", "b", "2"))
		c.Want(t, ":3\r\n", "ZADD", "other", "1", "a", "2", "b", "3", "c")
		awaits(third, "*2\r\n$5\r\nother\r\n*2\r\n"+bulks("a", "1")+bulks("b", "2"))
		c.Want(t, bulks("c", "3"), "ZRANGE", "other", "0", "-1", "WITHSCORES")
		c.Want(t, ":0\r\n", "EXISTS", "z")
	})

	It("is ended by whatever makes a sorted set, and by nothing else", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		for name, make := range map[string][][]string{
			"store":  {{"ZADD", "other", "1", "v"}, {"ZUNIONSTORE", "z", "1", "other"}, {"DEL", "other"}},
			"range":  {{"ZADD", "other", "1", "v"}, {"ZRANGESTORE", "z", "other", "0", "-1"}, {"DEL", "other"}},
			"rename": {{"ZADD", "other", "1", "v"}, {"RENAME", "other", "z"}},
			"incr":   {{"ZINCRBY", "z", "1", "v"}},
			"exec":   {{"MULTI"}, {"SADD", "z", "x"}, {"DEL", "z"}, {"ZADD", "z", "1", "v"}, {"EXEC"}},
			"eval":   {{"EVAL", "redis.call('RPUSH','z','x') redis.call('DEL','z') return redis.call('ZADD','z',1,'v')", "0"}},
		} {
			waiting := testkit.MustDial(t, s.Addr)
			waiting.Blocks(t, "BZPOPMIN", "none", "z", "0")
			c.Want(t, ":1\r\n", "RPUSH", "z", "x")
			c.Want(t, ":1\r\n", "DEL", "z")
			for _, args := range make {
				if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
					t.Errorf("%s: %q: %q", name, args, reply)
				}
			}
			awaits(waiting, bulks("z", "v", "1"))
			c.Want(t, ":0\r\n", "DBSIZE")
		}
	})

	It("does not begin in transactions and scripts", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "BZPOPMIN", "z", "0")
		c.Want(t, "+QUEUED\r\n", "BZMPOP", "0", "1", "z", "MAX")
		c.Want(t, "*2\r\n*-1\r\n*-1\r\n", "EXEC")
		c.Want(t, "$-1\r\n", "EVAL", "return redis.call('BZPOPMAX', 'z', 0)", "0")
		c.Want(t, "-ERR timeout is negative\r\n", "BZMPOP", "-1", "1", "z", "MAX")
	})

	It("gives every member to exactly one of many clients, over several shards", func() {
		t := GinkgoTB()
		const keys, waiters, perWaiter = 5, 8, 40
		var got sync.Map
		var served atomic.Int64
		var poppers, pushers sync.WaitGroup
		for w := range waiters {
			c := testkit.MustDial(t, s.Addr)
			poppers.Go(func() {
				for i := range perWaiter {
					args := []string{"BZPOPMIN", "k" + strconv.Itoa((w+i)%keys), "k" + strconv.Itoa((w+2*i+1)%keys), "k0", "0"}
					if i%3 == 0 {
						args = []string{"BZMPOP", "0", "2", "k" + strconv.Itoa((w+i)%keys), "k0", "MAX"}
					}
					reply, err := c.Do(args...)
					r, _ := testkit.Parse(reply)
					if err != nil || len(r.Elems) < 2 {
						t.Errorf("%q %v", reply, err)
						return
					}
					name := r.Elems[1].Text
					if i%3 == 0 {
						name = r.Elems[1].Elems[0].Elems[0].Text
					}
					if _, twice := got.LoadOrStore(name, true); twice {
						t.Errorf("%s was popped twice", name)
					}
					served.Add(1)
				}
			})
		}
		for p := range 4 {
			c := testkit.MustDial(t, s.Addr)
			pushers.Go(func() {
				for i := range waiters * perWaiter / 4 {
					id := fmt.Sprintf("%d.%d", p, i)
					switch i % 3 {
					case 0:
						_, _ = c.Do("ZADD", "k0", "1", id)
					case 1:
						_, _ = c.Pipeline([]string{"MULTI"}, []string{"ZADD", "k0", "2", id}, []string{"ZCARD", "k3"}, []string{"EXEC"})
					case 2:
						_, _ = c.Do("EVAL", "return redis.call('ZADD', KEYS[1], 3, ARGV[1])", "1", "k0", id)
					}
				}
			})
		}
		pushers.Wait()
		poppers.Wait()
		if served.Load() != waiters*perWaiter {
			t.Errorf("%d of %d served", served.Load(), waiters*perWaiter)
		}
	})
})

var _ = nodetest.Describe("ZRANDMEMBER", func(s *nodetest.Server) {
	It("is fair, and returns as many as asked for", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		for _, size := range []int{10, 200} {
			for i := range size {
				c.Do("ZADD", "k", strconv.Itoa(i), strconv.Itoa(i))
			}
			for _, count := range []int{-40, size / 2, size/8 - 1, size / 20} {
				seen := make([]int, size)
				rounds := 4000
				if count != 0 {
					rounds = 40*size/max(count, -count) + 1
				}
				for range rounds {
					reply, err := testkit.Parse(testkit.Must(c.Do("ZRANDMEMBER", "k", strconv.Itoa(count)))(t))
					if want := max(count, -count); err != nil || len(reply.Elems) != want {
						t.Fatalf("%d members for %d: %v", len(reply.Elems), count, err)
					}
					once := map[string]bool{}
					for _, e := range reply.Elems {
						if once[e.Text] && count > 0 {
							t.Fatalf("%q twice", e.Text)
						}
						once[e.Text] = true
						at, _ := strconv.Atoi(e.Text)
						seen[at]++
					}
				}
				for at, n := range seen { // 40 on average: nine deviations of sqrt(40)
					if count != 0 && (n == 0 || n > 100) {
						t.Errorf("%d of %d: member %d was drawn %d times in %d rounds", count, size, at, n, rounds)
					}
				}
			}
			c.Want(t, ":1\r\n", "DEL", "k")
		}
	})

	It("refuses counts that have no opposite", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":1\r\n", "ZADD", "k", "1", "a")
		c.Want(t, "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n", "ZRANDMEMBER", "k", "-9223372036854775808")
		c.Want(t, "-ERR value is out of range\r\n", "ZRANDMEMBER", "k", "-9223372036854770000", "WITHSCORES")
		c.Want(t, bulks("a", "1"), "ZRANDMEMBER", "k", "9223372036854775807"[:18], "WITHSCORES")
		c.Want(t, "-ERR syntax error\r\n", "ZRANDMEMBER", "k", "1", "x")
	})
})
