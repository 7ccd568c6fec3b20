package server_test

import (
	"fmt"
	"math/rand"
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
	empty  = "+0000000000000000000000000000000000000000\r\n"
	syntax = "-ERR syntax error\r\n"
)

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

var _ = nodetest.Describe("databases", func(s *nodetest.Server) {
	It("are emptied, and the memory comes back", func() {
		for i := range 100 {
			s.Want(ok, "MSET", fmt.Sprint("a", i), "v", fmt.Sprint("b", i), strings.Repeat("x", 40<<10))
		}
		s.Want(":1\r\n", "COPY", "a1", "a1", "DB", "3")
		s.Want(ok, "FLUSHDB", "ASYNC")
		s.Want(":0\r\n", "DBSIZE")
		s.Want(ok, "SWAPDB", "0", "3")
		s.Want(":1\r\n", "DBSIZE")
		s.Want(ok, "FLUSHALL", "sync")
		s.Want(":0\r\n", "DBSIZE")
		s.Want(null, "GET", "a1")
		s.Want(syntax, "FLUSHALL", "LATER")
		s.Want(syntax, "FLUSHDB", "SYNC", "SYNC")
	})
	It("are exchanged", func() {
		s.Want(ok, "SET", "k", "v")
		s.Want(ok, "SWAPDB", "0", "0")
		s.Want(ok, "SWAPDB", "0", "1")
		s.Want(null, "GET", "k")
		s.Want(ok, "SWAPDB", "1", "0")
		s.Want(bulk("v"), "GET", "k")
		s.Want("-ERR DB index is out of range\r\n", "SWAPDB", "0", "16")
		s.Want("-ERR DB index is out of range\r\n", "SWAPDB", "-1", "0")
		s.Want("-ERR invalid first DB index\r\n", "SWAPDB", "x", "0")
		s.Want("-ERR invalid second DB index\r\n", "SWAPDB", "0", "x")
	})
})

var _ = nodetest.Describe("WATCH", func(s *nodetest.Server) {
	// watching runs change while key is watched, and returns what EXEC answers.
	watching := func(key string, change func()) string {
		c := s.Dial()
		t := GinkgoTB()
		c.Want(t, ok, "WATCH", key)
		change()
		c.Want(t, ok, "MULTI")
		c.Want(t, "+QUEUED\r\n", "ECHO", "x")
		return string(testkit.Must(c.Do("EXEC"))(t))
	}
	const aborted, done = "*-1\r\n", "*1\r\n$1\r\nx\r\n"

	It("notices every kind of change", func() {
		for _, change := range []string{"SET k 2", "DEL k", "INCR k", "EXPIRE k 100", "PERSIST k", "RENAME k other", "RENAME other k",
			"COPY other k REPLACE", "FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "MSET a 1 k 2", "PEXPIREAT k 1", "SET k v EXAT 1"} {
			s.Want(ok, "MSET", "k", "1", "other", "2")
			if change == "PERSIST k" {
				s.Want(":1\r\n", "EXPIRE", "k", "100")
			}
			Expect(watching("k", func() { s.Do(strings.Fields(change)...) })).To(Equal(aborted), change)
			s.Want(ok, "FLUSHALL")
		}
	})
	It("is not disturbed by what changes nothing", func() {
		for _, change := range []string{"GET k", "SET k v NX", "DEL none", "EXPIRE k 10 XX", "RENAME none k", "COPY other k", "SWAPDB 2 3",
			"SWAPDB 0 0", "SET k v IFEQ no", "TOUCH k", "PERSIST k", "INCR k x"} {
			s.Want(ok, "MSET", "k", "1", "other", "2")
			Expect(watching("k", func() { s.Do(strings.Fields(change)...) })).To(Equal(done), change)
		}
		Expect(watching("none", func() { s.Do("FLUSHALL") })).To(Equal(done))
		Expect(watching("none", func() { s.Do("SWAPDB", "0", "1") })).To(Equal(done))
	})
})

