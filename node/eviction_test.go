package node_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/call"
)

var policies = []string{"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}

func setting(t testing.TB, c *testkit.Client, args ...string) {
	t.Helper()
	c.Want(t, "+OK\r\n", append([]string{"CONFIG", "SET"}, args...)...)
}

// fieldOf is a number of INFO.
func fieldOf(t *testing.T, c *testkit.Client, name string) int {
	t.Helper()
	n, err := strconv.Atoi(infoField(t, c, name))
	if err != nil {
		t.Fatal(name, err)
	}
	return n
}

// Each policy keeps memory below the limit, takes no keys but those that it is for, and refuses writes when there are none.
func TestPoliciesTakeTheirOwn(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy, func(t *testing.T) {
			nodetest.EachMode(t, func(t *testing.T, addr string) {
				c := testkit.MustDial(t, addr)
				limit := fieldOf(t, c, "used_memory") + 600<<10
				setting(t, c, "maxmemory", strconv.Itoa(limit), "maxmemory-policy", policy)
				value := strings.Repeat("v", 500)
				for i := range 200 {
					c.Want(t, "+OK\r\n", "SET", fmt.Sprint("stays:", i), value)
				}
				for i := range 3000 {
					c.Want(t, "+OK\r\n", "SETEX", fmt.Sprint("goes:", i), strconv.Itoa(1000+i), value)
				}
				testkit.AwaitAtMost(t, addr, "used_memory", limit)
				if n := fieldOf(t, c, "evicted_keys"); n < 1500 {
					t.Errorf("only %d keys have gone", n)
				}
				if !strings.HasPrefix(policy, "volatile") {
					return
				}
				for i := range 200 {
					c.Want(t, ":1\r\n", "EXISTS", fmt.Sprint("stays:", i))
				}
				for i := 0; ; i++ { // until nothing can go any more
					if reply := string(testkit.Must(c.Do("SET", fmt.Sprint("more:", i), value))(t)); strings.HasPrefix(reply, "-") {
						if reply != "-OOM command not allowed when used memory > 'maxmemory'.\r\n" {
							t.Error(reply)
						}
						break
					} else if i > 3000 {
						t.Fatal("there is room without an end")
					}
				}
				c.Want(t, ":0\r\n", "EXISTS", "goes:2999")
				c.Want(t, ":200\r\n", append([]string{"DEL"}, names("stays:", 200)...)...)
				c.Want(t, "+OK\r\n", "SET", "again", value)
			})
		})
	}
}

func names(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, prefix+strconv.Itoa(i))
	}
	return all
}

// volatile-ttl takes what expires first, lfu what is seldom used, lru what was not used for long.
func TestTheWorstGoes(t *testing.T) {
	value := strings.Repeat("v", 400)
	for policy, prepare := range map[string]func(c *testkit.Client, key string, good bool){
		"volatile-ttl": func(c *testkit.Client, key string, good bool) {
			c.Want(t, "+OK\r\n", "SETEX", key, map[bool]string{true: "90000", false: "900"}[good], value)
		},
		"allkeys-lfu": func(c *testkit.Client, key string, good bool) {
			c.Want(t, "+OK\r\n", "SET", key, value)
			for range map[bool]int{true: 40, false: 0}[good] {
				testkit.Must(c.Do("GET", key))(t)
			}
		},
		"allkeys-lru": func(c *testkit.Client, key string, good bool) {
			c.Want(t, "+OK\r\n", "SET", "from", value)
			dump := testkit.Must(c.Do("DUMP", "from"))(t)
			_, body, _ := strings.Cut(string(dump), "\r\n")
			c.Want(t, "+OK\r\n", "RESTORE", key, "0", strings.TrimSuffix(body, "\r\n"), "REPLACE", "IDLETIME", map[bool]string{true: "10", false: "5000"}[good])
		},
	} {
		t.Run(policy, func(t *testing.T) {
			nodetest.EachMode(t, func(t *testing.T, addr string) {
				c := testkit.MustDial(t, addr)
				setting(t, c, "maxmemory-policy", policy)
				const each = 300
				for i := range each {
					prepare(c, fmt.Sprint("good:", i), true)
					prepare(c, fmt.Sprint("bad:", i), false)
				}
				setting(t, c, "maxmemory", strconv.Itoa(fieldOf(t, c, "used_memory")-each*200)) // half of the bad ones
				testkit.AwaitAtMost(t, addr, "used_memory", fieldOf(t, c, "maxmemory"))
				good := strings.TrimSpace(string(testkit.Must(c.Do(append([]string{"EXISTS"}, names("good:", each)...)...))(t)))
				bad := strings.TrimSpace(string(testkit.Must(c.Do(append([]string{"EXISTS"}, names("bad:", each)...)...))(t)))
				if n, _ := strconv.Atoi(good[1:]); n < each*99/100 {
					t.Errorf("%s good and %s bad ones are left of %d each", good, bad, each)
				}
			})
		})
	}
}

