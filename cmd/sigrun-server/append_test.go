package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// What the parameters about the append-only file do.

// appendFile is the file of that end in the folder of the append-only file, "" if there is none.
func (s *running) appendFile(end string) string {
	names, _ := filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*"+end))
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// killed ends a server as a loss of power of the process would.
func (s *running) killed() {
	s.t.Helper()
	_ = s.Process.Kill()
	_ = s.Wait()
}

func appends(t *testing.T) {
	s := start(t, "--appendonly", "yes")
	s.want("+OK\r\n", "SET", "k", "v")
	s.killed()
	s = s.again("--appendonly", "yes")
	s.want("$1\r\nv\r\n", "GET", "k")
	s.set("appendonly", "no")
	s.want("+OK\r\n", "SET", "k", "not in the file")
	s.killed()
	s = s.again("--appendonly", "yes")
	s.want("$1\r\nv\r\n", "GET", "k")
}

func appendNames(t *testing.T) {
	s := start(t, "--appendonly", "yes", "--appendfilename", "some.log", "--appenddirname", "there")
	if text := read(filepath.Join(s.dir, "there", "some.log.manifest")); !strings.Contains(text, "file some.log.1.incr.aof seq 1 type i") {
		t.Errorf("%q", text)
	}
}

func rewritesItself(t *testing.T) {
	s := start(t, "--appendonly", "yes", "--auto-aof-rewrite-min-size", "2kb", "--auto-aof-rewrite-percentage", "1")
	s.want("+OK\r\n", "SET", "k", strings.Repeat("x", 4000))
	await(t, "a rewrite", func() bool { return rewritten(s.info("persistence")) })
}

func loadsTruncated(t *testing.T) {
	s := start(t, "--appendonly", "yes")
	s.want("+OK\r\n", "SET", "k", "v")
	s.want("+OK\r\n", "SET", "l", "w")
	s.killed()
	name := s.appendFile(".incr.aof")
	if err := os.Truncate(name, int64(len(read(name))-3)); err != nil {
		t.Fatal(err)
	}
	p := server(t, filepath.Join(s.dir, "a.conf"), "--appendonly", "yes", "--aof-load-truncated", "no")
	if p.Run() == nil || !strings.Contains(s.said(), "Unexpected end of file reading the append only file") {
		t.Error(s.said())
	}
	s = s.again("--appendonly", "yes")
	s.want("$1\r\nv\r\n", "GET", "k")
	s.want("$-1\r\n", "GET", "l")
}

func appendForm(t *testing.T) {
	s := start(t, "--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes", "--aof-disable-auto-gc", "yes")
	first := s.appendFile(".1.incr.aof")
	s.want("+OK\r\n", "SET", "k", "v")
	if text := read(first); !strings.HasPrefix(text, "#TS:") || !strings.Contains(text, "SET") {
		t.Errorf("%q", text)
	}
	s.want("+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	await(t, "a rewrite", func() bool { return rewritten(s.info("persistence")) })
	if text := read(s.appendFile(".2.base.aof")); !strings.Contains(text, "$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n") {
		t.Errorf("%q", text)
	}
	if read(first) == "" {
		t.Error("a file that is to stay is gone")
	}
}

// TestKilled kills servers in the middle of everything: under every policy what was answered is there afterwards, and no transaction or script is there by half.
// CRASH_ROUNDS says how often, CRASH_POLICIES under which ones (make crash).
func TestKilled(t *testing.T) {
	policies := strings.Fields(cmp.Or(os.Getenv("CRASH_POLICIES"), "everysec always no"))
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("CRASH_ROUNDS"), "10"))
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range policies {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			args := []string{"--appendonly", "yes", "--appendfsync", policy, "--auto-aof-rewrite-min-size", "50kb", "--io-threads", "3", "--ignition", "forced", "--ignition-workers", "2"}
			s := start(t, args...)
			var answered [6]atomic.Int64
			for round := range rounds + 1 {
				total := int64(0)
				for i := range answered {
					s.checkCounters(i, answered[i].Load(), round)
					total += answered[i].Load()
				}
				if round%50 == 0 || round == rounds {
					t.Logf("%s: killed %d times, %d transactions and scripts were answered", policy, round, total)
				}
				if round < rounds {
					s.countUntilKilled(&answered)
					s = s.again(args...)
				}
			}
		})
	}
}

// checkCounters looks at the counters of a client: no lower than what was answered, and equal.
func (s *running) checkCounters(i int, answered int64, round int) {
	s.t.Helper()
	c := s.dial()
	defer c.Close()
	values := testkit.Must(c.Pipeline([]string{"GET", fmt.Sprint("n", i)}, []string{"GET", fmt.Sprint("m", i)}))(s.t)
	v, _ := testkit.Parse(values[0])
	if n, _ := strconv.ParseInt(v.Text, 10, 64); n < answered || string(values[0]) != string(values[1]) {
		s.t.Errorf("round %d, client %d: %q, answered %d", round, i, values, answered)
	}
}

// countUntilKilled has clients count two keys up, in transactions and scripts, until the server is killed beside a rewrite.
func (s *running) countUntilKilled(answered *[6]atomic.Int64) {
	var clients sync.WaitGroup
	for i := range answered {
		n, m := fmt.Sprint("n", i), fmt.Sprint("m", i)
		c := s.dial()
		clients.Go(func() {
			for {
				var replies [][]byte
				var err error
				if i%2 == 0 {
					replies, err = c.Pipeline([]string{"MULTI"}, []string{"INCR", n}, []string{"INCR", m}, []string{"EXEC"})
				} else {
					replies, err = c.Pipeline([]string{"EVAL", "return {redis.call('incr', KEYS[1]), redis.call('incr', KEYS[2])}", "2", n, m})
				}
				if err != nil {
					return
				}
				if v, _ := testkit.Parse(replies[len(replies)-1]); len(v.Elems) == 2 {
					done, _ := strconv.ParseInt(v.Elems[0].Text, 10, 64)
					answered[i].Store(done)
				}
			}
		})
	}
	time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond) // any moment will do
	_ = s.dial().Send(testkit.Command("BGREWRITEAOF"))
	time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
	s.killed()
	clients.Wait()
}

// rewritten reports whether a rewrite has begun, and none is under way.
func rewritten(info string) bool {
	return testkit.InfoField(info, "aof_rewrites") != "0" && testkit.InfoField(info, "aof_rewrite_in_progress") == "0"
}
