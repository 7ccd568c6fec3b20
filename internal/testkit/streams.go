package testkit

import (
	"math/rand"
	"slices"
	"strconv"
	"strings"
)

// Streams are the commands on streams with all their options, among a few others. IDs are
// given, or generated within a time that is given.
func Streams(r *rand.Rand) Step {
	for {
		s := streams.Step(r)
		if r.Intn(60) == 0 {
			s = Step{Args: []string{"EVAL", addAndRead, "1", word(r, "k"), word(r, "E"), word(r, "E")}, Conn: r.Intn(3)}
		}
		if !waitsLong(s.Args) && !slices.Contains(s.Args, "*") && !goesBack(s.Args) && !namesOthers(s.Args) {
			return withConsumers(s)
		}
	}
}

const addAndRead = `return {redis.pcall('XADD', KEYS[1], '1-*', ARGV[1], ARGV[2]),
	redis.pcall('XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', '1', 'STREAMS', KEYS[1], '>')}`

// withConsumers has a script create or destroy what a step does, and make all consumers of
// the group then: Redis 7.0 makes one when it has something for it, Valkey when it is named.
func withConsumers(s Step) Step {
	if len(s.Args) > 4 && is(s.Args, "XGROUP") && (strings.EqualFold(s.Args[1], "CREATE") || len(s.Args) == 5 && strings.EqualFold(s.Args[1], "DELCONSUMER")) {
		s.Args = append([]string{"EVAL", makeConsumers, "0"}, s.Args...)
	}
	return s
}

const makeConsumers = `local reply = redis.pcall(unpack(ARGV))
for _, name in ipairs{'alice', 'bob', 'carol', ''} do redis.pcall('XGROUP', 'CREATECONSUMER', ARGV[3], ARGV[4], name) end
return reply`

// namesOthers reports a command that may name a consumer whom makeConsumers does not know.
func namesOthers(args []string) bool {
	known := func(at int) bool {
		return at >= len(args) || slices.Contains([]string{"alice", "bob", "carol", ""}, args[at])
	}
	switch {
	case is(args, "XREADGROUP"):
		at := slices.IndexFunc(args, func(w string) bool { return strings.EqualFold(w, "GROUP") })
		return at >= 0 && !known(at+2)
	case is(args, "XCLAIM"), is(args, "XAUTOCLAIM"):
		return !known(3)
	}
	return is(args, "XGROUP") && len(args) > 4 && strings.HasSuffix(strings.ToUpper(args[1]), "CONSUMER") && !known(4)
}

// goesBack reports an XSETID that may be below an entry that was deleted, which Redis 7.0
// lets pass.
func goesBack(args []string) bool {
	return is(args, "XSETID") && len(args) > 2 && args[2] != "3-15"
}

// waitsLong reports that a command may wait for more than a moment.
func waitsLong(args []string) bool {
	at := slices.IndexFunc(args, func(w string) bool { return strings.EqualFold(w, "BLOCK") })
	return at >= 0 && at+1 < len(args) && args[at+1] != "1" && strings.Trim(args[at+1], "0123456789") == ""
}

