package commands_test

import (
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

func read(c *testkit.Client) string { return string(testkit.Must(c.Read())(GinkgoTB())) }

var _ = nodetest.Describe("publish and subscribe", func(s *nodetest.Server) {
	It("hears what its own command says behind the reply, and others while it blocks", func() {
		t := GinkgoTB()
		c := s.Dial()
		Expect(c.Do("HELLO", "3")).To(HavePrefix("%"))
		c.Want(t, ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		for range 20 {
			c.Want(t, "$2\r\nok\r\n", "EVAL", "redis.call('publish','a','1') redis.call('publish','a','2') for i=1,20000 do end return 'ok'", "0")
			Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n1\r\n"))
			Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n"))
		}
		s.Want(ok, "CONFIG", "SET", "notify-keyspace-events", "El")
		c.Want(t, ">3\r\n$9\r\nsubscribe\r\n$19\r\n__keyevent@0__:lpop\r\n:2\r\n", "SUBSCRIBE", "__keyevent@0__:lpop")
		for range 20 {
			s.Want(":1\r\n", "RPUSH", "full", "x")
			c.Want(t, "*2\r\n$4\r\nfull\r\n$1\r\nx\r\n", "BLPOP", "full", "other", "0")
			Expect(read(c)).To(HaveSuffix("__keyevent@0__:lpop\r\n$4\r\nfull\r\n"))
		}
		s.Want(ok, "CONFIG", "SET", "notify-keyspace-events", "")
		Expect(c.Send(testkit.Command("BLPOP", "list", "0"))).To(Succeed())
		Eventually(func() string { return s.Do("CLIENT", "LIST") }).Should(ContainSubstring("cmd=blpop"))
		s.Want(":1\r\n", "PUBLISH", "a", "hi")
		Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"))
		s.Want(":1\r\n", "RPUSH", "list", "x")
		Expect(read(c)).To(Equal("*2\r\n$4\r\nlist\r\n$1\r\nx\r\n"))
	})

	It("keeps channels of slots to themselves", func() {
		t := GinkgoTB()
		a, b := s.Dial(), s.Dial()
		a.Want(t, "*3\r\n$10\r\nssubscribe\r\n$1\r\nc\r\n:1\r\n", "SSUBSCRIBE", "c")
		a.Want(t, "*3\r\n$10\r\nssubscribe\r\n$1\r\nc\r\n:1\r\n", "SSUBSCRIBE", "c")
		a.Want(t, "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "SUBSCRIBE", "c")
		Expect(b.Do("HELLO", "3")).To(HavePrefix("%"))
		b.Want(t, ">3\r\n$10\r\nssubscribe\r\n$1\r\nc\r\n:1\r\n", "SSUBSCRIBE", "c")
		b.Want(t, ">3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n", "PSUBSCRIBE", "*")
		s.Want("*2\r\n$1\r\nc\r\n:2\r\n", "PUBSUB", "SHARDNUMSUB", "c")
		s.Want("*2\r\n$1\r\nc\r\n:1\r\n", "PUBSUB", "NUMSUB", "c")
		s.Want("*1\r\n$1\r\nc\r\n", "PUBSUB", "SHARDCHANNELS")
		s.Want("*0\r\n", "PUBSUB", "SHARDCHANNELS", "d*")
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("\r\npubsubshard_channels:1\r\n"))
		Expect(s.Do("CLIENT", "LIST")).To(ContainSubstring(" sub=1 psub=0 ssub=1 "))
		s.Want(":2\r\n", "SPUBLISH", "c", "hi")
		Expect(read(a)).To(Equal("*3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n"))
		Expect(read(b)).To(Equal(">3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n"))
		s.Want(":2\r\n", "PUBLISH", "c", "ho") // a by its name, b by its pattern, whatever came of the other space
		Expect(read(a)).To(Equal("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nho\r\n"))
		Expect(read(b)).To(HavePrefix(">4\r\n$8\r\npmessage\r\n"))
		s.Want(":2\r\n", "EVAL", "return redis.call('spublish', KEYS[1], 'he')", "1", "c")
		Expect(read(a)).To(HaveSuffix("he\r\n"))
		Expect(read(b)).To(HaveSuffix("he\r\n"))
		a.Want(t, "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", "UNSUBSCRIBE")
		Expect(a.Do("GET", "x")).To(HavePrefix("-ERR Can't execute 'get'")) // it listens still
		a.Want(t, "*3\r\n$12\r\nsunsubscribe\r\n$1\r\nc\r\n:0\r\n", "SUNSUBSCRIBE")
		a.Want(t, "*3\r\n$12\r\nsunsubscribe\r\n$-1\r\n:0\r\n", "SUNSUBSCRIBE")
		a.Want(t, "$-1\r\n", "GET", "x")
		b.Want(t, "+RESET\r\n", "RESET")
		s.Want(":0\r\n", "SPUBLISH", "c", "hi")
		s.Want("*0\r\n", "PUBSUB", "SHARDCHANNELS")
		s.Want("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYS", "SPUBLISH", "c", "m")
	})

	It("is heard with CLIENT REPLY OFF and SKIP", func() {
		t := GinkgoTB()
		c := s.Dial()
		Expect(c.Do("HELLO", "3")).To(HavePrefix("%"))
		Expect(c.Send(testkit.Command("CLIENT", "REPLY", "OFF"))).To(Succeed())
		c.Want(t, ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		c.Want(t, ">3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:2\r\n", "PSUBSCRIBE", "a*")
		Expect(c.Send(testkit.Command("SUBSCRIBE"))).To(Succeed()) // an error, and no push
		s.Want(":2\r\n", "PUBLISH", "a", "hi")
		Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"))
		Expect(read(c)).To(Equal(">4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$2\r\nhi\r\n"))
		c.Want(t, ">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n", "UNSUBSCRIBE", "a")
		Expect(c.Send(testkit.Command("GET", "x"))).To(Succeed())
		c.Want(t, ok, "CLIENT", "REPLY", "ON")
		Expect(c.Send(testkit.Command("CLIENT", "REPLY", "SKIP"))).To(Succeed())
		c.Want(t, ">3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n", "SUBSCRIBE", "b")
		c.Want(t, "_\r\n", "GET", "x")
	})

	It("reaches channels and patterns", func() {
		t := GinkgoTB()
		c := s.Dial()
		c.Want(t, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a", "b")
		Expect(read(c)).To(Equal("*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"))
		c.Want(t, "*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:3\r\n", "PSUBSCRIBE", "a*")
		s.Want(":2\r\n", "PUBLISH", "a", "hi")
		Expect(read(c)).To(Equal("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"))
		Expect(read(c)).To(Equal("*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$2\r\nhi\r\n"))
		c.Want(t, "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n", "GET", "a")
		c.Want(t, "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "PING")
		Expect(s.Do("PUBSUB", "CHANNELS")).To(HavePrefix("*2\r\n"))
		s.Want("*1\r\n$1\r\na\r\n", "PUBSUB", "CHANNELS", "a*")
		s.Want("*4\r\n$1\r\na\r\n:1\r\n$1\r\nz\r\n:0\r\n", "PUBSUB", "NUMSUB", "a", "z")
		s.Want(":1\r\n", "PUBSUB", "NUMPAT")
		c.Want(t, "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:2\r\n", "UNSUBSCRIBE", "a")
		c.Want(t, "*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n", "UNSUBSCRIBE")
		c.Want(t, "*3\r\n$12\r\npunsubscribe\r\n$2\r\na*\r\n:0\r\n", "PUNSUBSCRIBE")
		c.Want(t, "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", "UNSUBSCRIBE")
		c.Want(t, "*3\r\n$12\r\npunsubscribe\r\n$2\r\na*\r\n:0\r\n", "PUNSUBSCRIBE", "a*")
		c.Want(t, "$-1\r\n", "GET", "a")
		s.Want(":0\r\n", "PUBLISH", "a", "hi")
	})

	It("forgets who is gone", func() {
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		s.Want(":1\r\n", "PUBLISH", "a", "hi")
		_ = c.Close()
		Eventually(func() string { return s.Do("PUBSUB", "CHANNELS") }).Should(Equal("*0\r\n"))
	})

	It("answers a subscriber of RESP3 before it pushes", func() {
		s.Do("HELLO", "3")
		s.Want(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		c := s.Dial()
		t := GinkgoTB()
		testkit.Must(c.Do("HELLO", "3"))(t)
		c.Want(t, ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "PUBLISH", "a", "1")
		c.Want(t, "+QUEUED\r\n", "PUBLISH", "a", "2")
		c.Want(t, "*2\r\n:2\r\n:2\r\n", "EXEC")
		Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n1\r\n"))
		Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n"))
		c.Want(t, ":2\r\n", "PUBLISH", "a", "3")
		Expect(read(c)).To(Equal(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n3\r\n"))
	})

	It("keeps the order of a channel for everybody", func() {
		testkit.PublishOrder(GinkgoTB(), s.Addr, 4, 4, 2000)
	})

	It("survives subscriptions that come and go under fire", func() {
		stop := make(chan struct{})
		done := make(chan error, 4)
		for range 4 {
			c := s.Dial()
			go func() {
				for {
					select {
					case <-stop:
						done <- nil
						return
					default:
						if _, err := c.Pipeline([]string{"PUBLISH", "x", "1"}, []string{"PUBLISH", "y", "1"}, []string{"PUBLISH", "x", "2"}); err != nil {
							done <- err
							return
						}
					}
				}
			}()
		}
		for range 150 {
			c, err := testkit.Dial(s.Addr)
			Expect(err).NotTo(HaveOccurred())
			Expect(c.Send([]byte("SUBSCRIBE x y\r\nPSUBSCRIBE *\r\n"))).To(Succeed())
			read(c)
			_ = c.Close()
		}
		close(stop)
		for range 4 {
			Expect(<-done).To(Succeed())
		}
		Eventually(func() string { return s.Do("PUBSUB", "NUMPAT") }).Should(Equal(":0\r\n"))
	})

	It("shows every command to MONITOR", func() {
		c := s.Dial()
		c.Want(GinkgoTB(), "+OK\r\n", "MONITOR")
		s.Do("SELECT", "2")
		s.Do("SET", "k", "a\"\\\r\n\x00é")
		s.Do("CONFIG", "GET", "port")
		s.Do("AUTH", "u", "p")
		s.Do("MULTI")
		s.Do("GET", "k")
		s.Do("EXEC")
		s.Do("EVAL", "return redis.call('GET', KEYS[1])", "1", "k")
		line := regexp.MustCompile(`^\+\d+\.\d{6} \[(\d+) (?:lua|127\.0\.0\.1:\d+)\] (.*)\r\n$`)
		for _, want := range []string{`2 "SELECT" "2"`, `2 "SET" "k" "a\"\\\r\n\x00\xc3\xa9"`, `2 "AUTH" "(redacted)" "(redacted)"`,
			`2 "MULTI"`, `2 "GET" "k"`, `2 "EXEC"`,
			`2 "EVAL" "return redis.call('GET', KEYS[1])" "1" "k"`, `2 "GET" "k"`} {
			m := line.FindStringSubmatch(read(c))
			Expect(m).NotTo(BeNil())
			Expect(m[1] + " " + m[2]).To(Equal(want))
		}
		Expect(s.Do("CLIENT", "LIST")).To(ContainSubstring(" flags=O "))
		_ = c.Close()
		Eventually(func() int { return strings.Count(s.Do("CLIENT", "LIST"), " flags=O ") }).Should(Equal(0))
	})

	It("closes subscribers who do not read", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0")
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		payload := strings.Repeat("x", 64<<10)
		Eventually(func() string { return s.Do("PUBLISH", "a", payload) }).WithPolling(time.Millisecond).Should(Equal(":0\r\n"))
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("client_output_buffer_limit_disconnections:1\r\n"))
	})

	It("closes subscribers over the soft limit after its time", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 1mb 1")
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
		start := time.Now()
		for range 200 {
			s.Do("PUBLISH", "a", strings.Repeat("x", 64<<10))
		}
		Eventually(func() string { return s.Do("PUBSUB", "NUMSUB", "a") }).Should(Equal("*2\r\n$1\r\na\r\n:0\r\n"))
		Expect(time.Since(start)).To(BeNumerically(">=", 999*time.Millisecond)) // from a whole ms to a whole ms
	})
})
