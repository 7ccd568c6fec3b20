package node_test

import (
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestUsersLikeReference gives random rules to users here and on the reference, and has both say whether they may run random
// commands: asked (ACL DRYRUN), and tried by a connection of the user, alone, in transactions and scripts. Beside 9.1 all words and
// texts are compared; redis-server 7.0 has others, and no databases, so that it is the verdict alone.
func TestUsersLikeReference(t *testing.T) {
	newest := os.Getenv("SIGRUN_REFERENCE") != ""
	reference := testkit.Reference(t)
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := newComparedUsers(t, reference, addr, newest)
		for range 120 {
			c.round()
			if t.Failed() {
				return
			}
		}
		if newest {
			c.compareLogs()
		}
	}, [2]string{"enable-debug-command", "yes"})
}

// comparedUsers are two servers.
type comparedUsers struct {
	t        *testing.T
	rng      *rand.Rand
	newest   bool
	admins   [2]*testkit.Client // of the reference, of the server under test
	users    [2]*testkit.Client
	commands []string // which both know alike
}

func newComparedUsers(t *testing.T, reference, addr string, newest bool) *comparedUsers {
	c := &comparedUsers{t: t, rng: rand.New(rand.NewPCG(uint64(testkit.Seed()), 12)), newest: newest}
	var known [2]map[string]string
	for i, a := range []string{reference, addr} {
		c.admins[i], c.users[i] = testkit.MustDial(t, a), testkit.MustDial(t, a)
		c.admins[i].Want(t, "+OK\r\n", "ACL", "SETUSER", "u", "reset", "on", "nopass")
		c.admins[i].Want(t, "+OK\r\n", "ACL", "LOG", "RESET")
		c.admins[i].Want(t, "+OK\r\n", "CONFIG", "SET", "hz", "10")
		c.admins[i].Want(t, "+OK\r\n", "FLUSHALL")
		known[i] = commandFacts(t, c.admins[i])
	}
	for _, line := range comparedLines {
		name := strings.ToLower(strings.Fields(line)[0])
		if fact := known[0][name]; fact != "" && fact == known[1][name] {
			c.commands = append(c.commands, line)
		} else if newest {
			t.Errorf("%s: %q, want %q", name, known[1][name], fact)
		}
	}
	return c
}

