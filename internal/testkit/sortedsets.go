package testkit

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strconv"
	"strings"
)

// SortedSets are the commands on sorted sets with all their options, among some on keys.
// The reference spells out doubles with 17 digits, so scores are numbers that need fewer.
// Words of their own stand for
//
//	$M $m   a member, one of few or of many     $S   a score
//	$B      a bound of scores                   $X   a bound of names
//	$L      a key whose members all have the same score: only there do names have an order
//	$W      a weight                            $E   MIN or MAX
//	$N      a number of keys, mostly 2
var SortedSets = sortedSets{NewGrammar([]Rule{
	{14, Exact, "ZADD k (NX|XX|GT|LT|CH|INCR) $S $M"}, {10, Exact, "ZADD k (NX|XX|GT|LT|CH) $S $M $S $M $S $m"}, {6, Exact, "ZADD k $S $m $S $m $S $m $S $m $S $m $S $m"},
	{5, Exact, "ZINCRBY k $S $M"}, {6, Exact, "ZREM k $M $M $m"}, {5, Exact, "ZCARD k"}, {6, Exact, "ZSCORE k $M"}, {4, Exact, "ZMSCORE k $M $M"},
	{6, Exact, "ZRANK k $M"}, {6, Exact, "ZREVRANK k $M"}, {5, Exact, "ZCOUNT k $B $B"}, {5, Exact, "ZLEXCOUNT $L $X $X"},
	{10, Exact, "ZRANGE k I I (WITHSCORES|REV|LIMIT I I)"}, {10, Exact, "ZRANGE k $B $B BYSCORE (WITHSCORES|REV|LIMIT I I)"}, {6, Exact, "ZRANGE $L $X $X BYLEX (REV|LIMIT I I)"},
	{1, Exact, "ZRANGE $L $X $X BYLEX (WITHSCORES|REV|BYSCORE)"}, {4, Exact, "ZREVRANGE k I I (WITHSCORES)"}, {5, Exact, "ZRANGEBYSCORE k $B $B (WITHSCORES|LIMIT I I)"},
	{5, Exact, "ZREVRANGEBYSCORE k $B $B (WITHSCORES|LIMIT I I)"}, {4, Exact, "ZRANGEBYLEX $L $X $X (LIMIT I I)"}, {4, Exact, "ZREVRANGEBYLEX $L $X $X (LIMIT I I|REV)"},
	{4, Exact, "ZRANGESTORE k k I I (REV)"}, {4, Exact, "ZRANGESTORE k k $B $B BYSCORE (REV|LIMIT I I|WITHSCORES)"}, {3, Exact, "ZRANGESTORE k $L $X $X BYLEX (REV|LIMIT I I)"},
	{2, Exact, "ZREMRANGEBYRANK k I I"}, {2, Exact, "ZREMRANGEBYSCORE k $B $B"}, {2, Exact, "ZREMRANGEBYLEX $L $X $X"},
	{4, Exact, "ZPOPMIN k"}, {4, Exact, "ZPOPMAX k"}, {3, Exact, "ZPOPMIN k I"}, {3, Exact, "ZPOPMAX k I"}, {3, Exact, "ZMPOP $N k k $E (COUNT I)"},
	{2, Exact, "BZPOPMIN k k 0.01"}, {2, Exact, "BZPOPMAX k 0.01"}, {2, Exact, "BZMPOP 0.01 $N k k $E (COUNT I)"},
	{2, Shape, "ZRANDMEMBER k"}, {4, Shape, "ZRANDMEMBER k I (WITHSCORES)"}, {4, Sorted, "ZSCAN k 0 COUNT 1000 (MATCH P|COUNT 5000)"},
	{6, Exact, "ZUNION $N k k (WEIGHTS $W $W|AGGREGATE MIN|AGGREGATE MAX|AGGREGATE SUM|WITHSCORES)"}, {6, Exact, "ZINTER $N k k (WEIGHTS $W $W|AGGREGATE MIN|AGGREGATE MAX|WITHSCORES)"},
	{5, Exact, "ZDIFF $N k k (WITHSCORES)"}, {6, Exact, "ZUNIONSTORE k $N k k (WEIGHTS $W $W|AGGREGATE MIN|AGGREGATE MAX|WITHSCORES)"}, {6, Exact, "ZINTERSTORE k $N k k (WEIGHTS $W $W|AGGREGATE MIN|AGGREGATE MAX)"},
	{4, Exact, "ZDIFFSTORE k $N k k (WITHSCORES)"}, {3, Exact, "ZINTERCARD $N k k (LIMIT I)"}, {2, Exact, "ZUNION 3 k k k WITHSCORES"}, {2, Exact, "ZDIFF 3 k k k"},
	{4, Exact, "ZADD $L 0 $M 0 $M 0 $m"}, {4, Exact, "ZADD $L 0 $m 0 $m 0 $m 0 $m"}, {2, Exact, "SADD k $M $M $m"}, {3, Exact, "OBJECT ENCODING k"},
	{3, Exact, "DEL k k"}, {2, Exact, "SET k V"}, {2, Exact, "LPUSH k V"}, {3, Exact, "RENAME k k"}, {3, Exact, "COPY k k REPLACE"}, {2, Exact, "TYPE k"}, {1, Exact, "EXPIRE k 1000"}, {2, Near, "TTL k"},
	{2, Exact, "MULTI"}, {5, Exact, "EXEC"}, {1, Exact, "WATCH k"}, {1, Exact, "FLUSHALL"},
})}

