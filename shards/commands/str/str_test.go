package str_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

const (
	ok        = "+OK\r\n"
	null      = "$-1\r\n"
	syntax    = "-ERR syntax error\r\n"
	notInt    = "-ERR value is not an integer or out of range\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	badExpire = "-ERR invalid expire time in 'set' command\r\n"
)

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

var _ = nodetest.Describe("SET", func(s *nodetest.Server) {
	It("sets under conditions", func() {
		s.Want(null, "SET", "k", "v", "XX")
		s.Want(ok, "SET", "k", "v", "NX")
		s.Want(null, "SET", "k", "w", "NX")
		s.Want(ok, "SET", "k", "w", "xx")
		s.Want(bulk("w"), "GET", "k")
	})
	It("returns the old value with GET, whether or not it sets", func() {
		s.Want(null, "SET", "k", "1", "GET")
		s.Want(bulk("1"), "SET", "k", "2", "NX", "GET")
		s.Want(bulk("1"), "SET", "k", "3", "GET", "XX")
		s.Want(bulk("3"), "GET", "k")
	})
	It("compares with IFEQ", func() {
		s.Want(null, "SET", "k", "new", "IFEQ", "old")
		s.Want(":0\r\n", "EXISTS", "k")
		s.Want(ok, "SET", "k", "12")
		s.Want(null, "SET", "k", "13", "IFEQ", "11")
		s.Want(ok, "SET", "k", "13", "IFEQ", "12")
		s.Want(bulk("13"), "SET", "k", "x", "IFEQ", "no", "GET")
		s.Want(bulk("13"), "SET", "k", "x", "IFEQ", "13", "GET")
		s.Want(bulk("x"), "GET", "k")
		s.Want(syntax, "SET", "k", "v", "IFEQ", "x", "NX")
		s.Want(syntax, "SET", "k", "v", "XX", "IFEQ", "x")
		s.Want(syntax, "SET", "k", "v", "IFEQ")
	})
	It("takes times in four forms, or keeps what there is", func() {
		s.Want(ok, "SET", "k", "v", "EX", "100")
		s.Want(":100\r\n", "TTL", "k")
		s.Want(ok, "SET", "k", "w", "KEEPTTL")
		s.Want(":100\r\n", "TTL", "k")
		s.Want(ok, "SET", "k", "v", "PXAT", "99999999999999")
		s.Want(":99999999999999\r\n", "PEXPIRETIME", "k")
		s.Want(ok, "SET", "k", "v", "EXAT", "99999999999")
		s.Want(":99999999999\r\n", "EXPIRETIME", "k")
		s.Want(ok, "SET", "k", "v")
		s.Want(":-1\r\n", "TTL", "k")
		s.Want(ok, "SET", "k", "v", "PX", "20")
		Eventually(func() string { return s.Do("GET", "k") }).Should(Equal(null))
	})
	It("removes the key when the time has passed", func() {
		s.Want(ok, "SET", "k", "v")
		s.Want(ok, "SET", "k", "w", "EXAT", "1")
		s.Want(":0\r\n", "EXISTS", "k")
		s.Want(":0\r\n", "DBSIZE")
	})
	It("refuses what makes no sense", func() {
		for _, options := range []string{"NX XX", "EX 1 PX 1", "EX 1 KEEPTTL", "KEEPTTL EXAT 1", "EX", "NOPE", "PXAT 1 EXAT 1"} {
			s.Want(syntax, append([]string{"SET", "k", "v"}, strings.Fields(options)...)...)
		}
		for _, options := range []string{"EX 0", "PX -1", "EX 9223372036854775807", "PX 9223372036854775807", "EXAT 0"} {
			s.Want(badExpire, append([]string{"SET", "k", "v"}, strings.Fields(options)...)...)
		}
		s.Want(notInt, "SET", "k", "v", "EX", "1.5")
		s.Want("-ERR wrong number of arguments for 'set' command\r\n", "SET", "k")
		s.Want(":0\r\n", "EXISTS", "k")
	})
	It("keeps values of every size", func() {
		for _, n := range []int{0, 1, 127, 128, 16 << 10, 16<<10 + 1, 32<<10 + 1, 100 << 10, 1 << 20, 3<<20 + 7} {
			v := strings.Repeat("0123456789abcdef", n/16+1)[:n]
			s.Want(ok, "SET", "big", v)
			Expect(s.Do("GET", "big") == bulk(v)).To(BeTrue(), "%d bytes", n)
		}
		s.Want(ok, "SET", "big", "small")
		s.Want(bulk("small"), "GET", "big")
	})
	It("leaves a large value alone when a condition fails", func() {
		v := strings.Repeat("x", 1<<20)
		s.Want(ok, "SET", "k", "v")
		s.Want(null, "SET", "k", v, "NX")
		s.Want(bulk("v"), "GET", "k")
		s.Want(ok, "MSET", "a", v, "b", "1", "c", v)
		Expect(s.Do("MGET", "c", "b", "a") == "*3\r\n"+bulk(v)+bulk("1")+bulk(v)).To(BeTrue())
	})
})