var _ = nodetest.Describe("DEBUG", func(s *nodetest.Server) {
	It("digests everything, and nothing else", func() {
		s.Want(empty, "DEBUG", "DIGEST")
		s.Want(ok, "MSET", "a", "1", "b", "2")
		one := s.Do("DEBUG", "DIGEST")
		Expect(one).NotTo(Equal(empty))
		s.Want(ok, "FLUSHALL")
		s.Want(ok, "SET", "b", "2") // in another order
		s.Want(ok, "SET", "a", "x")
		Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(one))
		s.Want(ok, "SET", "a", "1")
		s.Want(one, "DEBUG", "DIGEST")
		for _, change := range [][2]string{{"PEXPIREAT a 99999999999999", "PERSIST a"}, {"RENAME a c", "RENAME c a"},
			{"SET c 1", "DEL c"}, {"SWAPDB 0 1", "SWAPDB 0 1"}, {"COPY a a DB 1", "SWAPDB 0 1"}, {"INCR a", "DECR a"}} {
			s.Do(strings.Fields(change[0])...)
			Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(one), change[0])
			s.Do(strings.Fields(change[1])...)
			if change[0] != "COPY a a DB 1" {
				s.Want(one, "DEBUG", "DIGEST")
			} else {
				Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(one))
				s.Want(ok, "FLUSHDB")
				s.Want(ok, "SWAPDB", "0", "1")
				s.Want(one, "DEBUG", "DIGEST")
			}
		}
		s.Want(":1\r\n", "PEXPIREAT", "a", "99999999999999")
		two := s.Do("DEBUG", "DIGEST")
		s.Want(":1\r\n", "PEXPIREAT", "a", "99999999999998")
		Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(two))
	})
	It("tells strings apart by every byte, and by where the bytes are", func() {
		seen := map[string]string{}
		for _, kv := range [][2]string{{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"ab", "c\x00"}, {"ab", "d"}} {
			s.Want(ok, "FLUSHALL")
			s.Want(ok, "SET", kv[0], kv[1])
			d := s.Do("DEBUG", "DIGEST")
			Expect(seen).NotTo(HaveKey(d))
			seen[d] = kv[0]
		}
		s.Want(ok, "MSET", "a", "1", "b", "1", "c", "2")
		r, err := testkit.Parse([]byte(s.Do("DEBUG", "DIGEST-VALUE", "a", "b", "c", "none")))
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Elems[0]).To(Equal(r.Elems[1]))
		Expect(r.Elems[0]).NotTo(Equal(r.Elems[2]))
		Expect(r.Elems[3].Raw).To(Equal(empty))
	})
	It("describes values", func() {
		s.Want("-ERR no such key\r\n", "DEBUG", "OBJECT", "none")
		s.Want(ok, "MSET", "n", "12", "s", "abc", "r", strings.Repeat("x", 150))
		for key, want := range map[string]string{"n": "encoding:int serializedlength:2 ", "s": "encoding:embstr serializedlength:4 ",
			"r": "encoding:raw serializedlength:152 "} {
			Expect(s.Do("DEBUG", "OBJECT", key)).To(MatchRegexp(`^\+Value at:0x[0-9a-f]+ refcount:\d+ ` + want +
				`lru:\d+ lru_seconds_idle:\d+ lfu_freq:\d+ lfu_access_time_minutes:\d+\r\n$`))
		}
		Expect(s.Do("DEBUG", "OBJECT", "n", "FAST")).NotTo(ContainSubstring("serializedlength"))
		Expect(s.Do("DEBUG", "OBJECT", "n")).To(MatchRegexp(`lru_seconds_idle:\d+ `))
	})
	It("is one command, which looks at its arguments late", func() {
		wrong := func(sub string) string {
			return "-ERR unknown subcommand or wrong number of arguments for '" + sub + "'. Try DEBUG HELP.\r\n"
		}
		for _, args := range []string{"nope", "nope x", "Sleep", "object", "object a b c", "digest x", "populate", "populate 1 a 1 x", "error", "replybuffer"} {
			s.Want(wrong(strings.Fields(args)[0]), append([]string{"DEBUG"}, strings.Fields(args)...)...)
		}
		s.Want("-ERR wrong number of arguments for 'debug' command\r\n", "DEBUG")
		help := s.Do("DEBUG", "HELP")
		for _, sub := range []string{"POPULATE", "OBJECT", "SLEEP", "CONFIG-REWRITE-FORCE-ALL", "DIGEST-VALUE"} {
			Expect(help).To(ContainSubstring("\r\n+" + sub))
		}
	})
})

