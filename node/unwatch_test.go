package node_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// held has a script hold a key's shard until the returned function is called.
func held(s *nodetest.Server, key string) (release func()) {
	t := GinkgoTB()
	script, other := s.Dial(), s.Dial()
	Expect(script.Send(testkit.Command("EVAL", "redis.call('GET', KEYS[1]) while true do end", "1", key))).To(Succeed())
	Eventually(func() bool { // on a crowded machine it is busy before INFO can tell
		info := string(testkit.Must(other.Do("INFO", "everything"))(t))
		return strings.HasPrefix(info, "-BUSY") || testkit.InfoField(info, "scripts_running") == "1"
	}).WithTimeout(time.Minute).Should(BeTrue())
	return func() {
		Eventually(func() string { return string(testkit.Must(other.Do("SCRIPT", "KILL"))(t)) }).Should(Equal("+OK\r\n")) // it has to be busy first
		_ = testkit.Must(script.Read())(t)
	}
}

// send writes commands at once.
func send(c *testkit.Client, commands ...[]string) {
	GinkgoHelper()
	var raw []byte
	for _, args := range commands {
		raw = append(raw, testkit.Command(args...)...)
	}
	Expect(c.Send(raw)).To(Succeed())
}

// wantNext reads replies.
func wantNext(c *testkit.Client, replies ...string) {
	GinkgoHelper()
	for _, want := range replies {
		Expect(string(testkit.Must(c.Read())(GinkgoTB()))).To(Equal(want))
	}
}

var _ = nodetest.Describe("what is watched no more", func(s *nodetest.Server) {
	It("leaves alone what is watched next", func() {
		c := s.Dial()
		c.Want(GinkgoTB(), "+OK\r\n", "WATCH", "{a}")
		release := held(s, "{a}")
		send(c, []string{"EXEC", "x"}, []string{"WATCH", "{b}"})
		wantNext(c, "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n")
		release()
		wantNext(c, "+OK\r\n")
		s.Want("+OK\r\n", "SET", "{b}", "1")
		send(c, []string{"MULTI"}, []string{"GET", "{b}"}, []string{"EXEC"})
		wantNext(c, "+OK\r\n", "+QUEUED\r\n", "*-1\r\n")
	})

	It("is forgotten without a wait", func() {
		c := s.Dial()
		c.Want(GinkgoTB(), "+OK\r\n", "WATCH", "{a}")
		release := held(s, "{a}")
		send(c, []string{"MULTI"}, []string{"DISCARD"}, []string{"MULTI"}, []string{"DISCARD"})
		wantNext(c, "+OK\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n")
		release()
		testkit.Await(GinkgoTB(), s.Addr, "total_watched_keys", "0")
	})

	It("is forgotten in silence if the client wants that", func() {
		c := s.Dial()
		c.Want(GinkgoTB(), "+OK\r\n", "WATCH", "{a}")
		c.Want(GinkgoTB(), "+OK\r\n", "MULTI")
		c.Want(GinkgoTB(), "+OK\r\n", "DISCARD")
		c.Want(GinkgoTB(), "+OK\r\n", "WATCH", "{a}")
		me := id(c)
		send(c, []string{"CLIENT", "REPLY", "SKIP"})
		Eventually(func() string { return s.Do("CLIENT", "LIST", "ID", me) }).Should(ContainSubstring("cmd=client|reply"))
		release := held(s, "{a}")
		send(c, []string{"UNWATCH"}, []string{"MULTI"}, []string{"DISCARD"})
		wantNext(c, "+OK\r\n", "+OK\r\n")
		release()
		c.Want(GinkgoTB(), "+PONG\r\n", "PING")
	})
}, [2]string{"busy-reply-threshold", "100"})

func id(c *testkit.Client) string {
	reply := testkit.Must(c.Do("CLIENT", "ID"))(GinkgoTB())
	return string(reply[1 : len(reply)-2])
}
