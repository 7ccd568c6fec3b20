package hyperloglog_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

const (
	ok        = "+OK\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	notOne    = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n"
	corrupt   = "-INVALIDOBJ Corrupted HLL object detected\r\n"
)

var _ = nodetest.Describe("HyperLogLogs", func(s *nodetest.Server) {
	It("count and merge, also over shards", func() {
		s.Want(":1\r\n", "PFADD", "a", "1", "2", "3")
		s.Want(":0\r\n", "PFADD", "a", "3", "1")
		s.Want(":1\r\n", "PFADD", "b", "3", "4")
		s.Want(":3\r\n", "PFCOUNT", "a")
		s.Want(":4\r\n", "PFCOUNT", "a", "none", "b")
		s.Want(ok, "PFMERGE", "c", "a", "b", "none")
		s.Want(":4\r\n", "PFCOUNT", "c")
		s.Want(ok, "PFMERGE", "empty", "none")
		s.Want(":0\r\n", "PFCOUNT", "empty")
		s.Want(":1\r\n", "EXISTS", "empty")
	})
	It("keep their time to live and their registers when they become dense", func() {
		s.Want(":1\r\n", "PFADD", "h")
		s.Want(":1\r\n", "EXPIRE", "h", "1000")
		for i := range 40 {
			args := []string{"PFADD", "h"}
			for j := range 50 {
				args = append(args, strconv.Itoa(50*i+j))
			}
			s.Do(args...)
		}
		s.Want("+disabled\r\n", "PFDEBUG", "SIMD", "on")
		s.Want("-ERR Argument must be ON or OFF\r\n", "PFDEBUG", "SIMD", "h")
		s.Want("+dense\r\n", "PFDEBUG", "ENCODING", "h")
		s.Want(":0\r\n", "PFDEBUG", "TODENSE", "h")
		s.Want("-ERR HLL encoding is not sparse\r\n", "PFDEBUG", "DECODE", "h")
		Expect(s.Do("TTL", "h")).To(MatchRegexp(`^:9\d\d\r\n$|^:1000\r\n$`))
		s.Want(":12304\r\n", "STRLEN", "h")
		s.Want(":2007\r\n", "PFCOUNT", "h")
		s.Want(":0\r\n", "PFADD", "h", "7", "77", "777")
		s.Want(ok, "PFSELFTEST")
	})
	It("change without a notice when a count is kept: who watches is told", func() {
		s.Want(":1\r\n", "PFADD", "h", "x")
		c := s.Dial()
		c.Want(GinkgoTB(), ok, "WATCH", "h")
		s.Want(":1\r\n", "PFCOUNT", "h")
		c.Want(GinkgoTB(), ok, "MULTI")
		c.Want(GinkgoTB(), "*-1\r\n", "EXEC")
		c.Want(GinkgoTB(), ok, "WATCH", "h")
		s.Want(":1\r\n", "PFCOUNT", "h")
		c.Want(GinkgoTB(), ok, "MULTI")
		c.Want(GinkgoTB(), "*0\r\n", "EXEC")
	})
	It("are refused when they are none or damaged, and stay as they are", func() {
		s.Want(":1\r\n", "RPUSH", "list", "x")
		s.Want(ok, "MSET", "s", "x", "n", "12")
		for _, name := range []string{"s", "n"} {
			s.Want(notOne, "PFADD", name, "x")
			s.Want(notOne, "PFCOUNT", name)
			s.Want(notOne, "PFMERGE", "to", name)
		}
		s.Want(wrongType, "PFADD", "list", "x")
		s.Want(wrongType, "PFCOUNT", "list", "s")
		s.Want(wrongType, "PFMERGE", "list")
		s.Want("-ERR The specified key does not exist\r\n", "PFDEBUG", "ENCODING", "none")
		s.Want(":1\r\n", "PFADD", "h", "x")
		s.Want(ok, "SET", "h", s.Do("GET", "h")[5:]+"tail") // the reply's CR LF and more at the end
		before := s.Do("GET", "h")
		s.Want(corrupt, "PFCOUNT", "h")
		s.Want(corrupt, "PFCOUNT", "h", "none")
		s.Want(corrupt, "PFMERGE", "to", "h")
		s.Want(corrupt, "PFDEBUG", "TODENSE", "h")
		s.Want(ok, "CONFIG", "SET", "hll-sparse-max-bytes", "0")
		s.Want(corrupt, "PFADD", "h", "y", strings.Repeat("z", 100))
		Expect(s.Do("GET", "h")).To(Equal(before))
		s.Want(":0\r\n", "EXISTS", "to")
	})
})