// Under writes at full speed by many clients memory is over the limit by no more than the largest command of each loop.
func TestTheLimitHolds(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "volatile-lfu", "allkeys-random", "volatile-ttl"} {
		for _, mode := range testkit.Modes() {
			t.Run(policy+" "+mode.Name, func(t *testing.T) {
				// Commands come one by one: what stands behind one that waits is held for its client, and counts when it comes.
				const limit, largest = 8 << 20, 20_000
				n := nodetest.StartNode(t, append(append([][2]string(nil), mode.Config...), [2]string{"maxmemory", strconv.Itoa(limit)}, [2]string{"maxmemory-policy", policy})...)
				var stop atomic.Bool
				var writers sync.WaitGroup
				for w := range 6 {
					writers.Go(func() {
						c := testkit.MustDial(t, n.Addr())
						r := rand.New(rand.NewPCG(uint64(w), 7))
						for !stop.Load() {
							value := strings.Repeat("v", r.IntN(largest))
							if _, err := c.Do("SET", strconv.Itoa(r.IntN(100_000)), value, "EX", strconv.Itoa(1000+r.IntN(10000))); err != nil {
								return
							}
						}
					})
				}
				c := testkit.MustDial(t, n.Addr())
				worst, deadline := int64(0), time.Now().Add(time.Minute)
				for evicted := 0; evicted < 1500 && time.Now().Before(deadline); evicted = fieldOf(t, c, "evicted_keys") {
					for range 1000 {
						used, _ := n.Memory.Used()
						worst = max(worst, used)
					}
				}
				stop.Store(true)
				writers.Wait()
				if over := worst - limit; over > 4*2*largest {
					t.Errorf("memory was over its limit by %d bytes", over)
				}
			})
		}
	}
}

// An evicted key leaves as any change does: a record, an event, who watches it, the origin; it is no change that a snapshot is due after.
func TestWhatEvictionLeaves(t *testing.T) {
	for lazy, verb := range map[string]string{"yes": "UNLINK", "no": "DEL"} {
		n := nodetest.StartNode(t, [2]string{"notify-keyspace-events", "Ee"}, [2]string{"lazyfree-lazy-eviction", lazy})
		c, listener := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
		testkit.Must(listener.Do("SUBSCRIBE", "__keyevent@0__:evicted"))(t)
		tape := nodetest.Record(n)
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		c.Want(t, "+OK\r\n", "WATCH", "k")
		dirty := infoField(t, c, "rdb_changes_since_last_save")
		setting(t, c, "maxmemory-policy", "allkeys-random", "maxmemory", "1")
		if got := string(testkit.Must(listener.Read())(t)); !strings.Contains(got, "evicted") || !strings.HasSuffix(got, "$1\r\nk\r\n") {
			t.Errorf("%q", got)
		}
		setting(t, c, "maxmemory", "0")
		if now := infoField(t, c, "rdb_changes_since_last_save"); now != dirty {
			t.Errorf("%s changes, before %s", now, dirty)
		}
		testkit.Must(c.Pipeline([]string{"MULTI"}, []string{"PING"}))(t)
		c.Want(t, "*-1\r\n", "EXEC")
		found := false
		for _, x := range tape.Commits() {
			for _, r := range x.Records {
				if string(r.Args[0]) == verb && string(r.Args[1]) == "k" {
					found = x.Origin == call.ByEviction && !r.Lapsed
				}
			}
		}
		if !found {
			t.Errorf("no %s by eviction", verb)
		}
		if got := fieldOf(t, c, "evicted_keys"); got != 1 {
			t.Errorf("%d keys were evicted", got)
		}
	}
}

// A value that does not fit is refused, and takes all that can go with it as in Valkey; reads and removals go on.
func TestWhatDoesNotFit(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		const oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
		setting(t, c, "maxmemory-policy", "allkeys-lru", "maxmemory", "3mb")
		c.Want(t, "+OK\r\n", "SET", "small", "v")
		c.Want(t, oom, "SET", "large", strings.Repeat("v", 4<<20))
		c.Want(t, "+OK\r\n", "SET", "small", "v")
		setting(t, c, "maxmemory", "1")
		testkit.Await(t, addr, "used_memory_dataset", "0")
		c.Want(t, oom, "SET", "small", "v")
		c.Want(t, "$-1\r\n", "GET", "small")
		c.Want(t, ":0\r\n", "DEL", "small")
		c.Want(t, oom, "EVAL", "#!lua\nreturn 1", "0")
		c.Want(t, ":1\r\n", "EVAL", "#!lua flags=no-writes\nreturn 1", "0")
		c.Want(t, "+OK\r\n", "EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET','k','v')", "1", "k")
		if got := string(testkit.Must(c.Do("EVAL", "return redis.pcall('SET','k','v')", "1", "k"))(t)); got != oom {
			t.Errorf("%q", got)
		}
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "GET", "k")
		c.Want(t, oom, "SET", "k", "v")
		c.Want(t, "-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
		setting(t, c, "maxmemory", "0")
		c.Want(t, "+OK\r\n", "MULTI")
		c.Want(t, "+QUEUED\r\n", "SET", "k", "v")
		other := testkit.MustDial(t, addr)
		setting(t, other, "maxmemory", "1")
		c.Want(t, "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.\r\n", "EXEC")
		setting(t, other, "maxmemory-policy", "noeviction", "maxmemory", "0")
		c.Want(t, "+OK\r\n", "SET", "k", "v")
	})
}

