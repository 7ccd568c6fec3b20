package sorting_test

import (
	"fmt"
	"strings"

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

const notNumber = "-ERR One or more scores can't be converted into double\r\n"

var _ = nodetest.Describe("SORT", func(s *nodetest.Server) {
	It("refuses numbers that doubles do not hold, and forgets about them", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		for _, bad := range []string{"1e400", "1e-320", "nan", "1x", " ", "3 "} {
			c.Want(t, ":1\r\n", "RPUSH", "bad", bad)
			c.Want(t, notNumber, "SORT", "bad")
			c.Want(t, ":1\r\n", "DEL", "bad")
		}
		c.Want(t, ":6\r\n", "RPUSH", "good", "1e3", "", "+inf", "-inf", "0x10", " 3")
		c.Want(t, bulks("-inf", "", " 3", "0x10", "1e3", "+inf"), "SORT", "good")
	})

	It("tells which keys it reads and writes", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, "*2\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n*2\r\n$1\r\nb\r\n*2\r\n+OW\r\n+update\r\n",
			"COMMAND", "GETKEYSANDFLAGS", "SORT", "a", "STORE", "b")
	})

	It("reads keys of all shards in one step, in transactions and scripts too", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		var want []string
		for i := range 40 {
			id := fmt.Sprint(i)
			c.Want(t, fmt.Sprintf(":%d\r\n", i+1), "RPUSH", "ids", id)
			c.Want(t, "+OK\r\n", "SET", "weight:"+id, fmt.Sprint(100-i))
			c.Want(t, ":1\r\n", "HSET", "object:"+id, "name", "n"+id)
			want = append([]string{"n" + id, id}, want...)
		}
		sort := []string{"SORT", "ids", "BY", "weight:*", "GET", "object:*->name", "GET", "#"}
		c.Want(t, bulks(want...), sort...)
		c.Want(t, ":80\r\n", append(sort, "STORE", "sorted")...)
		c.Want(t, bulks(want...), "LRANGE", "sorted", "0", "-1")
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", sort...)
		c.Want(t, "*1\r\n"+bulks(want...), "EXEC")
		c.Want(t, bulks(want...), "EVAL", "return redis.call('SORT', KEYS[1], 'BY', 'weight:*', 'GET', 'object:*->name', 'GET', '#')", "1", "ids")
		c.Want(t, bulks(want...), "EVAL", "redis.call('SET', 'x', 1) return redis.call('SORT_RO', 'ids', 'BY', 'weight:*', 'GET', 'object:*->name', 'GET', '#')", "0")
	})

	It("reads no more of what needs no order than is asked for", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":3\r\n", "SADD", "set", "1", "2", "3")
		c.Want(t, ":1\r\n", "SADD", "hashed", "x")
		c.Want(t, ":2\r\n", "RPUSH", "list", "1", "2")
		c.Want(t, ":2\r\n", "ZADD", "sorted", "1", "1", "2", "2")
		for _, k := range []string{"set", "hashed", "list", "sorted"} {
			for _, offset := range []string{"-2", "0", "1", "9"} {
				c.Want(t, "*0\r\n", "SORT", k, "BY", "none", "LIMIT", offset, "0")
			}
			c.Want(t, "*0\r\n", "SORT", k, "BY", "none", "LIMIT", "9", "-1")
		}
		c.Want(t, bulks("1", "2"), "SORT", "set", "BY", "none", "LIMIT", "-5", "2")
		c.Want(t, bulks("3"), "SORT", "set", "BY", "none", "LIMIT", "2", "7")
	})

	It("tells its keys", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, bulks("k"), "COMMAND", "GETKEYS", "SORT", "k", "BY", "store", "GET", "x*")
		c.Want(t, bulks("k", "last"), "COMMAND", "GETKEYS", "SORT", "k", "STORE", "first", "LIMIT", "0", "STORE", "STORE", "last")
		c.Want(t, bulks("k"), "COMMAND", "GETKEYS", "SORT_RO", "k", "GET", "x*")
		c.Want(t, "-ERR syntax error\r\n", "SORT_RO", "k", "STORE", "x")
	})

	It("replaces what it stores over, and serves who waits for it", func() {
		t, c, waiting := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":3\r\n", "SADD", "set", "3", "1", "2")
		c.Want(t, ":3\r\n", "SORT", "set", "DESC", "STORE", "set")
		c.Want(t, bulks("3", "2", "1"), "LRANGE", "set", "0", "-1")
		c.Want(t, ":0\r\n", "SORT", "none", "STORE", "set")
		c.Want(t, ":0\r\n", "EXISTS", "set")
		waiting.Blocks(t, "BLPOP", "a", "b", "0")
		c.Want(t, ":2\r\n", "RPUSH", "src", "2", "1")
		c.Want(t, ":2\r\n", "SORT", "src", "STORE", "b")
		if reply, err := waiting.Read(); err != nil || string(reply) != bulks("b", "1") {
			t.Errorf("%q %v", reply, err)
		}
	})
})
