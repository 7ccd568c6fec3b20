package script_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestUndo: a script that comes to an undeclared key starts again, and nothing that it
// did before is seen twice.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("starts again when it comes to an undeclared key, and nothing is seen twice", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		large := strings.Repeat("x", 100<<10)
		c.Want(t, "+OK\r\n", "MSET", "n", "1", "s", "abc", "large", large, "middle", large[:30<<10])
		c.Want(t, ":3\r\n", "RPUSH", "l", "1", "b", large[:9000])
		c.Want(t, ":1\r\n", "EXPIRE", "s", "1000")
		for round := range 2 { // the second time the script is known for what it does
			script := fmt.Sprintf(`
				local other = 'undeclared' .. %d
				redis.call('INCR', KEYS[1])
				redis.call('SET', KEYS[2], 'new')
				redis.call('LPOP', KEYS[3])
				redis.call('RPUSH', KEYS[3], 'again')
				redis.call('DEL', KEYS[4])
				redis.call('SET', KEYS[5], 'made')
				local random = math.random(2147483647)
				local ok, err = pcall(redis.call, 'INCR', other)
				redis.pcall('INCR', 'second' .. other)
				redis.call('RPUSH', 'log', random)
				return {redis.call('GET', KEYS[1]), redis.call('LLEN', KEYS[3]), redis.call('INCR', other), tostring(ok)}`, round)
			c.Want(t, "+OK\r\n", "MSET", "n", "1", "middle", large[:30<<10])
			c.Want(t, "*4\r\n$1\r\n2\r\n:3\r\n:2\r\n$4\r\ntrue\r\n", "EVAL", script, "5", "n", "s", "l", "middle", "made")
		}
		c.Want(t, "*2\r\n$5\r\nagain\r\n$5\r\nagain\r\n", "LRANGE", "l", "1", "-1")
		c.Want(t, "$3\r\nnew\r\n", "GET", "s")
		c.Want(t, "*2\r\n$1\r\n1\r\n$1\r\n1\r\n", "MGET", "secondundeclared0", "secondundeclared1")
		reply, _ := testkit.Parse(testkit.Must(c.Do("LRANGE", "log", "0", "-1"))(t))
		if len(reply.Elems) != 2 || reply.Elems[0].Text == reply.Elems[1].Text {
			t.Errorf("random numbers are the same each time: %q", reply.Raw)
		}
	})
})

// TestTooMuchToUndo: values beyond what is kept for taking back are written all the same.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("writes also what is too much to be taken back", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		large := strings.Repeat("x", 100<<10)
		c.Want(t, "+OK\r\n", "SET", "{a}large", large)
		c.Want(t, ":1\r\n", "EVAL", "redis.call('DEL', KEYS[1]) redis.call('INCR', KEYS[2]) return redis.call('INCR', 'b')", "2", "{a}large", "{a}n")
		c.Want(t, "*2\r\n$-1\r\n$1\r\n1\r\n", "MGET", "{a}large", "{a}n")
		c.Want(t, ":3000\r\n", "EVAL", `
			local n = 0
			for i = 1, 3000 do redis.call('SET', '{k}' .. i, ARGV[1]) n = n + redis.call('EXISTS', '{k}' .. i) end
			redis.call('SET', 'elsewhere', 1)
			return n`, "1", "{k}0", large[:1000])
		c.Want(t, ":3003\r\n", "DBSIZE")
	})
})

// TestTime: time stands still for a script and for a transaction, and chance does not.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("sees one time and draws numbers of its own", func() {
		s.Want("$1\r\n1\r\n", "EVAL", `
			local a = redis.call('TIME')
			for i = 1, 100000 do end
			local b = redis.call('TIME')
			return tostring(a[1] == b[1] and a[2] == b[2] and 1)`, "0")
		for _, args := range [][]string{{"MULTI"}, {"TIME"}, {"DEBUG", "SLEEP", "0.002"}, {"EVAL", "return redis.call('TIME')", "0"}} {
			s.Do(args...)
		}
		r, _ := testkit.Parse([]byte(s.Do("EXEC")))
		if len(r.Elems) != 3 || len(r.Elems[0].Raw) == 0 || r.Elems[0].Raw != r.Elems[2].Raw {
			Fail(r.Raw)
		}
		const draw = "return math.random(2147483647)"
		if first := s.Do("EVAL", draw, "0"); first == s.Do("EVAL", draw, "0") {
			Fail("the same number twice: " + first)
		}
		const seeded = "math.randomseed(5) " + draw
		s.Want(s.Do("EVAL", seeded, "0"), "EVAL", seeded, "0")
	})
})

