package testkit

import (
	"slices"
	"strings"
)

// Keyspace are the commands on strings and keys, with all options that the reference
// knows. A time to live never runs out in the middle of a sequence.
var Keyspace = NewGrammar([]Rule{
	{20, Exact, "SET K V"}, {3, Exact, "SET B L"}, {14, Exact, "SET K V (NX|XX|GET|EX T|PX X|EXAT A|PXAT M|KEEPTTL)"}, {12, Exact, "GET K"},
	{4, Exact, "SETNX K V"}, {3, Exact, "SETEX K T V"}, {3, Exact, "PSETEX K X V"}, {4, Exact, "GETDEL K"}, {4, Exact, "GETSET K V"},
	{8, Exact, "GETEX K (EX T|PX X|EXAT A|PXAT M|PERSIST)"}, {4, Exact, "MGET K K K"}, {4, Exact, "MSET K V K V"}, {4, Exact, "MSETNX K V K V"},
	{10, Exact, "APPEND K V"}, {2, Exact, "APPEND B L"}, {5, Exact, "STRLEN K"}, {5, Exact, "GETRANGE K I I"}, {2, Exact, "SUBSTR K I I"},
	{8, Exact, "SETRANGE K O V"}, {2, Exact, "SETRANGE B I L"}, {3, Exact, "SETBIT K O 1"}, {2, Exact, "SETBIT K I N"}, {3, Exact, "GETBIT K I"},
	{4, Exact, "INCR K"}, {3, Exact, "DECR K"}, {5, Exact, "INCRBY K N"}, {4, Exact, "DECRBY K N"}, {8, Exact, "INCRBYFLOAT K F"},
	{3, Exact, "LCS k k (LEN|IDX|WITHMATCHLEN|MINMATCHLEN I)"}, {3, Exact, "BITCOUNT K I I (BIT|BYTE)"},
	{8, Listed, "OBJECT ENCODING K"}, {3, Shape, "OBJECT REFCOUNT K"}, {1, Exact, "OBJECT FREQ K"}, {1, Near, "OBJECT IDLETIME K"},
	{1, Shape, "OBJECT HELP"}, {2, Shape, "MEMORY USAGE K (SAMPLES N)"},
	{6, Exact, "DEL K K"}, {3, Exact, "UNLINK K"}, {4, Exact, "EXISTS K K"}, {2, Exact, "TOUCH K K"}, {4, Exact, "TYPE K"},
	{4, Exact, "EXPIRE K T (NX|XX|GT|LT)"}, {4, Exact, "PEXPIRE K X (NX|XX|GT|LT)"}, {4, Exact, "EXPIREAT K A (NX|XX|GT|LT)"},
	{4, Exact, "PEXPIREAT K M (NX|XX|GT|LT)"}, {4, Near, "TTL K"}, {4, Near, "PTTL K"}, {3, Near, "EXPIRETIME K"}, {3, Near, "PEXPIRETIME K"},
	{4, Exact, "PERSIST K"}, {3, Exact, "RENAME k k"}, {3, Exact, "RENAMENX k k"}, {1, Exact, "RENAME B B"},
	{5, Exact, "COPY k k (DB D|REPLACE)"}, {5, Exact, "MOVE K D"}, {3, Exact, "SWAPDB D D"}, {2, Exact, "SELECT D"},
	{2, Sorted, "KEYS P"}, {2, Walk, "SCAN 0 COUNT 1000 (MATCH P|TYPE string|TYPE list|COUNT 500)"}, {1, Walk, "SCAN I (COUNT N|MATCH|FOO)"},
	{1, Shape, "RANDOMKEY"}, {4, Exact, "DBSIZE"}, {1, Exact, "FLUSHDB (SYNC|ASYNC|x)"}, {1, Exact, "FLUSHALL (SYNC|ASYNC)"},
	{4, Exact, "LPUSH k V"}, {1, Exact, "LPOP k"},
	{4, Exact, "MULTI"}, {8, Exact, "EXEC"}, {1, Exact, "DISCARD"}, {3, Exact, "WATCH K K"}, {1, Exact, "UNWATCH"},
})

// Departure is a form of command that Valkey 9.1 answers differently from the reference,
// Redis 7.0. It is not compared; with Leave it is not sent, because it would leave the
// two with different data.
type Departure struct {
	Why     string
	Leave   bool
	Applies func(args []string) bool
}

