package bit_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

const (
	ok        = "+OK\r\n"
	syntax    = "-ERR syntax error\r\n"
	notInt    = "-ERR value is not an integer or out of range\r\n"
	badOffset = "-ERR bit offset is not an integer or out of range\r\n"
	badType   = "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
)

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

func ints(n ...int64) string {
	s := "*" + strconv.Itoa(len(n)) + "\r\n"
	for _, i := range n {
		s += ":" + strconv.FormatInt(i, 10) + "\r\n"
	}
	return s
}

var _ = nodetest.Describe("bits", func(s *nodetest.Server) {
	It("are counted", func() {
		s.Want(ok, "SET", "b", "foobar")
		s.Want(":26\r\n", "BITCOUNT", "b")
		s.Want(":4\r\n", "BITCOUNT", "b", "0", "0")
		s.Want(":6\r\n", "BITCOUNT", "b", "1", "1", "byte")
		s.Want(":17\r\n", "BITCOUNT", "b", "5", "30", "BIT")
		s.Want(":7\r\n", "BITCOUNT", "b", "-2", "-1")
		s.Want(":0\r\n", "BITCOUNT", "b", "-1", "-2")
		s.Want(":0\r\n", "BITCOUNT", "none", "0", "-1")
		s.Want(ok, "SET", "b", strings.Repeat("\xff", 1003))
		s.Want(":8024\r\n", "BITCOUNT", "b")
		s.Want(":8010\r\n", "BITCOUNT", "b", "7", "-8", "BIT")
	})
	// The reference of the differential runs, 7.0, wants an end and looks for the key first.
	It("are counted and found as by Valkey 9, where older servers differ", func() {
		s.Want(ok, "SET", "b", "foobar")
		s.Want(":22\r\n", "BITCOUNT", "b", "1")
		s.Want(syntax, "BITCOUNT", "none", "0", "1", "x")
		s.Want(notInt, "BITCOUNT", "none", "0", "x")
		s.Want(syntax, "BITCOUNT", "b", "0", "1", "BIT", "BIT")
		s.Want(syntax, "BITPOS", "none", "0", "0", "1", "x")
		s.Want(notInt, "BITPOS", "none", "0", "x")
		s.Want(syntax, "BITPOS", "none", "0", "0", "1", "BIT", "x")
	})
	It("are found", func() {
		s.Want(ok, "SET", "b", "\xff\xf0\x00")
		s.Want(":12\r\n", "BITPOS", "b", "0")
		s.Want(":-1\r\n", "BITPOS", "b", "1", "2")
		s.Want(":8\r\n", "BITPOS", "b", "1", "8", "9", "bit")
		s.Want(ok, "SET", "b", "\xff\xff")
		s.Want(":16\r\n", "BITPOS", "b", "0")
		s.Want(":-1\r\n", "BITPOS", "b", "0", "0", "-1")
		s.Want(":0\r\n", "BITPOS", "none", "0")
		s.Want(":-1\r\n", "BITPOS", "none", "1")
		s.Want("-ERR The bit argument must be 1 or 0.\r\n", "BITPOS", "b", "2")
		s.Want(ok, "SET", "b", strings.Repeat("\x00", 3<<20)+"\x10")
		s.Want(":25165827\r\n", "BITPOS", "b", "1")
		s.Want(":25165827\r\n", "BITPOS", "b", "1", "17", "-1", "BIT")
	})
	It("are set when they change, and the key is touched only then", func() {
		s.Want(":0\r\n", "SETBIT", "b", "9", "0")
		s.Want(bulk("\x00\x00"), "GET", "b")
		w := s.Dial()
		w.Want(GinkgoTB(), ok, "WATCH", "b")
		s.Want(":0\r\n", "SETBIT", "b", "9", "0")
		w.Want(GinkgoTB(), ok, "MULTI")
		w.Want(GinkgoTB(), "*0\r\n", "EXEC")
		w.Want(GinkgoTB(), ok, "WATCH", "b")
		s.Want(":0\r\n", "SETBIT", "b", "9", "1")
		w.Want(GinkgoTB(), ok, "MULTI")
		w.Want(GinkgoTB(), "*-1\r\n", "EXEC")
		s.Want(":1\r\n", "GETBIT", "b", "9")
	})
	It("end at proto-max-bulk-len", func() {
		s.Want(ok, "CONFIG", "SET", "proto-max-bulk-len", "1048576")
		s.Want(badOffset, "SETBIT", "b", "8388608", "1")
		s.Want(badOffset, "BITFIELD", "b", "SET", "u8", "8388608", "1")
		s.Want(badOffset, "BITFIELD", "b", "SET", "u8", "#1048576", "1")
		s.Want(badOffset, "BITFIELD", "b", "SET", "u8", "#9223372036854775807", "1")
		s.Want(":0\r\n", "EXISTS", "b")
	})
})

