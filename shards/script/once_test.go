package script_test

import (
	"fmt"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// What a script does is told once, also if it starts again because it comes to an undeclared key.
var _ = nodetest.Describe("a script that starts again", func(s *nodetest.Server) {
	It("is counted once in all it does", func() {
		t := GinkgoTB()
		addr := s.Addr
		c := testkit.MustDial(t, addr)
		ask := func(args ...string) string { return string(testkit.Must(c.Do(args...))(t)) }
		ask("MSET", "here", "1", "there", "x")
		ask("CONFIG", "SET", "slowlog-log-slower-than", "0")
		const rounds = 20
		calls := regexp.MustCompile(`cmdstat_(\w+):calls=(\d+),.*?rejected_calls=(\d+),failed_calls=(\d+)`)
		for round := range rounds {
			ask("CONFIG", "RESETSTAT")
			ask("SLOWLOG", "RESET")
			const script = `
				redis.call('GET', KEYS[1]) redis.call('GET', 'missing{' .. KEYS[1] .. '}')
				redis.call('PING') redis.call('ECHO', 'x') redis.call('INCR', KEYS[1])
				redis.pcall('LPUSH', KEYS[1], 1) redis.pcall('SUBSCRIBE', 'x') redis.pcall('GET')
				for i = 1, 50 do redis.call('GET', ARGV[1] .. i) end
				return redis.pcall('LPUSH', ARGV[2], 1)`
			s.Want("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", "EVAL", fmt.Sprintf("-- %d\n%s", round, script), "1", "here", "other", "there")
			var told []string
			for _, m := range calls.FindAllStringSubmatch(ask("INFO", "commandstats"), -1) {
				switch m[1] {
				case "get", "ping", "echo", "incr", "lpush", "subscribe":
					told = append(told, strings.Join(m[1:], " "))
				}
			}
			info := ask("INFO", "everything")
			for _, name := range []string{"keyspace_hits", "keyspace_misses", "total_error_replies", "errorstat_WRONGTYPE", "errorstat_ERR"} {
				told = append(told, regexp.MustCompile(name+`:[^\r]*`).FindString(info))
			}
			log, _ := testkit.Parse([]byte(ask("SLOWLOG", "GET", "-1")))
			entries := map[string]int{}
			for _, e := range log.Elems {
				entries[e.Elems[3].Elems[0].Text]++
			}
			told = append(told, fmt.Sprint(entries["GET"], entries["INCR"], entries["LPUSH"]))
			const want = "echo 1 0 0, get 52 1 0, incr 1 0 0, lpush 2 0 2, ping 1 0 0, subscribe 0 1 0, " +
				"keyspace_hits:1, keyspace_misses:51, total_error_replies:4, errorstat_WRONGTYPE:count=2, errorstat_ERR:count=2, 52 1 2"
			if have := strings.Join(told, ", "); have != want {
				t.Fatalf("round %d:\n%s, not\n%s", round, have, want)
			}
		}
	})

	It("has what is due expire once", func() {
		t := GinkgoTB()
		c, listener := testkit.MustDial(t, s.Addr), testkit.MustDial(t, s.Addr)
		ask := func(args ...string) string { return string(testkit.Must(c.Do(args...))(t)) }
		ask("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		ask("CONFIG", "SET", "notify-keyspace-events", "KEA")
		testkit.Must(listener.Do("PSUBSCRIBE", "__keyevent@0__:*"))(t)
		for round, one := range []struct {
			setup, script string
			event, count  string
		}{
			{"SET here x PX 1", "redis.call('SET', KEYS[1], 'y')", "expired", "expired_keys"},
			{"SET here x PX 1", "redis.call('GET', KEYS[1])", "expired", "expired_keys"},
			{"SET here x PX 1", "redis.call('SADD', KEYS[1], 'y') redis.call('DEL', KEYS[1])", "expired", "expired_keys"},
			{"SET here x", "redis.call('PEXPIREAT', KEYS[1], 1)", "expired", "expired_keys"},
			{"HSETEX here PX 1 FIELDS 1 f v", "redis.call('HSET', KEYS[1], 'f', 'v')", "hexpired", "expired_fields"},
		} {
			ask("SET", "there", "x")
			ask("DEL", "here")
			ask("CONFIG", "RESETSTAT")
			ask(strings.Fields(one.setup)...)
			ask("DEBUG", "SLEEP", "0.005")
			script := fmt.Sprintf("-- %d\n%s\nfor i = 1, 50 do redis.call('GET', ARGV[1] .. i) end return redis.call('GET', ARGV[1])", round, one.script)
			s.Want("$1\r\nx\r\n", "EVAL", script, "1", "here", "there")
			ask("SET", "end", "")
			events := 0
			for {
				m, _ := testkit.Parse(testkit.Must(listener.Read())(t))
				if m.Elems[3].Text == "end" {
					break
				}
				if m.Elems[2].Text == "__keyevent@0__:"+one.event {
					events++
				}
			}
			have := regexp.MustCompile("\n" + one.count + `:[^\r]*`).FindString(ask("INFO", "stats"))
			if have != "\n"+one.count+":1" || events != 1 {
				t.Errorf("%s: %d events, %q", one.script, events, have)
			}
		}
	})
})
