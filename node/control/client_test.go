package control_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const ok = "+OK\r\n"

func reply(c *testkit.Client, args ...string) string {
	return string(testkit.Must(c.Do(args...))(GinkgoTB()))
}

func number(c *testkit.Client) string { return strings.Trim(reply(c, "CLIENT", "ID"), ":\r\n") }

var _ = nodetest.Describe("CLIENT", func(s *nodetest.Server) {
	It("lists connections with all their fields", func() {
		c := s.Dial()
		id := number(c)
		reply(c, "CLIENT", "SETNAME", "me")
		reply(c, "SELECT", "7")
		reply(c, "SET", "a", "1")
		Expect(s.Do("CLIENT", "LIST")).To(MatchRegexp(`id=` + id + ` addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=\d+ name=me age=\d+ idle=\d+ flags=N capa= db=7 ` +
			`sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=\d+ ` +
			`events=r cmd=set user=default redir=-1 resp=2 lib-name= lib-ver= tot-net-in=\d+ tot-net-out=\d+ tot-cmds=4\n`))
		Expect(s.Do("CLIENT", "LIST", "ID", id, "999", id)).To(MatchRegexp(`^\$\d+\r\nid=` + id + ` .*\n\r\n$`))
		Expect(strings.Count(s.Do("CLIENT", "LIST", "TYPE", "normal"), "id=")).To(BeNumerically(">=", 2))
		s.Want("$0\r\n\r\n", "CLIENT", "LIST", "TYPE", "pubsub")
		s.Want("-ERR Unknown client type 'x'\r\n", "CLIENT", "LIST", "TYPE", "x")
		s.Want("-ERR syntax error\r\n", "CLIENT", "LIST", "ID", "x")
		s.Want("-ERR client-id should be greater than 0\r\n", "CLIENT", "LIST", "ID", "0")
		s.Want("-ERR syntax error\r\n", "CLIENT", "LIST", "x")
		reply(c, "WATCH", "a")
		reply(c, "MULTI")
		reply(c, "GET", "a")
		Expect(s.Do("CLIENT", "LIST", "ID", id)).To(ContainSubstring(" flags=x capa= db=7 sub=0 psub=0 ssub=0 multi=1 watch=1 "))
	})

	It("chooses connections by filters", func() {
		a, b := s.Dial(), s.Dial()
		idA, idB := number(a), number(b)
		reply(a, "CLIENT", "SETNAME", "alpha")
		reply(a, "CLIENT", "SETINFO", "LIB-NAME", "lib")
		reply(a, "CLIENT", "SETINFO", "LIB-VER", "1.2")
		reply(a, "CLIENT", "NO-TOUCH", "on")
		reply(a, "CLIENT", "NO-EVICT", "on")
		reply(a, "SELECT", "5")
		reply(b, "CLIENT", "CAPA", "redirect", "nonsense")
		chosen := func(args ...string) (ids []string) {
			for _, l := range strings.Split(s.Do(append([]string{"CLIENT", "LIST"}, args...)...), "\n") {
				if id, _, ok := strings.Cut(strings.TrimPrefix(l, "id="), " "); ok {
					ids = append(ids, id)
				}
			}
			return ids
		}
		me := number(s.First())
		for _, only := range [][]string{{"NAME", "alpha"}, {"LIB-NAME", "lib"}, {"LIB-VER", "1.2"}, {"DB", "5"}, {"FLAGS", "eT"}, {"FLAGS", "T"},
			{"ADDR", a.Conn.LocalAddr().String()}, {"ID", idA}, {"NOT-ID", idB, me}, {"ID", idA, idB, "NOT-CAPA", "r"},
			{"ID", idA, idB, "SKIPME", "no", "name", "alpha"}, {"NOT-CAPA", "r", "SKIPME", "yes"}} {
			Expect(chosen(only...)).To(Equal([]string{idA}), strings.Join(only, " "))
		}
		Expect(chosen("CAPA", "r")).To(Equal([]string{idB}))
		Expect(chosen("TYPE", "pubsub", "TYPE", "normal", "NAME", "x", "NAME", "alpha", "ID", idB, "ID", idA)).To(Equal([]string{idA}))
		Expect(chosen("ID", "SKIPME", "no")).To(BeEmpty())
		Expect(chosen("ID", idB, "ID", idA, idB)).To(Equal([]string{idA, idB}))
		for _, word := range []string{"NAME", "LIB-NAME", "LIB-VER"} {
			Expect(chosen("NOT-"+word, "")).To(ConsistOf(idA, idB, me))
			Expect(chosen(word, "")).To(BeEmpty())
		}
		for _, most := range [][]string{{"NOT-DB", "5"}, {"NOT-FLAGS", "T"}, {"NOT-NAME", "alpha"}, {"NOT-ADDR", a.Conn.LocalAddr().String()}} {
			Expect(chosen(most...)).To(ConsistOf(idB, me), strings.Join(most, " "))
		}
		for _, all := range [][]string{{"IP", "127.0.0.1"}, {"USER", "default"}, {"TYPE", "normal"}, {"NOT-TYPE", "pubsub"}, {"LADDR", s.Addr}, {"SKIPME", "no"}} {
			Expect(chosen(all...)).To(ConsistOf(idA, idB, me), strings.Join(all, " "))
		}
		for _, none := range [][]string{{"NOT-IP", "127.0.0.1"}, {"NOT-USER", "default"}, {"NOT-TYPE", "normal"}, {"MAXAGE", "100"}, {"IDLE", "100"}, {"TYPE", "replica"}} {
			Expect(chosen(none...)).To(BeEmpty(), strings.Join(none, " "))
		}
		for text, args := range map[string]string{"Unknown flags found in the provided filter: Q": "FLAGS Q", "Unknown capa found in the provided filter: x": "CAPA x",
			"DB number should be between 0 and 15": "DB 16", "idle should be greater than 0": "IDLE 0", "Unknown capa found in the NOT-CAPA filter: x": "NOT-CAPA x",
			"NOT-DB number should be between 0 and 15": "NOT-DB 16", "NOT-DB is not an integer or out of range": "NOT-DB x", "syntax error": "NOT-SKIPME yes"} {
			s.Want("-ERR "+text+"\r\n", append([]string{"CLIENT", "LIST"}, strings.Fields(args)...)...)
		}
		s.Want(":1\r\n", "CLIENT", "KILL", "NOT-ID", me, idB)
		s.Want(":1\r\n", "CLIENT", "KILL", "CAPA", "r", "FLAGS", "N")
	})

	It("counts bytes and commands to the last", func() {
		c := s.Dial()
		id := number(c) // 24 bytes
		field := func(name string) string {
			return regexp.MustCompile(" " + name + `=(\S*)`).FindStringSubmatch(s.Do("CLIENT", "LIST", "ID", id))[1]
		}
		Expect([]string{field("tot-net-in"), field("tot-net-out"), field("tot-cmds")}).To(Equal([]string{"24", strconv.Itoa(len(id) + 3), "1"}))
		Expect(c.Send(testkit.Command("BLPOP", "l", "0"))).To(Succeed())
		Eventually(func() string { return field("flags") }).Should(Equal("b"))
		Expect([]string{field("tot-net-in"), field("tot-cmds")}).To(Equal([]string{"53", "1"}))
		s.Want(":1\r\n", "LPUSH", "l", "x")
		_, _ = c.Read()
		Expect(field("tot-cmds")).To(Equal("2"))
		reply(c, "EVAL", "redis.call('PING') return redis.call('PING')", "0")
		Expect(field("tot-cmds")).To(Equal("5"))
	})

	It("tells about what is not tracked", func() {
		s.Want(":-1\r\n", "CLIENT", "GETREDIR")
		s.Want("*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n", "CLIENT", "TRACKINGINFO")
		s.Want("-ERR Server is not in import mode\r\n", "CLIENT", "IMPORT-SOURCE", "on")
		s.Want(ok, "CLIENT", "IMPORT-SOURCE", "off")
	})

	It("kills connections", func() {
		ended := func(c *testkit.Client) {
			_, err := c.Read()
			Expect(err).To(MatchError(ContainSubstring("EOF")))
		}
		a, b, c := s.Dial(), s.Dial(), s.Dial()
		s.Want(":1\r\n", "CLIENT", "KILL", "ID", number(a))
		ended(a)
		addr := b.Conn.LocalAddr().String()
		_ = number(b)
		s.Want(ok, "CLIENT", "KILL", addr)
		ended(b)
		s.Want("-ERR No such client\r\n", "CLIENT", "KILL", addr)
		s.Want(":0\r\n", "CLIENT", "KILL", "ID", "987654")
		s.Want(":0\r\n", "CLIENT", "KILL", "MAXAGE", "1000")
		s.Want("-ERR No such user 'x'\r\n", "CLIENT", "KILL", "USER", "x")
		s.Want("-ERR client-id should be greater than 0\r\n", "CLIENT", "KILL", "ID", "0")
		s.Want("-ERR maxage is not an integer or out of range\r\n", "CLIENT", "KILL", "MAXAGE", "x")
		s.Want("-ERR Unknown client type 'x'\r\n", "CLIENT", "KILL", "TYPE", "x")
		s.Want("-ERR syntax error\r\n", "CLIENT", "KILL", "SKIPME", "x")
		s.Want("-ERR syntax error\r\n", "CLIENT", "KILL", "ID", "1", "ADDR")
		reply(c, "SUBSCRIBE", "x")
		s.Want(":1\r\n", "CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "no")
		ended(c)
		d := s.Dial()
		_ = number(d)
		Expect(reply(d, "CLIENT", "KILL", "ADDR", d.Conn.LocalAddr().String(), "SKIPME", "no")).To(Equal(":1\r\n"))
		ended(d)
	})

	It("kills a client that is blocked, and unblocks others", func() {
		a, b, c := s.Dial(), s.Dial(), s.Dial()
		ids := []string{number(a), number(b), number(c)}
		for _, x := range []*testkit.Client{a, b, c} {
			Expect(x.Send(testkit.Command("BLPOP", "nothing", "0"))).To(Succeed())
		}
		Eventually(func() int { return strings.Count(s.Do("CLIENT", "LIST"), "flags=b") }).Should(Equal(3))
		Expect(s.Do("INFO", "clients")).To(ContainSubstring("\r\nblocked_clients:3\r\n"))
		s.Want(":1\r\n", "CLIENT", "KILL", "ID", ids[0])
		_, err := a.Read()
		Expect(err).To(HaveOccurred())
		s.Want(":1\r\n", "CLIENT", "UNBLOCK", ids[1])
		Expect(string(testkit.Must(b.Read())(GinkgoTB()))).To(Equal("*-1\r\n"))
		s.Want(":1\r\n", "CLIENT", "UNBLOCK", ids[2], "ERROR")
		Expect(string(testkit.Must(c.Read())(GinkgoTB()))).To(Equal("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"))
		s.Want(":0\r\n", "CLIENT", "UNBLOCK", ids[2])
		s.Want("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n", "CLIENT", "UNBLOCK", ids[2], "x")
		s.Want(":1\r\n", "RPUSH", "nothing", "still here")
		s.Want(":1\r\n", "LLEN", "nothing")
	})

	It("pauses writers, and then nothing admitted before is on its way", func() {
		var stop atomic.Bool
		done := make(chan struct{})
		for i := range 3 {
			c := s.Dial()
			c.Timeout = 30 * time.Second
			go func() {
				defer func() { done <- struct{}{} }()
				for n := 0; !stop.Load(); n++ {
					batch := [][]string{}
					for k := range 16 {
						batch = append(batch, []string{"INCR", "count:" + strconv.Itoa(k)}, []string{"MSET", fmt.Sprint("a", i, k), "1", fmt.Sprint("b", k), "2"})
					}
					if _, err := c.Pipeline(batch...); err != nil {
						return
					}
				}
			}()
		}
		sums := func() (out []string) {
			for k := range 16 {
				out = append(out, s.Do("GET", "count:"+strconv.Itoa(k)))
			}
			return out
		}
		for range 5 {
			time.Sleep(20 * time.Millisecond)
			s.Want(ok, "CLIENT", "PAUSE", "10000", "WRITE")
			before := sums()
			time.Sleep(20 * time.Millisecond)
			Expect(sums()).To(Equal(before))
			s.Want(ok, "CLIENT", "UNPAUSE")
			Eventually(sums).ShouldNot(Equal(before))
		}
		stop.Store(true)
		for range 3 {
			<-done
		}
	})

	It("lets scripts run that declare no writes", func() {
		const declared = "#!lua flags=no-writes\nreturn 'ran '..(redis.call('GET', KEYS[1]) or '')"
		const ran = "$5\r\nran v\r\n"
		s.Want(ok, "SET", "k", "v")
		s.Want(ok, "CLIENT", "PAUSE", "10000", "WRITE")
		c, held := s.Dial(), s.Dial()
		c.Want(GinkgoTB(), ran, "EVAL", declared, "1", "k") // never seen before
		c.Want(GinkgoTB(), ran, "EVAL", declared, "1", "k")
		sum := string(testkit.Must(c.Do("SCRIPT", "LOAD", declared+" "))(GinkgoTB()))
		c.Want(GinkgoTB(), ran, "EVALSHA", strings.Split(sum, "\r\n")[1], "1", "k")
		c.Want(GinkgoTB(), ok, "MULTI")
		c.Want(GinkgoTB(), "+QUEUED\r\n", "EVAL", declared, "1", "k")
		c.Want(GinkgoTB(), "*1\r\n"+ran, "EXEC")
		Expect(held.Send(testkit.Command("EVAL", "#!lua\nreturn 1", "0"))).To(Succeed())
		Eventually(func() string { return testkit.InfoField(s.Do("INFO", "clients"), "blocked_clients") }).Should(Equal("1"))
		s.Want(ok, "CLIENT", "UNPAUSE")
		Expect(string(testkit.Must(held.Read())(GinkgoTB()))).To(Equal(":1\r\n"))
	})

	It("pauses everybody until the time is over", func() {
		c := s.Dial()
		s.Want(ok, "SET", "due", "1", "PX", "30")
		start := time.Now() // not behind the reply: a slow host may need part of the pause for that
		s.Want(ok, "CLIENT", "PAUSE", "200")
		Expect(reply(c, "GET", "due")).To(Equal("$-1\r\n"))
		Expect(time.Since(start)).To(BeNumerically(">=", 199*time.Millisecond)) // from a whole ms to a whole ms
		s.Want("-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n", "CLIENT", "PAUSE", "1", "x")
		s.Want("-ERR timeout is not an integer or out of range\r\n", "CLIENT", "PAUSE", "x")
		s.Want("-ERR timeout is negative\r\n", "CLIENT", "PAUSE", "-1")
	})

	It("closes idle connections", func() {
		c := s.Dial()
		reply(c, "PING")
		s.Want(ok, "CONFIG", "SET", "timeout", "1")
		c.Timeout = 30 * time.Second
		_, err := c.Read()
		Expect(err).To(MatchError(ContainSubstring("EOF")))
	})
})
