package testkit

import (
	"slices"
	"strconv"
	"strings"
)

// Bits are the commands on bits with all their options, among some that make, change and
// move strings.
var Bits = NewGrammar([]Rule{
	{6, Exact, "SET K V"}, {1, Exact, "SET B L"}, {3, Exact, "GET K"}, {2, Exact, "STRLEN K"}, {2, Exact, "DEL K"}, {1, Exact, "APPEND K V"},
	{8, Exact, "SETBIT K Q 1"}, {4, Exact, "SETBIT K Q 0"}, {1, Exact, "SETBIT K I N"}, {4, Exact, "GETBIT K Q"}, {6, Exact, "BITCOUNT K"}, {6, Exact, "BITCOUNT K I I (BIT|BYTE)"},
	{4, Exact, "BITPOS K 0"}, {4, Exact, "BITPOS K 1"}, {5, Exact, "BITPOS K 0 I"}, {5, Exact, "BITPOS K 1 I"}, {8, Exact, "BITPOS K 0 I I (BIT|BYTE)"}, {8, Exact, "BITPOS K 1 I I (BIT|BYTE)"},
	{1, Exact, "BITPOS K N"}, {6, Exact, "BITOP AND K K K"}, {6, Exact, "BITOP or K K K K"}, {6, Exact, "BITOP XOR K K K"}, {4, Exact, "BITOP NOT K K"}, {1, Exact, "BITOP V K K"},
	{20, Exact, "BITFIELD K (GET U Q|SET U Q N|INCRBY U Q N|GET U #0|SET U #3 N|INCRBY U #1 N|OVERFLOW SAT|OVERFLOW FAIL|OVERFLOW WRAP)"},
	{4, Exact, "BITFIELD K OVERFLOW SAT (SET U Q N|INCRBY U Q N|INCRBY U 0 I)"}, {4, Exact, "BITFIELD K OVERFLOW FAIL (SET U Q N|INCRBY U Q N|INCRBY U 0 I)"},
	{5, Exact, "BITFIELD_RO K (GET U Q|GET U #2|OVERFLOW SAT|SET U 0 1)"},
	{3, Listed, "OBJECT ENCODING K"}, {1, Exact, "LPUSH k V"}, {1, Exact, "EXPIRE K 1000"}, {3, Exact, "TTL K"}, {1, Exact, "RENAME k k"}, {2, Exact, "MULTI"}, {4, Exact, "EXEC"}, {1, Exact, "WATCH K"},
})

// badBitPos reports arguments that 7.0 looks at only when there is a string.
func badBitPos(args []string) bool {
	if !is(args, "BITPOS") || len(args) < 4 {
		return false
	}
	bad := len(args) > 6 || len(args) == 6 && !slices.Contains([]string{"BIT", "BYTE"}, strings.ToUpper(args[5]))
	for _, w := range args[3:min(len(args), 5)] {
		n, err := strconv.ParseInt(w, 10, 64)
		bad = bad || err != nil || strconv.FormatInt(n, 10) != w
	}
	return bad
}
