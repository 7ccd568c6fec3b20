package testkit

import (
	"math/rand"
	"strconv"
	"strings"
)

// A word of a pattern below stands for itself, except: K a key, V a value, N a number, I an index, T seconds, X
// milliseconds, D a database, S LEFT or RIGHT, P a glob.
type pattern struct {
	weight int
	how    Loose
	text   string
}

// core are the commands of the core with their options, right ones and wrong ones. A key never expires in the middle of a
// sequence, nor is one set with a time in the past: DBSIZE counts it until somebody comes by, which is up to chance. BITCOUNT without
// an end, and the order in which it checks, differ between the reference and Valkey 9: see the specs of shards/commands/str.
var core = []pattern{
	{30, Exact, "SET K V"}, {4, Exact, "SET K N"}, {3, Exact, "SET K V NX"}, {3, Exact, "SET K V XX"}, {3, Exact, "SET K V GET"},
	{2, Exact, "SET K V NX GET"}, {2, Exact, "SET K V EX T"}, {2, Exact, "SET K V PX X"}, {2, Exact, "SET K V KEEPTTL"},
	{1, Exact, "SET K V EX 0"}, {1, Exact, "SET K V EX x"}, {1, Exact, "SET K V NX XX"}, {1, Exact, "SET K V EX T KEEPTTL"},
	{1, Exact, "SET K V PXAT 99999999999999"}, {1, Exact, "SET K V EX 9223372036854775807"},
	{20, Exact, "GET K"}, {8, Exact, "MGET K K K"}, {8, Exact, "MSET K V K V"}, {1, Exact, "MSET K V K"}, {6, Exact, "DEL K"},
	{3, Exact, "DEL K K K"}, {4, Exact, "EXISTS K K"}, {10, Exact, "INCR K"}, {1, Exact, "INCR"}, {1, Exact, "GET K K"},
	{4, Exact, "EXPIRE K T"}, {2, Exact, "EXPIRE K T NX"}, {2, Exact, "EXPIRE K T XX"}, {2, Exact, "EXPIRE K T GT"},
	{2, Exact, "EXPIRE K T LT"}, {1, Exact, "EXPIRE K T NX XX"}, {1, Exact, "EXPIRE K -1"}, {1, Exact, "EXPIRE K x"},
	{1, Exact, "EXPIRE K 9223372036854775807"}, {3, Exact, "PEXPIRE K X"}, {1, Exact, "PEXPIRE K 0"}, {6, Near, "TTL K"}, {6, Near, "PTTL K"},
	{6, Exact, "RENAME K K"}, {5, Exact, "COPY K K"}, {3, Exact, "COPY K K REPLACE"}, {2, Exact, "COPY K K DB D"},
	{2, Exact, "COPY K K DB D REPLACE"}, {1, Exact, "COPY K K DB 99"}, {3, Exact, "BITCOUNT K"}, {3, Exact, "BITCOUNT K I I"},
	{2, Exact, "BITCOUNT K I I BIT"}, {2, Exact, "BITCOUNT K I I BYTE"}, {1, Ignore, "BITCOUNT K I"}, {1, Ignore, "BITCOUNT K I I x"},
	{3, Exact, "LCS K K"}, {2, Exact, "LCS K K LEN"}, {2, Exact, "LCS K K IDX"}, {2, Exact, "LCS K K IDX MINMATCHLEN 2 WITHMATCHLEN"},
	{1, Exact, "LCS K K LEN IDX"}, {4, Exact, "TYPE K"}, {4, Exact, "DBSIZE"}, {2, Walk, "SCAN 0 COUNT 1000"},
	{2, Walk, "SCAN 0 MATCH P COUNT 1000"}, {2, Walk, "SCAN 0 TYPE list COUNT 1000"}, {1, Exact, "SCAN x"}, {1, Exact, "SCAN 0 COUNT 0"},
	{2, Sorted, "KEYS P"}, {2, Shape, "RANDOMKEY"}, {1, Exact, "FLUSHALL"}, {1, Exact, "FLUSHALL ASYNC"}, {1, Exact, "FLUSHALL x"},
	{2, Exact, "SWAPDB D D"}, {1, Exact, "SWAPDB 0 99"}, {1, Exact, "SWAPDB x 0"}, {4, Exact, "SELECT D"}, {1, Exact, "SELECT 99"},
	{8, Exact, "LPUSH K V"}, {6, Exact, "RPUSH K V N V"}, {5, Exact, "LPOP K"}, {5, Exact, "RPOP K"}, {2, Exact, "LPOP K 2"},
	{2, Exact, "RPOP K 0"}, {1, Exact, "LPOP K -1"}, {1, Exact, "LPOP K x"}, {4, Exact, "LLEN K"}, {8, Exact, "LRANGE K I I"},
	{3, Exact, "BLPOP K K 0.01"}, {1, Exact, "BLPOP K -1"}, {1, Exact, "BLPOP K x"}, {4, Exact, "BLMOVE K K S S 0.01"}, {1, Exact, "BLMOVE K K UP S 0"},
	{3, Exact, "MULTI"}, {6, Exact, "EXEC"}, {1, Exact, "DISCARD"}, {3, Exact, "WATCH K K"}, {1, Exact, "UNWATCH"},
	{1, Exact, "PING"}, {1, Exact, "PING V"}, {1, Exact, "ECHO V"}, {1, AnyError, "NOSUCHCOMMAND V"}, {1, Exact, "PUBLISH K V"},
	{2, Exact, "EVAL return{redis.call('GET',KEYS[1]),redis.call('INCR',KEYS[2])} 2 K K"}, {1, Exact, "EVAL return{1,'a',false,{ok='x'},2.9} 0"},
	{2, Exact, "EVAL return{redis.pcall('LPUSH',KEYS[1],ARGV[1]),redis.pcall('SET',KEYS[2],ARGV[2])} 2 K K V V"},
}

// CoreCommands makes random commands over few keys and databases, on three connections that see each other's changes.
func CoreCommands(r *rand.Rand) Step {
	total := 0
	for _, p := range core {
		total += p.weight
	}
	n := r.Intn(total)
	i := 0
	for n >= core[i].weight {
		n -= core[i].weight
		i++
	}
	s := Step{How: core[i].how, Conn: r.Intn(3)}
	for _, word := range strings.Fields(core[i].text) {
		s.Args = append(s.Args, fill(r, word))
	}
	return s
}

func fill(r *rand.Rand, word string) string {
	switch word {
	case "K":
		return string(rune('a' + r.Intn(6)))
	case "V":
		return [...]string{"", "x", "abc", "ohmytext", "mynewtext", strings.Repeat("long", 40), "\x00\xff\r\n", "12"}[r.Intn(8)]
	case "N":
		return [...]string{"0", "1", "-7", "41", "9223372036854775807", "007", "-0", " 1"}[r.Intn(8)]
	case "I":
		return strconv.Itoa(r.Intn(15) - 7)
	case "T":
		return strconv.Itoa(100 + r.Intn(900))
	case "X":
		return strconv.Itoa(100000 + r.Intn(900000))
	case "D":
		return strconv.Itoa(r.Intn(3))
	case "S":
		return [...]string{"LEFT", "RIGHT"}[r.Intn(2)]
	case "P":
		return [...]string{"*", "?", "[a-c]", "a*", "[^b]", "zz"}[r.Intn(6)]
	}
	return word
}