var _ = nodetest.Describe("lists among databases", func(s *nodetest.Server) {
	It("are part of the digest, every element", func() {
		s.Want(":3\r\n", "RPUSH", "l", "a", "b", "c")
		one := s.Do("DEBUG", "DIGEST")
		for _, change := range []string{"RPUSH l c", "LPUSH l a", "RPOP l", "LPOP l"} {
			s.Do(strings.Fields(change)...)
			Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(one), change)
			s.Do("DEL", "l")
			s.Want(":3\r\n", "RPUSH", "l", "a", "b", "c")
			s.Want(one, "DEBUG", "DIGEST")
		}
		s.Do("DEL", "l")
		s.Want(":3\r\n", "RPUSH", "l", "b", "a", "c")
		Expect(s.Do("DEBUG", "DIGEST")).NotTo(Equal(one))
	})
	It("are copied, renamed and flushed with all they hold", func() {
		elements := []string{"RPUSH", "l"}
		for i := range 3000 {
			elements = append(elements, strings.Repeat(strconv.Itoa(i), 10))
		}
		s.Want(":3000\r\n", elements...)
		all := s.Do("LRANGE", "l", "0", "-1")
		s.Want(":1\r\n", "COPY", "l", "another")
		s.Want(ok, "RENAME", "l", "third")
		Expect(s.Do("LRANGE", "third", "0", "-1") == all).To(BeTrue())
		s.Want(":1\r\n", "DEL", "third")
		Expect(s.Do("LRANGE", "another", "0", "-1") == all).To(BeTrue())
		Expect(s.Do("DEBUG", "OBJECT", "another")).To(ContainSubstring("encoding:quicklist"))
		s.Want(ok, "FLUSHALL")
		s.Want("*0\r\n", "LRANGE", "another", "0", "-1")
	})
	It("serve whoever waits when they arrive by COPY, RENAME or SWAPDB", func() {
		for _, arrive := range []string{"RENAME other k", "COPY other k", "SWAPDB 0 1"} {
			s.Want(ok, "FLUSHALL")
			s.Want(":2\r\n", "RPUSH", "other", "x", "y")
			s.Want(":1\r\n", "COPY", "other", "k", "DB", "1")
			c := s.Dial()
			c.Blocks(GinkgoTB(), "BLPOP", "k", "0")
			s.Do(strings.Fields(arrive)...)
			reply, err := c.Read()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(reply)).To(Equal("*2\r\n"+bulk("k")+bulk("x")), arrive)
			s.Want("*1\r\n"+bulk("y"), "LRANGE", "k", "0", "-1")
		}
	})
	It("do not wake who waits for a list with a string", func() {
		s.Want(ok, "SET", "other", "v")
		c := s.Dial()
		c.Blocks(GinkgoTB(), "BLPOP", "k", "0")
		s.Want(ok, "RENAME", "other", "k")
		s.Want(ok, "SET", "k", "w")
		s.Want(":1\r\n", "DEL", "k")
		s.Want(":1\r\n", "RPUSH", "k", "x")
		reply, err := c.Read()
		Expect(err).NotTo(HaveOccurred())
		Expect(string(reply)).To(Equal("*2\r\n" + bulk("k") + bulk("x")))
	})
})

