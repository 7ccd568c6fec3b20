package testkit

import (
	"strconv"
	"strings"
)

// Families are generators of commands of every family, by name.
func Families() map[string]Generator {
	return map[string]Generator{"core": CoreCommands, "keyspace": Keyspace.Step, "lists": Lists.Step, "sets": SetCommands, "hashes": HashCommands,
		"sorted sets": SortedSets.Step, "streams": Streams, "bits": Bits.Step, "hyperloglogs": HyperLogLogs.Step, "places": Places.Step, "sorting": Sorting.Step}
}

// Brief makes a command that waits wait briefly; nil: it belongs to no such test.
func Brief(args []string) []string {
	name := strings.ToUpper(args[0])
	switch name {
	case "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "CONFIG", "DEBUG", "CLIENT", "WAIT", "FLUSHALL", "FLUSHDB", "SELECT", "RESET", "QUIT", "MONITOR",
		"SUBSCRIBE", "PSUBSCRIBE", "EVAL", "SWAPDB", "HELLO":
		return nil
	case "BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX", "BLMOVE", "BRPOPLPUSH":
		return append(args[:len(args)-1:len(args)-1], "0.01")
	case "BLMPOP", "BZMPOP":
		return append([]string{args[0], "0.01"}, args[min(2, len(args)):]...)
	case "XREAD", "XREADGROUP":
		for i, a := range args {
			if strings.EqualFold(a, "BLOCK") && i+1 < len(args) {
				args = append([]string(nil), args...)
				args[i+1] = "10"
			}
		}
	}
	return args
}

// Scripted is a script that runs some commands.
func Scripted(commands ...[]string) []string {
	eval := []string{"EVAL", `local i = 1 while i <= #ARGV do local n, c = tonumber(ARGV[i]), {}
		for j = 1, n do c[j] = ARGV[i + j] end redis.pcall(unpack(c)) i = i + n + 1 end return 1`, "0"}
	for _, c := range commands {
		eval = append(append(eval, strconv.Itoa(len(c))), c...)
	}
	return eval
}