// TestInTransaction: scripts in a transaction touch what they like.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("touches what it likes in a transaction", func() {
		t, addr := GinkgoTB(), s.Addr
		c := testkit.MustDial(t, addr)
		replies := testkit.Must(c.Pipeline([]string{"MULTI"}, []string{"INCR", "a"},
			[]string{"EVAL", "redis.call('INCR','b') return redis.call('INCR','a')", "0"}, []string{"INCR", "b"}, []string{"EXEC"}))(t)
		if have := string(replies[4]); have != "*3\r\n:1\r\n:2\r\n:2\r\n" {
			t.Errorf("%q", have)
		}
	})
})

// TestBusyAndKill: an endless script makes the server busy until it is killed.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("makes the server busy until it is killed", func() {
		t, addr := GinkgoTB(), s.Addr
		c, other := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		c.Want(t, "-NOTBUSY No scripts in execution right now.\r\n", "SCRIPT", "KILL")
		queue := testkit.MustDial(t, addr)
		queue.Want(t, "+OK\r\n", "WATCH", "a", "w")
		queue.Want(t, "+OK\r\n", "MULTI")
		queue.Want(t, "+QUEUED\r\n", "INCR", "b")
		const endless = "while true do pcall(function() while true do end end) end"
		replies := run(t, addr, endless, "1", "a")
		waiting := send(t, other, "GET", "a") // it waits for the token that the script holds
		const busy = "-BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
		if have := <-waiting; have != busy {
			t.Errorf("%q", have)
		}
		c.Want(t, busy, "GET", "b")
		queue.Want(t, "-EXECABORT Transaction discarded because of: "+busy[1:], "EXEC")
		c.Want(t, "+OK\r\n", "SCRIPT", "KILL")
		if have := <-replies; !strings.HasPrefix(have, "-ERR Script killed by user with SCRIPT KILL. script: ") {
			t.Errorf("%q", have)
		}
		c.Want(t, "$-1\r\n", "GET", "a")
		queue.Want(t, "$-1\r\n", "GET", "b")
		c.Want(t, "+OK\r\n", "SET", "a", "1")
		c.Want(t, ":1\r\n", "EVAL", "return 1", "0")
	})
}, [2]string{"busy-reply-threshold", "500"})

// Time goes on for a script that makes the server busy: it may wait for a while to pass.
var _ = nodetest.Describe("a script", func(s *nodetest.Server) {
	It("sees time go on once it makes the server busy", func() {
		s.Want(":1\r\n", "EVAL", `
			local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
			local begin = now()
			while now() - begin < 200 do end
			return 1`, "0")
	})
}, [2]string{"busy-reply-threshold", "100"})

// TestUnkillable: a script that has written is not killed, but the server can be stopped.
func TestUnkillable(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"busy-reply-threshold", "500"})
	c := testkit.MustDial(t, addr)
	run(t, addr, "redis.call('SET', KEYS[1], 1) while true do end", "1", "a")
	if have := string(testkit.Must(c.Do("GET", "a"))(t)); !strings.HasPrefix(have, "-BUSY ") {
		t.Errorf("%q", have)
	}
	if have := string(testkit.Must(c.Do("SCRIPT", "KILL"))(t)); !strings.HasPrefix(have, "-UNKILLABLE ") {
		t.Errorf("%q", have)
	}
}

// TestFlood: scripts of many clients over many keys, declared or not, count right.
var _ = nodetest.Describe("scripts", func(s *nodetest.Server) {
	It("of many clients, with keys declared or not, count right", func() {
		t, addr := GinkgoTB(), s.Addr
		const clients, rounds = 8, 40
		var wg sync.WaitGroup
		for n := range clients {
			c := testkit.MustDial(t, addr)
			wg.Go(func() {
				for i := range rounds {
					k := fmt.Sprint("k", (n+i)%5)
					if i%2 == 0 {
						_, _ = c.Do("EVAL", "redis.call('INCR', KEYS[1]) redis.call('INCR', 'sum') return 1", "1", k)
					} else {
						_, _ = c.Do("EVAL", "redis.call('INCR', KEYS[1]) redis.call('INCR', KEYS[2]) return 2", "2", k, "sum")
					}
				}
			})
		}
		wg.Wait()
		c := testkit.MustDial(t, addr)
		c.Want(t, fmt.Sprintf("$3\r\n%d\r\n", clients*rounds), "GET", "sum")
		c.Want(t, fmt.Sprintf(":%d\r\n", clients*rounds), "EVAL", "local n = 0 for i = 0, 4 do n = n + redis.call('GET', 'k' .. i) end return n", "0")
	})
})

