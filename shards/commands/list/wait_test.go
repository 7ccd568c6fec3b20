package list_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A way to wait for key l, and what it answers when l comes to hold v.
type way struct {
	args  []string
	reply string
}

func ways() []way {
	return []way{
		{[]string{"BLPOP", "none", "l", "0"}, bulks("l", "v")},
		{[]string{"BRPOP", "other", "l", "0"}, bulks("l", "v")},
		{[]string{"BLMPOP", "0", "3", "none", "l", "other", "RIGHT", "COUNT", "5"}, "*2\r\n" + bulk("l") + bulks("v")},
		{[]string{"BRPOPLPUSH", "l", "dst", "0"}, bulk("v")},
		{[]string{"BLMOVE", "l", "dst", "LEFT", "RIGHT", "0"}, bulk("v")},
	}
}

// begin asks on a client of its own and comes back when that waits.
func begin(s *nodetest.Server, args []string) (c *testkit.Client, id string, replies chan string) {
	c = s.Dial()
	id = strings.TrimSpace(string(testkit.Must(c.Do("CLIENT", "ID"))(GinkgoTB())[1:]))
	c.Blocks(GinkgoTB(), args...)
	return c, id, reads(c)
}

var _ = nodetest.Describe("every way to wait", func(s *nodetest.Server) {
	It("is served", func() {
		t := GinkgoTB()
		for _, w := range ways() {
			for _, push := range [][]string{
				{"RPUSH l v"}, {"SET l x", "DEL l", "LPUSH l v"}, {"RPUSH k v", "RENAME k l"}, {"RPUSH k v", "COPY k l", "DEL k"},
				{"RPUSH k v", "RPOPLPUSH k l"}, {"RPUSH k v", "COPY k l DB 1", "DEL k", "SWAPDB 0 1"}, {"FLUSHALL", "LPUSH l v"},
				{"MULTI", "RPUSH l v w", "RPOP l", "EXEC"}, {"MULTI", "RPUSH l v", "DEL l", "EXEC", "RPUSH l v"},
				{"RPUSH k v", "PEXPIRE k 100000", "RENAME k l"},
			} {
				_, _, replies := begin(s, w.args)
				for _, line := range push {
					s.Do(strings.Fields(line)...)
				}
				expect(t, replies, w.reply)
				s.Want(ok, "FLUSHALL")
			}
		}
	})
	It("is ended by CLIENT UNBLOCK, and goes when the client does", func() {
		t := GinkgoTB()
		for _, w := range ways() {
			_, id, replies := begin(s, w.args)
			s.Want(":1\r\n", "CLIENT", "UNBLOCK", id)
			expect(t, replies, noneOfAll)
			_, id, replies = begin(s, w.args)
			s.Want(":1\r\n", "CLIENT", "UNBLOCK", id, "ERROR")
			expect(t, replies, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
			gone, _, _ := begin(s, w.args)
			_ = gone.Close()
			testkit.Await(t, s.Addr, "blocked_clients", "0")
			s.Want(":1\r\n", "RPUSH", "l", "v")
			s.Want(bulk("v"), "LPOP", "l")
		}
	})
	It("ends in time, and does not begin within transactions and scripts", func() {
		t := GinkgoTB()
		for _, w := range ways() {
			args := append([]string(nil), w.args...)
			for i, word := range args {
				if word == "0" {
					args[i] = "0.01"
				}
			}
			s.Want(noneOfAll, args...)
			null := noneOfAll
			if strings.Contains(args[0], "MOVE") || strings.Contains(args[0], "PUSH") {
				null = none
			}
			c := s.Dial()
			c.Want(t, ok, "MULTI")
			c.Want(t, "+QUEUED\r\n", w.args...)
			c.Want(t, "*1\r\n"+null, "EXEC")
			script := []string{"EVAL", "return redis.call(unpack(ARGV))", "0"}
			s.Want(none, append(script, w.args...)...)
		}
	})
	It("goes on when what was there has expired before it could be served", func() {
		t := GinkgoTB()
		for _, w := range ways() {
			_, id, replies := begin(s, w.args)
			c := s.Dial()
			c.Want(t, ok, "MULTI")
			for _, line := range []string{"RPUSH l x", "PEXPIRE l 10", "DEBUG SLEEP 0.03"} {
				c.Want(t, "+QUEUED\r\n", strings.Fields(line)...)
			}
			c.Want(t, "*3\r\n:1\r\n:1\r\n+OK\r\n", "EXEC")
			s.Want(":1\r\n", "CLIENT", "UNBLOCK", id)
			expect(t, replies, noneOfAll)
			s.Want(":0\r\n", "EXISTS", "l", "dst")
		}
	})
})
