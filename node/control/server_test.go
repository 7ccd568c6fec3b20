package control_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("the server", func(s *nodetest.Server) {
	field := func(name string) string {
		r, err := testkit.Parse([]byte(s.Do("INFO", "everything")))
		Expect(err).NotTo(HaveOccurred())
		return testkit.InfoField(r.Text, name)
	}

	It("is configured while it runs", func() {
		s.Want("*2\r\n$4\r\nport\r\n$1\r\n0\r\n", "CONFIG", "GET", "port")
		s.Want(ok, "CONFIG", "SET", "maxclients", "77", "timeout", "0")
		s.Want("*2\r\n$10\r\nmaxclients\r\n$2\r\n77\r\n", "CONFIG", "GET", "maxclients")
		s.Want("-ERR Unknown option or number of arguments for CONFIG SET - 'nope'\r\n", "CONFIG", "SET", "nope", "1")
		s.Want("-ERR syntax error\r\n", "CONFIG", "SET", "a", "1", "b")
		Expect(s.Do("CONFIG", "SET", "databases", "3")).To(HavePrefix("-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"))
		Expect(s.Do("CONFIG", "SET", "maxclients", "999999999")).To(ContainSubstring("The operating system is not able to handle the specified number of clients"))
		Expect(s.Do("CONFIG", "SET", "dir", "/")).To(ContainSubstring("can't set protected config"))
		Expect(s.Do("CONFIG", "HELP")).To(HavePrefix("*"))
		s.Want(ok, "CONFIG", "SET", "proto-max-bulk-len", "1mb")
		answer, closed, err := testkit.Exchange(s.Addr, []byte("*2\r\n$3\r\nGET\r\n$1048577\r\n"), 5*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		Expect(string(answer)).To(Equal("-ERR Protocol error: invalid bulk length\r\n"))
	})

	It("refuses clients over the limit", func() {
		s.Want(ok, "CONFIG", "SET", "maxclients", "1")
		answer, closed, err := testkit.Exchange(s.Addr, nil, 5*time.Second)
		Expect(err).NotTo(HaveOccurred())
		Expect(closed).To(BeTrue())
		Expect(string(answer)).To(Equal("-ERR max number of clients reached\r\n"))
		Expect(field("rejected_connections")).To(Equal("1"))
	})

	It("tells about itself", func() {
		used, err := strconv.Atoi(field("used_memory"))
		Expect(err).NotTo(HaveOccurred())
		Expect(used).To(BeNumerically("<", 3<<20))
		s.Do("SET", "big", strings.Repeat("x", 1<<20))
		after, _ := strconv.Atoi(field("used_memory"))
		Expect(after - used).To(BeNumerically("~", 1<<20, 1<<18))
		s.Do("SELECT", "3")
		s.Do("SET", "a", "1", "EX", "100")
		Expect(field("db0")).To(Equal("keys=1,expires=0,avg_ttl=0,keys_with_volatile_items=0"))
		Expect(field("db3")).To(HavePrefix("keys=1,expires=1,avg_ttl="))
		s.Do("GET", "a")
		s.Do("GET", "b")
		Expect(field("keyspace_hits") + field("keyspace_misses")).To(Equal("11"))
		s.Want(ok, "CONFIG", "RESETSTAT")
		Expect(field("keyspace_hits") + field("keyspace_misses")).To(Equal("00"))
		Expect(s.Do("INFO", "server")).To(MatchRegexp(`^\$\d+\r\n# Server\r\nredis_version:`))
		s.Want("$0\r\n\r\n", "INFO", "nosuchsection")
	})

	It("answers INFO and its like inside a transaction", func() {
		s.Want(ok, "MULTI")
		for _, args := range [][]string{{"SET", "a", "1"}, {"INFO"}, {"CLIENT", "LIST"}, {"CONFIG", "SET", "timeout", "0"}, {"CLIENT", "INFO"},
			{"CLIENT", "SETNAME", "x"}, {"CLIENT", "KILL", "ID", "12345"}, {"MSET", "b", "1", "c", "1", "d", "1"}} {
			s.Want("+QUEUED\r\n", args...)
		}
		r, err := testkit.Parse([]byte(s.Do("EXEC")))
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Elems).To(HaveLen(8))
		Expect(r.Elems[1].Text).To(ContainSubstring("# Server"))
		Expect(r.Elems[2].Text).To(MatchRegexp(`id=\d+ .* cmd=exec `))
		Expect(r.Elems[5].Text).To(Equal("OK"))
	})

	It("pauses and sleeps inside a transaction", func() {
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "DEBUG", "SLEEP", "0.05")
		s.Want("+QUEUED\r\n", "CLIENT", "PAUSE", "50", "WRITE")
		s.Want("*2\r\n+OK\r\n+OK\r\n", "EXEC")
		s.Want(ok, "SET", "a", "1")
	})

	It("stops altogether for DEBUG SLEEP", func() {
		c, d := s.Dial(), s.Dial()
		reply(c, "PING")
		t := GinkgoTB()
		d.Want(t, "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n", "SUBSCRIBE", "x")
		longest, asleep, sent := time.Duration(0), true, time.Now()
		Expect(c.Send(testkit.Command("DEBUG", "SLEEP", "0.3"))).To(Succeed())
		woken := make(chan string, 1)
		go func() {
			r, _ := c.Read()
			woken <- string(r)
		}()
		// Of any two PINGs in turn, the first that is answered after the sleep was sent when
		// the one before it had not been answered yet, or before the sleep.
		for asleep {
			select {
			case r := <-woken:
				Expect(r).To(Equal(ok))
				asleep = false
			default:
			}
			now := time.Now()
			s.Want("+PONG\r\n", "PING")
			longest, sent = max(longest, time.Since(sent)), now
		}
		Expect(longest).To(BeNumerically(">=", 300*time.Millisecond))
	})

	It("goes on under control commands from all sides", func() {
		done := make(chan error, 6)
		for i := range 6 {
			c := s.Dial()
			go func() {
				for n := range 40 {
					batch := [][]string{{"SET", "k" + strconv.Itoa(n), "1"}, {"CLIENT", "LIST"}, {"MULTI"}, {"INCR", "a"}, {"INFO", "memory"}, {"INCR", "b"}, {"EXEC"}, {"INFO"}}
					if i == 0 && n%8 == 0 {
						batch = append(batch, []string{"CLIENT", "PAUSE", "3", "ALL"}, []string{"DEBUG", "SLEEP", "0.002"})
					}
					if _, err := c.Pipeline(batch...); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range 6 {
			Expect(<-done).To(Succeed())
		}
		s.Want("$3\r\n240\r\n", "GET", "a")
	})

	It("moves to another port", func() {
		port := testkit.FreePort(GinkgoTB())
		s.Want(ok, "CONFIG", "SET", "port", strconv.Itoa(port))
		c := testkit.MustDial(GinkgoTB(), "127.0.0.1:"+strconv.Itoa(port))
		c.Want(GinkgoTB(), "+PONG\r\n", "PING")
		s.Want("+PONG\r\n", "PING") // the old connection lives on
		Expect(regexp.MustCompile(`tcp_port:(\d+)`).FindStringSubmatch(s.Do("INFO"))[1]).To(Equal(strconv.Itoa(port)))
	})

	It("has an answer for SHUTDOWN", func() {
		s.Want("-ERR No shutdown in progress.\r\n", "SHUTDOWN", "ABORT")
		s.Want("-ERR syntax error\r\n", "SHUTDOWN", "x")
		s.Want("-ERR syntax error\r\n", "SHUTDOWN", "SAVE", "NOSAVE")
		s.Want("-ERR syntax error\r\n", "SHUTDOWN", "SAFE", "ABORT")
		s.Want("-ERR SHUTDOWN FAILOVER is only supported in cluster mode.\r\n", "SHUTDOWN", "FAILOVER")
	})
})

var _ = nodetest.Describe("a server that ends", func(s *nodetest.Server) {
	It("closes every connection", func() {
		c, blocked := s.Dial(), s.Dial()
		Expect(blocked.Send(testkit.Command("BLPOP", "x", "0"))).To(Succeed())
		Expect(c.Send(testkit.Command("SHUTDOWN", "NOSAVE"))).To(Succeed())
		_, err := c.Read()
		Expect(err).To(HaveOccurred())
		_, err = blocked.Read()
		Expect(err).To(HaveOccurred())
		Eventually(func() error { _, err := testkit.Dial(s.Addr); return err }).Should(HaveOccurred())
	})
})

var _ = Describe("DEBUG", func() {
	It("is refused unless it is allowed", func() {
		addr := nodetest.Start(GinkgoTB(), [2]string{"enable-debug-command", "no"})
		c := testkit.MustDial(GinkgoTB(), addr)
		Expect(reply(c, "DEBUG", "SLEEP", "0")).To(HavePrefix("-ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\""))
		Expect(reply(c, "DEBUG", "OBJECT", "x")).To(HavePrefix("-ERR DEBUG command not allowed."))
		c = testkit.MustDial(GinkgoTB(), nodetest.Start(GinkgoTB(), [2]string{"enable-debug-command", "local"}))
		Expect(reply(c, "DEBUG", "SLEEP", "0")).To(Equal(ok))
	})
})

var _ = nodetest.Describe("DEBUG", func(s *nodetest.Server) {
	It("speaks all types of the protocol", func() {
		two := map[string]string{"string": "$11\r\nHello World\r\n", "integer": ":12345\r\n", "double": "$5\r\n3.141\r\n", "null": "$-1\r\n",
			"bignum": "$37\r\n1234567999999999999999999999999999999\r\n", "array": "*3\r\n:0\r\n:1\r\n:2\r\n", "set": "*3\r\n:0\r\n:1\r\n:2\r\n",
			"map": "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "attrib": "$39\r\nSome real reply following the attribute\r\n", "true": ":1\r\n", "false": ":0\r\n",
			"push": "-ERR RESP2 is not supported by this command\r\n", "verbatim": "$25\r\nThis is a verbatim\nstring\r\n"}
		for kind, reply := range two {
			s.Want(reply, "DEBUG", "PROTOCOL", kind)
		}
		s.Do("HELLO", "3")
		three := map[string]string{"double": ",3.141\r\n", "null": "_\r\n", "bignum": "(1234567999999999999999999999999999999\r\n", "set": "~3\r\n:0\r\n:1\r\n:2\r\n",
			"map":    "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
			"attrib": "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
			"true":   "#t\r\n", "verbatim": "=29\r\ntxt:This is a verbatim\nstring\r\n", "push": ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"}
		for kind, reply := range three {
			s.Want(reply, "DEBUG", "PROTOCOL", kind)
			if kind == "push" {
				_, _ = s.First().Read()
			}
		}
		Expect(s.Do("DEBUG", "PROTOCOL", "x")).To(HavePrefix("-ERR Wrong protocol type name."))
	})
	It("has what tests switch", func() {
		s.Want("-ERR This Valkey command is not allowed from script\r\n", "EVAL", "return redis.pcall('DEBUG', 'LOG', 'x')", "0")
		s.Want(ok, "DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1")
		s.Want(ok, "EVAL", "return redis.pcall('DEBUG', 'LOG', 'x')", "0")
		for _, name := range []string{"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"} {
			s.Want("-ERR "+name+" isn't allowed for a DENY BLOCKING client\r\n", "EVAL", "return redis.pcall('"+name+"', 'a')", "0")
		}
		listens := s.Dial()
		Expect(listens.Do("HELLO", "3")).To(HavePrefix("%"))
		listens.Want(GinkgoTB(), ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		listens.Want(GinkgoTB(), "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n", "EVAL", "return redis.pcall('UNSUBSCRIBE', 'a')", "0")
		listens.Want(GinkgoTB(), "*3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n", "EVAL", "return redis.pcall('UNSUBSCRIBE')", "0")
		s.Want(":1\r\n", "PUBLISH", "a", "x")
		s.Want("-ERR This Valkey command is not allowed from script\r\n", "EVAL", "return redis.pcall('EVAL', 'return 1', '0')", "0")
		s.Want(ok, "DEBUG", "SET-DISABLE-DENY-SCRIPTS", "yes") // which is no number
		s.Want("-ERR This Valkey command is not allowed from script\r\n", "EVAL", "return redis.pcall('DEBUG', 'LOG', 'x')", "0")
		s.Want("-MY words\r\n", "DEBUG", "ERROR", "MY words")
		s.Want(":1\r\n", "DEBUG", "STRINGMATCH-LEN", "1000", "a*a")
		s.Want(ok, "DEBUG", "DICT-RESIZING", "0")
		s.Want(ok, "DEBUG", "REPLYBUFFER", "RESIZING", "0")
	})
}, [2]string{"enable-debug-command", "yes"})

var _ = nodetest.Describe("client-output-buffer-limit", func(s *nodetest.Server) {
	It("closes a client before any of a large reply is sent", func() {
		s.Want(ok, "CONFIG", "SET", "client-output-buffer-limit", "normal 100000 0 0")
		s.Want(ok, "SET", "k", strings.Repeat("x", 90000))
		Expect(s.Do("GET", "k")).To(HaveLen(90000 + len("$90000\r\n\r\n")))
		d := s.Dial()
		reply(d, "MULTI")
		reply(d, "GET", "k")
		reply(d, "GET", "k")
		reply(d, "SET", "all", "x")
		_, err := d.Do("EXEC")
		Expect(err).To(HaveOccurred())
		s.Want("$1\r\nx\r\n", "GET", "all")
		Expect(testkit.InfoField(s.Do("INFO", "stats"), "client_output_buffer_limit_disconnections")).To(Equal("1"))
	})
})

var _ = Describe("client-output-buffer-limit", func() {
	It("closes a client before any reply to a pipeline is sent, unless one of its commands has to wait for its shard", func() {
		t := GinkgoTB()
		addr := nodetest.Start(t, [2]string{"client-output-buffer-limit", "normal 100000 0 0"}, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"})
		s := testkit.MustDial(t, addr)
		s.Want(t, ok, "SET", "k", strings.Repeat("x", 90000))
		closed := false
		for try := 0; try < 50 && !closed; try++ { // a shard may just be looked after, and the first reply be sent while the second waits
			never := fmt.Sprint("never", try)
			replies, err := testkit.MustDial(t, addr).Pipeline([]string{"GET", "k"}, []string{"GET", "k"}, []string{"SET", never, "x"})
			if closed = err != nil && len(replies) == 0; closed {
				s.Want(t, "$-1\r\n", "GET", never)
			}
		}
		Expect(closed).To(BeTrue())
		Expect(string(testkit.Must(s.Do("INFO", "stats"))(t))).NotTo(ContainSubstring("\r\nclient_output_buffer_limit_disconnections:0\r\n"))
	})
})

var _ = nodetest.Describe("MEMORY, LOLWUT and INFO", func(s *nodetest.Server) {
	It("tell about memory", func() {
		stats := s.Do("MEMORY", "STATS")
		for _, field := range []string{"peak.allocated", "total.allocated", "keys.count", "dataset.percentage", "fragmentation.bytes",
			"cluster.slot_import", "cluster.slot_export", "overhead.db.hashtable.lut", "overhead.db.hashtable.rehashing", "db.dict.rehashing.count"} {
			Expect(stats).To(ContainSubstring("\r\n" + field + "\r\n"))
		}
		s.Want(ok, "MEMORY", "PURGE")
		Expect(s.Do("MEMORY", "DOCTOR")).To(ContainSubstring("too little data"))
		Expect(s.Do("MEMORY", "MALLOC-STATS")).To(And(ContainSubstring("keyspace_allocated:"), ContainSubstring("keyspace_resident:")))
		Expect(s.Do("MEMORY", "HELP")).To(ContainSubstring("+PURGE\r\n"))
		s.Want("-ERR wrong number of arguments for 'memory|stats' command\r\n", "MEMORY", "STATS", "x")
	})
	It("tell what the tables of a database take, also when it was emptied", func() {
		tables := regexp.MustCompile(`\$4\r\ndb\.9\r\n\*4\r\n\$23\r\noverhead\.hashtable\.main\r\n:(\d+)\r\n\$26\r\noverhead\.hashtable\.expires\r\n:0\r\n`)
		main := func() int {
			stats := s.Do("MEMORY", "STATS")
			Expect(stats).To(MatchRegexp(tables.String()))
			n, err := strconv.Atoi(tables.FindStringSubmatch(stats)[1])
			Expect(err).NotTo(HaveOccurred())
			return n
		}
		s.Want(ok, "SELECT", "9")
		for i := range 128 {
			s.Want(ok, "SET", strconv.Itoa(i)+"{b}", "a")
		}
		Eventually(main).Should(BeNumerically(">", 128*8)) // a shard that is held is looked at the next time
		for i := range 128 {
			s.Want(":1\r\n", "DEL", strconv.Itoa(i)+"{b}")
		}
		Eventually(main).Should(BeNumerically("<", 400))
		s.Want(ok, "SELECT", "0")
	})
	It("draw", func() {
		Expect(s.Do("LOLWUT")).To(ContainSubstring("Valkey ver. 9.1.0"))
		Expect(strings.Count(s.Do("LOLWUT", "VERSION", "5", "10", "20", "1"), "\n")).To(BeNumerically(">", 20))
		s.Want("-ERR value is not an integer or out of range\r\n", "LOLWUT", "x")
		Expect(len(s.Do("LOLWUT", "100000000", "100000000"))).To(BeNumerically("<", 100000))
	})
	It("choose sections", func() {
		sections := func(args ...string) (names []string) {
			for _, l := range strings.Split(s.Do(append([]string{"INFO"}, args...)...), "\r\n") {
				if name, is := strings.CutPrefix(l, "# "); is {
					names = append(names, name)
				}
			}
			return names
		}
		Expect(sections("cpu", "SERVER", "cpu", "nosuch")).To(Equal([]string{"Server", "CPU"}))
		Expect(sections("nosuch")).To(BeEmpty())
		Expect(sections()).NotTo(ContainElement("Commandstats"))
		Expect(sections("default", "commandstats")).To(ContainElements("Commandstats", "Keyspace"))
		Expect(sections("all")).To(ContainElements("Commandstats", "Latencystats"))
		Expect(sections("everything")).To(ContainElements("Modules", "Commandstats"))
		s.Want(ok, "CLIENT", "PAUSE", "10000", "WRITE")
		Expect(s.Do("INFO", "clients")).To(MatchRegexp(`paused_reason:client_pause\r\npaused_actions:write\r\npaused_timeout_milliseconds:\d+\r\n`))
		s.Want(ok, "CLIENT", "UNPAUSE")
		Expect(s.Do("INFO", "clients")).To(ContainSubstring("paused_actions:none\r\n"))
	})
	It("keep the stricter of two pauses", func() {
		start := time.Now()
		s.Want(ok, "CLIENT", "PAUSE", "200", "ALL")
		s.Want(ok, "CLIENT", "PAUSE", "10", "WRITE")
		s.Want("$-1\r\n", "GET", "x")
		Expect(time.Since(start)).To(BeNumerically(">=", 195*time.Millisecond))
	})
})
