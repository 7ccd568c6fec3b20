package stream_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

const (
	ok   = "+OK\r\n"
	none = "*-1\r\n"

	noGroup   = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
)

func bulk(w string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(w), w) }

// got is the answer of XREAD for entries of one field f, by their IDs, of one stream.
func got(key string, entries ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*1\r\n*2\r\n%s*%d\r\n", bulk(key), len(entries))
	for _, e := range entries {
		id, v, _ := strings.Cut(e, " ")
		b.WriteString("*2\r\n" + bulk(id) + "*2\r\n" + bulk("f") + bulk(v))
	}
	return b.String()
}

// waits has a client of its own wait.
func waits(t testing.TB, addr string, args string) *testkit.Client {
	t.Helper()
	c := testkit.MustDial(t, addr)
	c.Blocks(t, strings.Fields(args)...)
	return c
}

func expect(t testing.TB, c *testkit.Client, want string) {
	t.Helper()
	if have := string(testkit.Must(c.Read())(t)); have != want {
		t.Errorf("%q, want %q", have, want)
	}
}

func do(t testing.TB, c *testkit.Client, want, command string) {
	t.Helper()
	c.Want(t, want, strings.Fields(command)...)
}

var _ = nodetest.Describe("waiting for entries", func(s *nodetest.Server) {
	It("serves everybody whose condition is met, and nobody else", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		late := waits(t, addr, "XREAD BLOCK 0 STREAMS s 5-0")
		all := waits(t, addr, "XREAD BLOCK 0 STREAMS s 0")
		news := waits(t, addr, "XREAD COUNT 1 BLOCK 0 STREAMS other s $ $")
		twice := waits(t, addr, "XREAD BLOCK 0 STREAMS s s 5-0 0")
		do(t, c, bulk("3-1"), "XADD s 3-1 f v")
		expect(t, all, got("s", "3-1 v"))
		expect(t, news, got("s", "3-1 v"))
		expect(t, twice, got("s", "3-1 v"))
		do(t, c, bulk("5-0"), "XADD s 5-0 f v")
		do(t, c, bulk("6-0"), "XADD s 6-0 f w")
		expect(t, late, got("s", "6-0 w"))
	})

	It("takes $ for what was the last entry then, and + for what is the last now", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		do(t, c, bulk("1-0"), "XADD s 1-0 f v")
		do(t, c, ":1\r\n", "XDEL s 1-0")
		dollar := waits(t, addr, "XREAD BLOCK 0 STREAMS s $")
		plus := waits(t, addr, "XREAD BLOCK 0 STREAMS s none + +")
		do(t, c, ok, "MULTI")
		do(t, c, "+QUEUED\r\n", "XADD s 2-0 f v")
		do(t, c, "+QUEUED\r\n", "XADD s 3-0 f w")
		do(t, c, "*2\r\n"+bulk("2-0")+bulk("3-0"), "EXEC")
		expect(t, dollar, got("s", "2-0 v", "3-0 w"))
		expect(t, plus, got("s", "3-0 w"))
		do(t, c, got("s", "3-0 w"), "XREAD BLOCK 0 COUNT 5 STREAMS s none + +")
	})

	It("stays when the key is gone or holds something else, for who has no group", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		do(t, c, bulk("7-0"), "XADD s 7-0 f v")
		reader := waits(t, addr, "XREAD BLOCK 0 STREAMS s $")
		do(t, c, ":1\r\n", "DEL s")
		popper := waits(t, addr, "BLPOP s 0")
		do(t, c, ok, "SET s x")
		do(t, c, ":1\r\n", "DEL s")
		do(t, c, ":1\r\n", "RPUSH s e")
		expect(t, popper, "*2\r\n"+bulk("s")+bulk("e"))
		do(t, c, bulk("1-0"), "XADD s 1-0 f v")
		do(t, c, bulk("8-0"), "XADD s 8-0 f v")
		expect(t, reader, got("s", "8-0 v"))
	})

	It("looks again when the stream appears without entries, and waits on", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		hits := func() string {
			info, _ := testkit.Parse(testkit.Must(c.Do("INFO", "stats"))(t))
			return testkit.InfoField(info.Text, "keyspace_hits")
		}
		reader := waits(t, addr, "XREAD BLOCK 0 STREAMS s $")
		before := hits()
		do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
		Expect(before).To(Equal("0"))
		Eventually(hits).Should(Equal("2")) // as in Valkey 9.1
		do(t, c, bulk("1-0"), "XADD s 1-0 f v")
		expect(t, reader, got("s", "1-0 v"))
	})

	It("ends in time, and does not begin in transactions and scripts", func() {
		c := testkit.MustDial(GinkgoTB(), s.Addr)
		t := GinkgoTB()
		do(t, c, none, "XREAD BLOCK 20 STREAMS s 0")
		do(t, c, none, "XREAD STREAMS s 0")
		do(t, c, "-ERR timeout is negative\r\n", "XREAD BLOCK -1 STREAMS s 0")
		do(t, c, "-ERR timeout is not an integer or out of range\r\n", "XREAD BLOCK 1.5 STREAMS s 0")
		do(t, c, ok, "MULTI")
		do(t, c, "+QUEUED\r\n", "XREAD BLOCK 0 STREAMS s 0")
		do(t, c, "*1\r\n"+none, "EXEC")
		c.Want(t, "$-1\r\n", "EVAL", "return redis.call('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')", "0")
	})
})