var _ = nodetest.Describe("COMMAND", func(s *nodetest.Server) {
	It("describes commands", func() {
		get := "*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n" +
			"*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n" +
			"$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n" +
			"$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n*0\r\n"
		s.Want("*2\r\n"+get+null, "COMMAND", "INFO", "GET", "nope")
		all, err := testkit.Parse([]byte(s.Do("COMMAND")))
		Expect(err).NotTo(HaveOccurred())
		s.Want(fmt.Sprintf(":%d\r\n", len(all.Elems)), "COMMAND", "COUNT")
		list := s.Do("COMMAND", "LIST")
		for _, e := range all.Elems {
			Expect(list).To(ContainSubstring(bulk(e.Elems[0].Text)))
		}
		Expect(list).To(ContainSubstring(bulk("client|list")))
		Expect(list).NotTo(ContainSubstring("debug|"))
		s.Want("*1\r\n"+bulk("mget"), "COMMAND", "LIST", "FILTERBY", "PATTERN", "MGE?")
		s.Want("*0\r\n", "COMMAND", "LIST", "FILTERBY", "ACLCAT", "nope")
		s.Want(syntax, "COMMAND", "LIST", "FILTERBY", "PATTERN")
		Expect(s.Do("COMMAND", "DOCS", "GET", "nope")).To(HavePrefix("*2\r\n$3\r\nget\r\n*10\r\n$7\r\nsummary\r\n"))
		Expect(s.Do("COMMAND", "DOCS", "GET")).To(HaveSuffix("$9\r\narguments\r\n*1\r\n*8\r\n$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n$12\r\ndisplay_text\r\n$3\r\nkey\r\n$14\r\nkey_spec_index\r\n:0\r\n"))
		docs, err := testkit.Parse([]byte(s.Do("COMMAND", "DOCS")))
		Expect(err).NotTo(HaveOccurred())
		Expect(docs.Elems).To(HaveLen(2 * len(all.Elems)))
		s.Want("-ERR unknown subcommand 'nope'. Try COMMAND HELP.\r\n", "COMMAND", "nope")
	})
	It("finds keys", func() {
		s.Want("*2\r\n"+bulk("a")+bulk("b"), "COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2")
		s.Want("*2\r\n"+bulk("a")+bulk("b"), "COMMAND", "GETKEYS", "rename", "a", "b")
		s.Want("*1\r\n*2\r\n"+bulk("a")+"*2\r\n+RO\r\n+access\r\n", "COMMAND", "GETKEYSANDFLAGS", "GET", "a")
		s.Want("*1\r\n*2\r\n"+bulk("a")+"*2\r\n+OW\r\n+update\r\n", "COMMAND", "GETKEYSANDFLAGS", "SET", "a", "b")
		s.Want("*1\r\n*2\r\n"+bulk("a")+"*3\r\n+RW\r\n+access\r\n+update\r\n", "COMMAND", "GETKEYSANDFLAGS", "SET", "a", "b", "get")
		for _, number := range []string{"0", "3", "-1", "many", "1000000000000"} {
			s.Want("*0\r\n", "COMMAND", "GETKEYS", "EVAL", "return 1", number, "a", "b")
			s.Want("-ERR Invalid arguments specified for command\r\n", "COMMAND", "GETKEYS", "ZUNIONSTORE", "d", number, "a", "b")
		}
		s.Want("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYS", "CLIENT", "nope")
		s.Want("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYS", "CLIENT")
		s.Want("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYS", "nope")
		s.Want("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYS", "PING")
		s.Want("-ERR Invalid number of arguments specified for command\r\n", "COMMAND", "GETKEYS", "GET")
	})
	It("tells the time", func() {
		before := time.Now().Unix()
		r, err := testkit.Parse([]byte(s.Do("TIME")))
		Expect(err).NotTo(HaveOccurred())
		sec, err := strconv.ParseInt(r.Elems[0].Text, 10, 64)
		Expect(err).NotTo(HaveOccurred())
		Expect(sec).To(And(BeNumerically(">=", before), BeNumerically("<=", time.Now().Unix())))
		s.Want(bulk("hello"), "ECHO", "hello")
	})
})

var _ = Describe("One stream of commands", func() {
	It("gives equal replies and equal digests on 1 shard and on 16", func() {
		for seed := range int64(5) {
			replies, digest := play(seed, "1")
			others, other := play(seed, "16")
			for i := range replies {
				Expect(others[i]).To(Equal(replies[i]), "seed %d, step %d", seed, i)
			}
			Expect(other).To(Equal(digest))
		}
	})
})