// TestCache: scripts by SCRIPT LOAD stay, those by EVAL are bounded in number.
func TestCache(t *testing.T) {
	addr := nodetest.Start(t)
	c := testkit.MustDial(t, addr)
	const sum = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db" // of "return 1"
	c.Want(t, "-NOSCRIPT No matching script.\r\n", "EVALSHA", sum, "0")
	c.Want(t, "$40\r\n"+sum+"\r\n", "SCRIPT", "LOAD", "return 1")
	for i := range 600 {
		c.Want(t, fmt.Sprintf(":%d\r\n", i+2), "EVAL", fmt.Sprintf("return %d", i+2), "0")
	}
	c.Want(t, ":1\r\n", "EVALSHA", strings.ToUpper(sum), "0")
	oldest, newest := sha1.Sum([]byte("return 2")), sha1.Sum([]byte("return 600"))
	c.Want(t, "*4\r\n:1\r\n:0\r\n:1\r\n:0\r\n", "SCRIPT", "EXISTS", sum, hex.EncodeToString(oldest[:]), hex.EncodeToString(newest[:]), "x")
	c.Want(t, "$8\r\nreturn 1\r\n", "SCRIPT", "SHOW", sum)
	if help := string(testkit.Must(c.Do("SCRIPT", "HELP"))(t)); !strings.Contains(help, "+LOAD <script>\r\n") || !strings.HasSuffix(help, "+    Print this help.\r\n") {
		t.Errorf("%q", help)
	}
	c.Want(t, "-ERR wrong number of arguments for 'script|help' command\r\n", "SCRIPT", "HELP", "x")
	c.Want(t, "+OK\r\n", "SCRIPT", "FLUSH")
	c.Want(t, "*1\r\n:0\r\n", "SCRIPT", "EXISTS", sum)
	c.Want(t, "-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n", "SCRIPT", "FLUSH", "x")
}

// TestMemory: scripts count for what they take, and only so many of EVAL are kept.
func TestMemory(t *testing.T) {
	addr := nodetest.Start(t)
	c := testkit.MustDial(t, addr)
	figures := func() (all []int) {
		info := string(testkit.Must(c.Do("INFO", "everything"))(t))
		for _, name := range []string{"used_memory", "used_memory_overhead", "used_memory_scripts_eval", "used_memory_vm_eval", "evicted_scripts", "number_of_cached_scripts"} {
			_, rest, _ := strings.Cut(info, "\n"+name+":")
			var n int
			if _, err := fmt.Sscan(rest, &n); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all = append(all, n)
		}
		return all
	}
	before := figures()
	const scripts, size = 100, 100 << 10
	for i := range scripts {
		testkit.Must(c.Do("SCRIPT", "LOAD", fmt.Sprintf("return '%0*d'", size, i)))(t)
	}
	loaded := figures()
	for i := range 4 {
		if grown := loaded[i] - before[i]; grown < scripts*size || grown > scripts*size*11/10 {
			t.Errorf("figure %d grew by %d", i, grown)
		}
	}
	for i := range 700 {
		testkit.Must(c.Do("EVAL", fmt.Sprintf("local a = %d return a", i), "0"))(t)
	}
	if now := figures(); now[4] != 200 || now[5] != scripts+500 {
		t.Errorf("%d evicted, %d kept", now[4], now[5])
	}
	c.Want(t, "+OK\r\n", "SCRIPT", "FLUSH")
	for i, now := range figures()[:4] {
		if now > before[i]+64<<10 {
			t.Errorf("figure %d: %d, was %d", i, now, before[i])
		}
	}
}

func TestReadOnly(t *testing.T) {
	addr := nodetest.Start(t)
	c := testkit.MustDial(t, addr)
	c.Want(t, "$-1\r\n", "EVAL_RO", "return redis.call('GET', KEYS[1])", "1", "a")
	for _, args := range [][]string{{"EVAL_RO", "return redis.call('SET', KEYS[1], 1)", "1", "a"},
		{"EVAL", "#!lua flags=no-writes\nreturn redis.call('SET', KEYS[1], 1)", "1", "a"}} {
		have := string(testkit.Must(c.Do(args...))(t))
		if !strings.HasPrefix(have, "-ERR Write commands are not allowed from read-only scripts. script: ") {
			t.Errorf("%q: %q", args, have)
		}
	}
	c.Want(t, "-ERR Could not find scripting engine 'python'\r\n", "EVAL", "#!python\nreturn 1", "0")
	c.Want(t, "-ERR Unexpected flag in script shebang: x\r\n", "EVAL", "#!lua flags=x\nreturn 1", "0")
	c.Want(t, "-ERR Number of keys can't be greater than number of args\r\n", "EVAL", "return 1", "1")
	c.Want(t, "-ERR Number of keys can't be negative\r\n", "EVAL", "return 1", "-1")
	c.Want(t, "-ERR value is not an integer or out of range\r\n", "EVAL", "return 1", "x")
}

// run runs an endless script, and returns when it runs.
func run(t testing.TB, addr string, script string, args ...string) chan string {
	t.Helper()
	replies := send(t, testkit.MustDial(t, addr), append([]string{"EVAL", script}, args...)...)
	testkit.Await(t, addr, "scripts_running", "1")
	return replies
}

func send(t testing.TB, c *testkit.Client, args ...string) chan string {
	t.Helper()
	replies := make(chan string, 1)
	go func() {
		reply, _ := c.Do(args...)
		replies <- string(reply)
	}()
	return replies
}
