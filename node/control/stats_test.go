package control_test

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("statistics of commands", func(s *nodetest.Server) {
	stat := func(section, field string) string {
		return testkit.InfoField(s.Do("INFO", section), field)
	}
	calls := func(n, rejected, failed int) string {
		return fmt.Sprintf(`^calls=%d,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=%d,failed_calls=%d$`, n, rejected, failed)
	}
	cmd := func(name string) string { return stat("commandstats", "cmdstat_"+name) }

	It("adds up what is executed, in scripts and transactions too, but not what is queued or refused", func() {
		for _, x := range []struct {
			sent  string
			count string // with CONFIG RESETSTAT
		}{
			{"SET a 1|GET a|INCR a", "4"},
			{"EVAL \"return redis.call('get',KEYS[1])\" 1 a", "3"},
			{"EVAL \"redis.call('get',KEYS[1]) redis.call('ping')\" 1 a", "4"},
			{"EVAL \"redis.pcall('nope') redis.pcall('get') redis.pcall('incr',KEYS[1])\" 1 a", "3"},
			{"MULTI|SET a 1|GET a|EXEC", "5"},
			{"MULTI|EVAL \"redis.call('get',KEYS[1]) redis.call('ping')\" 1 a|EXEC", "6"},
			{"MULTI|SET a 1|DISCARD", "3"},
			{"NOPE|GET", "1"},
			{"BLPOP none 0.01", "2"},
		} {
			c := s.Dial()
			s.Want(ok, "CONFIG", "RESETSTAT")
			for _, line := range strings.Split(x.sent, "|") {
				Expect(c.Send([]byte(line + "\r\n"))).To(Succeed())
				_ = testkit.Must(c.Read())(GinkgoTB())
			}
			Expect(stat("stats", "total_commands_processed")).To(Equal(x.count), x.sent)
			_ = c.Close()
		}
	})
	It("counts every call once, pipelined or not, wherever it runs", func() {
		c := s.Dial()
		s.Want(ok, "CONFIG", "RESETSTAT")
		var pipeline [][]string
		for i := range 100 {
			pipeline = append(pipeline, []string{"SET", fmt.Sprint(i), "v"}, []string{"GET", fmt.Sprint(i)}, []string{"PING"})
		}
		for range 20 {
			Expect(c.Pipeline(pipeline...)).To(HaveLen(300))
		}
		s.Want("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", "LPUSH", "1", "x")
		Expect(cmd("set")).To(MatchRegexp(calls(2000, 0, 0)))
		Expect(cmd("get")).To(MatchRegexp(calls(2000, 0, 0)))
		Expect(cmd("ping")).To(MatchRegexp(calls(2000, 0, 0)))
		Expect(cmd("lpush")).To(MatchRegexp(calls(1, 0, 1)))
		Expect(cmd("config|resetstat")).To(MatchRegexp(calls(1, 0, 0)))
		s.Want(ok, "CONFIG", "RESETSTAT")
		Expect(cmd("set")).To(BeEmpty())
	})

	It("tells failures from refusals", func() {
		c := s.Dial()
		s.Want(ok, "CONFIG", "RESETSTAT")
		reply(c, "SET", "k")
		reply(c, "NOSUCH")
		reply(c, "AUTH", "x")
		reply(c, "MULTI")
		reply(c, "SET", "a", "b")
		reply(c, "AUTH", "x")
		reply(c, "EXEC")
		reply(c, "EXEC")
		Expect(cmd("set")).To(MatchRegexp(calls(1, 1, 0)))
		Expect(cmd("auth")).To(MatchRegexp(calls(2, 0, 2)))
		Expect(cmd("exec")).To(MatchRegexp(calls(2, 0, 1)))
		Expect(stat("errorstats", "errorstat_ERR")).To(Equal("count=5"))
		Expect(stat("stats", "total_error_replies")).To(Equal("5"))
		s.Want(ok, "CONFIG", "RESETSTAT")
		Expect(stat("errorstats", "errorstat_ERR")).To(BeEmpty())
		Expect(stat("stats", "total_error_replies")).To(Equal("0"))
	})

	It("counts what scripts call, once even when they start again", func() {
		s.Want(ok, "CONFIG", "RESETSTAT")
		for i := range 20 { // keys that are not declared: the tokens come later
			s.Do("EVAL", "redis.call('set','k'..ARGV[1],1); redis.call('set','l'..ARGV[1],1); redis.pcall('lpush','k'..ARGV[1],1) return 1", "0", fmt.Sprint(i))
		}
		Expect(cmd("eval")).To(MatchRegexp(calls(20, 0, 0)))
		Expect(cmd("set")).To(MatchRegexp(calls(40, 0, 0)))
		Expect(cmd("lpush")).To(MatchRegexp(calls(20, 0, 20)))
		s.Do("EVAL", "return redis.call('lpush','k1',1)", "1", "k1")
		Expect(cmd("eval")).To(MatchRegexp(calls(21, 0, 1)))
		s.Do("EVAL", "return redis.error_reply('MINE it is')", "0")
		Expect(cmd("eval")).To(MatchRegexp(calls(22, 0, 2)))
		Expect(stat("errorstats", "errorstat_MINE")).To(Equal("count=1"))
		Expect(stat("errorstats", "errorstat_WRONGTYPE")).To(Equal("count=21"))
	})

	It("begins anew with what Valkey begins anew with", func() {
		s.Want(ok, "SAVE")
		s.Want(ok, "SET", "k", "v")
		Expect(stat("persistence", "rdb_saves")).To(Equal("1"))
		Expect(stat("stats", "eventloop_duration_sum")).NotTo(Equal("0"))
		s.Want(ok, "CONFIG", "RESETSTAT")
		Expect(stat("persistence", "rdb_saves")).To(Equal("0"))
		Expect(stat("persistence", "rdb_changes_since_last_save")).To(Equal("1"))
		Expect(stat("clients", "connected_clients")).To(Equal("1"))
	})

	It("does not let scripts fill the list of errors", func() {
		s.Want(ok, "CONFIG", "RESETSTAT")
		for i := range 200 {
			s.Do("EVAL", "return redis.error_reply('E'..ARGV[1]..' x')", "0", fmt.Sprint(i))
		}
		Expect(stat("errorstats", "errorstat_ERRORSTATS_OVERFLOW")).To(Equal("count=72"))
		s.Do("SET", "a")
		Expect(stat("errorstats", "errorstat_ERR")).To(Equal("count=1"))
	})

	It("counts a blocked command when it is served or given up", func() {
		c := s.Dial()
		id := number(c)
		s.Want(ok, "CONFIG", "RESETSTAT")
		for _, end := range [][]string{{"LPUSH", "l", "x"}, {"CLIENT", "UNBLOCK", id, "ERROR"}, {"CLIENT", "UNBLOCK", id}} {
			Expect(c.Send(testkit.Command("BLPOP", "l", "0"))).To(Succeed())
			Eventually(func() string { return stat("clients", "blocked_clients") }).Should(Equal("1"))
			s.Want(":1\r\n", end...)
			_, err := c.Read()
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(cmd("blpop")).To(MatchRegexp(calls(3, 1, 0)))
		Expect(stat("errorstats", "errorstat_UNBLOCKED")).To(Equal("count=1"))
	})

	It("tells what commands wait for before and after they run", func() {
		s.Want(ok, "CONFIG", "RESETSTAT")
		s.Want("$1\r\nx\r\n", "EVAL", "return 'x'", "0") // goes to an executor
		s.Want(ok, "CONFIG", "SET", "latency-tracking-info-percentiles", "50 100")
		Expect(stat("delaystats", "ring_delay_percentiles_usec_eval")).To(MatchRegexp(`^count=1,p50=\d+\.\d{3},p100=\d+\.\d{3}$`))
		Eventually(func() string { // now and then a turn is looked at
			s.Want(ok, "SET", "a", "b")
			return stat("delaystats", "write_delay_percentiles_usec_set")
		}).WithPolling(time.Microsecond).Should(MatchRegexp(`^count=\d+,p50=`))
		Expect(s.Do("LATENCY", "DELAYS", "eval")).To(MatchRegexp(`^\*2\r\n\$4\r\neval\r\n\*6\r\n\$10\r\nring_delay\r\n\*4\r\n\$5\r\ncount\r\n:1\r\n(?s).*\r\nrun\r\n\*4\r\n\$5\r\ncount\r\n:1\r\n.*\r\nwrite_delay\r\n\*4\r\n\$5\r\ncount\r\n:[01]\r\n`))
		Expect(s.Do("LATENCY", "DELAYS", "set")).To(MatchRegexp(`(?s)\r\nwrite_delay\r\n\*4\r\n\$5\r\ncount\r\n:[1-9]`))
		Expect(s.Do("LATENCY", "DELAYS")).To(And(ContainSubstring("\r\nset\r\n"), ContainSubstring("\r\nconfig|set\r\n")))
		Expect(s.Do("LATENCY", "DELAYS", "nosuch")).To(Equal("*0\r\n"))
		s.Want(ok, "CONFIG", "SET", "latency-tracking", "no")
		Expect(stat("delaystats", "write_delay_percentiles_usec_set")).To(BeEmpty())
		s.Want(ok, "CONFIG", "RESETSTAT")
		s.Want("$1\r\nx\r\n", "EVAL", "return 'x'", "0")
		s.Want(ok, "CONFIG", "SET", "latency-tracking", "yes")
		Expect(stat("delaystats", "ring_delay_percentiles_usec_eval")).To(BeEmpty(), "nobody asked")
	})

	It("shows how durations are distributed", func() {
		s.Want(ok, "CONFIG", "RESETSTAT")
		s.Want(ok, "SET", "a", "b")
		s.Want(ok, "DEBUG", "SLEEP", "0.02")
		p := stat("latencystats", "latency_percentiles_usec_debug")
		Expect(p).To(MatchRegexp(`^p50=\d{5,}\.\d{3},p99=\d{5,}\.\d{3},p99\.9=\d{5,}\.\d{3}$`))
		s.Want(ok, "CONFIG", "SET", "latency-tracking-info-percentiles", "0.0 100")
		Expect(stat("latencystats", "latency_percentiles_usec_set")).To(MatchRegexp(`^p0=\d+\.\d{3},p100=\d+\.\d{3}$`))
		Expect(s.Do("LATENCY", "HISTOGRAM", "set", "nosuch", "client")).To(MatchRegexp(
			`^\*2\r\n\$3\r\nset\r\n\*4\r\n\$5\r\ncalls\r\n:1\r\n\$14\r\nhistogram_usec\r\n\*2\r\n:\d+\r\n:1\r\n$`))
		s.Want(ok, "CONFIG", "SET", "latency-tracking", "no")
		s.Want(ok, "CONFIG", "RESETSTAT")
		s.Want(ok, "SET", "a", "b")
		Expect(stat("latencystats", "latency_percentiles_usec_set")).To(BeEmpty())
		Expect(cmd("set")).To(MatchRegexp(calls(1, 0, 0)))
	})
}, [2]string{"enable-debug-command", "yes"})

var _ = nodetest.Describe("COMMANDLOG", func(s *nodetest.Server) {
	It("keeps what took long, newest first", func() {
		c := s.Dial()
		reply(c, "CLIENT", "SETNAME", "me")
		s.Want(ok, "CONFIG", "SET", "slowlog-log-slower-than", "200000") // more than what a crowded host does to other commands
		reply(c, "MULTI")
		reply(c, "DEBUG", "SLEEP", "0.25")
		reply(c, "EXEC")
		Expect(s.Do("SLOWLOG", "GET")).To(MatchRegexp(`^\*1\r\n\*6\r\n:0\r\n:\d+\r\n:\d{6,}\r\n\*3\r\n\$5\r\nDEBUG\r\n\$5\r\nSLEEP\r\n\$4\r\n0\.25\r\n\$\d+\r\n127.0.0.1:\d+\r\n\$2\r\nme\r\n$`))
		s.Want(":1\r\n", "COMMANDLOG", "LEN", "slow")
		s.Want(":0\r\n", "COMMANDLOG", "LEN", "large-reply")
		s.Want(ok, "SLOWLOG", "RESET")
		s.Want(":0\r\n", "SLOWLOG", "LEN")
		s.Want("-ERR count should be greater than or equal to -1\r\n", "SLOWLOG", "GET", "-2")
	})
	It("shortens arguments and hides passwords", func() {
		s.Want(ok, "CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3")
		s.Do("AUTH", "secret")
		s.Want(ok, "CONFIG", "SET", "requirepass", "")
		s.Do(append([]string{"MSET"}, strings.Fields(strings.Repeat("k "+strings.Repeat("v", 130)+" ", 20))...)...)
		all := s.Do("SLOWLOG", "GET", "-1")
		Expect(all).To(HavePrefix("*3\r\n"))
		Expect(all).NotTo(ContainSubstring("secret"))
		Expect(strings.Count(all, "(redacted)")).To(Equal(2))
		Expect(all).To(ContainSubstring(strings.Repeat("v", 128) + "... (2 more bytes)\r\n"))
		Expect(all).To(ContainSubstring("... (10 more arguments)"))
	})
	It("keeps large requests and replies", func() {
		s.Want(ok, "CONFIG", "SET", "commandlog-request-larger-than", "100", "commandlog-reply-larger-than", "100")
		s.Want(ok, "SET", "k", strings.Repeat("x", 100))
		s.Do("GET", "k")
		s.Do("GET", "none")
		Expect(s.Do("COMMANDLOG", "GET", "-1", "large-request")).To(MatchRegexp(`^\*2\r\n\*6\r\n:1\r\n(.|\r\n)*SET\r\n`))
		Expect(s.Do("COMMANDLOG", "GET", "-1", "large-request")).To(ContainSubstring(":128\r\n"))
		Expect(s.Do("COMMANDLOG", "GET", "1", "large-reply")).To(ContainSubstring("GET"))
		s.Want(ok, "COMMANDLOG", "RESET", "large-reply")
		s.Want("-ERR type should be one of the following: slow, large-request, large-reply\r\n", "COMMANDLOG", "LEN", "x")
	})
}, [2]string{"enable-debug-command", "yes"})

var _ = nodetest.Describe("LATENCY", func(s *nodetest.Server) {
	It("keeps events above the threshold", func() {
		s.Want("*0\r\n", "LATENCY", "LATEST")
		s.Want(ok, "CONFIG", "SET", "latency-monitor-threshold", "200") // more than what a crowded host does to other commands
		s.Want(ok, "DEBUG", "SLEEP", "0.21")
		time.Sleep(1100 * time.Millisecond)
		s.Want(ok, "DEBUG", "SLEEP", "0.25")
		Expect(s.Do("LATENCY", "LATEST")).To(MatchRegexp(`^\*1\r\n\*6\r\n\$7\r\ncommand\r\n:\d+\r\n:\d{3,}\r\n:\d{3,}\r\n:\d{3,}\r\n:2\r\n$`))
		Expect(s.Do("LATENCY", "HISTORY", "command")).To(MatchRegexp(`^\*2\r\n\*2\r\n:\d+\r\n:\d{3,}\r\n\*2\r\n:\d+\r\n:\d{3,}\r\n$`))
		Expect(s.Do("LATENCY", "GRAPH", "command")).To(MatchRegexp(`command - high \d{3,} ms, low \d{3,} ms \(all time high \d{3,} ms\)`))
		Expect(s.Do("LATENCY", "DOCTOR")).To(ContainSubstring("command: 2 samples"))
		s.Want("-ERR No samples available for event 'x'\r\n", "LATENCY", "GRAPH", "x")
		s.Want(":0\r\n", "LATENCY", "RESET", "x")
		s.Want(":1\r\n", "LATENCY", "RESET")
		s.Want("*0\r\n", "LATENCY", "HISTORY", "command")
	})

	It("knows the time that it took to serve who waited", func() {
		s.Want(ok, "CONFIG", "SET", "latency-monitor-threshold", "1")
		defer s.Want(ok, "CONFIG", "SET", "latency-monitor-threshold", "0")
		c := s.Dial()
		Expect(c.Send(testkit.Command("BLPOP", "list", "0"))).To(Succeed())
		Eventually(func() string { return testkit.InfoField(s.Do("INFO", "clients"), "blocked_clients") }).Should(Equal("1"))
		s.Want(":1\r\n", "RPUSH", "list", strings.Repeat("x", 32<<20))
		testkit.Must(c.Read())(GinkgoTB())
		Expect(s.Do("LATENCY", "HISTORY", "command-unblocking")).NotTo(Equal("*0\r\n"))
	})
}, [2]string{"enable-debug-command", "yes"})
