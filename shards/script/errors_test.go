package script_test

import (
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

// The numbers are those of Valkey 9.1.
var _ = nodetest.Describe("the errors of a script", func(s *nodetest.Server) {
	counted := func() string {
		var words []string
		for _, m := range regexp.MustCompile(`errorstat_(\w+):count=(\d+)`).FindAllStringSubmatch(s.Do("INFO", "errorstats"), -1) {
			words = append(words, m[1]+" "+m[2])
		}
		failed := regexp.MustCompile(`cmdstat_eval\w*:.*failed_calls=(\d+)`).FindStringSubmatch(s.Do("INFO", "commandstats"))
		total := regexp.MustCompile(`total_error_replies:(\d+)`).FindStringSubmatch(s.Do("INFO", "stats"))
		return strings.Join(append([]string{"failed " + failed[1], total[1]}, words...), ", ")
	}

	DescribeTable("count where they came up, and as a failure of the script that answers them", func(script, want string) {
		for _, setup := range [][]string{{"SET", "s", "x"}, {"CONFIG", "RESETSTAT"}} {
			s.Want("+OK\r\n", setup...)
		}
		s.Do("EVAL", script, "1", "s")
		Expect(counted()).To(Equal(want))
	},
		Entry("raised by a command", "return redis.call('incr','s')", "failed 1, 1, ERR 1"),
		Entry("returned by one", "return redis.pcall('lpush','s','a')", "failed 1, 1, WRONGTYPE 1"),
		Entry("ignored", "redis.pcall('lpush','s','a') return 1", "failed 0, 1, WRONGTYPE 1"),
		Entry("raised again", "error(redis.pcall('lpush','s','a'))", "failed 1, 1, WRONGTYPE 1"),
		Entry("caught as a text and raised again", "local _,e = pcall(redis.call,'lpush','s','a') error(e)", "failed 1, 2, ERR 1, WRONGTYPE 1"),
		Entry("made of one by the script", "return redis.error_reply(redis.pcall('lpush','s','a').err)", "failed 1, 2, WRONGTYPE 2"),
		Entry("of a command that there is not", "return redis.call('nosuch')", "failed 1, 1, ERR 1"),
		Entry("of a call without arguments", "return redis.pcall()", "failed 1, 1, Please 1"),
		Entry("of its own", "return redis.error_reply('MY word')", "failed 1, 1, MY 1"),
		Entry("without a word in front", "return {err='boo'}", "failed 1, 1, ERR 1"),
		Entry("with too long a word in front", "return {err='averylongwordthatdoesnotendintime x'}", "failed 1, 1, ERR 1"),
		Entry("in a list", "return {redis.error_reply('A b'),redis.error_reply('B b'),redis.pcall('incr','s'),redis.pcall('incr','s')}", "failed 3, 4, A 1, B 1, ERR 2"),
		Entry("of the language", "return nope", "failed 1, 1, ERR 1"),
		Entry("of the compiler", "return return", "failed 1, 1, ERR 1"),
	)

	It("count in transactions and for EVALSHA, too", func() {
		load := s.Do("SCRIPT", "LOAD", "return redis.call('lpush',KEYS[1],'a')")
		sha := strings.Split(load, "\r\n")[1]
		s.Want("+OK\r\n", "SET", "s", "x")
		s.Want("+OK\r\n", "CONFIG", "RESETSTAT")
		s.Do("EVALSHA_RO", sha, "1", "s")
		Expect(counted()).To(Equal("failed 1, 1, ERR 1"))
		s.Want("+OK\r\n", "CONFIG", "RESETSTAT")
		s.Want("+OK\r\n", "MULTI")
		s.Want("+QUEUED\r\n", "EVALSHA", sha, "1", "s")
		s.Want("+QUEUED\r\n", "EVALSHA", sha, "1", "s")
		s.Do("EXEC")
		Expect(counted()).To(Equal("failed 2, 2, WRONGTYPE 2"))
	})

	DescribeTable("say what is wrong with its first line", func(first, want string) {
		s.Want(want, "EVAL", first+"\nreturn 1", "0")
	},
		Entry("another language", "#!python", "-ERR Could not find scripting engine 'python'\r\n"),
		Entry("none", "#!", "-ERR Could not find scripting engine ''\r\n"),
		Entry("options come first", "#!python name=x", "-ERR Unknown lua shebang option: name=x\r\n"),
		Entry("in capitals", "#!LUA", ":1\r\n"),
		Entry("no flags", "#!lua flags=", ":1\r\n"),
		Entry("an empty flag", "#!lua flags=no-writes,", "-ERR Unexpected flag in script shebang: \r\n"),
	)
})