// play gives 2000 steps by seed to a node with so many shards and returns all replies
// and the digest at the end.
func play(seed int64, shards string) (replies []string, digest string) {
	GinkgoHelper()
	c := testkit.MustDial(GinkgoTB(), nodetest.Start(GinkgoTB(), [2]string{"shards", shards}))
	r := rand.New(rand.NewSource(seed))
	for range 2000 {
		step := testkit.CoreCommands(r)
		if relative(step.Args) {
			continue
		}
		raw, err := c.Do(step.Args...)
		Expect(err).NotTo(HaveOccurred())
		if step.How == testkit.Exact {
			replies = append(replies, fmt.Sprintf("%s: %q", step, raw))
		}
	}
	if _, err := c.Do("DISCARD"); err != nil {
		Fail(err.Error())
	}
	raw, err := c.Do("DEBUG", "DIGEST")
	Expect(err).NotTo(HaveOccurred())
	return replies, string(raw)
}

// relative reports commands whose effect depends on when they run.
func relative(args []string) bool {
	for _, word := range args {
		switch word {
		case "EX", "PX", "EXPIRE", "PEXPIRE", "BLPOP", "BLMOVE", "EVAL":
			return true
		}
	}
	return false
}

var _ = nodetest.Describe("OBJECT", func(s *nodetest.Server) {
	It("tells how a value is stored, and what changes that", func() {
		s.Want(null, "OBJECT", "ENCODING", "none")
		for value, want := range map[string]string{"12": "int", "012": "embstr", strings.Repeat("x", 112): "embstr", strings.Repeat("x", 113): "raw"} {
			s.Want(ok, "SET", "k", value)
			s.Want(bulk(want), "OBJECT", "ENCODING", "k")
		}
		for key, longest := range map[int]int{31: 82, 32: 79, 110: 1} { // as Valkey 9.1 says
			name := strings.Repeat("k", key)
			s.Want(ok, "SET", name, strings.Repeat("x", longest))
			s.Want(bulk("embstr"), "OBJECT", "ENCODING", name)
			s.Want(ok, "SET", name, strings.Repeat("x", longest+1))
			s.Want(bulk("raw"), "OBJECT", "ENCODING", name)
		}
		s.Want(ok, "SET", "k", strings.Repeat("x", 104), "EX", "100")
		s.Want(bulk("embstr"), "OBJECT", "ENCODING", "k")
		s.Want(ok, "SET", "k", strings.Repeat("x", 105), "EX", "100")
		s.Want(bulk("raw"), "OBJECT", "ENCODING", "k")
		s.Want(ok, "SET", "k", "1")
		s.Want(":2\r\n", "APPEND", "k", "2")
		s.Want(bulk("raw"), "OBJECT", "ENCODING", "k")
		s.Want(":1\r\n", "COPY", "k", "copy")
		s.Want(":1\r\n", "EXPIRE", "copy", "100")
		s.Want(bulk("raw"), "OBJECT", "ENCODING", "copy")
		s.Want(":13\r\n", "INCR", "k")
		s.Want(bulk("int"), "OBJECT", "ENCODING", "k")
	})
	It("counts one reference to every value", func() {
		s.Want(ok, "MSET", "a", "9999", "b", "text")
		s.Want(":1\r\n", "OBJECT", "REFCOUNT", "a")
		s.Want(":1\r\n", "OBJECT", "REFCOUNT", "b")
		s.Want("$-1\r\n", "OBJECT", "REFCOUNT", "none")
	})
	It("tells how long a key was not used, or how often it was", func() {
		s.Want(ok, "SET", "k", "v")
		Expect(s.Do("OBJECT", "IDLETIME", "k")).To(Or(Equal(":0\r\n"), Equal(":1\r\n"))) // the clock of accesses ticks by the second
		Expect(s.Do("OBJECT", "FREQ", "k")).To(HavePrefix("-ERR An LFU maxmemory policy is not selected, access frequency not tracked."))
		s.Want(ok, "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0", "lfu-decay-time", "0")
		Expect(s.Do("OBJECT", "IDLETIME", "k")).To(HavePrefix("-ERR An LFU maxmemory policy is selected, idle time not tracked."))
		s.Want(ok, "SET", "new", "v")
		s.Want(":5\r\n", "OBJECT", "FREQ", "new")
		s.Do("GET", "new")
		s.Want(":1\r\n", "EXISTS", "new")
		s.Do("TTL", "new")
		s.Want(":6\r\n", "OBJECT", "FREQ", "new")
		s.Want(ok, "CLIENT", "NO-TOUCH", "ON")
		s.Do("GET", "new")
		s.Want(":6\r\n", "OBJECT", "FREQ", "new")
		s.Want(":1\r\n", "TOUCH", "new")
		s.Want(":7\r\n", "OBJECT", "FREQ", "new")
	})
	It("notices when a key is used again", func() {
		s.Want(":1\r\n", "LPUSH", "l", "v")
		s.Want(ok, "SET", "k", "v")
		Eventually(func() string { return s.Do("OBJECT", "IDLETIME", "k") }).ShouldNot(Or(Equal(":0\r\n"), Equal(":1\r\n")))
		used := time.Now()
		s.Want(bulk("v"), "GET", "k")
		idle := func(key string) int {
			n, err := strconv.Atoi(strings.Trim(s.Do("OBJECT", "IDLETIME", key), ":\r\n"))
			Expect(err).NotTo(HaveOccurred())
			return n
		}
		k, since := idle("k"), int(time.Since(used)/time.Second)
		Expect(k).To(BeNumerically("<=", since+1))
		Expect(idle("l")).To(BeNumerically(">=", 2))
	})
})