type sortedSets struct{ *Grammar }

// Step makes one command that has a defined answer.
func (g sortedSets) Step(r *rand.Rand) Step {
	for {
		s := g.Grammar.Step(r)
		if is(s.Args, "OBJECT") && len(s.Args) == 3 {
			s.Args = []string{"EVAL", sortedEncoding, "1", s.Args[2]}
		}
		if (is(s.Args, "ZADD") || is(s.Args, "ZINCRBY")) && slices.ContainsFunc(s.Args, spelledOut) {
			continue
		}
		if is(s.Args, "ZSCAN") && len(s.Args) > 2 && s.Args[2] != "0" { // cursors mean something else
			continue
		}
		if defined(s.Args) {
			return s
		}
	}
}

// spelledOut reports a number that takes more digits with 17 of them, or is no zero in one
// form of a sorted set only.
func spelledOut(w string) bool {
	d, err := strconv.ParseFloat(w, 64)
	return err == nil && (fmt.Sprintf("%.17g", d) != fmt.Sprintf("%.15g", d) || d == 0 && math.Signbit(d))
}

// sortedEncoding tells the encoding of sorted sets only: those of lists and sets are other
// ones in the reference.
const sortedEncoding = `if redis.call('TYPE', KEYS[1]).ok == 'zset' then return redis.call('OBJECT', 'ENCODING', KEYS[1]) end`

// defined reports whether names have an order where a command asks for it, and whether
// keys that give them one keep it.
func defined(args []string) bool {
	lex := strings.Contains(strings.ToUpper(args[0]), "LEX") || slices.ContainsFunc(args[1:], func(w string) bool { return strings.EqualFold(w, "BYLEX") })
	for i, w := range args[1:] {
		switch {
		case w != "l" && w != "n":
			continue
		case is(args, "ZADD"):
			for j := i + 2; j < len(args); j += 2 {
				if args[j] != "0" {
					return false
				}
			}
		case !lex:
			return false
		}
		return i == 0 || is(args, "ZRANGESTORE") && i == 1
	}
	return !lex
}

func sortedSetWord(r *rand.Rand, w string) string {
	one := func(of ...string) string { return of[r.Intn(len(of))] }
	switch w {
	case "$M":
		return one("", "x", "y", "abc", "abd", "12", "13", "-7", "9223372036854775807", "012", "\x00\xff", "b", "B")
	case "$m":
		if r.Intn(40) == 0 {
			return strings.Repeat("long", 12+r.Intn(8))
		}
		return "m" + strconv.Itoa(r.Intn(1<<r.Intn(10)))
	case "$L":
		return one("l", "n")
	case "$S":
		return one("0", "1", "2", "3", "-1", "0.5", "-2.25", "1e3", "1e20", "inf", "-inf", "+inf", "nan", "x", "", strconv.Itoa(r.Intn(10)), strconv.Itoa(r.Intn(1000)))
	case "$B":
		return one("-inf", "+inf", "(1", "1", "(2", "3", "-1", "(0.5", "", "(", "x", "nan", "1e400", "(inf", strconv.Itoa(r.Intn(10)), strconv.Itoa(r.Intn(1000)))
	case "$X":
		return one("-", "+", "[a", "(b", "[m", "(m2", "[m3", "(m7", "[x", "[", "(", "", "x", "+x", "[m1", "[abc")
	case "$W":
		return one("1", "2", "0.5", "-1", "0", "inf", "x", "1.25")
	case "$E":
		return one("MIN", "MAX", "min", "max", "x")
	case "$N":
		return one("2", "2", "2", "2", "2", "2", "2", "1", "3", "0", "-1", "x", "99999999999")
	}
	return w
}
