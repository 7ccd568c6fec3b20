package control_test

import (
	"fmt"
	"regexp"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("MONITOR", func(s *nodetest.Server) {
	It("shows commands in the order in which they take effect", func() {
		m := s.Dial()
		Expect(reply(m, "MONITOR")).To(Equal(ok))
		const clients, each = 6, 150
		before := make([]map[string]string, clients) // what was written -> what was there
		var wg sync.WaitGroup
		for i := range clients {
			c := s.Dial()
			before[i] = map[string]string{}
			wg.Go(func() {
				defer GinkgoRecover()
				for n := range each {
					var args []string
					v := fmt.Sprintf("%d-%d", i, n)
					switch n % 3 {
					case 0:
						args = []string{"SET", "k", v, "GET"}
					case 1:
						args = []string{"EVAL", "return redis.call('SET', KEYS[1], ARGV[1], 'GET')", "1", "k", v}
					case 2:
						args = []string{"EVAL", "redis.call('GET', 'other') return redis.call('SET', 'k', ARGV[1], 'GET')", "0", v}
					}
					got, err := c.Do(args...)
					Expect(err).NotTo(HaveOccurred())
					before[i][v] = string(got)
				}
			})
		}
		wg.Wait()
		s.Do("PING", "end")
		line := regexp.MustCompile(`"SET" "k" "([^"]+)" "GET"`)
		last, seen := "$-1\r\n", 0
		for {
			text, err := m.Read()
			Expect(err).NotTo(HaveOccurred())
			if regexp.MustCompile(`"PING" "end"`).Match(text) {
				break
			}
			if v := line.FindSubmatch(text); v != nil {
				var i, n int
				_, _ = fmt.Sscanf(string(v[1]), "%d-%d", &i, &n)
				Expect(before[i][string(v[1])]).To(Equal(last), string(v[1]))
				last = fmt.Sprintf("$%d\r\n%s\r\n", len(v[1]), v[1])
				seen++
			}
		}
		Expect(seen).To(Equal(clients * each))
	})

	It("shows transactions and scripts whole", func() {
		m := s.Dial()
		Expect(reply(m, "MONITOR")).To(Equal(ok))
		s.Want(ok, "MULTI")
		s.Do("SET", "a", "1")
		s.Do("SET", "b", "2")
		s.Do("EXEC")
		s.Do("EVAL", "return redis.call('GET', KEYS[1])", "1", "a")
		s.Do("AUTH", "secret")
		s.Do("BLPOP", "none", "0.01")
		s.Do("INFO", "server")
		s.Do("CONFIG", "GET", "port")
		s.Do("SELECT", "3")
		s.Do("GET", "x")
		want := []string{`0 \S+\] "MULTI"`, `"SET" "a" "1"`, `"SET" "b" "2"`, `"EXEC"`, `"EVAL" `, `0 lua\] "GET" "a"`, `"AUTH" "\(redacted\)"`,
			`"BLPOP" "none"`, `"INFO" "server"`, `3 \S+\] "SELECT" "3"`, `3 \S+\] "GET" "x"`}
		for _, w := range want {
			text, err := m.Read()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(text)).To(MatchRegexp(`^\+\d+\.\d{6} \[.*` + w))
		}
	})
})

var _ = nodetest.Describe("MONITOR of scripts", func(s *nodetest.Server) {
	It("shows what others run once, and no passwords", func() {
		m := s.Dial()
		Expect(reply(m, "MONITOR")).To(Equal(ok))
		s.Do("EVAL", `redis.call('PING') redis.call('DBSIZE') redis.call('INFO', 'server') redis.call('MIGRATE', '127.0.0.1', '1', 'none', '0', '10', 'AUTH', 'secret')`, "0")
		s.Do("MULTI")
		s.Do("EVAL", "redis.call('PING', 'inside')", "0")
		s.Do("EXEC")
		for _, w := range []string{`"EVAL" `, `0 lua\] "PING"`, `0 lua\] "DBSIZE"`, `0 lua\] "INFO" "server"`, `0 lua\] "MIGRATE" "127.0.0.1" "1" "none" "0" "10" "AUTH" "\(redacted\)"`,
			`"MULTI"`, `"EVAL" `, `0 lua\] "PING" "inside"`, `"EXEC"`} {
			text, err := m.Read()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(text)).To(MatchRegexp(`^\+\d+\.\d{6} \[.*` + w))
		}
	})
})

var _ = nodetest.Describe("CLIENT PAUSE in a transaction", func(s *nodetest.Server) {
	It("waits for what is under way", func() {
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 4 {
			c := s.Dial()
			wg.Go(func() {
				defer GinkgoRecover()
				for {
					select {
					case <-stop:
						return
					default:
						_, err := c.Do("EVAL", "for i = 1, 100000 do end return redis.call('INCR', 'n')", "1", "n")
						Expect(err).NotTo(HaveOccurred())
					}
				}
			})
		}
		for range 10 {
			s.Want(ok, "MULTI")
			s.Do("SET", "m", "x")
			s.Do("CLIENT", "PAUSE", "10000", "WRITE")
			s.Want("*2\r\n+OK\r\n+OK\r\n", "EXEC")
			before := s.Do("GET", "n")
			time.Sleep(10 * time.Millisecond)
			Expect(s.Do("GET", "n")).To(Equal(before))
			s.Want(ok, "CLIENT", "UNPAUSE")
			time.Sleep(5 * time.Millisecond)
		}
		close(stop)
		wg.Wait()
	})
})