var streams = NewGrammar([]Rule{
	{30, Exact, "XADD k 1-* E E"}, {8, Exact, "XADD k 1-* E E E E"}, {8, Exact, "XADD k 2-* x E y E"}, {4, Exact, "XADD k J E E"}, {1, Exact, "XADD k J V V"},
	{2, Exact, "XADD k 0-* (NOMKSTREAM|MAXLEN 3) E E"}, {2, Exact, "XADD k NOMKSTREAM 1-* E E"}, {4, Exact, "XADD k MAXLEN 6 1-* x E"}, {3, Exact, "XADD k MAXLEN = I 1-* E E"},
	{4, Exact, "XADD k MAXLEN ~ 4 1-* x E"}, {2, Exact, "XADD k MINID ~ J 2-* x E"}, {2, Exact, "XADD k MINID J 1-* x E"}, {2, Exact, "XADD k MAXLEN ~ 2 LIMIT I 1-* x E"},
	{2, Exact, "XTRIM k MAXLEN I"}, {3, Exact, "XTRIM k MAXLEN ~ I LIMIT I"}, {3, Exact, "XTRIM k MINID J"}, {2, Exact, "XTRIM k MINID ~ J"}, {2, Exact, "XTRIM k (MAXLEN 3|MINID J|LIMIT I|MAXLEN = 4|FOO)"},
	{12, Exact, "XDEL k J J"}, {3, Exact, "XDEL k J"}, {5, Exact, "XLEN k"}, {8, Exact, "XRANGE k - +"}, {8, Exact, "XRANGE k J J"}, {5, Exact, "XRANGE k J J COUNT I"},
	{6, Exact, "XREVRANGE k J J"}, {4, Exact, "XREVRANGE k + - COUNT I"},
	{6, Exact, "XREAD STREAMS k J"}, {5, Exact, "XREAD COUNT I STREAMS k k J J"}, {4, Exact, "XREAD COUNT 2 BLOCK 1 STREAMS k k 1-3 J"}, {2, Exact, "XREAD BLOCK 1 STREAMS k $"}, {1, Exact, "XREAD BLOCK N STREAMS x 0"},
	{8, Exact, "XGROUP CREATE k G 0 MKSTREAM"}, {4, Exact, "XGROUP CREATE k G J (MKSTREAM|ENTRIESREAD I)"}, {3, Exact, "XGROUP CREATE k G $ (MKSTREAM|ENTRIESREAD 2)"},
	{3, Exact, "XGROUP SETID k G J (ENTRIESREAD I)"}, {2, Exact, "XGROUP DESTROY k G"}, {2, Exact, "XGROUP CREATECONSUMER k G C"}, {3, Exact, "XGROUP DELCONSUMER k G C"}, {1, Shape, "XGROUP FOO k"},
	{20, Exact, "XREADGROUP GROUP G C STREAMS k >"}, {12, Exact, "XREADGROUP GROUP G C COUNT 2 STREAMS k >"}, {4, Exact, "XREADGROUP GROUP G C NOACK COUNT I STREAMS k >"},
	{6, Exact, "XREADGROUP GROUP G C COUNT I STREAMS k J"}, {6, Exact, "XREADGROUP GROUP G C STREAMS k 0"}, {4, Exact, "XREADGROUP GROUP G C BLOCK 1 STREAMS k >"}, {4, Exact, "XREADGROUP BLOCK 1 GROUP G C STREAMS k k > J"},
	{8, Exact, "XACK k G J J"}, {3, Exact, "XACK k G 1-1 1-2 1-3"}, {6, Exact, "XPENDING k G"}, {8, Untimed, "XPENDING k G - + 10"}, {5, Untimed, "XPENDING k G J J I"}, {4, Untimed, "XPENDING k G IDLE 0 J J 5 C"}, {1, Untimed, "XPENDING k G IDLE I J"},
	{2, Exact, "XPENDING k G IDLE 1000000 - + 10"}, {2, Untimed, "XPENDING k G - + 10 C"},
	{8, Exact, "XCLAIM k G C 0 J J (JUSTID|FORCE|RETRYCOUNT I|IDLE I|TIME I|LASTID J)"}, {6, Exact, "XCLAIM k G C 0 1-1 1-2 1-3 (FORCE|JUSTID|RETRYCOUNT 3|LASTID J)"}, {2, Exact, "XCLAIM k G C 1000000 1-1 1-2"}, {1, Exact, "XCLAIM k G C I J x"},
	{8, Exact, "XAUTOCLAIM k G C 0 J (COUNT I|COUNT 2|JUSTID)"}, {4, Exact, "XAUTOCLAIM k G C 0 0 COUNT 1"}, {2, Exact, "XAUTOCLAIM k G C 1000000 -"}, {1, Exact, "XAUTOCLAIM k G C x J (COUNT x)"},
	{6, Untimed, "XINFO STREAM k"}, {8, Untimed, "XINFO STREAM k FULL (COUNT I)"}, {6, Untimed, "XINFO GROUPS k"}, {4, Untimed, "XINFO CONSUMERS k G"}, {1, Shape, "XINFO FOO k"},
	{3, Exact, "XSETID k 3-15 (ENTRIESADDED I|MAXDELETEDID J)"}, {1, Exact, "XSETID k 3-15 ENTRIESADDED 20 MAXDELETEDID 1-0"},
	{3, Listed, "OBJECT ENCODING k"}, {3, Exact, "TYPE k"}, {2, Exact, "SET k E"}, {1, Exact, "LPUSH k E"}, {4, Exact, "DEL k"}, {2, Exact, "RENAME k k"}, {4, Exact, "COPY k k (REPLACE)"},
	{1, Exact, "SWAPDB D D"}, {2, Exact, "DBSIZE"}, {1, Exact, "EXPIRE k 1000"}, {3, Exact, "MULTI"}, {6, Exact, "EXEC"}, {1, Exact, "WATCH k k"}, {1, Exact, "UNWATCH"},
})

// untimed is a reply without times and without what Redis 7.0 does not have or counts in
// another way: of XPENDING and XINFO.
func untimed(r Reply, inPending bool) string {
	if r.Elems == nil {
		return string(r.Type) + r.Text + strconv.FormatBool(r.Null)
	}
	var b strings.Builder
	b.WriteByte('(')
	for i := 0; i < len(r.Elems); i++ {
		e := r.Elems[i]
		switch {
		case e.Type == '$' && i+1 < len(r.Elems) && strings.Contains(" entries-read lag idle inactive seen-time active-time radix-tree-nodes ", " "+e.Text+" "):
			i++
			continue
		case e.Type == ':' && i == len(r.Elems)-2 && (len(r.Elems) == 4 || inPending && len(r.Elems) == 3):
			continue // ID, [consumer,] time, count
		}
		b.WriteString(untimed(e, i > 0 && r.Elems[i-1].Text == "pending" || inPending))
		b.WriteByte(' ')
	}
	b.WriteByte(')')
	return b.String()
}