var _ = nodetest.Describe("waiting in a group", func(s *nodetest.Server) {
	It("gives an entry to one consumer of each group", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
		do(t, c, ok, "XGROUP CREATE s h $")
		first := waits(t, addr, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >")
		second := waits(t, addr, "XREADGROUP GROUP g two BLOCK 0 STREAMS s >")
		other := waits(t, addr, "XREADGROUP GROUP h one NOACK BLOCK 0 STREAMS s >")
		do(t, c, bulk("1-0"), "XADD s 1-0 f v")
		expect(t, first, got("s", "1-0 v"))
		expect(t, other, got("s", "1-0 v"))
		do(t, c, bulk("2-0"), "XADD s 2-0 f w")
		expect(t, second, got("s", "2-0 w"))
		do(t, c, "*4\r\n:2\r\n"+bulk("1-0")+bulk("2-0")+"*2\r\n*2\r\n"+bulk("one")+bulk("1")+"*2\r\n"+bulk("two")+bulk("1"), "XPENDING s g")
		do(t, c, "*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n", "XPENDING s h")
	})

	It("fails when the group or the key is gone or the key holds something else, whatever did it", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		for name, way := range map[string]struct {
			want  string
			steps []string
		}{
			"destroy":   {noGroup, []string{"XGROUP DESTROY s g"}},
			"del":       {noGroup, []string{"DEL s"}},
			"unlink":    {noGroup, []string{"UNLINK s"}},
			"set":       {wrongType, []string{"SET s x"}},
			"exec":      {wrongType, []string{"MULTI", "DEL s", "RPUSH s x", "EXEC"}},
			"again":     {noGroup, []string{"MULTI", "DEL s", "XADD s 1-0 f v", "EXEC"}},
			"made anew": {noGroup, []string{"MULTI", "DEL s", "XGROUP CREATE s h 0 MKSTREAM", "EXEC"}},
			"rename":    {noGroup, []string{"RENAME s other"}},
			"renamed":   {noGroup, []string{"XADD other 1-0 f v", "RENAME other s"}},
			"copied":    {noGroup, []string{"XADD other 1-0 f v", "COPY other s REPLACE"}},
			"moved":     {noGroup, []string{"MOVE s 1"}},
			"flushdb":   {noGroup, []string{"FLUSHDB"}},
			"flushall":  {noGroup, []string{"FLUSHALL ASYNC"}},
			"swapdb":    {noGroup, []string{"SWAPDB 0 1"}},
			"expiry":    {noGroup, []string{"PEXPIRE s 1"}},
			"at once":   {noGroup, []string{"PEXPIRE s -1"}},
			"script":    {noGroup, []string{"EVAL return(redis.call('DEL','s')) 0"}},
		} {
			do(t, c, ok, "FLUSHALL")
			do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
			do(t, c, ok, "XGROUP CREATE far g $ MKSTREAM")
			one := waits(t, addr, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >")
			two := waits(t, addr, "XREADGROUP GROUP g two BLOCK 0 STREAMS far s > >")
			for _, step := range way.steps {
				args := strings.Fields(step)
				if args[0] == "EVAL" {
					args = []string{"EVAL", strings.TrimSuffix(strings.TrimPrefix(step, "EVAL "), " 0"), "0"}
				}
				if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
					t.Errorf("%s: %q: %q", name, step, reply)
				}
			}
			expect(t, one, way.want)
			if name == "flushdb" || name == "flushall" || name == "swapdb" {
				expect(t, two, strings.Replace(noGroup, "'s'", "'far'", 1))
			} else {
				expect(t, two, way.want)
			}
		}
	})

	It("is served by whatever brings entries", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		for name, steps := range map[string][]string{
			"add":    {"XADD s 1-0 f v"},
			"exec":   {"MULTI", "XADD s 1-0 f v", "XADD s 2-0 f v", "XDEL s 2-0", "EXEC"},
			"rename": {"XGROUP CREATE o g $ MKSTREAM", "XADD o 1-0 f v", "RENAME o s"},
			"copy":   {"XGROUP CREATE o g $ MKSTREAM", "XADD o 1-0 f v", "COPY o s REPLACE"},
			"swapdb": {"SELECT 1", "XGROUP CREATE s g $ MKSTREAM", "XADD s 1-0 f v", "SWAPDB 0 1", "SELECT 0"},
		} {
			do(t, c, ok, "FLUSHALL")
			do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
			do(t, c, ok, "XGROUP CREATE z g $ MKSTREAM")
			waiting := waits(t, addr, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >")
			for _, step := range steps {
				if reply := testkit.Must(c.Do(strings.Fields(step)...))(t); testkit.IsError(reply) {
					t.Errorf("%s: %q: %q", name, step, reply)
				}
			}
			expect(t, waiting, got("s", "1-0 v"))
		}
	})

	It("goes on when its group is set back, at the next entry", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		do(t, c, bulk("1-0"), "XADD s 1-0 f v")
		do(t, c, ok, "XGROUP CREATE s g $")
		waiting := waits(t, addr, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >")
		do(t, c, ok, "XGROUP SETID s g 0")
		do(t, c, ":0\r\n", "XGROUP DELCONSUMER s g one")
		do(t, c, bulk("2-0"), "XADD s 2-0 f w")
		expect(t, waiting, got("s", "1-0 v", "2-0 w"))
		do(t, c, got("s", "1-0 v", "2-0 w"), "XREADGROUP GROUP g one BLOCK 0 STREAMS s 0")
	})

	It("counts keys of which somebody is told when they are gone", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
		waiting := waits(t, addr, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >")
		waits(t, addr, "XREAD BLOCK 0 STREAMS s $")
		testkit.Await(t, addr, "total_blocking_keys_on_nokey", "1")
		do(t, c, ":1\r\n", "DEL s")
		expect(t, waiting, noGroup)
		testkit.Await(t, addr, "total_blocking_keys_on_nokey", "0")
		testkit.Await(t, addr, "total_blocking_keys", "1")
	})
})

