package testkit

import "strings"

// HyperLogLogs are the commands on HyperLogLogs, among some that look at, copy and damage
// their strings. The parameter that it sets stays set in both servers.
var HyperLogLogs = NewGrammar([]Rule{
	{10, Exact, "PFADD K Y"}, {10, Exact, "PFADD K Y Y Y Y Y Y Y Y"}, {6, Exact, "PFADD K" + strings.Repeat(" Y", 150)}, {3, Exact, "PFADD K"}, {2, Exact, "PFADD K V"},
	{6, Exact, "PFCOUNT K"}, {4, Exact, "PFCOUNT K K"}, {2, Exact, "PFCOUNT K K K K"}, {5, Exact, "PFMERGE K K"}, {3, Exact, "PFMERGE K K K"}, {2, Exact, "PFMERGE K"},
	{8, Exact, "GET K"}, {3, Exact, "STRLEN K"}, {4, Exact, "PFDEBUG ENCODING K"}, {4, Exact, "PFDEBUG DECODE K"}, {2, Exact, "PFDEBUG TODENSE K"},
	{1, Exact, "PFDEBUG GETREG K"}, {1, Exact, "PFDEBUG x K"}, {2, Exact, "CONFIG SET hll-sparse-max-bytes 60"}, {1, Exact, "CONFIG SET hll-sparse-max-bytes 0"},
	{2, Exact, "CONFIG SET hll-sparse-max-bytes 3000"}, {3, Exact, "DEL K"}, {1, Exact, "SET K V"}, {1, Exact, "LPUSH k V"}, {3, Exact, "OBJECT ENCODING K"}, {1, Exact, "EXPIRE K 1000"},
	{2, Near, "TTL K"}, {2, Exact, "COPY k k REPLACE"}, {1, Exact, "RENAME k k"}, {2, Exact, "MULTI"}, {4, Exact, "EXEC"}, {1, Exact, "WATCH K"},
})

// Damaged are those that damage HyperLogLogs before they use them. Elements come one by
// one: of several, the reference may note the first ones before it finds the damage.
var Damaged = NewGrammar([]Rule{
	{10, Exact, "PFADD K Y"}, {4, Exact, "PFCOUNT K"}, {2, Exact, "PFCOUNT K K"}, {3, Exact, "PFMERGE K K"}, {3, Exact, "GET K"},
	{3, Exact, "PFDEBUG TODENSE K"}, {1, Exact, "PFDEBUG GETREG K"}, {1, Exact, "PFDEBUG ENCODING K"}, {2, Exact, "DEL K"},
	{4, Exact, "SETRANGE K 16 Z"}, {2, Exact, "SETRANGE K 18 Z"}, {2, Exact, "SETRANGE K O Z"}, {1, Exact, "APPEND K \x00"}, {1, Exact, "APPEND K \xff"},
})
