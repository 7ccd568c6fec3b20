package list_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

func ints(n ...int) string {
	s := "*" + strconv.Itoa(len(n)) + "\r\n"
	for _, i := range n {
		s += ":" + strconv.Itoa(i) + "\r\n"
	}
	return s
}

var _ = nodetest.Describe("the inside of lists", func(s *nodetest.Server) {
	It("is changed", func() {
		s.Want(":5\r\n", "RPUSH", "l", "a", "b", "c", "b", "a")
		s.Want(":6\r\n", "LINSERT", "l", "before", "b", "1")
		s.Want(":7\r\n", "LINSERT", "l", "AFTER", "a", "2")
		s.Want(":-1\r\n", "LINSERT", "l", "AFTER", "none", "2")
		s.Want(":0\r\n", "LINSERT", "none", "AFTER", "a", "2")
		s.Want(bulks("a", "2", "1", "b", "c", "b", "a"), "LRANGE", "l", "0", "-1")
		s.Want(ok, "LSET", "l", "-1", "z")
		s.Want(":1\r\n", "LREM", "l", "-1", "b")
		s.Want(":1\r\n", "LREM", "l", "1", "2")
		s.Want(bulks("a", "1", "b", "c", "z"), "LRANGE", "l", "0", "-1")
		s.Want(ok, "LTRIM", "l", "1", "-2")
		s.Want(bulks("1", "b", "c"), "LRANGE", "l", "0", "-1")
		s.Want(":1\r\n", "LREM", "l", "0", "1")
		s.Want(ok, "LTRIM", "l", "5", "9")
		s.Want(":0\r\n", "EXISTS", "l")
	})
	It("is refused what makes no sense", func() {
		s.Want(":1\r\n", "RPUSH", "l", "a")
		s.Want(ok, "SET", "s", "x")
		s.Want("-ERR syntax error\r\n", "LINSERT", "l", "BESIDE", "a", "b")
		s.Want("-ERR index out of range\r\n", "LSET", "l", "1", "b")
		s.Want("-ERR no such key\r\n", "LSET", "none", "x", "b")
		s.Want("-ERR value is not an integer or out of range\r\n", "LSET", "l", "x", "b")
		s.Want("-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n", "LREM", "l", "-9223372036854775808", "a")
		for _, args := range []string{"LINSERT s BEFORE a b", "LSET s 0 b", "LREM s 0 a", "LTRIM s 0 1", "LPOS s a", "LMPOP 1 s LEFT", "BLMPOP 0 1 s LEFT", "RPOPLPUSH s l", "BRPOPLPUSH s l 0", "RPOPLPUSH l s"} {
			s.Want(wrongType, strings.Fields(args)...)
		}
		s.Want(bulks("a"), "LRANGE", "l", "0", "-1")
	})
	It("is searched", func() {
		s.Want(":8\r\n", "RPUSH", "l", "a", "b", "1", "b", "c", "b", "1", "a")
		s.Want(":1\r\n", "LPOS", "l", "b")
		s.Want(":5\r\n", "LPOS", "l", "b", "RANK", "-1")
		s.Want(ints(3, 5), "LPOS", "l", "b", "RANK", "2", "COUNT", "0")
		s.Want(ints(6, 2), "LPOS", "l", "1", "COUNT", "2", "RANK", "-1")
		s.Want("*0\r\n", "LPOS", "l", "c", "COUNT", "0", "MAXLEN", "4")
		s.Want(none, "LPOS", "l", "01")
		s.Want("*0\r\n", "LPOS", "none", "a", "COUNT", "1")
		s.Want(none, "LPOS", "none", "a")
		s.Want("-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n", "LPOS", "l", "a", "RANK", "-9223372036854775808")
		s.Want("-ERR syntax error\r\n", "LPOS", "l", "a", "COUNT", "1", "RANK")
	})
	It("is searched and cleared by an executor when it is large, and looks the same", func() {
		c := s.Dial()
		for i := range 60 {
			args := []string{"RPUSH", "l"}
			for j := range 1000 {
				args = append(args, strconv.Itoa((i*1000+j)%3000))
			}
			c.Want(GinkgoTB(), ":"+strconv.Itoa(1000*(i+1))+"\r\n", args...)
		}
		s.Want(ints(59999, 56999), "LPOS", "l", "2999", "RANK", "-1", "COUNT", "2")
		s.Want(":5\r\n", "LREM", "l", "-5", "2999")
		s.Want(":59996\r\n", "LINSERT", "l", "BEFORE", "2999", "x")
		s.Want(":2999\r\n", "LPOS", "l", "x")
		s.Want(":15\r\n", "LREM", "l", "0", "2999")
		s.Want(none, "LPOS", "l", "2999")
		Expect(strings.HasPrefix(s.Do("LRANGE", "l", "0", "-1"), "*59981\r\n$1\r\n0\r\n")).To(BeTrue())
	})
	It("is compressed as list-compress-depth says", func() {
		s.Want(ok, "CONFIG", "SET", "list-compress-depth", "1")
		memory := func(k string) int {
			n, _ := strconv.Atoi(strings.Trim(s.Do("MEMORY", "USAGE", k), ":\r\n"))
			return n
		}
		fill := func(k string) {
			for i := range 20 {
				args := []string{"RPUSH", k}
				for j := range 100 {
					args = append(args, "the same as ever, but for a number: "+strconv.Itoa(i*100+j))
				}
				s.Do(args...)
			}
		}
		fill("small")
		s.Want(ok, "CONFIG", "SET", "list-compress-depth", "0")
		fill("large")
		Expect(memory("small")).To(BeNumerically("<", memory("large")/2))
		Expect(s.Do("LRANGE", "small", "0", "-1")).To(Equal(s.Do("LRANGE", "large", "0", "-1")))
		Expect(s.Do("DEBUG", "DIGEST-VALUE", "small")).To(Equal(s.Do("DEBUG", "DIGEST-VALUE", "large")))
		s.Want(bulk("the same as ever, but for a number: 1000"), "LINDEX", "small", "1000")
		s.Want(":1000\r\n", "LPOS", "small", "the same as ever, but for a number: 1000")
		s.Want(ok, "CONFIG", "SET", "list-compress-depth", "1")
		Expect(s.Do("DEBUG", "OBJECT", "small")).To(MatchRegexp(` ql_compressed:1 ql_uncompressed_size:8\d{4}\r\n`))
		s.Want(":1\r\n", "COPY", "small", "copy")
		s.Want(ok, "LTRIM", "copy", "900", "1099")
		s.Want(ok, "LTRIM", "large", "900", "1099")
		Expect(s.Do("LRANGE", "copy", "0", "-1")).To(Equal(s.Do("LRANGE", "large", "0", "-1")))
	})
	It("has nodes for single elements as DEBUG says", func() {
		s.Want("-ERR argument must be a memory value bigger than 1 and smaller than 4gb\r\n", "DEBUG", "QUICKLIST-PACKED-THRESHOLD", "4gb")
		s.Want(ok, "CONFIG", "SET", "list-max-listpack-size", "2")
		s.Want(":3\r\n", "RPUSH", "l", "aaaaa", "bb", "cc") // a quicklist from now on
		s.Want(ok, "DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5b")
		s.Want(":5\r\n", "RPUSH", "l", "ddddd", "ee")
		s.Want(ok, "LSET", "l", "1", "fffff")
		s.Want(":6\r\n", "LINSERT", "l", "AFTER", "cc", "ggggg")
		s.Want(ok, "DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0")
		s.Want(bulks("aaaaa", "fffff", "cc", "ggggg", "ddddd", "ee"), "LRANGE", "l", "0", "-1")
		Expect(s.Do("DEBUG", "OBJECT", "l")).To(ContainSubstring(" ql_nodes:6 "))
		s.Want(":1\r\n", "LREM", "l", "0", "ggggg")
		s.Want(":3\r\n", "LPOS", "l", "ddddd")
	})
})

