package hash_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const (
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	numFields = "-ERR numfields should be greater than 0 and match the provided number of fields\r\n"
	notInt    = "-ERR value is not an integer or out of range\r\n"
	syntax    = "-ERR syntax error\r\n"
)

func ints(n ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(n))
	for _, i := range n {
		fmt.Fprintf(&b, ":%d\r\n", i)
	}
	return b.String()
}

func bulks(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		if w == "-" {
			b.WriteString("$-1\r\n")
			continue
		}
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// do sends a command given as words.
func do(s *nodetest.Server, line string) string { return s.Do(strings.Fields(line)...) }

// want sends it and checks the reply.
func want(s *nodetest.Server, reply, line string) {
	GinkgoHelper()
	s.Want(reply, strings.Fields(line)...)
}

var _ = nodetest.Describe("hashes", func(s *nodetest.Server) {
	It("hold values under fields", func() {
		want(s, ":2\r\n", "HSET h a 1 b x")
		want(s, ":1\r\n", "HSET h a 2 c y")
		want(s, "+OK\r\n", "HMSET h d z")
		want(s, ":0\r\n", "HSETNX h a 5")
		want(s, ":1\r\n", "HSETNX h e 5")
		want(s, bulks("2", "x", "-"), "HMGET h a b none")
		want(s, ":5\r\n", "HLEN h")
		want(s, ":5\r\n", "HINCRBY h a 3")
		want(s, "$3\r\n5.5\r\n", "HINCRBYFLOAT h a .5")
		want(s, "-ERR hash value is not an integer\r\n", "HINCRBY h a 1")
		want(s, "-ERR hash value is not a float\r\n", "HINCRBYFLOAT h b 1")
		want(s, "-ERR value is NaN or Infinity\r\n", "HINCRBYFLOAT h a inf")
		want(s, ":3\r\n", "HSTRLEN h a")
		want(s, ":3\r\n", "HDEL h a b c none")
		want(s, bulks("z", "-"), "HGETDEL h FIELDS 2 d none")
		want(s, bulks("5", "-"), "HGETDEL h FIELDS 2 e e")
		want(s, ":0\r\n", "EXISTS h")
		want(s, "+OK\r\n", "SET h x")
		for _, line := range []string{"HGET h a", "HSET h a 1", "HDEL h a", "HGETALL h", "HLEN h", "HINCRBY h a 1", "HINCRBYFLOAT h a 1",
			"HSCAN h 0", "HRANDFIELD h", "HEXPIRE h 1 FIELDS 1 a", "HTTL h FIELDS 1 a", "HPERSIST h FIELDS 1 a", "HSETEX h FIELDS 1 a b",
			"HGETEX h FIELDS 1 a", "HGETDEL h FIELDS 1 a"} {
			want(s, wrongType, line)
		}
	})
	It("answer maps and pairs in RESP3", func() {
		do(s, "HSET h a 1")
		do(s, "HELLO 3")
		want(s, "%1\r\n$1\r\na\r\n$1\r\n1\r\n", "HGETALL h")
		want(s, "*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n", "HRANDFIELD h 1 WITHVALUES")
		want(s, "_\r\n", "HGET h x")
		want(s, "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n", "HSCAN h 0 NOVALUES")
	})
})

var _ = nodetest.Describe("the words of commands on fields that expire", func(s *nodetest.Server) {
	It("are checked", func() {
		do(s, "HSET h a 1")
		for line, reply := range map[string]string{
			"HEXPIRE h 10 FIELDS 2 a": numFields, "HEXPIRE h 10 FIELDS 0 a": numFields, "HEXPIRE h 10 NX NX FIELDS": numFields,
			"HEXPIRE h x FIELDS 1 a": notInt, "HEXPIRE h 10 FIELDS x a": notInt, "HEXPIRE h 10 XX a b": numFields,
			"HEXPIRE h -1 FIELDS 1 a":                     "-ERR invalid expire time in 'hexpire' command\r\n",
			"HPEXPIREAT h 9223372036854775808 FIELDS 1 a": notInt,
			"HEXPIREAT h 9223372036854775807 FIELDS 1 a":  "-ERR invalid expire time in 'hexpireat' command\r\n",
			"HEXPIRE h 10 NX GT FIELDS 1 a":               "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n",
			"HEXPIRE h 10 LT GT FIELDS 1 a":               "-ERR GT and LT options at the same time are not compatible\r\n",
			"HEXPIRE h 10 FIELDS":                         "-ERR wrong number of arguments for 'hexpire' command\r\n",
			"HTTL h FIELDS 2 a":                           syntax, "HPEXPIRETIME h FIELDS 0 a": syntax, "HPERSIST h FIELDS 2 a": numFields, "HTTL h WORDS 1 a": "*1\r\n:-1\r\n", "HTTL h FIELDS x a": notInt, "HPERSIST h WORDS 1 a": "*1\r\n:-1\r\n",
			"HPERSIST h WORDS 2 a": numFields, "HEXPIRE h 10 maybe FIELDS x a": "-ERR Unsupported option maybe\r\n", "HSETEX h maybe FIELDS 5 a b": syntax,
			"HGETDEL h a b c": notInt, "HGETDEL h FIELDS 2 a": numFields, "HGETEX h EX 1 PX 1 FIELDS 1 a": syntax,
			"HGETEX h EX FIELDS 1 a": syntax, "HGETEX h EX -1 FIELDS 1 a": "-ERR invalid expire time in 'hgetex' command\r\n",
			"HGETEX h PERSIST EX 1 FIELDS 1 a": syntax, "HGETEX h KEEPTTL FIELDS 1 a": syntax, "HGETEX h PERSIST PERSIST FIELDS": numFields,
			"HSETEX h FNX FXX FIELDS 1 a b": syntax, "HSETEX h NX XX FIELDS 1 a b": syntax, "HSETEX h EX 1 KEEPTTL FIELDS 1 a b": syntax,
			"HSETEX h PX 100 FIELDS 1 a b c": numFields, "HSETEX h PX 100 FIELDS 2 a b": numFields, "HSETEX h KEEPTTL KEEPTTL KEEPTTL FIELDS": numFields,
			"HSETEX h EX 1 FIELDS 2 a b c": numFields, "HSETEX h EX x FIELDS 1 a b": notInt,
			"HSETEX h NX EX x FIELDS 1 a b": ":0\r\n", "HSETEX none XX EX -1 FIELDS 1 a b": ":0\r\n", "HSETEX h FNX EX x FIELDS 1 a b": notInt,
		} {
			want(s, reply, line)
		}
		want(s, bulks("1"), "HGETEX h FIELDS 1 a")
		want(s, ints(-1), "HTTL h FIELDS 1 a")
	})
})

// within is how soon what is due has to be gone: with much to spare on a busy host.
const within = 20 * time.Second

var _ = nodetest.Describe("fields", func(s *nodetest.Server) {
	It("expire, and the hash with the last of them", func() {
		for i := range 30 {
			do(s, fmt.Sprintf("HSETEX h%d PX 1 FIELDS 3 a 1 b 2 c 3", i))
			do(s, fmt.Sprintf("HSET g%d a 1 b 2", i))
			do(s, fmt.Sprintf("HPEXPIRE g%d 1 FIELDS 1 a", i))
		}
		Eventually(func() string { return do(s, "INFO") }, within, "20ms").Should(And(
			ContainSubstring("expired_fields:120\r\n"), ContainSubstring("db0:keys=30,"), ContainSubstring("keys_with_volatile_items=0")))
		for i := range 30 {
			want(s, bulks("b", "2"), fmt.Sprintf("HGETALL g%d", i))
		}
	})
	It("keep their times wherever the hash goes", func() {
		const far = "99999999999999"
		do(s, "HSETEX h PXAT "+far+" FIELDS 1 a 1")
		do(s, "HSET h b 2")
		usage := do(s, "MEMORY USAGE h")
		check := func(key string) {
			GinkgoHelper()
			want(s, "*3\r\n:"+far+"\r\n:-1\r\n:-2\r\n", "HPEXPIRETIME "+key+" FIELDS 3 a b c")
		}
		digest := do(s, "DEBUG DIGEST-VALUE h")
		want(s, ":1\r\n", "COPY h g")
		check("g")
		want(s, usage, "MEMORY USAGE g")
		want(s, "+OK\r\n", "RENAME g other")
		check("other")
		want(s, digest, "DEBUG DIGEST-VALUE other")
		want(s, ":1\r\n", "MOVE other 1")
		Expect(do(s, "INFO keyspace")).To(And(ContainSubstring("db0:keys=1,expires=0,avg_ttl=0,keys_with_volatile_items=1"),
			ContainSubstring("db1:keys=1,expires=0,avg_ttl=0,keys_with_volatile_items=1")))
		want(s, "+OK\r\n", "SWAPDB 0 1")
		check("other")
		want(s, ":1\r\n", "EXPIRE other 1000")
		check("other")
		do(s, "HPEXPIREAT other 99999999999998 FIELDS 1 a")
		Expect(do(s, "DEBUG DIGEST-VALUE other")).NotTo(Equal(digest))
		want(s, "+OK\r\n", "SET other x")
		Expect(do(s, "INFO keyspace")).To(ContainSubstring("db0:keys=1,expires=0,avg_ttl=0,keys_with_volatile_items=0"))
		want(s, "+OK\r\n", "FLUSHALL")
		Expect(do(s, "INFO keyspace")).NotTo(ContainSubstring("volatile"))
	})
	It("are there again when a script that removed them starts again", func() {
		keys := make([]string, 40)
		for i := range keys {
			keys[i] = "h" + strconv.Itoa(i)
			do(s, "HSETEX "+keys[i]+" PX 100000 FIELDS 1 a 1")
		}
		// Keys that are not declared: without all tokens the script has to begin anew.
		const script = `for i = 0, 39 do redis.call('HPERSIST', 'h' .. i, 'FIELDS', 1, 'a')
			redis.call('HSETEX', 'h' .. i, 'PX', 200000, 'FIELDS', 2, 'a', '2', 'b', '3') end return redis.call('HLEN', 'h7')`
		s.Want(":2\r\n", "EVAL", script, "1", "h0")
		for _, k := range keys {
			want(s, bulks("2", "3"), "HMGET "+k+" a b")
		}
		Expect(do(s, "INFO keyspace")).To(ContainSubstring("keys_with_volatile_items=40"))
	})
	It("stay while nothing may expire, unseen", func() {
		want(s, "+OK\r\n", "DEBUG SET-ACTIVE-EXPIRE 0")
		do(s, "HSET h a 1 b 2")
		do(s, "HPEXPIRE h 1 FIELDS 1 a")
		Eventually(func() string { return do(s, "HGET h a") }, within, "5ms").Should(Equal("$-1\r\n"))
		Consistently(func() string { return do(s, "HLEN h") }, "700ms", "100ms").Should(Equal(":2\r\n"))
		want(s, "+OK\r\n", "DEBUG SET-ACTIVE-EXPIRE 1")
		Eventually(func() string { return do(s, "HLEN h") }, within, "20ms").Should(Equal(":1\r\n"))
	})
	It("fail a transaction that watches their hash when they go", func() {
		c := s.Dial()
		for ms := 20; ; ms *= 4 { // until the field is there yet when the hash is watched
			do(s, "DEL h")
			do(s, "HSET h a 1 b 2")
			do(s, fmt.Sprintf("HPEXPIRE h %d FIELDS 1 a", ms))
			c.Want(GinkgoTB(), "+OK\r\n", "WATCH", "h")
			if do(s, "HEXISTS h a") == ":1\r\n" {
				break
			}
			c.Want(GinkgoTB(), "+OK\r\n", "UNWATCH")
		}
		Eventually(func() string { return do(s, "HLEN h") }, within, "20ms").Should(Equal(":1\r\n"))
		c.Want(GinkgoTB(), "+OK\r\n", "MULTI")
		c.Want(GinkgoTB(), "+QUEUED\r\n", "HGETALL", "h")
		c.Want(GinkgoTB(), "*-1\r\n", "EXEC")
	})
})

var _ = nodetest.Describe("large hashes", func(s *nodetest.Server) {
	It("are walked over and drawn from without what is due", func() {
		do(s, "DEBUG SET-ACTIVE-EXPIRE 0")
		args := []string{"HSET", "h"}
		for i := range 2000 {
			args = append(args, "f"+strconv.Itoa(i), "v")
		}
		s.Want(":2000\r\n", args...)
		due := []string{"HPEXPIRE", "h", "1", "FIELDS", "1500"}
		for i := range 1500 {
			due = append(due, "f"+strconv.Itoa(i))
		}
		s.Do(due...)
		Eventually(func() string { return do(s, "HEXISTS h f0") }, within, "5ms").Should(Equal(":0\r\n"))
		for _, line := range []string{"HKEYS h", "HRANDFIELD h 5000", "HRANDFIELD h 500"} {
			Expect(fields(do(s, line))).To(HaveLen(500), line)
		}
		for _, line := range []string{"HRANDFIELD h 400", "HRANDFIELD h 3"} {
			n, _ := strconv.Atoi(strings.Fields(line)[2])
			Expect(fields(do(s, line))).To(HaveLen(n), line)
		}
		var scanned []string
		for cursor := "0"; ; {
			r, err := testkit.Parse([]byte(do(s, "HSCAN h "+cursor+" NOVALUES COUNT 50")))
			Expect(err).NotTo(HaveOccurred())
			for _, e := range r.Elems[1].Elems {
				scanned = append(scanned, e.Text)
			}
			if cursor = r.Elems[0].Text; cursor == "0" {
				break
			}
		}
		slices.Sort(scanned)
		Expect(slices.Compact(scanned)).To(HaveLen(500))
		want(s, ":2000\r\n", "HLEN h")
	})
})

var _ = nodetest.Describe("DEBUG", func(s *nodetest.Server) {
	It("tells of tables", func() {
		do(s, "SADD s a b c")
		want(s, "-ERR The value stored at the specified key is not represented using an hash table\r\n", "DEBUG HTSTATS-KEY s")
		want(s, "-ERR no such key\r\n", "DEBUG HTSTATS-KEY none")
		Expect(do(s, "DEBUG OBJECT s")).To(ContainSubstring("encoding:listpack serializedlength:17 "))
		do(s, "HSETEX h EX 1000 FIELDS 2 a 1 b 2")
		Expect(do(s, "DEBUG HTSTATS-KEY h FULL")).To(MatchRegexp("table size: 7\n number of elements: 2\n"))
		do(s, "SADD s "+strings.Repeat("x", 65))
		Expect(do(s, "DEBUG HTSTATS-KEY s")).To(ContainSubstring("number of elements: 4\n"))
		Expect(do(s, "DEBUG OBJECT h")).To(ContainSubstring("encoding:hashtable"))
	})
})

// fields are the different elements of a reply, none of which may be due.
func fields(reply string) map[string]bool {
	r, err := testkit.Parse([]byte(reply))
	Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	for _, e := range r.Elems {
		n, err := strconv.Atoi(e.Text[1:])
		Expect(err).NotTo(HaveOccurred())
		Expect(n).To(BeNumerically(">=", 1500))
		seen[e.Text] = true
	}
	return seen
}