// Writers go on while the limit falls far below what is used, and it is reached.
func TestALimitThatFalls(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "maxmemory-policy", "allkeys-lru")
		c.Want(t, "+OK\r\n", "DEBUG", "POPULATE", "40000", "k", "200")
		var writer sync.WaitGroup
		var stop atomic.Bool
		written := 0
		writer.Go(func() {
			w := testkit.MustDial(t, addr)
			for ; !stop.Load(); written++ {
				w.Want(t, "+OK\r\n", "SET", fmt.Sprint("w", written), "v")
			}
		})
		limit := fieldOf(t, c, "used_memory") / 3
		setting(t, c, "maxmemory", strconv.Itoa(limit))
		testkit.AwaitAtMost(t, addr, "used_memory", limit)
		stop.Store(true)
		writer.Wait()
		if written == 0 || fieldOf(t, c, "evicted_keys") < 10_000 {
			t.Errorf("%d writes, %d keys have gone", written, fieldOf(t, c, "evicted_keys"))
		}
	})
}

// The account that admission reads is what INFO adds up, and comes back to where it was.
func TestTheAccountIsRight(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			n := nodetest.StartNode(t, append(append([][2]string(nil), mode.Config...), [2]string{"maxmemory", "1gb"})...)
			c := testkit.MustDial(t, n.Addr())
			check := func(when string) int {
				used := fieldOf(t, c, "used_memory")
				if _, told := n.Memory.Used(); told < int64(used)-20_000 || told > int64(used)+20_000 {
					t.Errorf("%s: %d bytes are used, %d are known", when, used, told)
				}
				return used
			}
			before := check("at first")
			for i := range 3000 {
				c.Want(t, ":1\r\n", "HSET", fmt.Sprint("h", i), "f", strings.Repeat("v", i%300))
				c.Want(t, "+OK\r\n", "SET", fmt.Sprint("s", i), strings.Repeat("v", i*20))
			}
			check("with data")
			others := make([]*testkit.Client, 20)
			for i := range others {
				others[i] = testkit.MustDial(t, n.Addr())
				testkit.Must(others[i].Pipeline([]string{"SUBSCRIBE", "c"}))(t)
			}
			check("with clients")
			for _, o := range others {
				_ = o.Close()
			}
			c.Want(t, "+OK\r\n", "FLUSHALL")
			testkit.AwaitAtMost(t, n.Addr(), "connected_clients", 2)
			testkit.AwaitAtMost(t, n.Addr(), "used_memory", before+20_000)
			check("in the end")
		})
	}
}

// Clients that take too much go, those of the heaviest class first; not those that may not.
func TestClientsThatTakeTooMuch(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		c.Want(t, "+OK\r\n", "CLIENT", "NO-EVICT", "ON")
		held := make([]*testkit.Client, 9)
		for i := range held {
			held[i] = testkit.MustDial(t, addr)
			c := held[i]
			c.Want(t, "+OK\r\n", "CLIENT", "SETNAME", fmt.Sprint("size", i%3))
			if i == 0 {
				c.Want(t, "+OK\r\n", "CLIENT", "NO-EVICT", "ON")
			}
			c.Want(t, "+OK\r\n", "MULTI")
			c.Want(t, "+QUEUED\r\n", "SET", "k", strings.Repeat("v", 300_000<<(2-i%3)))
		}
		left := func(size int) int {
			return strings.Count(string(testkit.Must(c.Do("CLIENT", "LIST"))(t)), fmt.Sprint("name=size", size, " "))
		}
		for i := range 3 {
			if left(i) != 3 {
				t.Fatal("clients have gone for nothing")
			}
		}
		setting(t, c, "maxmemory-clients", "5600000") // of 6300000
		testkit.AwaitCount(t, addr, "evicted_clients", 1)
		if n := left(0); n != 2 && n != 1 || left(1) != 3 || left(2) != 3 { // two loops may each find one at the same moment
			t.Errorf("%d, %d, %d are left", left(0), left(1), left(2))
		}
		setting(t, c, "maxmemory-clients", "1350000")
		testkit.Await(t, addr, "evicted_clients", "8")
		if left(0) != 1 || left(1)+left(2) != 0 {
			t.Errorf("%d, %d, %d are left", left(0), left(1), left(2))
		}
		held[0].Want(t, "+OK\r\n", "DISCARD")
		held[0].Want(t, "+PONG\r\n", "PING")
	})
}