var _ = nodetest.Describe("strings", func(s *nodetest.Server) {
	It("sets and gets many", func() {
		s.Want(ok, "MSET", "a", "1", "b", "x", "a", "2")
		s.Want("*3\r\n"+bulk("2")+null+bulk("x"), "MGET", "a", "none", "b")
		s.Want("-ERR wrong number of arguments for 'mset' command\r\n", "MSET", "a", "1", "b")
		s.Want(ok, "SET", "a", "1", "EX", "100")
		s.Want(ok, "MSET", "a", "1")
		s.Want(":-1\r\n", "TTL", "a")
	})
	It("increments", func() {
		s.Want(":1\r\n", "INCR", "n")
		s.Want(":0\r\n", "DECR", "n")
		s.Want(ok, "SET", "n", "9223372036854775807", "EX", "100")
		s.Want("-ERR increment or decrement would overflow\r\n", "INCR", "n")
		s.Want(":9223372036854775806\r\n", "DECR", "n")
		s.Want(":100\r\n", "TTL", "n")
		for _, v := range []string{"", " 1", "1 ", "01", "+1", "1.0", "9223372036854775808"} {
			s.Want(ok, "SET", "n", v)
			s.Want(notInt, "INCR", "n")
			s.Want(bulk(v), "GET", "n")
		}
	})
	It("finds common subsequences", func() {
		s.Want(ok, "MSET", "a", "ohmytext", "b", "mynewtext")
		s.Want(bulk("mytext"), "LCS", "a", "b")
		s.Want(":6\r\n", "LCS", "a", "b", "LEN")
		first, second := "*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n", "*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n"
		s.Want("*4\r\n$7\r\nmatches\r\n*2\r\n*2\r\n"+first+"*2\r\n"+second+"$3\r\nlen\r\n:6\r\n", "LCS", "a", "b", "IDX")
		s.Want("*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n"+first+":4\r\n$3\r\nlen\r\n:6\r\n",
			"LCS", "a", "b", "IDX", "MINMATCHLEN", "3", "WITHMATCHLEN")
		s.Want("$0\r\n\r\n", "LCS", "a", "none")
		s.Want("-ERR If you want both the length and indexes, please just use IDX.\r\n", "LCS", "a", "b", "LEN", "IDX")
		s.Want(ok, "MSET", "a", strings.Repeat("a", 20000), "b", strings.Repeat("b", 20000))
		s.Want("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n", "LCS", "a", "b")
	})
})

var _ = nodetest.Describe("MSETEX", func(s *nodetest.Server) {
	It("refuses what makes no sense", func() {
		const badCount, badTime = "-ERR invalid numkeys value or out of range\r\n", "-ERR invalid expire time in 'msetex' command\r\n"
		for _, n := range []string{"0", "-1", "1.5", "x", "2147483648", "99999999999999999999"} {
			s.Want(badCount, "MSETEX", n, "k", "v")
		}
		for _, n := range []string{"2", "2147483647", "1073741823"} {
			s.Want(syntax, "MSETEX", n, "k", "v")
		}
		s.Want(syntax, "MSETEX", "2", "k", "v", "l")
		s.Want(syntax, "MSETEX", "1", "k", "v", "l", "w")
		for _, options := range []string{"NX XX", "EX", "EX 1 PX 1", "EX 1 KEEPTTL", "KEEPTTL PXAT 1", "EX 1 nope", "GET", "PERSIST", "IFEQ v"} {
			s.Want(syntax, append([]string{"MSETEX", "1", "k", "v"}, strings.Fields(options)...)...)
		}
		for _, unit := range []string{"EX", "px", "EXAT", "PXAT"} {
			s.Want(badTime, "MSETEX", "1", "k", "v", unit, "0")
			s.Want(notInt, "MSETEX", "1", "k", "v", unit, "1.5")
		}
		s.Want(":0\r\n", "DBSIZE")
	})
	It("leaves nothing to be seen when the time has passed", func() {
		s.Want(ok, "SET", "a", "1")
		s.Want(":1\r\n", "MSETEX", "2", "a", "2", "b", "2", "PXAT", "1000")
		s.Want("*2\r\n$-1\r\n$-1\r\n", "MGET", "a", "b")
		s.Want(":0\r\n", "DBSIZE")
	})
})

var _ = nodetest.Describe("strings that grow", func(s *nodetest.Server) {
	It("are made of many pieces", func() {
		piece := strings.Repeat("0123456789", 100)
		for range 300 {
			s.Do("APPEND", "k", piece)
		}
		Expect(s.Do("GET", "k") == bulk(strings.Repeat(piece, 300))).To(BeTrue())
		s.Want(bulk("raw"), "OBJECT", "ENCODING", "k")
	})
	It("have a gap of zeros, however wide", func() {
		s.Want(":20000005\r\n", "SETRANGE", "k", "20000000", "hello")
		s.Want(bulk("\x00\x00hello"), "GETRANGE", "k", "-7", "-1")
		s.Want(":0\r\n", "BITCOUNT", "k", "0", "19999999")
		s.Want(":40000006\r\n", "SETRANGE", "k", "40000005", "!")
		s.Want(bulk("hello\x00"), "GETRANGE", "k", "20000000", "20000005")
	})
	It("end at proto-max-bulk-len", func() {
		const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
		s.Want(ok, "CONFIG", "SET", "proto-max-bulk-len", "1048576")
		s.Want(":1048576\r\n", "SETRANGE", "k", "1048575", "x")
		s.Want(tooLong, "APPEND", "k", "x")
		s.Want(tooLong, "SETRANGE", "new", "1048576", "x")
		s.Want(tooLong, "SETRANGE", "new", "9223372036854775807", "x")
		s.Want("-ERR bit offset is not an integer or out of range\r\n", "SETBIT", "new", "8388608", "1")
		s.Want(":0\r\n", "EXISTS", "new")
	})
})
