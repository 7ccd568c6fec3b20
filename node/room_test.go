package node_test

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A large command that waits for room is looked at again and again, and not copied each time.
func TestLargeCommandsWaitInOnePlace(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		c.Want(t, "+OK\r\n", "DEBUG", "POPULATE", "300000", "key", "100")
		setting(t, c, "maxmemory", strconv.Itoa(fieldOf(t, c, "used_memory")), "maxmemory-policy", "allkeys-random")
		large := strings.Repeat("x", 8<<20)
		before := allocated()
		c.Want(t, "+OK\r\n", "SET", "large", large)
		if n := allocated() - before; n > 20*len(large) { // the client's own, the growth of buffers, and what goes on beside it
			t.Errorf("%d MiB were allocated for a value of %d", n>>20, len(large)>>20)
		}
		if n := fieldOf(t, c, "evicted_keys"); n < 10_000 {
			t.Errorf("only %d keys have gone", n)
		}
	})
}

func allocated() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.TotalAlloc)
}

// Near the limit of the process scripts write no more than commands do, whatever keys may go: neither one that begins then nor one that is running.
func TestFullProcessRefusesScripts(t *testing.T) {
	ballast := bytes.Repeat([]byte{1}, 100<<20) // the process takes more than the least limit
	defer runtime.KeepAlive(ballast)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		const oom = "-OOM command not allowed when used memory > 'maxmemory'."
		c, other := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		setting(t, c, "maxmemory-policy", "allkeys-lru", "busy-reply-threshold", "100000")
		if err := c.Send(testkit.Command("EVAL", "while true do local r = redis.pcall('SET', KEYS[1], 'x') if r.err then return r.err end end", "1", "k")); err != nil {
			t.Fatal(err)
		}
		testkit.Await(t, addr, "scripts_running", "1")
		setting(t, other, "process-memory-limit", "64mb")
		if reply := string(testkit.Must(c.Read())(t)); !strings.Contains(reply, "OOM command not allowed") {
			t.Error(reply)
		}
		if reply := string(testkit.Must(c.Do("EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "k"))(t)); !strings.HasPrefix(reply, oom) {
			t.Error(reply)
		}
		c.Want(t, ":0\r\n", "EVAL", "redis.call('GET', KEYS[1]) return 0", "1", "k")
		c.Want(t, oom+"\r\n", "SET", "k", "y")
		setting(t, c, "process-memory-limit", "0")
		c.Want(t, "+OK\r\n", "EVAL", "return redis.call('SET', KEYS[1], 'y')", "1", "k")
	})
}

// What waits for the log of commands, and what tables of client-side caching take, counts at once.
func TestWhatIsRememberedCounts(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		setting(t, c, "commandlog-execution-slower-than", "0", "commandlog-slow-execution-max-len", "100000")
		before := fieldOf(t, c, "used_memory")
		arg := strings.Repeat("a", 100)
		for range 50 {
			var all [][]string
			for range 100 {
				all = append(all, []string{"ECHO", arg}, []string{"EXISTS", arg, arg, arg, arg, arg})
			}
			if _, err := c.Pipeline(all...); err != nil {
				t.Fatal(err)
			}
		}
		if n := fieldOf(t, c, "used_memory") - before; n < 50*100*600 {
			t.Errorf("10 000 entries of the log take %d bytes", n)
		}
		c.Want(t, "+OK\r\n", "COMMANDLOG", "RESET", "slow")
		setting(t, c, "commandlog-execution-slower-than", "-1")
		if n := fieldOf(t, c, "used_memory") - before; n > 1<<20 {
			t.Errorf("%d bytes are left of it", n)
		}
	})
}
