package node_test

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const ok = "+OK\r\n"

var _ = nodetest.Describe("bad input", func(s *nodetest.Server) {
	for name, c := range map[string]struct{ sent, answer string }{
		"a bad multibulk length":     {"*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		"too many arguments":         {"*2147483648\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		"an endless multibulk count": {"*" + strings.Repeat("1", 70000), "-ERR Protocol error: too big mbulk count string\r\n"},
		"something else for a bulk":  {"*1\r\n+PING\r\n", "-ERR Protocol error: expected '$', got '+'\r\n"},
		"a bad bulk length":          {"*1\r\n$x\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		"a negative bulk length":     {"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		"a bulk over 512 MB":         {"*2\r\n$3\r\nGET\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		"an endless bulk count":      {"*1\r\n$" + strings.Repeat("1", 70000), "-ERR Protocol error: too big bulk count string\r\n"},
		"unbalanced quotes":          {"GET \"a\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
		"an endless line":            {strings.Repeat("a", 70000), "-ERR Protocol error: too big inline request\r\n"},
		"another end of the count":   {"*3\rx", "-ERR Protocol error: invalid CRLF in request\r\n"},
		"another end of a length":    {"*1\r\n$4\rxPING\r\n", "-ERR Protocol error: invalid CRLF in request\r\n"},
		"a longer argument": {"*3\r\n$3\r\nSET\r\n$7\r\npwned12\r\n$5\r\nvalue12\r\n*1\r\n$4\r\nPING\r\n",
			"-ERR Protocol error: invalid CRLF in request\r\n"},
		"a longer large argument": {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n" + strings.Repeat("v", 100001) + "\n*1\r\n$4\r\nPING\r\n",
			"-ERR Protocol error: invalid CRLF in request\r\n"},
		"a command before it": {"PING\r\n*1\r\n+PING\r\n", "+PONG\r\n-ERR Protocol error: expected '$', got '+'\r\n"},
	} {
		It("ends the connection that sends it, and no other: "+name, func() {
			answer, closed, err := testkit.Exchange(s.Addr, []byte(c.sent), 30*time.Second)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(answer)).To(Equal(c.answer))
			Expect(closed).To(BeTrue())
			s.Want("+PONG\r\n", "PING")
		})
	}

	It("is limited in all", func() {
		s.Want(ok, "CONFIG", "SET", "client-query-buffer-limit", "1mb")
		_, closed, err := testkit.Exchange(s.Addr, []byte("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3000000\r\n"+strings.Repeat("x", 2000000)), 30*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("\r\nclient_query_buffer_limit_disconnections:1\r\n"))
	})

	It("is limited in what a transaction queues", func() {
		s.Want(ok, "CONFIG", "SET", "client-query-buffer-limit", "1mb")
		get := testkit.Command("GET", strings.Repeat("x", 1000))
		sent := append(testkit.Command("MULTI"), bytes.Repeat(get, 900)...)
		whole, closed, err := testkit.Exchange(s.Addr, append(sent, testkit.Command("QUIT")...), 30*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(bytes.Count(whole, []byte("+QUEUED"))).To(Equal(900))
		Expect(closed).To(BeTrue()) // by QUIT
		_, closed, err = testkit.Exchange(s.Addr, append(sent, bytes.Repeat(get, 200)...), 30*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("\r\nclient_query_buffer_limit_disconnections:1\r\n"))
	})

	It("may be what a line of words cannot be elsewhere", func() {
		c := s.Dial()
		Expect(c.Send([]byte("ECHO a\"b c\"'d'\nECHO \"\"\n"))).To(Succeed())
		Expect(string(testkit.Must(c.Read())(GinkgoTB()))).To(Equal("$5\r\nab cd\r\n"))
		Expect(string(testkit.Must(c.Read())(GinkgoTB()))).To(Equal("$0\r\n\r\n"))
	})

	It("may be empty", func() {
		c := s.Dial()
		for range 2 { // the second time shows that nothing else was answered, and the connection not ended
			Expect(c.Send([]byte("\r\n\n*0\r\n*-1\r\nPING\r\n"))).To(Succeed())
			Expect(string(testkit.Must(c.Read())(GinkgoTB()))).To(Equal("+PONG\r\n"))
		}
	})
})

var _ = nodetest.Describe("a client that has yet to authenticate", func(s *nodetest.Server) {
	long := testkit.Command("MGET", "a", "2", "3", "4", "5", "6", "7", "8", "9", "10")
	answers := func(parts ...[]byte) string {
		GinkgoHelper()
		answer, closed, err := testkit.Exchange(s.Addr, append(slices.Concat(parts...), "QUIT\r\n"...), 30*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		return string(answer)
	}

	It("is limited until it does, and no longer", func() {
		s.Want(ok, "CONFIG", "SET", "requirepass", "secret")
		values := "*10\r\n$1\r\n1\r\n" + strings.Repeat("$-1\r\n", 9)
		auth, set := testkit.Command("AUTH", "secret"), testkit.Command("SET", "a", "1")
		Expect(answers(auth, set, long)).To(Equal(ok + ok + values + ok))
		Expect(answers(auth, long)).To(Equal(ok + values + ok))
		Expect(answers(testkit.Command("AUTH", "default", "secret"), testkit.Command("PING"), long)).To(Equal(ok + "+PONG\r\n" + values + ok))
		Expect(answers(set, long)).To(Equal("-NOAUTH Authentication required.\r\n-ERR Protocol error: unauthenticated multibulk length\r\n"))
		Expect(answers(auth, testkit.Command("RESET"), set, long)).To(
			Equal(ok + "+RESET\r\n-NOAUTH Authentication required.\r\n-ERR Protocol error: unauthenticated multibulk length\r\n"))
		Expect(answers(testkit.Command("SET", "a", strings.Repeat("x", 16385)))).To(Equal("-ERR Protocol error: unauthenticated bulk length\r\n"))
	})

	It("has to read what it is told", func() {
		s.Want(ok, "CONFIG", "SET", "requirepass", "secret")
		flood := func(patience time.Duration, first ...string) error { // until the server has closed, or nobody reads any more
			c := s.Dial()
			for _, word := range first {
				Expect(c.Send([]byte(word + "\r\n"))).To(Succeed())
				_ = testkit.Must(c.Read())(GinkgoTB())
			}
			Expect(c.Conn.SetDeadline(time.Now().Add(patience))).To(Succeed())
			many := bytes.Repeat([]byte("PING\r\n"), 10000)
			for range 1000 {
				if _, err := c.Conn.Write(many); err != nil {
					return err
				}
			}
			return nil
		}
		Expect(flood(time.Minute)).To(MatchError(Or(ContainSubstring("reset"), ContainSubstring("broken pipe"))))
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("\r\nclient_output_buffer_limit_disconnections:1\r\n"))
		Expect(flood(time.Second, "AUTH secret", "RESET")).To(MatchError(ContainSubstring("timeout")))
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("\r\nclient_output_buffer_limit_disconnections:1\r\n"))
	})

	It("is owed nothing where each reply counts as a block, unless it was known once", func() {
		s.Want(ok, "CONFIG", "SET", "requirepass", "secret")
		known, stranger := s.Dial(), s.Dial()
		known.Want(GinkgoTB(), ok, "AUTH", "secret")
		known.Want(GinkgoTB(), "+RESET\r\n", "RESET")
		stranger.Want(GinkgoTB(), "-NOAUTH Authentication required.\r\n", "SET", "x", "5")
		s.Want(ok, "DEBUG", "CLIENT-ENFORCE-REPLY-LIST", "1")
		known.Want(GinkgoTB(), "-NOAUTH Authentication required.\r\n", "SET", "x", "5")
		_, err := stranger.Do("SET", "x", "5")
		Expect(err).To(HaveOccurred())
		s.Want(ok, "DEBUG", "CLIENT-ENFORCE-REPLY-LIST", "0")
		s.Dial().Want(GinkgoTB(), "-NOAUTH Authentication required.\r\n", "SET", "x", "5")
	})

	It("learns nothing of what there is", func() {
		s.Want(ok, "CONFIG", "SET", "requirepass", "secret")
		Expect(answers([]byte("NOPE\r\nCONFIG\r\nCONFIG NOPE\r\nGET\r\nEXEC\r\nAUTH\r\n"))).To(
			Equal(strings.Repeat("-NOAUTH Authentication required.\r\n", 4) + "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.\r\n" +
				"-ERR wrong number of arguments for 'auth' command\r\n" + ok))
	})
}, [2]string{"enable-debug-command", "yes"})

// halfClose sends and shuts the sending side, then reads everything there is.
func halfClose(addr, sent string) string {
	c, err := net.Dial("tcp", addr)
	Expect(err).NotTo(HaveOccurred())
	defer c.Close()
	_, err = c.Write([]byte(sent))
	Expect(err).NotTo(HaveOccurred())
	Expect(c.(*net.TCPConn).CloseWrite()).To(Succeed())
	Expect(c.SetReadDeadline(time.Now().Add(10 * time.Second))).To(Succeed())
	var all strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			Expect(err.Error()).To(Equal("EOF"), "after %d bytes", all.Len())
			return all.String()
		}
	}
}

var _ = nodetest.Describe("a client that has sent its last byte", func(s *nodetest.Server) {
	It("gets its answer", func() {
		for range 20 {
			Expect(halfClose(s.Addr, "PING\r\n")).To(Equal("+PONG\r\n"))
			Expect(halfClose(s.Addr, "PING\r\nSET a 1\r\nMSET a 1 b 2 c 3 d 4\r\nGET a\r\n")).To(Equal("+PONG\r\n+OK\r\n+OK\r\n$1\r\n1\r\n"))
		}
	})

	It("gets its answer also when it comes late", func() {
		Expect(halfClose(s.Addr, "DEBUG SLEEP 0.1\r\nPING\r\nCLIENT PAUSE 100\r\nGET a\r\nPING\r\n")).To(Equal("+OK\r\n+PONG\r\n+OK\r\n$-1\r\n+PONG\r\n"))
	})

	It("gets a large answer to its end", func() {
		value := strings.Repeat("x", 1<<20)
		s.Want(ok, "SET", "big", value)
		bulk := fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
		Expect(halfClose(s.Addr, strings.Repeat("GET big\r\n", 20)+"PING\r\n") == strings.Repeat(bulk, 20)+"+PONG\r\n").To(BeTrue())
	})
})

var _ = nodetest.Describe("order", func(s *nodetest.Server) {
	It("of a pipeline is what others see", func() {
		testkit.PipelineOrder(GinkgoTB(), s.Addr, 400)
	})
})
