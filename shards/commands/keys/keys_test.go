package keys_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const (
	ok     = "+OK\r\n"
	null   = "$-1\r\n"
	syntax = "-ERR syntax error\r\n"
	notInt = "-ERR value is not an integer or out of range\r\n"
	noKey  = "-ERR no such key\r\n"
)

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

var _ = nodetest.Describe("keys", func(s *nodetest.Server) {
	It("exist or not", func() {
		s.Want(ok, "MSET", "a", "1", "b", "2", "c", "3")
		s.Want(":3\r\n", "EXISTS", "a", "a", "none", "c")
		s.Want(":2\r\n", "TOUCH", "a", "none", "c")
		s.Want(":2\r\n", "DEL", "a", "none", "a", "b")
		s.Want(":1\r\n", "UNLINK", "c")
		s.Want(":0\r\n", "DBSIZE")
		s.Want("+none\r\n", "TYPE", "a")
		s.Want(ok, "SET", "a", "1")
		s.Want("+string\r\n", "TYPE", "a")
	})
	It("may have no name", func() {
		s.Want(ok, "SET", "", "1")
		for _, pattern := range []string{"*", ""} {
			s.Want("*1\r\n"+bulk(""), "KEYS", pattern)
		}
		for _, pattern := range []string{"**", "?", "[^a]*"} {
			s.Want("*0\r\n", "KEYS", pattern)
		}
		s.Want("*1\r\n"+bulk(""), "EVAL", "return redis.call('keys','*')", "0")
	})
	It("expire, under conditions", func() {
		s.Want(":0\r\n", "EXPIRE", "k", "10")
		s.Want(ok, "SET", "k", "v")
		s.Want(":0\r\n", "EXPIRE", "k", "10", "XX")
		s.Want(":0\r\n", "EXPIRE", "k", "10", "GT")
		s.Want(":1\r\n", "EXPIRE", "k", "100", "LT")
		s.Want(":0\r\n", "EXPIRE", "k", "10", "NX")
		s.Want(":0\r\n", "EXPIRE", "k", "10", "GT")
		s.Want(":1\r\n", "EXPIRE", "k", "200", "GT", "xx")
		s.Want(":200\r\n", "TTL", "k")
		s.Want(":1\r\n", "PEXPIREAT", "k", "99999999999999")
		s.Want(":100000000000\r\n", "EXPIRETIME", "k") // rounded
		s.Want(":1\r\n", "PERSIST", "k")
		s.Want(":0\r\n", "PERSIST", "k")
		s.Want(":-1\r\n", "PTTL", "k")
		s.Want(":-2\r\n", "PTTL", "none")
		s.Want(":1\r\n", "EXPIREAT", "k", "1")
		s.Want(":0\r\n", "DBSIZE")
	})
	It("refuse times that make no sense", func() {
		s.Want(ok, "SET", "k", "v")
		s.Want("-ERR NX and XX, GT or LT options at the same time are not compatible\r\n", "EXPIRE", "k", "1", "NX", "GT")
		s.Want("-ERR GT and LT options at the same time are not compatible\r\n", "EXPIRE", "k", "1", "GT", "LT")
		s.Want("-ERR Unsupported option nope\r\n", "EXPIRE", "k", "x", "nope")
		s.Want(notInt, "PEXPIRE", "k", "1.5")
		for _, name := range []string{"expire", "pexpire"} {
			s.Want("-ERR invalid expire time in '"+name+"' command\r\n", name, "k", "9223372036854775807")
		}
		s.Want(":1\r\n", "PEXPIRE", "k", "-9223372036854775808")
		s.Want(":0\r\n", "EXISTS", "k")
	})
	It("vanish without anybody looking", func() {
		for i := range 1000 {
			s.Want(ok, "SET", "k"+strconv.Itoa(i), "v", "PX", "50")
		}
		s.Want(ok, "SET", "stays", "v")
		Eventually(func() string { return s.Do("DBSIZE") }).Should(Equal(":1\r\n"))
	})
	It("stay uncollected while active expiry is off, but are never seen", func() {
		s.Want(ok, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		s.Want(ok, "SET", "k", "v", "PX", "1")
		time.Sleep(5 * time.Millisecond)
		s.Want(":1\r\n", "DBSIZE")
		s.Want("*0\r\n", "KEYS", "*")
		s.Want(null, "GET", "k")
		s.Want(":0\r\n", "DBSIZE")
	})
	It("get other names", func() {
		s.Want(noKey, "RENAME", "a", "b")
		s.Want(ok, "SET", "a", "1", "EX", "100")
		s.Want(ok, "SET", "b", "2")
		s.Want(":0\r\n", "RENAMENX", "a", "b")
		s.Want(":0\r\n", "RENAMENX", "a", "a")
		s.Want(ok, "RENAME", "a", "a")
		s.Want(ok, "RENAME", "a", "b")
		s.Want(":100\r\n", "TTL", "b")
		s.Want(":1\r\n", "RENAMENX", "b", "c")
		s.Want("*3\r\n"+null+null+bulk("1"), "MGET", "a", "b", "c")
		big := strings.Repeat("x", 100<<10)
		s.Want(ok, "SET", "a", big)
		s.Want(ok, "RENAME", "a", "somewhere else")
		s.Want(bulk(big), "GET", "somewhere else")
	})
	It("are copied", func() {
		s.Want(":0\r\n", "COPY", "a", "b")
		s.Want(ok, "SET", "a", "1", "EX", "100")
		s.Want(":1\r\n", "COPY", "a", "b")
		s.Want(":0\r\n", "COPY", "a", "b")
		s.Want(ok, "SET", "a", "2")
		s.Want(":1\r\n", "COPY", "a", "b", "REPLACE", "DB", "0")
		s.Want(":-1\r\n", "TTL", "b")
		s.Want(":1\r\n", "COPY", "a", "a", "DB", "1")
		s.Want("-ERR source and destination objects are the same\r\n", "COPY", "a", "a")
		s.Want("-ERR DB index is out of range\r\n", "COPY", "a", "b", "DB", "99")
		s.Want(notInt, "COPY", "a", "b", "DB", "x")
		s.Want(syntax, "COPY", "a", "b", "DB")
		s.Want(ok, "SWAPDB", "0", "1")
		s.Want(bulk("2"), "GET", "a")
		s.Want(":1\r\n", "DBSIZE")
	})
	It("are chosen by chance, each of them", func() {
		s.Want(null, "RANDOMKEY")
		for i := range 20 {
			s.Want(ok, "SET", strconv.Itoa(i), "v")
		}
		seen := map[string]bool{}
		for range 2000 {
			seen[s.Do("RANDOMKEY")] = true
		}
		Expect(seen).To(HaveLen(20))
	})
	It("are chosen, too, when their time has come and they have to stay", func() {
		s.Want(ok, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		s.Want(ok, "SET", "a", "v", "PX", "1")
		s.Want(ok, "CLIENT", "PAUSE", "100000", "WRITE")
		Eventually(func() string { return s.Do("GET", "a") }).Should(Equal(null))
		s.Want(bulk("a"), "RANDOMKEY")
		s.Want(ok, "CLIENT", "UNPAUSE")
		s.Want(null, "RANDOMKEY")
	})
})

var _ = nodetest.Describe("SCAN", func(s *nodetest.Server) {
	It("refuses what makes no sense", func() {
		for _, cursor := range []string{"x", "-1", "1.5", "99999999999999999999"} {
			s.Want("-ERR invalid cursor\r\n", "SCAN", cursor)
		}
		s.Want(syntax, "SCAN", "0", "COUNT", "0")
		s.Want(notInt, "SCAN", "0", "COUNT", "x")
		s.Want(syntax, "SCAN", "0", "COUNT")
		s.Want(syntax, "SCAN", "0", "NOWORD", "1")
		s.Want("-ERR NOVALUES option can only be used in HSCAN\r\n", "SCAN", "0", "NOVALUES")
		s.Want("-ERR unknown type name 'nope'\r\n", "SCAN", "0", "TYPE", "nope")
	})
	It("takes any number for a cursor", func() {
		s.Want(ok, "MSET", "a", "1", "b", "2")
		for _, cursor := range []string{"1", "16383", "16384", "18446744073709551615", "123456789012345"} {
			Expect(s.Do("SCAN", cursor, "COUNT", "100")).To(HavePrefix("*2\r\n$"))
		}
	})
	It("finds every key, by pattern and type, inside of a transaction too", func() {
		for i := range 300 {
			s.Want(ok, "SET", "k"+strconv.Itoa(i), "v")
		}
		Expect(walk(s.Dial())).To(HaveLen(300))
		Expect(walk(s.Dial(), "COUNT", "1")).To(HaveLen(300))
		Expect(walk(s.Dial(), "MATCH", "k1?", "COUNT", "7")).To(HaveLen(10))
		Expect(walk(s.Dial(), "TYPE", "STRING")).To(HaveLen(300))
		Expect(walk(s.Dial(), "TYPE", "zset")).To(BeEmpty())
		reply, err := testkit.Parse([]byte(s.Do("KEYS", "k1*")))
		Expect(err).NotTo(HaveOccurred())
		Expect(reply.Elems).To(HaveLen(111))
	})
	It("keeps its guarantee while others insert and remove", func() {
		const stay = 500
		for i := range stay {
			s.Want(ok, "SET", fmt.Sprint("stay:", i), "v")
		}
		stop, done := make(chan struct{}), make(chan error, 2)
		for n := range 2 {
			c := s.Dial()
			go func() { done <- churn(c, n, stop) }()
		}
		for range 2 {
			found := walk(s.Dial(), "COUNT", "100")
			for i := range stay {
				if !found[fmt.Sprint("stay:", i)] {
					close(stop)
					Fail(fmt.Sprint("the walk missed key ", i))
				}
			}
		}
		close(stop)
		Expect(<-done).To(Succeed())
		Expect(<-done).To(Succeed())
	})
})

// churn makes tables grow and shrink.
func churn(c *testkit.Client, n int, stop chan struct{}) error {
	for round := 0; ; round++ {
		var add, remove [][]string
		for i := range 1000 {
			key := fmt.Sprint("churn:", n, ":", round, ":", i)
			add, remove = append(add, []string{"SET", key, "v"}), append(remove, []string{"DEL", key})
		}
		for _, batch := range [][][]string{add, remove} {
			if _, err := c.Pipeline(batch...); err != nil {
				return err
			}
		}
		select {
		case <-stop:
			return nil
		default:
		}
	}
}

// walk is a whole walk of SCAN; what it finds.
func walk(c *testkit.Client, options ...string) map[string]bool {
	GinkgoHelper()
	found := map[string]bool{}
	cursor := "0"
	for steps := 0; ; steps++ {
		Expect(steps).To(BeNumerically("<", 100000), "the walk does not end")
		raw, err := c.Do(append([]string{"SCAN", cursor}, options...)...)
		Expect(err).NotTo(HaveOccurred())
		r, err := testkit.Parse(raw)
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Elems).To(HaveLen(2), "%q", raw)
		for _, e := range r.Elems[1].Elems {
			found[e.Text] = true
		}
		if cursor = r.Elems[0].Text; cursor == "0" {
			return found
		}
	}
}

var _ = nodetest.Describe("keys whose time has come", func(s *nodetest.Server) {
	BeforeEach(func() { s.Want(ok, "DEBUG", "SET-ACTIVE-EXPIRE", "0") })

	It("are removed by SCAN if it asks for them", func() {
		for _, key := range []string{"a", "b", "c"} {
			s.Want(ok, "SET", key, "v", "PX", "1")
		}
		time.Sleep(5 * time.Millisecond)
		s.Want(":3\r\n", "DBSIZE")
		all := func(options ...string) {
			for cursor := "0"; ; {
				r, err := testkit.Parse([]byte(s.Do(append([]string{"SCAN", cursor}, options...)...)))
				Expect(err).NotTo(HaveOccurred())
				Expect(r.Elems[1].Elems).To(BeEmpty())
				if cursor = r.Elems[0].Text; cursor == "0" {
					return
				}
			}
		}
		all("TYPE", "list")
		s.Want(":3\r\n", "DBSIZE")
		all("MATCH", "a")
		s.Want(":2\r\n", "DBSIZE")
		all()
		s.Want(":0\r\n", "DBSIZE")
	})
	It("do not change for who watches them when databases are exchanged", func() {
		s.Want(ok, "SET", "x", "v", "PX", "1")
		time.Sleep(5 * time.Millisecond)
		s.Want(ok, "SELECT", "1")
		s.Want(ok, "WATCH", "x")
		s.Want(ok, "SWAPDB", "0", "1")
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "PING")
		s.Want("*1\r\n+PONG\r\n", "EXEC")
		s.Want(ok, "WATCH", "x")
		s.Want(ok, "SWAPDB", "0", "1")
		s.Want(ok, "SET", "x", "new")
		s.Want(ok, "MULTI")
		s.Want("*-1\r\n", "EXEC")
	})
})

var _ = nodetest.Describe("a time of expiry that has come", func(s *nodetest.Server) {
	It("counts the key as expired", func() {
		expired := func() string { return testkit.InfoField(s.Do("INFO", "stats"), "expired_keys") }
		was, err := strconv.Atoi(expired())
		Expect(err).NotTo(HaveOccurred())
		for _, command := range [][]string{{"EXPIRE", "k", "-1"}, {"PEXPIREAT", "k", "1000"}, {"GETEX", "k", "PXAT", "1000"}, {"SET", "k", "w", "EXAT", "1"}} {
			s.Want("+OK\r\n", "SET", "k", "v")
			s.Do(command...)
			s.Want(":0\r\n", "EXISTS", "k")
			was++
			Expect(expired()).To(Equal(strconv.Itoa(was)), "%q", command)
		}
	})
})