// commandFacts are categories, and keys with their flags, of all commands.
func commandFacts(t *testing.T, c *testkit.Client) map[string]string {
	facts := map[string]string{}
	_ = testkit.Must(c.Do("HELLO", "3"))(t)
	reply, err := testkit.Parse(testkit.Must(c.Do("COMMAND"))(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reply.Elems {
		facts[r.Elems[0].Text] = text(r.Elems[6]) + text(r.Elems[8])
	}
	_ = testkit.Must(c.Do("HELLO", "2"))(t)
	return facts
}

// comparedLines are commands that users may or may not run; K is a key, C a channel, D a database.
var comparedLines = []string{"GET K", "SET K v", "SET K v GET", "MGET K K K", "MSET K v K v", "DEL K K", "STRLEN K", "GETDEL K", "APPEND K v", "INCR K",
	"SETRANGE K 0 v", "BITFIELD K GET u8 0", "BITFIELD K SET u8 0 1", "BITFIELD_RO K GET u8 0", "LPUSH K v", "RPOP K", "LMOVE K K LEFT RIGHT", "RPOPLPUSH K K",
	"LMPOP 2 K K LEFT", "LMPOP 0 K LEFT", "SADD K v", "SINTER K K", "SINTERSTORE K K K", "SINTERCARD 2 K K", "SMOVE K K v", "ZADD K 1 v", "ZUNIONSTORE K 2 K K",
	"ZUNIONSTORE K 0 K", "ZINTER 2 K K", "ZRANGESTORE K K 0 1", "HSET K f v", "HGET K f", "HGETALL K", "XADD K * f v", "XREAD COUNT 1 STREAMS K K 0 0",
	"XREADGROUP GROUP g c STREAMS K >", "XGROUP CREATE K g 0", "XINFO STREAM K", "GEOADD K 1 1 v", "GEORADIUS K 1 1 1 km STORE K", "GEORADIUS K 1 1 1 km",
	"GEOSEARCHSTORE K K FROMMEMBER v BYRADIUS 1 km", "PFADD K v", "PFCOUNT K K", "PFMERGE K K", "SORT K", "SORT K BY nosort GET K", "SORT K STORE K",
	"SORT_RO K", "COPY K K", "RENAME K K", "EXISTS K K", "TYPE K", "TTL K", "EXPIRE K 100", "TOUCH K", "UNLINK K", "OBJECT ENCODING K", "DUMP K", "KEYS *", "SCAN 0",
	"RANDOMKEY", "DBSIZE", "WATCH K", "EVAL return 2 K K", "EVAL_RO return 0", "PUBLISH C m", "SUBSCRIBE C C", "PSUBSCRIBE C", "UNSUBSCRIBE C", "PUBSUB CHANNELS",
	"PUBSUB NUMSUB C", "CONFIG GET hz", "CONFIG SET hz 10", "CLIENT ID", "CLIENT LIST", "COMMAND COUNT", "ECHO v", "PING", "AUTH a b", "HELLO 2", "SELECT D", "SELECT x",
	"FLUSHALL", "FLUSHDB", "INFO", "DEBUG SLEEP 0", "MEMORY USAGE K", "LATENCY RESET", "MULTI", "TIME", "LCS K K", "GETEX K EX 100", "BLPOP K K 1", "SUBSTR K 0 1", "LOLWUT"}

// newLines are those of databases, which only 9.1 knows rules for.
var newLines = []string{"MOVE K D", "SWAPDB D D", "COPY K K DB D"}

func (c *comparedUsers) pick(from ...string) string { return from[c.rng.IntN(len(from))] }

func (c *comparedUsers) key() string {
	return c.pick("a", "ab", "abc", "user:1:name", "user:22:name", "x*", "cache:1", "session:f0", "session:zz", "")
}

func (c *comparedUsers) channel() string { return c.pick("news", "news:1", "news:*", "other", "*") }

func (c *comparedUsers) line() []string {
	lines := c.commands
	if c.newest && c.rng.IntN(8) == 0 {
		lines = newLines
	}
	words := strings.Fields(c.pick(lines...))
	for i, w := range words {
		switch w {
		case "K":
			words[i] = c.key()
		case "C":
			words[i] = c.channel()
		case "D":
			words[i] = c.pick("0", "1", "2", "15", "16", "-1")
		}
	}
	return words
}

// rules are a few random ones.
func (c *comparedUsers) rules() (all []string) {
	for range 1 + c.rng.IntN(7) {
		kind := c.rng.IntN(14)
		if kind < 2 && !c.newest { // which takes parentheses within each other
			all = append(all, "("+c.permission()+" "+c.permission()+")")
			continue
		}
		switch kind {
		case 0:
			all = append(all, "("+strings.Join(c.rules(), " ")+")")
		case 1:
			all = append(all, c.pick("(+get ~a", "(%R~*", "(")) // of several words, or never closed
			if c.rng.IntN(3) > 0 {
				all = append(all, c.pick("+set)", "+@all)", "~b)", ")"))
			}
		case 2:
			all = append(all, c.pick("on", "nopass", "sanitize-payload", "skip-sanitize-payload", "resetpass", ">pw", "<pw", "clearselectors", "#"+strings.Repeat("0f", 32), "#x"))
		default:
			all = append(all, c.permission())
		}
	}
	return all
}

func (c *comparedUsers) permission() string {
	sign := c.pick("+", "+", "-")
	switch c.rng.IntN(9) {
	case 0:
		return sign + "@" + c.pick("all", "all", "read", "write", "string", "keyspace", "dangerous", "fast", "slow", "pubsub", "connection", "scripting", "nosuch")
	case 1:
		return sign + c.pick("config|get", "config", "client|id", "select|1", "debug|sleep", "xgroup|create", "object|encoding", "config|nosuch", "get|a|b", "client|id|x", "|")
	case 2, 3:
		return sign + strings.ToLower(strings.Fields(c.pick(c.commands...))[0])
	case 4, 5, 6:
		return c.pick("~", "~", "%R~", "%W~", "%RW~", "%wr~", "%X~") + c.pick("*", "a*", "ab", "user:*:name", "session:[0-9a-f]*", "cache:?", "x\\*", "**", "")
	case 7:
		return "&" + c.pick("*", "news", "news:*", "n?ws")
	}
	if c.newest && c.rng.IntN(2) == 0 {
		return c.pick("db=0", "db=1,2", "db=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "db=x", "db=,", "db=99", "db=99999999999", "alldbs", "resetdbs")
	}
	return c.pick("allkeys", "allchannels", "resetkeys", "resetchannels", "allcommands", "nocommands", "reset")
}

// round changes the user and looks what it may do then.
func (c *comparedUsers) round() {
	rules := append([]string{"reset", "on", "nopass"}, c.rules()...)
	if c.rng.IntN(3) == 0 {
		rules = rules[3:]
	}
	c.asAdmin(true, append([]string{"ACL", "SETUSER", "u"}, rules...)...)
	if c.newest {
		c.asAdmin(true, "ACL", "LIST")
		c.asAdmin(true, "ACL", "GETUSER", "u")
	}
	for range 40 {
		c.asAdmin(false, append([]string{"ACL", "DRYRUN", "u"}, c.line()...)...)
	}
	c.asAdmin(true, "ACL", "SETUSER", "u", "on", "nopass")
	c.tried()
}

// harmless are commands that are tried: what they do is not what is compared.
var harmless = regexp.MustCompile(`^(GET|MGET|STRLEN|SET|MSET|EXISTS|SINTER|SINTERSTORE|PUBLISH|SUBSCRIBE|PSUBSCRIBE|CONFIG|SELECT|SORT|ECHO|ZADD|HSET|DBSIZE|EVAL_RO)( |$)`)

// tried has a connection of the user run commands.
func (c *comparedUsers) tried() {
	for _, conn := range c.users {
		conn.Want(c.t, "+RESET\r\n", "RESET")
		conn.Want(c.t, "+OK\r\n", "AUTH", "u", "x")
	}
	inTx := false
	for range 25 {
		args := c.line()
		for !harmless.MatchString(strings.Join(args, " ")) || strings.HasSuffix(args[0], "SUBSCRIBE") && inTx {
			args = c.line()
		}
		switch {
		case strings.HasSuffix(args[0], "SUBSCRIBE"): // whose answers are several
			args = append([]string{"PUBLISH"}, args[1], "m")
		case !inTx && c.rng.IntN(10) == 0:
			args = []string{"MULTI"}
			inTx = true
		case inTx && c.rng.IntN(4) == 0:
			args = []string{"EXEC"}
			inTx = false
		case c.rng.IntN(4) == 0:
			script := "return redis." + c.pick("call", "pcall", "acl_check_cmd") + "('" + strings.Join(args, "','") + "')"
			args = []string{"EVAL", script, "0"}
		}
		c.compare(c.users, true, args...)
		if inTx && c.rng.IntN(12) == 0 { // what was queued is looked at again
			c.asAdmin(true, "ACL", "SETUSER", "u", c.permission())
		}
	}
}

func (c *comparedUsers) asAdmin(whole bool, args ...string) { c.compare(c.admins, whole, args...) }

// modifier is the rule that an error is about.
var modifier = regexp.MustCompile(`modifier '.*'`)

// compare has both servers answer. Beside 7.0 it is whether the answer is a refusal.
func (c *comparedUsers) compare(conns [2]*testkit.Client, whole bool, args ...string) {
	c.t.Helper()
	var replies [2]string
	for i, conn := range conns {
		replies[i] = string(testkit.Must(conn.Do(args...))(c.t))
		if !c.newest {
			replies[i] = verdict(replies[i])
		}
	}
	if hidden := modifier.FindString(replies[1]); strings.Contains(hidden, "...") { // a password may stand there
		replies[0] = modifier.ReplaceAllLiteralString(replies[0], hidden)
	}
	if replies[0] != replies[1] && !(c.newest && stricter(args, replies)) {
		line := testkit.Must(c.admins[1].Do("ACL", "LIST"))(c.t)
		c.t.Errorf("%q: %q, want %q; seed %d, %s", args, replies[1], replies[0], testkit.Seed(), line)
	}
}

var (
	copied  = regexp.MustCompile(`(?i)\b(copy|move)\b`)
	refusal = regexp.MustCompile(`NOPERM|The user executing the script|ACL failure|no permissions|no permission `)
)

// verdict is what words of two versions have in common.
func verdict(reply string) string {
	switch {
	case refusal.MatchString(reply):
		return "refused"
	case strings.HasPrefix(reply, "-"):
		return "-"
	case strings.HasPrefix(reply, "*") || strings.HasPrefix(reply, "$") || strings.HasPrefix(reply, ":"):
		return "answered"
	}
	return reply
}

// stricter reports whether the commands are those by which the reference lets a user at a database that it may not use: it looks at the
// one that COPY and MOVE name, and not at the selected one.
func stricter(args []string, replies [2]string) bool {
	return copied.MatchString(strings.Join(args, " ")) && refusal.MatchString(replies[1]) || slices.Contains(args, "EXEC") && strings.Contains(replies[1], "no permission\r")
}

var ofTheMoment = regexp.MustCompile(`client-info\r\n\$\d+\r\n[^\r]*|(age-seconds|entry-id|timestamp-created|timestamp-last-updated)\r\n(\$\d+\r\n)?[^\r]*`)

// compareLogs compares the newest entries of ACL LOG and what is counted.
func (c *comparedUsers) compareLogs() {
	var logs [2]string
	for i, conn := range c.admins {
		conn.Want(c.t, "+OK\r\n", "ACL", "LOG", "RESET")
		conn.Want(c.t, "+OK\r\n", "ACL", "SETUSER", "u", "reset", "on", ">pw", "+@all", "-echo", "~a*", "&news", "db=0")
		u := c.users[i]
		u.Want(c.t, "+RESET\r\n", "RESET")
		for _, line := range []string{"AUTH u wrong", "AUTH nobody x", "HELLO 2 AUTH u no", "AUTH u pw", "GET b", "GET b", "MGET a b c", "ECHO x", "CONFIG GET port", "PUBLISH other m",
			"PUBLISH other m", "SELECT 2", "FLUSHALL", "MULTI", "ECHO y", "AUTH u wrong", "EXEC", "MULTI", "AUTH u wrong", "EXEC", "EVAL redis.pcall('get','zz') 0", "EVAL redis.pcall('echo','zz') 0"} {
			_ = testkit.Must(u.Do(strings.Fields(line)...))(c.t)
		}
		_ = testkit.Must(u.Do("MULTI"))(c.t)
		_ = testkit.Must(u.Do("GET", "a"))(c.t)
		conn.Want(c.t, "+OK\r\n", "ACL", "SETUSER", "u", "-get")
		_ = testkit.Must(u.Do("EXEC"))(c.t)
		logs[i] = ofTheMoment.ReplaceAllString(string(testkit.Must(conn.Do("ACL", "LOG", "100"))(c.t)), "$1")
	}
	if logs[0] != logs[1] {
		c.t.Errorf("%q\nwant\n%q", logs[1], logs[0])
	}
}