var _ = nodetest.Describe("MEMORY USAGE", func(s *nodetest.Server) {
	It("counts what a key takes", func() {
		usage := func(key string, options ...string) (n int) {
			_, err := fmt.Sscanf(s.Do(append([]string{"MEMORY", "USAGE", key}, options...)...), ":%d\r\n", &n)
			Expect(err).NotTo(HaveOccurred())
			return n
		}
		s.Want(null, "MEMORY", "USAGE", "none")
		s.Want(ok, "SET", "k", strings.Repeat("x", 1000))
		Expect(usage("k")).To(And(BeNumerically(">", 1000), BeNumerically("<", 1300)))
		s.Want(ok, "SET", "k", strings.Repeat("x", 1<<20))
		Expect(usage("k", "SAMPLES", "0")).To(And(BeNumerically(">=", 1<<20), BeNumerically("<", 1100000)))
		s.Want("-ERR syntax error\r\n", "MEMORY", "USAGE", "k", "SAMPLES")
		s.Want("-ERR syntax error\r\n", "MEMORY", "USAGE", "k", "SAMPLES", "-1")
		s.Want("-ERR value is not an integer or out of range\r\n", "MEMORY", "USAGE", "k", "SAMPLES", "x")
	})
})

var _ = nodetest.Describe("DEBUG POPULATE", func(s *nodetest.Server) {
	It("makes the keys that are not there", func() {
		s.Want(ok, "SET", "key:1", "mine")
		s.Want(ok, "DEBUG", "POPULATE", "1000")
		s.Want(":1000\r\n", "DBSIZE")
		s.Want(bulk("mine"), "GET", "key:1")
		s.Want(bulk("value:999"), "GET", "key:999")
		s.Want(ok, "DEBUG", "POPULATE", "2", "p", "10")
		s.Want(bulk("value:1\x00\x00\x00"), "GET", "p:1")
		s.Want(ok, "DEBUG", "POPULATE", "1", "q", "3")
		s.Want(bulk("val"), "GET", "q:0")
		for _, args := range []string{"-1", "x", "1 p -1", "1 p x"} {
			s.Want("-ERR value is out of range, must be positive\r\n", append([]string{"DEBUG", "POPULATE"}, strings.Fields(args)...)...)
		}
		s.Want("-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n", "DEBUG", "POPULATE", "1", "r", "99999999999")
	})
})
