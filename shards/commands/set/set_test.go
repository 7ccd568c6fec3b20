package set_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

// sorted are the elements of a reply.
func sorted(reply string) string {
	r, err := testkit.Parse([]byte(reply))
	Expect(err).NotTo(HaveOccurred())
	var words []string
	for _, e := range r.Elems {
		words = append(words, e.Text)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// add makes a set.
func add(s *nodetest.Server, key string, members ...string) {
	s.Do(append([]string{"SADD", key}, members...)...)
}

func numbers(from, n int) (words []string) {
	for i := range n {
		words = append(words, strconv.Itoa(from+i))
	}
	return words
}

var _ = nodetest.Describe("sets", func(s *nodetest.Server) {
	It("take members in and out", func() {
		s.Want(":3\r\n", "SADD", "s", "a", "b", "1", "a")
		s.Want(":1\r\n", "SADD", "s", "a", "c")
		s.Want(":4\r\n", "SCARD", "s")
		s.Want("*3\r\n:1\r\n:0\r\n:1\r\n", "SMISMEMBER", "s", "1", "x", "c")
		s.Want(":2\r\n", "SREM", "s", "a", "1", "x")
		Expect(sorted(s.Do("SMEMBERS", "s"))).To(Equal("b c"))
		s.Want(":1\r\n", "SMOVE", "s", "t", "b")
		s.Want(":0\r\n", "SMOVE", "s", "t", "b")
		s.Want(":1\r\n", "SMOVE", "s", "t", "c")
		s.Want(":0\r\n", "EXISTS", "s")
		s.Want("*0\r\n", "SMEMBERS", "s")
		s.Want(":1\r\n", "SMOVE", "t", "t", "c")
		s.Want("+OK\r\n", "SET", "s", "x")
		for _, args := range []string{"SADD s 1", "SREM s 1", "SCARD s", "SMEMBERS s", "SPOP s", "SPOP s 2", "SRANDMEMBER s 1", "SMOVE t s c",
			"SMOVE s t c", "SINTER t s", "SINTERSTORE x none s", "SUNION s", "SDIFF t s", "SSCAN s 0", "SINTERCARD 2 none s"} {
			s.Want(wrongType, strings.Fields(args)...)
		}
		s.Want(":2\r\n", "SUNIONSTORE", "s", "t", "t", "none")
	})
	It("keep the form that suits them", func() {
		encoding := func(key, want string) {
			GinkgoHelper()
			s.Want(fmt.Sprintf("$%d\r\n%s\r\n", len(want), want), "OBJECT", "ENCODING", key)
		}
		add(s, "s", numbers(0, 512)...)
		encoding("s", "intset")
		add(s, "s", "512")
		encoding("s", "hashtable")
		add(s, "t", "a", "1")
		encoding("t", "listpack")
		s.Want("+OK\r\n", "CONFIG", "SET", "set-max-listpack-entries", "2", "set-max-listpack-value", "3", "set-max-intset-entries", "1")
		add(s, "t", "b")
		encoding("t", "hashtable")
		add(s, "u", "long", "b")
		encoding("u", "hashtable")
		add(s, "v", "1", "2")
		encoding("v", "listpack")
		s.Do("SPOP", "s", "512")
		encoding("s", "intset")
	})
	It("join over shards", func() {
		add(s, "a", "1", "2", "3", "x")
		add(s, "b", "2", "3", "y", "x")
		add(s, "c", numbers(0, 1000)...)
		Expect(sorted(s.Do("SINTER", "a", "b", "c"))).To(Equal("2 3"))
		Expect(sorted(s.Do("SUNION", "a", "b", "none"))).To(Equal("1 2 3 x y"))
		Expect(sorted(s.Do("SDIFF", "a", "c"))).To(Equal("x"))
		s.Want("*0\r\n", "SDIFF", "a", "b", "a")
		s.Want(":2\r\n", "SINTERCARD", "3", "a", "b", "c")
		s.Want(":1\r\n", "SINTERCARD", "3", "a", "b", "c", "LIMIT", "1")
		s.Want(":2\r\n", "SINTERSTORE", "d", "a", "b", "c")
		s.Want(":1002\r\n", "SUNIONSTORE", "c", "a", "b", "c")
		s.Want(":997\r\n", "SDIFFSTORE", "c", "c", "a", "b", "none", "none", "none", "none")
		s.Want(":0\r\n", "SINTERSTORE", "d", "a", "none")
		s.Want(":0\r\n", "EXISTS", "d")
		s.Want("-ERR numkeys should be greater than 0\r\n", "SINTERCARD", "0", "a")
		s.Want("-ERR Number of keys can't be greater than number of args\r\n", "SINTERCARD", "2", "a")
		s.Want("-ERR LIMIT can't be negative\r\n", "SINTERCARD", "1", "a", "LIMIT", "-1")
	})
	It("give members at random", func() {
		add(s, "s", numbers(0, 1000)...)
		for _, count := range []string{"1", "30", "500", "999", "1000", "2000"} {
			r, _ := testkit.Parse([]byte(s.Do("SRANDMEMBER", "s", count)))
			n, _ := strconv.Atoi(count)
			seen := map[string]bool{}
			for _, e := range r.Elems {
				seen[e.Text] = true
			}
			Expect(r.Elems).To(HaveLen(min(n, 1000)))
			Expect(seen).To(HaveLen(min(n, 1000)))
		}
		r, _ := testkit.Parse([]byte(s.Do("SRANDMEMBER", "s", "-3000")))
		Expect(r.Elems).To(HaveLen(3000))
		popped := map[string]bool{}
		for _, count := range []string{"1", "700", "290", "100"} {
			r, _ := testkit.Parse([]byte(s.Do("SPOP", "s", count)))
			for _, e := range r.Elems {
				popped[e.Text] = true
			}
		}
		Expect(popped).To(HaveLen(1000))
		s.Want(":0\r\n", "EXISTS", "s")
		s.Want("$-1\r\n", "SPOP", "s")
		s.Want("*0\r\n", "SPOP", "s", "1")
		s.Want("-ERR value is out of range, must be positive\r\n", "SPOP", "s", "-1")
	})
})

var _ = nodetest.Describe("large sets", func(s *nodetest.Server) {
	It("do not hold others up, and lose nothing to those who move members about at the same time", func() {
		const members, movers = 60000, 4
		for from := 0; from < members; from += 1000 {
			add(s, "a", numbers(from, 1000)...)
		}
		var clients sync.WaitGroup
		for m := range movers {
			c := s.Dial()
			clients.Go(func() {
				defer GinkgoRecover()
				for i := range 50 {
					_, err := c.Do("SMOVE", []string{"a", "b"}[i%2], []string{"b", "a"}[i%2], strconv.Itoa(m*1000+i/2))
					Expect(err).NotTo(HaveOccurred())
				}
			})
		}
		for range 5 {
			s.Want(":"+strconv.Itoa(members)+"\r\n", "SUNIONSTORE", "c", "a", "b")
			s.Want(":0\r\n", "SINTERCARD", "2", "a", "b")
		}
		clients.Wait()
		s.Want(":"+strconv.Itoa(members)+"\r\n", "SCARD", "a")
		s.Want(":1\r\n", "DEL", "a")
	})
})