// Readers who wait miss nothing and get nothing twice, and consumers
// share, while writers add, trim what was read and others come and go.
var _ = nodetest.Describe("many readers", func(s *nodetest.Server) {
	It("miss nothing, and share what a group is given", func() {
		t, addr := GinkgoTB(), s.Addr
		const streams, entries, readers, consumers = 4, 300, 4, 4
		c := testkit.MustDial(t, addr)
		keys := make([]string, streams)
		for i := range keys {
			keys[i] = fmt.Sprintf("s%d", i)
			do(t, c, ok, "XGROUP CREATE "+keys[i]+" g $ MKSTREAM")
		}
		var all sync.WaitGroup
		for range readers {
			all.Go(func() { readAll(t, addr, keys, entries) })
		}
		var mu sync.Mutex
		shared := map[string]int{}
		for i := range consumers {
			all.Go(func() {
				c := testkit.MustDial(t, addr)
				for {
					args := append([]string{"XREADGROUP", "GROUP", "g", fmt.Sprint(i), "COUNT", "3", "BLOCK", "0", "STREAMS"}, keys...)
					for range keys {
						args = append(args, ">")
					}
					r, err := testkit.Parse(testkit.Must(c.Do(args...))(t))
					if err != nil || r.Type == '-' {
						return // the group is gone
					}
					mu.Lock()
					for _, one := range r.Elems {
						for _, e := range one.Elems[1].Elems {
							shared[one.Elems[0].Text+" "+e.Elems[0].Text]++
						}
					}
					mu.Unlock()
				}
			})
		}
		var writers sync.WaitGroup
		for i, key := range keys {
			writers.Go(func() {
				c := testkit.MustDial(t, addr)
				for n := range entries {
					do(t, c, bulk(fmt.Sprintf("1-%d", n+1)), fmt.Sprintf("XADD %s 1-%d f %d", key, n+1, i))
				}
			})
		}
		writers.Wait()
		Eventually(func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(shared)
		}).Should(Equal(streams * entries))
		do(t, c, ":1\r\n", "XGROUP DESTROY "+keys[0]+" g")
		all.Wait()
		for id, n := range shared {
			if n != 1 {
				t.Errorf("%s was given %d times", id, n)
			}
		}
	})
})

// readAll reads streams to an end by waiting for what comes behind what it has.
func readAll(t testing.TB, addr string, keys []string, entries int) {
	c := testkit.MustDial(t, addr)
	have := make([]int, len(keys))
	for left := len(keys) * entries; left > 0; {
		args := append([]string{"XREAD", "BLOCK", "0", "STREAMS"}, keys...)
		for _, n := range have {
			args = append(args, fmt.Sprintf("1-%d", n))
		}
		r, err := testkit.Parse(testkit.Must(c.Do(args...))(t))
		if err != nil || len(r.Elems) == 0 {
			t.Errorf("%v: %+v", err, r)
			return
		}
		for _, one := range r.Elems {
			var i int
			_, _ = fmt.Sscanf(one.Elems[0].Text, "s%d", &i)
			for _, e := range one.Elems[1].Elems {
				have[i]++
				left--
				if want := fmt.Sprintf("1-%d", have[i]); e.Elems[0].Text != want {
					t.Errorf("%s of %s, want %s", e.Elems[0].Text, one.Elems[0].Text, want)
					return
				}
			}
		}
	}
}