var _ = nodetest.Describe("LMPOP", func(s *nodetest.Server) {
	It("takes from the first list that has something", func() {
		s.Want(":3\r\n", "RPUSH", "b", "1", "2", "3")
		s.Want(":1\r\n", "RPUSH", "c", "4")
		s.Want("*2\r\n"+bulk("b")+bulks("1"), "LMPOP", "3", "a", "b", "c", "LEFT")
		s.Want("*2\r\n"+bulk("b")+bulks("3", "2"), "LMPOP", "3", "a", "b", "c", "right", "count", "9")
		s.Want("*2\r\n"+bulk("c")+bulks("4"), "BLMPOP", "0", "3", "a", "b", "c", "LEFT")
		s.Want(noneOfAll, "LMPOP", "3", "a", "b", "c", "LEFT")
		s.Want(":0\r\n", "DBSIZE")
	})
	It("refuses what makes no sense", func() {
		for _, args := range []string{"0 l LEFT", "-1 l LEFT", "x l LEFT"} {
			s.Want("-ERR numkeys should be greater than 0\r\n", append([]string{"LMPOP"}, strings.Fields(args)...)...)
		}
		for _, args := range []string{"1 l UP", "2 l LEFT", "999999999999 l LEFT", "1 l LEFT COUNT", "1 l LEFT x 1", "1 l LEFT COUNT 1 COUNT 1", "1 l m LEFT"} {
			s.Want("-ERR syntax error\r\n", append([]string{"LMPOP"}, strings.Fields(args)...)...)
		}
		s.Want("-ERR count should be greater than 0\r\n", "LMPOP", "1", "l", "LEFT", "COUNT", "0")
		s.Want("-ERR timeout is negative\r\n", "BLMPOP", "-1", "1", "l", "LEFT")
	})
})