var _ = nodetest.Describe("BITOP", func(s *nodetest.Server) {
	It("combines strings of every length on several shards, long ones aside", func() {
		for _, n := range []int{1, 7, 8, 9, 63, 8192, 8193, 16 << 10, 16<<10 + 1, 1<<20 + 3, 3 << 20} {
			a, b := strings.Repeat("\xf0\x0f\xaa\x55\xff", n/5+1)[:n], strings.Repeat("\x3c\xc3\x5a", n/3+1)[:n*2/3]
			s.Want(ok, "MSET", "a", a, "b", b)
			for name, op := range map[string]func(x, y byte) byte{
				"and": func(x, y byte) byte { return x & y }, "OR": func(x, y byte) byte { return x | y },
				"XOR": func(x, y byte) byte { return x ^ y },
			} {
				want := []byte(a)
				for i := range want {
					y := byte(0)
					if i < len(b) {
						y = b[i]
					}
					want[i] = op(want[i], y)
				}
				s.Want(":"+strconv.Itoa(n)+"\r\n", "BITOP", name, "to", "b", "none", "a", "b")
				if name == "OR" { // the only one of them to which the same once more and nothing do nothing
					Expect(s.Do("GET", "to") == bulk(string(want))).To(BeTrue(), "%s of %d bytes", name, n)
				}
				s.Want(":"+strconv.Itoa(n)+"\r\n", "BITOP", name, "b2", "a", "b")
				Expect(s.Do("GET", "b2") == bulk(string(want))).To(BeTrue(), "%s of %d bytes", name, n)
			}
			s.Want(":"+strconv.Itoa(n)+"\r\n", "BITOP", "NOT", "a", "a")
			s.Want(":"+strconv.Itoa(n)+"\r\n", "BITOP", "XOR", "to", "a", "a")
			s.Want(":0\r\n", "BITCOUNT", "to")
		}
	})
	It("removes the destination when there is nothing", func() {
		s.Want(ok, "SET", "to", "x")
		s.Want(":0\r\n", "BITOP", "AND", "to", "none")
		s.Want(":0\r\n", "EXISTS", "to")
		s.Want(":1\r\n", "RPUSH", "list", "x")
		s.Want(wrongType, "BITOP", "OR", "to", "list")
		s.Want(ok, "SET", "n", "12345")
		s.Want(":5\r\n", "BITOP", "OR", "list", "n")
		s.Want(bulk("12345"), "GET", "list")
		s.Want(bulk("raw"), "OBJECT", "ENCODING", "list")
	})
	It("counts, finds and combines what is long within transactions and scripts, too", func() {
		s.Want(ok, "SET", "long", strings.Repeat("\x01", 2<<20))
		c := s.Dial()
		c.Want(GinkgoTB(), ok, "MULTI")
		for _, args := range [][]string{{"BITOP", "NOT", "not", "long"}, {"BITCOUNT", "not"}, {"BITPOS", "not", "0"}} {
			c.Want(GinkgoTB(), "+QUEUED\r\n", args...)
		}
		c.Want(GinkgoTB(), "*3\r\n:2097152\r\n:14680064\r\n:7\r\n", "EXEC")
		s.Want(ints(2097152, 7), "EVAL", "return {redis.call('BITCOUNT', KEYS[1]), redis.call('BITPOS', KEYS[1], 1)}", "1", "long")
	})
})

var _ = nodetest.Describe("BITFIELD", func(s *nodetest.Server) {
	It("reads and writes fields of any width anywhere", func() {
		s.Want(ints(0, -1, -1), "BITFIELD", "k", "SET", "i64", "3", "-1", "GET", "i64", "3", "INCRBY", "i5", "5", "0")
		s.Want(ints(0, 1<<62, 0), "BITFIELD", "k2", "SET", "u63", "#1", "4611686018427387904", "GET", "u63", "63", "GET", "u1", "62")
		s.Want(ints(3), "BITFIELD_RO", "k", "GET", "u5", "0")
		s.Want(ints(0), "BITFIELD_RO", "none", "GET", "u63", "100000")
		s.Want("*0\r\n", "BITFIELD", "none")
		s.Want(":0\r\n", "EXISTS", "none")
	})
	It("overflows as it is told", func() {
		s.Want(ints(0, 4), "BITFIELD", "k", "SET", "u8", "0", "250", "INCRBY", "u8", "0", "10")
		s.Want(ints(255), "BITFIELD", "k", "OVERFLOW", "SAT", "INCRBY", "u8", "0", "300")
		s.Want("*2\r\n$-1\r\n:255\r\n", "BITFIELD", "k", "OVERFLOW", "fail", "INCRBY", "u8", "0", "1", "GET", "u8", "0")
		s.Want(ints(127, -128), "BITFIELD", "s", "OVERFLOW", "SAT", "INCRBY", "i8", "0", "1000", "INCRBY", "i8", "0", "-1000")
	})
	It("refuses what makes no sense, and changes nothing then", func() {
		for _, typ := range []string{"u64", "i65", "u0", "x8", "8", "", "i"} {
			s.Want(badType, "BITFIELD", "k", "SET", "u8", "0", "1", "GET", typ, "0")
		}
		s.Want(badOffset, "BITFIELD", "k", "SET", "u8", "-1", "1")
		s.Want(badOffset, "BITFIELD", "k", "SET", "u8", "#", "1")
		s.Want(notInt, "BITFIELD", "k", "SET", "u8", "0", "x")
		s.Want(syntax, "BITFIELD", "k", "SET", "u8", "0")
		s.Want("-ERR Invalid OVERFLOW type specified\r\n", "BITFIELD", "k", "OVERFLOW", "x")
		s.Want("-ERR BITFIELD_RO only supports the GET subcommand\r\n", "BITFIELD_RO", "k", "SET", "u8", "0", "1")
		s.Want(":0\r\n", "EXISTS", "k")
		s.Want("*1\r\n*2\r\n$1\r\nk\r\n*2\r\n+RO\r\n+access\r\n", "COMMAND", "GETKEYSANDFLAGS", "BITFIELD", "k", "GET", "u8", "0")
	})
})
