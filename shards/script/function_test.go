package script_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("functions", func(s *nodetest.Server) {
	It("are none: all of them can be listed and removed", func() {
		for _, args := range []string{"FLUSH", "FLUSH async", "flush SYNC"} {
			s.Want("+OK\r\n", strings.Fields("FUNCTION "+args)...)
		}
		for _, args := range []string{"LIST", "list withcode", "LIST LIBRARYNAME x*", "LIST libraryname x WITHCODE"} {
			s.Want("*0\r\n", strings.Fields("FUNCTION "+args)...)
		}
		for args, want := range map[string]string{
			"":                                 "wrong number of arguments for 'function' command",
			"FLUSH x":                          "FUNCTION FLUSH only supports SYNC|ASYNC option",
			"FLUSH sync x":                     "unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
			"LIST libraryname":                 "library name argument was not given",
			"LIST withcode LIBRARYNAME":        "library name argument was not given",
			"LIST libraryname x libraryname y": "Unknown argument libraryname",
			"LIST withcode WITHCODE":           "Unknown argument WITHCODE",
			"LIST foo":                         "Unknown argument foo",
			"HELP x":                           "wrong number of arguments for 'function|help' command",
			"LOAD x":                           "unknown subcommand 'LOAD'. Try FUNCTION HELP.",
		} {
			s.Want("-ERR "+want+"\r\n", strings.Fields("FUNCTION "+args)...)
		}
		s.Want("-ERR This Valkey command is not allowed from script script: on @user_script:1.\r\n", "EVAL", "return redis.call('FUNCTION', 'FLUSH')", "0")
	})
})
