package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// holed starts a server of one shard that has removed seven of eight keys and would compact at once if it were told to.
func holed(t *testing.T, args ...string) *running {
	t.Helper()
	s := start(t, append([]string{"--shards", "1", "--active-defrag-ignore-bytes", "1", "--active-defrag-threshold-lower", "1"}, args...)...)
	s.want("+OK\r\n", "DEBUG", "POPULATE", "200000", "k", "80")
	s.want("$-1\r\n", "EVAL", "for i = 0, 199999 do if i % 8 ~= 0 then redis.call('unlink', 'k:' .. i) end end", "0")
	await(t, "holes", func() bool { return s.number("allocator_frag_bytes") > 10<<20 }) // INFO tells what the last chores saw
	return s
}

func (s *running) number(field string) int {
	n, _ := strconv.Atoi(testkit.InfoField(s.info("everything"), field))
	return n
}

// effort switches compaction on and tells the most that it was allowed to take, in per cent of a core.
func (s *running) effort() (most int) {
	s.set("activedefrag", "yes")
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
		now := s.number("active_defrag_running")
		if most = max(most, now); most > 0 && now == 0 {
			break
		}
	}
	return most
}

func compaction(t *testing.T) {
	s := holed(t)
	before := s.number("allocator_frag_bytes")
	s.set("activedefrag", "yes")
	await(t, "fewer holes", func() bool { return s.number("allocator_frag_bytes") < before/4 })
}

// compactsWith shows that a parameter with one value keeps compaction from working, and with another does not.
func compactsWith(name, never, soon string) func(t *testing.T) {
	return func(t *testing.T) {
		s := holed(t, "--"+name, never)
		s.set("activedefrag", "yes")
		time.Sleep(700 * time.Millisecond)
		if n := s.number("active_defrag_hits"); n != 0 {
			t.Errorf("%s %s: %d objects were moved", name, never, n)
		}
		s.set(name, soon)
		await(t, "moved objects", func() bool { return s.number("active_defrag_hits") > 0 })
	}
}

// compactsAtMost shows that compaction may take so much of a core with these parameters.
func compactsAtMost(percent int, args ...string) func(t *testing.T) {
	return func(t *testing.T) {
		if n := holed(t, args...).effort(); n != percent {
			t.Errorf("%v: %d per cent of a core", args, n)
		}
	}
}

// compactionSlice shows that a slice is as long as it may be: a long one is an event.
func compactionSlice(t *testing.T) {
	for _, us := range []string{"100000", "200"} {
		s := holed(t, "--latency-monitor-threshold", "2", "--active-defrag-cycle-us", us, "--active-defrag-cycle-min", "90", "--active-defrag-cycle-max", "90")
		s.effort()
		if long := strings.Contains(s.do("LATENCY", "LATEST"), "active-defrag-cycle"); long != (us == "100000") {
			t.Errorf("%s µs: a slice of 2 ms: %v", us, long)
		}
	}
}

func importing(t *testing.T) {
	s := start(t)
	s.set("import-mode", "yes")
	s.want("+OK\r\n", "SET", "k", "v", "PXAT", "1")
	s.want(":1\r\n", "DBSIZE")
	s.set("import-mode", "no")
	await(t, "the end of what has expired", func() bool { return s.do("DBSIZE") == ":0\r\n" })
}
