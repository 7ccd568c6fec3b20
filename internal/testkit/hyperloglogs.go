package testkit

import (
	"math/rand"
	"strconv"
	"strings"
)

// HyperLogLogs are the commands on HyperLogLogs, among some that look at, copy and damage
// their strings. The parameter that it sets stays set in both servers.
var HyperLogLogs = NewGrammar([]Rule{
	{10, Exact, "PFADD K Y"}, {10, Exact, "PFADD K Y Y Y Y Y Y Y Y"}, {6, Exact, "PFADD K" + strings.Repeat(" Y", 150)}, {3, Exact, "PFADD K"}, {2, Exact, "PFADD K V"},
	{6, Exact, "PFCOUNT K"}, {4, Exact, "PFCOUNT K K"}, {2, Exact, "PFCOUNT K K K K"}, {5, Exact, "PFMERGE K K"}, {3, Exact, "PFMERGE K K K"}, {2, Exact, "PFMERGE K"},
	{8, Exact, "GET K"}, {3, Exact, "STRLEN K"}, {4, Exact, "PFDEBUG ENCODING K"}, {4, Exact, "PFDEBUG DECODE K"}, {2, Exact, "PFDEBUG TODENSE K"},
	{1, Exact, "PFDEBUG GETREG K"}, {1, Exact, "PFDEBUG x K"}, {2, Exact, "CONFIG SET hll-sparse-max-bytes 60"}, {1, Exact, "CONFIG SET hll-sparse-max-bytes 0"},
	{2, Exact, "CONFIG SET hll-sparse-max-bytes 3000"}, {3, Exact, "DEL K"}, {1, Exact, "SET K V"}, {1, Exact, "LPUSH k V"}, {3, Listed, "OBJECT ENCODING K"}, {1, Exact, "EXPIRE K 1000"},
	{2, Near, "TTL K"}, {2, Exact, "COPY k k REPLACE"}, {1, Exact, "RENAME k k"}, {2, Exact, "MULTI"}, {4, Exact, "EXEC"}, {1, Exact, "WATCH K"},
})

// DamagedHyperLogLogs makes commands that damage HyperLogLogs before they use them. Elements come one by
// one: of several, the reference may note the first ones before it finds the damage. No string ends within
// a run of two bytes: the reference reads on there.
func DamagedHyperLogLogs(r *rand.Rand) Step {
	key := func() string { return word(r, "k") }
	s := Step{Conn: r.Intn(3)}
	switch n := r.Intn(20); {
	case n < 6:
		s.Args = []string{"PFADD", key(), word(r, "Y")}
	case n < 9:
		s.Args = []string{"PFCOUNT", key()}
	case n < 10:
		s.Args = []string{"PFCOUNT", key(), key()}
	case n < 12:
		s.Args = []string{"PFMERGE", key(), key()}
	case n < 14:
		s.Args = []string{"GET", key()}
	case n < 15:
		s.Args = []string{"PFDEBUG", [...]string{"TODENSE", "GETREG", "DECODE", "ENCODING"}[r.Intn(4)], key()}
	case n < 16:
		s.Args = []string{"DEL", key()}
	case n < 18:
		s.Args = []string{"SETRANGE", key(), "16", string([]byte{byte(r.Intn(256))})}
	case n < 19:
		s.Args = []string{"SETRANGE", key(), strconv.Itoa(r.Intn(40)), string([]byte{byte(r.Intn(64)) | byte(r.Intn(2))<<7})}
	default:
		s.Args = []string{"APPEND", key(), string([]byte{byte(r.Intn(64)) | byte(r.Intn(2))<<7})}
	}
	return s
}
