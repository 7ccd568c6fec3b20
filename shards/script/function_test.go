package script_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("functions", func(s *nodetest.Server) {
	It("can be listed, removed and restored, and not be made", func() {
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
			"STATS":                            "unknown subcommand 'STATS'. Try FUNCTION HELP.",
			"LOAD x":                           "Missing library metadata",
			"LOAD REPLACE":                     "Missing library metadata",
			"LOAD x y":                         "Unknown option given: x",
			"DELETE x":                         "Library not found",
			"RESTORE x":                        "DUMP payload version or checksum are wrong",
			"RESTORE x APPEND y":               "unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION HELP.",
			"RESTORE x MERGE":                  "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
		} {
			s.Want("-ERR "+want+"\r\n", strings.Fields("FUNCTION "+args)...)
		}
		for code, want := range map[string]string{
			"#!lua name=x":               "Invalid library metadata",
			"#!\n":                       "Library name was not given",
			"#!lua \"name=x\n":           "Invalid library metadata",
			"#!lua\n":                    "Library name was not given",
			"#!lua foo=bar\n":            "Invalid metadata value given: foo=bar",
			"#!lua name=x name=y\n":      "Invalid metadata value, name argument was given multiple times",
			"#!lua name=x-y\n":           "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
			"#!lua name=\n":              "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
			"#!js name=x\n":              "Engine 'js' not found",
			"#!LUA NAME=\"x\"\nreturn 1": "Functions are not compiled yet: libraries come from files and by FUNCTION RESTORE",
		} {
			s.Want("-ERR "+want+"\r\n", "FUNCTION", "LOAD", code)
		}
		s.Want("-ERR Function not found\r\n", "FCALL", "f", "0")
		s.Want("-ERR Function not found\r\n", "FCALL_RO", "f", "1", "k")
		s.Want("-ERR This Valkey command is not allowed from script script: on @user_script:1.\r\n", "EVAL", "return redis.call('FUNCTION', 'FLUSH')", "0")
	})
})
