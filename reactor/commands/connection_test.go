package commands_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const ok = "+OK\r\n"

var _ = nodetest.Describe("connections", func(s *nodetest.Server) {
	It("choose a database, also in a transaction", func() {
		s.Want(ok, "SELECT", "3")
		s.Want(ok, "SET", "k", "three")
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "SELECT", "4")
		s.Want("+QUEUED\r\n", "SET", "k", "four")
		s.Want("*2\r\n+OK\r\n+OK\r\n", "EXEC")
		s.Want("$4\r\nfour\r\n", "GET", "k")
		s.Want("-ERR DB index is out of range\r\n", "SELECT", "16")
		s.Want("-ERR value is not an integer or out of range\r\n", "SELECT", "x")
	})

	It("say HELLO", func() {
		Expect(s.Do("HELLO")).To(HavePrefix("*14\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n"))
		Expect(s.Do("HELLO", "3", "SETNAME", "me")).To(HavePrefix("%7\r\n"))
		s.Want("$2\r\nme\r\n", "CLIENT", "GETNAME")
		s.Want("_\r\n", "GET", "absent")
		s.Want("-NOPROTO unsupported protocol version\r\n", "HELLO", "4")
		s.Want("-ERR Protocol version is not an integer or out of range\r\n", "HELLO", "x")
		s.Want("-ERR Syntax error in HELLO option 'FOO'\r\n", "HELLO", "3", "FOO")
		s.Want("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "HELLO", "3", "SETNAME", "a b")
		s.Want("+RESET\r\n", "RESET")
		s.Want("$-1\r\n", "GET", "absent")
		s.Want("$-1\r\n", "CLIENT", "GETNAME")
	})

	It("tell about themselves", func() {
		s.Want(ok, "CLIENT", "SETINFO", "lib-name", "test")
		s.Want("-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETINFO", "lib-ver", "a b")
		s.Want("-ERR Unrecognized option 'x'\r\n", "CLIENT", "SETINFO", "x", "y")
		s.Want(ok, "CLIENT", "SETNAME", "")
		s.Want(ok, "CLIENT", "NO-EVICT", "on")
		s.Want(ok, "CLIENT", "NO-TOUCH", "on")
		s.Want("-ERR syntax error\r\n", "CLIENT", "NO-TOUCH", "maybe")
		Expect(s.Do("CLIENT", "INFO")).To(SatisfyAll(ContainSubstring(" flags=eT capa= db=0 "), ContainSubstring(" cmd=client|info user=default "),
			ContainSubstring(" lib-name=test lib-ver= ")))
		s.Want("-ERR unknown subcommand 'NOPE'. Try CLIENT HELP.\r\n", "CLIENT", "NOPE")
		s.Want("-ERR wrong number of arguments for 'client|id' command\r\n", "CLIENT", "ID", "x")
	})

	It("turn replies off and on", func() {
		c := s.Dial()
		t := GinkgoTB()
		Expect(c.Send(append(testkit.Command("CLIENT", "REPLY", "OFF"), testkit.Command("SET", "a", "1")...))).To(Succeed())
		Expect(c.Send(testkit.Command("NOSUCH"))).To(Succeed())
		c.Want(t, ok, "CLIENT", "REPLY", "ON")
		Expect(c.Send(append(testkit.Command("CLIENT", "REPLY", "SKIP"), testkit.Command("GET", "a")...))).To(Succeed())
		c.Want(t, "$1\r\n1\r\n", "GET", "a")
	})

	It("end with QUIT", func() {
		answer, closed, err := testkit.Exchange(s.Addr, []byte("PING\r\nQUIT\r\nPING\r\n"), 5*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		Expect(string(answer)).To(Equal("+PONG\r\n+OK\r\n"))
	})
})

var _ = nodetest.Describe("passwords", func(s *nodetest.Server) {
	It("are asked for", func() {
		t := GinkgoTB()
		s.Want("-NOAUTH Authentication required.\r\n", "GET", "a")
		Expect(s.Do("HELLO", "3")).To(HavePrefix("-NOAUTH HELLO must be called with"))
		s.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "wrong")
		s.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "someone", "secret")
		s.Want("-ERR syntax error\r\n", "AUTH", "a", "b", "c")
		s.Want(ok, "AUTH", "secret")
		s.Want("$-1\r\n", "GET", "a")
		other := s.Dial()
		Expect(string(testkit.Must(other.Do("HELLO", "2", "AUTH", "default", "secret"))(t))).To(HavePrefix("*14\r\n"))
		other.Want(t, "$-1\r\n", "GET", "a")
		other.Want(t, "+RESET\r\n", "RESET")
		other.Want(t, "-NOAUTH Authentication required.\r\n", "GET", "a")
		s.Want(ok, "CONFIG", "SET", "requirepass", "")
		other.Want(t, "$-1\r\n", "GET", "a")
		Expect(s.Do("AUTH", "x")).To(HavePrefix("-ERR AUTH <password> called without any password configured"))
	})
	AfterEach(func() { s.Do("AUTH", "secret"); s.Do("CONFIG", "SET", "requirepass", "") })
	BeforeEach(func() {
		if strings.Contains(CurrentSpecReport().LeafNodeText, "mode") { // its own clients know no password
			s.Do("AUTH", "secret")
			s.Do("CONFIG", "SET", "requirepass", "")
		}
	})
}, [2]string{"requirepass", "secret"})

var _ = nodetest.Describe("a server that is in no cluster", func(s *nodetest.Server) {
	It("says so", func() {
		const none = "-ERR This instance has cluster support disabled\r\n"
		for _, line := range []string{"ASKING", "CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER MYID", "CLUSTER HELP", "CLUSTER COUNTKEYSINSLOT 7",
			"CLUSTER RESET", "CLUSTER RESET HARD", "CLUSTER SLOT-STATS SLOTSRANGE 0 1"} {
			s.Want(none, strings.Fields(line)...)
		}
		s.Want(":15495\r\n", "CLUSTER", "KEYSLOT", "a")
		s.Want(":15495\r\n", "CLUSTER", "KEYSLOT", "x{a}y")
		s.Want("-ERR wrong number of arguments for 'cluster' command\r\n", "CLUSTER")
		s.Want("-ERR wrong number of arguments for 'cluster|info' command\r\n", "CLUSTER", "INFO", "x")
		s.Want("-ERR unknown subcommand 'NOPE'. Try CLUSTER HELP.\r\n", "CLUSTER", "NOPE")
		s.Want("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", "ROLE")
		s.Want("*0\r\n", "MODULE", "LIST")
		s.Want(ok, "READONLY")
		s.Want(ok, "READWRITE")
	})
})
