package dump_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("MIGRATE", func(s *nodetest.Server) {
	var other *testkit.Client
	var host, port string
	BeforeEach(func() {
		addr := nodetest.Start(GinkgoTB(), [2]string{"databases", "4"})
		other = testkit.MustDial(GinkgoTB(), addr)
		host, port, _ = net.SplitHostPort(addr)
	})
	there := func(reply string, args ...string) {
		GinkgoHelper()
		other.Want(GinkgoTB(), reply, args...)
	}
	migrate := func(reply string, args ...string) {
		GinkgoHelper()
		s.Want(reply, append([]string{"MIGRATE", host, port}, args...)...)
	}

	It("brings a key over, with its time, to any database", func() {
		s.Want("+OK\r\n", "SET", "k", "v", "PX", "1000000")
		s.Want(":3\r\n", "RPUSH", "l", "a", "b", "c")
		migrate("+OK\r\n", "k", "0", "5000")
		migrate("+OK\r\n", "l", "2", "5000")
		s.Want(":0\r\n", "EXISTS", "k", "l")
		there("$1\r\nv\r\n", "GET", "k")
		ttl, err := testkit.Parse(testkit.Must(other.Do("PTTL", "k"))(GinkgoTB()))
		Expect(err).NotTo(HaveOccurred())
		Expect(strconv.Atoi(ttl.Text)).To(And(BeNumerically(">", 900000), BeNumerically("<=", 1000000)))
		there("+OK\r\n", "SELECT", "2")
		there("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "LRANGE", "l", "0", "-1")
	})

	It("brings several keys over, those that are there", func() {
		s.Want("+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3", "left", "4")
		migrate("+OK\r\n", "", "0", "5000", "KEYS", "a", "nothing", "b", "c")
		s.Want(":1\r\n", "DBSIZE")
		there("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n", "MGET", "a", "b", "c")
		migrate("+NOKEY\r\n", "", "0", "5000", "KEYS", "a", "nothing")
		migrate("+NOKEY\r\n", "a", "0", "5000")
		migrate("+NOKEY\r\n", "", "0", "5000", "KEYS")
		s.Want("+NOKEY\r\n", "MIGRATE", "nowhere.invalid", "1", "a", "0", "5000") // nobody asks
	})

	It("copies and replaces where it is told to", func() {
		s.Want("+OK\r\n", "SET", "k", "new")
		there("+OK\r\n", "SET", "k", "old")
		migrate("-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n", "k", "0", "5000")
		there("$3\r\nold\r\n", "GET", "k")
		s.Want("$3\r\nnew\r\n", "GET", "k")
		migrate("+OK\r\n", "k", "0", "5000", "copy", "REPLACE")
		there("$3\r\nnew\r\n", "GET", "k")
		s.Want("$3\r\nnew\r\n", "GET", "k")
		migrate("+OK\r\n", "k", "0", "5000", "replace")
		s.Want("$-1\r\n", "GET", "k")
	})

	It("removes exactly the keys that were taken", func() {
		s.Want("+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3", "d", "4")
		there("+OK\r\n", "MSET", "b", "x", "d", "x")
		migrate("-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n", "", "0", "5000", "KEYS", "a", "b", "c", "d")
		s.Want("*4\r\n$-1\r\n$1\r\n2\r\n$-1\r\n$1\r\n4\r\n", "MGET", "a", "b", "c", "d")
		there("*4\r\n$1\r\n1\r\n$1\r\nx\r\n$1\r\n3\r\n$1\r\nx\r\n", "MGET", "a", "b", "c", "d")
		migrate("-ERR Target instance replied with error: ERR DB index is out of range\r\n", "b", "9", "5000", "REPLACE")
		s.Want("$1\r\n2\r\n", "GET", "b")
		there(":4\r\n", "DBSIZE")
	})

	It("introduces itself", func() {
		s.Want("+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3", "d", "4")
		there("+OK\r\n", "CONFIG", "SET", "requirepass", "secret")
		there("+OK\r\n", "AUTH", "secret")
		migrate("-ERR Target instance replied with error: NOAUTH Authentication required.\r\n", "a", "0", "5000")
		migrate("+OK\r\n", "a", "0", "5000", "AUTH", "secret")
		migrate("+OK\r\n", "", "0", "5000", "AUTH2", "default", "secret", "KEYS", "b")
		migrate("-ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled.\r\n", "c", "0", "5000", "AUTH", "wrong")
		migrate("-ERR Target instance replied with error: NOAUTH Authentication required.\r\n", "c", "0", "5000") // it is nobody else's connection
		there("+OK\r\n", "CONFIG", "SET", "requirepass", "other")
		migrate("-ERR Target instance replied with error: WRONGPASS invalid username-password pair or user is disabled.\r\n", "c", "0", "5000", "AUTH", "secret")
		s.Want("*4\r\n$-1\r\n$-1\r\n$1\r\n3\r\n$1\r\n4\r\n", "MGET", "a", "b", "c", "d")
	})

	It("hides passwords", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "commandlog-execution-slower-than", "0")
		migrate("+NOKEY\r\n", "k", "0", "5000", "AUTH", "secret1", "REPLACE")
		migrate("+NOKEY\r\n", "", "0", "5000", "AUTH2", "secret2", "secret3", "KEYS", "auth", "shown")
		log := s.Do("COMMANDLOG", "GET", "-1", "slow")
		Expect(log).NotTo(ContainSubstring("secret"))
		Expect(strings.Count(log, "(redacted)")).To(Equal(3))
		Expect(log).To(ContainSubstring("shown"))
	})

	It("refuses what it does not understand", func() {
		s.Want("+OK\r\n", "SET", "k", "v")
		migrate("-ERR syntax error\r\n", "k", "0", "5000", "MOVE")
		migrate("-ERR syntax error\r\n", "k", "0", "5000", "AUTH")
		migrate("-ERR syntax error\r\n", "k", "0", "5000", "AUTH2", "user")
		migrate("-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string\r\n", "k", "0", "5000", "KEYS", "k")
		migrate("-ERR value is not an integer or out of range\r\n", "k", "0", "soon")
		migrate("-ERR value is not an integer or out of range\r\n", "k", "first", "5000")
		s.Want("-ERR wrong number of arguments for 'migrate' command\r\n", "MIGRATE", host, port, "k", "0")
	})

	It("tells of a server that is not there", func() {
		s.Want("+OK\r\n", "SET", "k", "v")
		nobody := fmt.Sprint(testkit.FreePort(GinkgoTB()))
		s.Want("-IOERR error or timeout connecting to the client\r\n", "MIGRATE", "127.0.0.1", nobody, "k", "0", "5000")
		s.Want("-IOERR error or timeout connecting to the client\r\n", "MIGRATE", "127.0.0.1", "none", "k", "0", "5000")
		s.Want("$1\r\nv\r\n", "GET", "k")
	})

	It("keeps connections, and makes another one where one has broken", func() {
		s.Want("+OK\r\n", "MSET", "a", "1", "b", "2")
		migrate("+OK\r\n", "a", "0", "5000")
		Expect(testkit.InfoField(s.Do("INFO", "stats"), "migrate_cached_sockets")).To(Equal("1"))
		there(":1\r\n", "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		migrate("+OK\r\n", "b", "0", "5000")
		Expect(testkit.InfoField(s.Do("INFO", "stats"), "migrate_cached_sockets")).To(Equal("1"))
		there("*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "MGET", "a", "b")
	})

	It("works in transactions and scripts", func() {
		s.Want("+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3")
		s.Want("+OK\r\n", "MULTI")
		s.Want("+QUEUED\r\n", "MIGRATE", host, port, "a", "0", "5000")
		s.Want("+QUEUED\r\n", "EXISTS", "a")
		s.Want("*2\r\n+OK\r\n:0\r\n", "EXEC")
		s.Want("+OK\r\n", "EVAL", "redis.call('SET', KEYS[1], 'x') return redis.call('MIGRATE', ARGV[1], ARGV[2], KEYS[1], 0, 5000)", "1", "b", host, port)
		s.Want("*2\r\n$-1\r\n$1\r\n3\r\n", "MGET", "b", "c")
		there("*2\r\n$1\r\n1\r\n$1\r\nx\r\n", "MGET", "a", "b")
	})

	It("tells of what goes", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "KEA")
		listener := s.Dial()
		_ = testkit.Must(listener.Do("PSUBSCRIBE", "__key*"))(GinkgoTB())
		watcher := s.Dial()
		s.Want("+OK\r\n", "SET", "k", "v")
		watcher.Want(GinkgoTB(), "+OK\r\n", "WATCH", "k")
		migrate("+OK\r\n", "k", "0", "5000", "COPY")
		watcher.Want(GinkgoTB(), "+OK\r\n", "MULTI")
		watcher.Want(GinkgoTB(), "*0\r\n", "EXEC")
		watcher.Want(GinkgoTB(), "+OK\r\n", "WATCH", "k")
		migrate("+OK\r\n", "k", "0", "5000", "REPLACE")
		watcher.Want(GinkgoTB(), "+OK\r\n", "MULTI")
		watcher.Want(GinkgoTB(), "*-1\r\n", "EXEC")
		for _, event := range []string{"set", "del"} {
			for range 2 {
				Expect(string(testkit.Must(listener.Read())(GinkgoTB()))).To(ContainSubstring(event))
			}
		}
	})
})
