package testkit

import (
	"math/rand"
	"strconv"
	"strings"
)

// around are commands that meet values of every type, among which the families below mix
// theirs.
var around = []Rule{
	{3, Exact, "DEL K"}, {1, Exact, "SET K V"}, {1, Exact, "LPUSH k V"}, {3, Exact, "TYPE K"}, {2, Exact, "EXISTS K K"},
	{3, Exact, "RENAME k k"}, {4, Exact, "COPY k k (DB D|REPLACE)"}, {2, Exact, "MOVE K D"}, {1, Exact, "SWAPDB D D"},
	{2, Exact, "SELECT D"}, {2, Exact, "EXPIRE K T"}, {2, Near, "TTL K"}, {1, Exact, "FLUSHALL"}, {2, Exact, "DBSIZE"},
	{4, Exact, "MULTI"}, {7, Exact, "EXEC"}, {1, Exact, "DISCARD"}, {2, Exact, "WATCH K K"}, {1, Exact, "UNWATCH"},
}

var sets = NewGrammar(append([]Rule{
	{20, Exact, "SADD k E"}, {20, Exact, "SADD k E E E E E E"}, {2, Exact, "SADD K E"}, {8, Exact, "SREM k E E"}, {8, Exact, "SISMEMBER K E"},
	{6, Exact, "SMISMEMBER K E E E"}, {8, Exact, "SCARD K"}, {12, Sorted, "SMEMBERS K"}, {6, Exact, "SMOVE k k E"},
	{3, Sorted, "SPOP K 5000"}, {1, Exact, "SPOP K 0"}, {1, Exact, "SPOP K -1"}, {1, Exact, "SPOP K x"}, {1, Exact, "SPOP none"},
	{4, Shape, "SRANDMEMBER K"}, {4, Shape, "SRANDMEMBER K I"}, {3, Sorted, "SRANDMEMBER K 5000"}, {1, Exact, "SRANDMEMBER none I"},
	{8, Sorted, "SINTER K K"}, {3, Sorted, "SINTER K K K"}, {5, Exact, "SINTERSTORE k K K"}, {6, Exact, "SINTERCARD 2 K K (LIMIT I)"},
	{2, Exact, "SINTERCARD I K K K"}, {8, Sorted, "SUNION K K"}, {5, Exact, "SUNIONSTORE k K K K"}, {8, Sorted, "SDIFF K K"},
	{3, Sorted, "SDIFF K K K K"}, {5, Exact, "SDIFFSTORE k K K"}, {5, Walk, "SSCAN K 0 COUNT 5000 (MATCH P|COUNT N)"}, {1, Exact, "SSCAN K x"},
	{1, Ignore, "OBJECT ENCODING K"},
}, around...))

var hashes = NewGrammar(append([]Rule{
	{20, Exact, "HSET k E V"}, {12, Exact, "HSET k E V E N E V"}, {2, Exact, "HSET K E V"}, {2, Exact, "HSET k E V E"}, {6, Exact, "HMSET k E V E V"},
	{6, Exact, "HSETNX k E V"}, {12, Exact, "HGET K E"}, {8, Exact, "HMGET K E E E"}, {12, Sorted, "HGETALL K"}, {5, Sorted, "HKEYS K"},
	{5, Sorted, "HVALS K"}, {8, Exact, "HDEL k E E"}, {8, Exact, "HLEN K"}, {6, Exact, "HEXISTS K E"}, {6, Exact, "HSTRLEN K E"},
	{12, Exact, "HINCRBY k E N"}, {12, Exact, "HINCRBYFLOAT k E F"}, {3, Shape, "HRANDFIELD K"}, {4, Shape, "HRANDFIELD K I (WITHVALUES)"},
	{3, Sorted, "HRANDFIELD K 5000 WITHVALUES"}, {5, Walk, "HSCAN K 0 COUNT 5000 (MATCH P|COUNT N)"}, {4, Listed, "OBJECT ENCODING K"},
}, around...))

// SetCommands makes commands on sets.
func SetCommands(r *rand.Rand) Step { return ofCollections(r, sets, "SADD", false) }

// HashCommands makes commands on hashes.
func HashCommands(r *rand.Rand) Step { return ofCollections(r, hashes, "HSET", true) }

// ofCollections makes commands whose picks at random are compared by how many there are, and
// made only where nothing depends on which they are.
func ofCollections(r *rand.Rand, g *Grammar, add string, pairs bool) Step {
	if s := many(r, add, pairs); s != nil {
		return *s
	}
	for {
		s := g.Step(r)
		whole := len(s.Args) > 2 && s.Args[2] == allThereIs
		switch name := strings.ToUpper(s.Args[0]); {
		case whole || name != "SPOP" && name != "SRANDMEMBER" && name != "HRANDFIELD":
			return s
		case name != "SPOP":
			s.How = Shape
			return s
		case len(s.Args) < 2 || s.Args[1] == "none" || len(s.Args) > 2 && (s.Args[2] == "0" || s.Args[2] == "-1" || s.Args[2] == "x"):
			return s
		}
	}
}

// allThereIs is the count of picks that are all there is.
const allThereIs = "5000"

// many makes a command with very many elements now and then, so that values come to be
// large; nil otherwise.
func many(r *rand.Rand, name string, pairs bool) *Step {
	if r.Intn(40) > 0 {
		return nil
	}
	args := []string{name, word(r, "k")}
	from := r.Intn(2000)
	prefix := [...]string{"", "m"}[r.Intn(2)]
	for i := range []int{100, 140, 500, 600, 1500}[r.Intn(5)] {
		if args = append(args, prefix+strconv.Itoa(from+i)); pairs {
			args = append(args, strconv.Itoa(i))
		}
	}
	return &Step{Args: args, Conn: r.Intn(3)}
}
