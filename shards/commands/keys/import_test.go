package keys_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("import-mode", func(s *nodetest.Server) {
	const one, zero, null = ":1\r\n", ":0\r\n", "$-1\r\n"

	It("has to be on for a client that imports", func() {
		s.Want("-ERR Server is not in import mode\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
		s.Want("-ERR Server is not in import mode\r\n", "CLIENT", "IMPORT-SOURCE", "x")
		s.Want("+OK\r\n", "CLIENT", "IMPORT-SOURCE", "OFF")
		s.Want("+OK\r\n", "CONFIG", "SET", "import-mode", "yes")
		s.Want("-ERR syntax error\r\n", "CLIENT", "IMPORT-SOURCE", "x")
		s.Want("+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
		Expect(s.Do("CLIENT", "INFO")).To(ContainSubstring(" flags=I "))
	})

	It("keeps what has expired for who imports, and shows it to nobody else", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "import-mode", "yes")
		other := s.Dial()
		s.Want("+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
		s.Want("+OK\r\n", "SET", "k", "v", "PX", "1")
		s.Want("+OK\r\n", "SET", "past", "v", "PXAT", "1")
		s.Want("+OK\r\n", "SET", "zero", "v")
		s.Want(one, "EXPIREAT", "zero", "0")
		s.Want(":2\r\n", "HSET", "h", "f", "v", "g", "w")
		s.Want("*1\r\n:1\r\n", "HPEXPIREAT", "h", "1", "FIELDS", "1", "f")
		s.Want("*2\r\n+OK\r\n+OK\r\n", "EVAL", "return {redis.call('set', KEYS[1], 'v', 'PXAT', 1), redis.call('set', KEYS[2], 'v')}", "2", "script", "live")
		Consistently(func() string { return s.Do("DBSIZE") }, 300*time.Millisecond).Should(Equal(":6\r\n"))
		for _, key := range []string{"k", "past", "zero", "script"} {
			s.Want("$1\r\nv\r\n", "GET", key)
			s.Want(zero, "TTL", key)
			other.Want(GinkgoTB(), null, "GET", key)
			other.Want(GinkgoTB(), ":-2\r\n", "TTL", key)
			other.Want(GinkgoTB(), zero, "EXISTS", key)
		}
		s.Want("*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n", "HGETALL", "h")
		other.Want(GinkgoTB(), "*2\r\n$1\r\ng\r\n$1\r\nw\r\n", "HGETALL", "h")
		other.Want(GinkgoTB(), null, "HGET", "h", "f")
		other.Want(GinkgoTB(), "*0\r\n", "SORT", "k")
		s.Want(":6\r\n", "DBSIZE")
		s.Want(":2\r\n", "APPEND", "k", "w")
		other.Want(GinkgoTB(), one, "DEL", "past")
		other.Want(GinkgoTB(), "+OK\r\n", "SET", "zero", "new")
		s.Want("$3\r\nnew\r\n", "GET", "zero")
		s.Want("+OK\r\n", "CONFIG", "SET", "import-mode", "no")
		Eventually(func() string { return s.Do("DBSIZE") + s.Do("HLEN", "h") }, 10*time.Second).Should(Equal(":3\r\n:1\r\n"))
	})
})