// Departures are all of them that the families compared so far know. MULTI and WATCH
// inside MULTI are another: see Differ.
var Departures = []Departure{
	{"SET with a time that has passed: 7.0 stores the value and removes it later, and counts it meanwhile", true, func(args []string) bool {
		return is(args, "SET") && len(args) > 3 && slices.ContainsFunc(args[3:], func(w string) bool {
			return strings.EqualFold(w, "EXAT") || strings.EqualFold(w, "PXAT")
		}) && !farAhead(args)
	}},
	{"GETEX looks at the time before it looks for the key", false, func(args []string) bool {
		return is(args, "GETEX") && len(args) > 3
	}},
	{"GETEX with a time that has passed: as SET", true, func(args []string) bool {
		return is(args, "GETEX") && len(args) > 3 && !farAhead(args)
	}},
	{"SCAN refuses types that do not exist, and NOVALUES by a text of its own", false, func(args []string) bool {
		return is(args, "SCAN") && slices.ContainsFunc(args, func(w string) bool { return strings.EqualFold(w, "TYPE") })
	}},
	{"cursors of SCAN mean something else, and 7.0 takes negative ones", false, func(args []string) bool {
		return is(args, "SCAN") && (len(args) < 2 || args[1] != "0")
	}},
	{"nor is a cursor an empty string", false, func(args []string) bool {
		return (is(args, "SSCAN") || is(args, "HSCAN")) && len(args) > 2 && args[2] != "0"
	}},
	{"BITCOUNT needs no end, and checks its arguments before it looks for the key", false, func(args []string) bool { return is(args, "BITCOUNT") }},
	{"BITPOS checks its arguments before it looks for the key", false, badBitPos},
	{"the text about strings that grow too long names the parameter", false, func(args []string) bool {
		return (is(args, "SETRANGE") || is(args, "APPEND")) && len(args) > 2 && len(args[2]) > 8
	}},
	{"LPOS and LREM refuse a rank or count that has no opposite", true, func(args []string) bool {
		return (is(args, "LPOS") || is(args, "LREM")) && slices.Contains(args, "-9223372036854775808")
	}},
	{"the text about lists of streams and IDs that do not match names the command differently", false, func(args []string) bool {
		return (is(args, "XREAD") || is(args, "XREADGROUP")) && unbalanced(args)
	}},
	{"+ stands for the last entry, which 7.0 takes for a wrong ID", false, func(args []string) bool {
		return (is(args, "XREAD") || is(args, "XREADGROUP")) && slices.Contains(args, "+")
	}},
	{"CONFIG SET has other texts", true, func(args []string) bool {
		return is(args, "CONFIG") && (len(args) != 4 || !slices.Contains([]string{"0", "60", "3000"}, args[3]) || strings.ToUpper(args[1]) != "SET" || args[2] != "hll-sparse-max-bytes")
	}},
	{"7.0 takes a time to wait that overflows for a negative one", true, func(args []string) bool {
		waits := strings.HasPrefix(strings.ToUpper(args[0]), "B") && !strings.HasPrefix(strings.ToUpper(args[0]), "BIT")
		return waits && slices.ContainsFunc(args[1:], func(w string) bool { return len(w) > 15 || strings.EqualFold(w, "inf") })
	}},
	{"7.0 and 9.1 cut an index of LSET to 32 bits", true, func(args []string) bool {
		return is(args, "LSET") && len(args) > 2 && len(args[2]) > 9
	}},
	{"9.1 counts a negative offset of LIMIT from the end of the range where the set is large, and finds nothing where it is small", false, func(args []string) bool {
		at := slices.IndexFunc(args, func(w string) bool { return strings.EqualFold(w, "LIMIT") })
		return strings.HasPrefix(strings.ToUpper(args[0]), "Z") && at > 0 && at+1 < len(args) && strings.HasPrefix(args[at+1], "-") && !is(args, "ZRANGESTORE")
	}},
	{"the same, stored", true, func(args []string) bool {
		at := slices.IndexFunc(args, func(w string) bool { return strings.EqualFold(w, "LIMIT") })
		return is(args, "ZRANGESTORE") && at > 0 && at+1 < len(args) && strings.HasPrefix(args[at+1], "-")
	}},
	{"7.0 knows no WITHSCORE of ZRANK", true, func(args []string) bool {
		return (is(args, "ZRANK") || is(args, "ZREVRANK")) && len(args) > 3
	}},
	{"IDLETIME and the figures of MEMORY depend on time and allocator", false, func(args []string) bool {
		return is(args, "OBJECT") && len(args) > 1 && strings.EqualFold(args[1], "IDLETIME")
	}},
}

// unbalanced reports that not as many IDs as keys follow STREAMS.
func unbalanced(args []string) bool {
	at := slices.IndexFunc(args, func(w string) bool { return strings.EqualFold(w, "STREAMS") })
	return at >= 0 && (len(args)-at-1)%2 != 0
}

func is(args []string, name string) bool { return strings.EqualFold(args[0], name) }

// farAhead reports that every number among the options is a time that is not reached.
func farAhead(args []string) bool {
	for _, w := range args[2:] {
		if len(w) > 0 && len(w) < 11 && strings.Trim(w, "0123456789") == "" {
			return false
		}
	}
	return true
}
