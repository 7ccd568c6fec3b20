//go:build sim

package simulation

import (
	"fmt"
	"maps"
	"math/rand"
	randv2 "math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/testkit"
)

// Draw makes the plan of a seed: clients of several kinds, and about so many commands.
func Draw(seed uint64, commands int) *Plan {
	r := randv2.New(randv2.NewPCG(seed, 1))
	p := &Plan{Settings: draw(r, randv2.New(randv2.NewPCG(seed, 7)))}
	w := &workload{r: rand.New(rand.NewSource(int64(r.Uint64() >> 1))), judged: p.Settings.is(Judged),
		disorder: p.Settings[Disorder], endless: p.Settings.is(Endless), recorded: p.Settings.is(Recorded) || p.Settings.is(Appends)}
	w.choose()
	kinds := []kind{(*workload).fumble, (*workload).fumble, (*workload).write, (*workload).write, (*workload).transact, (*workload).block, (*workload).block,
		(*workload).feed, (*workload).trade, (*workload).trade, (*workload).trade, (*workload).rule, (*workload).rule, (*workload).listen, (*workload).die,
		(*workload).guard, (*workload).remember, (*workload).remember}
	if p.Settings.is(Saves) || p.Settings.is(PowerCut) {
		kinds = append(kinds, (*workload).keep, (*workload).keep)
	}
	if p.Settings.is(Appends) {
		kinds = append(kinds, (*workload).log, (*workload).log, (*workload).log)
	}
	if w.judged {
		kinds = append(kinds, (*workload).beJudged, (*workload).beJudged, (*workload).beJudged, (*workload).beJudged)
	}
	clients := make([]kind, 2+w.r.Intn(6))
	for i := range clients {
		clients[i] = kinds[w.r.Intn(len(kinds))]
	}
	if p.Settings.is(Appends) {
		clients[0] = (*workload).log
	}
	if w.r.Intn(4) == 0 {
		w.rise()
	}
	for w.count < commands {
		w.client = w.r.Intn(len(clients))
		clients[w.client](w)
	}
	p.Steps = w.steps
	return p
}

// kind is what one client does again and again.
type kind func(w *workload)

type workload struct {
	r        *rand.Rand
	judged   bool
	endless  bool
	recorded bool
	disorder int64
	chosen   []testkit.Generator
	keys     int
	client   int
	count    int
	serial   int
	steps    []Step
}

// choose takes some families, and how many keys the other commands share.
func (w *workload) choose() {
	all := testkit.Families()
	names := slices.Sorted(maps.Keys(all))
	for range 1 + w.r.Intn(4) {
		w.chosen = append(w.chosen, all[names[w.r.Intn(len(names))]])
	}
	w.keys = 1 + w.r.Intn([]int{2, 6, 12, 40}[w.r.Intn(4)])
}

func (w *workload) add(verb string, args ...string) {
	w.steps = append(w.steps, Step{Client: w.client, Verb: verb, Args: args})
	switch verb {
	case With, Do, Send, Part, Op, Pledge, Trade, Cache, Note, Log:
		w.count++
	}
}

// line adds a command whose words stand between blanks.
func (w *workload) line(verb, text string) { w.add(verb, strings.Fields(text)...) }

// do adds commands that are sent together.
func (w *workload) do(commands ...[]string) {
	last := len(commands) - 1
	for _, c := range commands[:last] {
		w.add(With, c...)
	}
	w.add(Do, commands[last]...)
}

func (w *workload) key(of string) string { return of + strconv.Itoa(w.r.Intn(w.keys)) }
func (w *workload) num(n int) string     { return strconv.Itoa(w.r.Intn(n)) }
func (w *workload) pick(list ...string) string {
	return list[w.r.Intn(len(list))]
}

// pause now and then lets time go by: often as much as others wait at most, whose time is over then just when they are served.
func (w *workload) pause() {
	if w.r.Intn(6) == 0 {
		most := w.disorder * 100 // in which chaos does not do too much
		w.add(Wait, strconv.FormatInt(min(most, []int64{1, 20, 100, 1000, 3000, 20000, 120000}[w.r.Intn(7)]), 10))
	}
}

// rise has somebody fill the keyspace first.
func (w *workload) rise() {
	w.client = 0
	var all [][]string
	for i := range 20 + w.r.Intn(60) {
		all = append(all, []string{"SET", "s" + strconv.Itoa(i), strings.Repeat("v", w.r.Intn(200))})
	}
	w.do(all...)
}

// family is a command of the chosen families.
func (w *workload) family() []string {
	for {
		if args := testkit.Brief(w.chosen[w.r.Intn(len(w.chosen))](w.r).Args); args != nil {
			return args
		}
	}
}

// fumble does commands of all families, right ones and wrong ones, in pipelines, transactions and scripts.
func (w *workload) fumble() {
	switch w.r.Intn(10) {
	case 0:
		w.do([]string{"MULTI"}, w.family(), w.family(), w.family(), []string{"EXEC"})
	case 1:
		w.do(testkit.Scripted(w.family(), w.family(), w.family()))
	case 2:
		w.line(Do, "SELECT "+w.pick("0", "0", "0", "1", "2"))
	case 3:
		if w.r.Intn(3) == 0 {
			w.line(Do, "HELLO "+w.pick("2", "3"))
			return
		}
		fallthrough
	default:
		var all [][]string
		for range 1 + w.r.Intn(8) {
			all = append(all, w.family())
		}
		w.do(all...)
	}
	w.pause()
}

// plain is a command on keys that many share.
func (w *workload) plain() []string {
	return strings.Fields([]string{
		"SET " + w.key("s") + " " + strings.Repeat("v", 1+w.r.Intn(200)), "SET " + w.key("s") + " 1", "GET " + w.key("s"), "INCR " + w.key("n"), "DEL " + w.key("s") + " " + w.key("l"),
		"MSET " + w.key("s") + " a " + w.key("s") + " b " + w.key("s") + " c", "RPUSH " + w.key("l") + " a b c d e", "LMOVE " + w.key("l") + " " + w.key("l") + " LEFT RIGHT",
		"SADD " + w.key("t") + " 1 2 x" + w.num(1000), "HSET " + w.key("h") + " f" + w.num(300) + " v", "ZADD " + w.key("z") + " " + w.num(99) + " m" + w.num(300),
		"SINTERSTORE " + w.key("t") + " " + w.key("t") + " " + w.key("t"), "RENAME " + w.key("s") + " " + w.key("s"), "PEXPIRE " + w.key("s") + " " + w.num(20),
		"SET " + w.key("s") + " v PX " + strconv.Itoa(1+w.r.Intn(5)), "HPEXPIRE " + w.key("h") + " " + w.num(20) + " FIELDS 1 f" + w.num(300), "XADD " + w.key("x") + " * f v",
		"COPY " + w.key("l") + " " + w.key("l") + " REPLACE", "DBSIZE", "SCAN 0 COUNT 100", "KEYS *", "RANDOMKEY", "PUBLISH ch" + w.num(4) + " m", "LPOP " + w.key("l"),
		"SETRANGE " + w.key("s") + " " + w.num(2000) + " x", "APPEND " + w.key("s") + " " + strings.Repeat("a", w.r.Intn(300)), "MGET " + w.key("s") + " " + w.key("s") + " " + w.key("n"),
		"OBJECT ENCODING " + w.key("l"), "SORT " + w.key("t") + " ALPHA", "SPOP " + w.key("t"), "SMEMBERS " + w.key("t"), "HGETALL " + w.key("h"),
		"SPUBLISH ch" + w.num(4) + " m",
	}[w.r.Intn(33)])
}

// write does plain commands in pipelines, and scripts.
func (w *workload) write() {
	if w.r.Intn(6) == 0 {
		w.do(w.script())
		w.pause()
		return
	}
	var all [][]string
	for range 1 + w.r.Intn(8) {
		all = append(all, w.plain())
	}
	w.do(all...)
	w.pause()
}

func (w *workload) script() []string {
	if w.endless && w.r.Intn(3) == 0 {
		return []string{"EVAL", "while true do end", w.pick("0", "1"), w.key("s")}
	}
	k, other := w.key("s"), w.key("s")
	return [][]string{
		{"EVAL", "redis.call('SET', KEYS[1], 'x') return redis.call('GET', ARGV[1])", "1", k, other},
		{"EVAL", "redis.call('incr', 'n'..KEYS[1]) return redis.call('get', ARGV[1])", "1", k, other},
		{"EVAL", "return redis.call('INCRBY', KEYS[1], 1)", "1", w.key("n")},
		{"EVAL", "for i = 1, 50 do redis.call('lpush', KEYS[1], i) end return redis.call('llen', KEYS[1])", "1", w.key("l")},
		{"EVAL", "for i = 1, 400 do local x = i end return redis.call('get', KEYS[1])", "1", k},
		{"EVAL", "return redis.call('publish', 'ch1', ARGV[1])", "0", k},
		{"EVAL", "return #redis.call('keys', '*')", "0"},
		{"EVAL", "return " + w.num(5000), "0"},
		{"EVAL", "redis.call('set', KEYS[1], 1) return redis.error_reply('no')", "1", k},
		{"EVAL", "return redis.call('blpop', KEYS[1], 0)", "1", w.key("l")},
		{"SCRIPT", "FLUSH"},
	}[w.r.Intn(11)]
}

// transact watches, queues and executes.
func (w *workload) transact() {
	all := [][]string{{"WATCH", w.key("s"), w.key("l")}, {"GET", w.key("s")}}
	if w.r.Intn(3) == 0 {
		all = [][]string{{"EXEC"}, {"WATCH", w.key("s")}}
	}
	if w.r.Intn(4) == 0 { // a mind that changes
		all = append([][]string{{"WATCH", w.key("s"), w.key("n")}, {w.pick("UNWATCH", "RESET", "UNWATCH")}}, all...)
	}
	if w.r.Intn(3) > 0 {
		w.do(all...)
		all = nil
		w.pause()
	}
	all = append(all, []string{"MULTI"})
	for range 1 + w.r.Intn(4) {
		all = append(all, w.queued())
	}
	w.do(append(all, []string{w.pick("EXEC", "EXEC", "EXEC", "DISCARD")})...)
	w.pause()
}

func (w *workload) queued() []string {
	switch w.r.Intn(12) {
	case 0:
		return w.script()
	case 1:
		return strings.Fields(w.pick("BLPOP "+w.key("l")+" 0", "SELECT 1", "CLIENT LIST", "BGSAVE", "DBSIZE", "UNWATCH", "CONFIG GET save", "FLUSHDB"))
	}
	return w.plain()
}

// soon is how long somebody waits.
func (w *workload) soon() string {
	soon := w.pick("0.001", "0.003", "0.02", "0.1", "0.4")
	if w.disorder < 1000 && len(soon) < 4 { // as in pause
		return "0.02"
	}
	return soon
}

// trade hands numbers on, each of which has to come to somebody.
func (w *workload) trade() {
	switch w.r.Intn(8) {
	case 0, 1, 2:
		w.add(Trade, "push")
	case 3, 4:
		w.add(Trade, "release")
	default:
		w.add(Trade, "pop", w.soon())
	}
	w.pause()
}

// block waits for keys, briefly.
func (w *workload) block() {
	soon, k := w.soon(), w.key("l")
	w.line(Do, w.pick("BLPOP "+k+" "+w.key("l")+" "+soon, "BLMOVE "+k+" "+w.key("l")+" LEFT RIGHT "+soon, "BRPOP "+k+" "+soon, "BLMPOP "+soon+" 2 "+k+" "+w.key("l")+" LEFT COUNT 3",
		"BZPOPMIN "+w.key("z")+" "+soon, "XREAD BLOCK "+w.pick("1", "20")+" STREAMS "+w.key("x")+" $", "WAIT 1 3"))
	w.pause()
}

// feed makes what others wait for, in ways that serve one of them or many, at once or later: alone, in transactions that change
// the database, in scripts, by other names.
func (w *workload) feed() {
	push := func() []string {
		return strings.Fields(w.pick("RPUSH "+w.key("l")+" 1 2 3", "LPUSH "+w.key("l")+" 1", "ZADD "+w.key("z")+" 1 a 2 b", "XADD "+w.key("x")+" * f v", "LMOVE "+w.key("l")+" "+w.key("l")+" RIGHT LEFT",
			"RENAME "+w.key("l")+" "+w.key("l"), "COPY "+w.key("l")+" "+w.key("l")+" REPLACE", "DEL "+w.key("l"), "SORT "+w.key("l")+" ALPHA STORE "+w.key("l"), "ZUNIONSTORE "+w.key("z")+" 1 "+w.key("z")))
	}
	switch w.r.Intn(5) {
	case 0:
		db := w.pick("0", "1", "0")
		w.do([]string{"SELECT", db}, []string{"MULTI"}, push(), []string{"SELECT", "0"}, push(), push(), []string{"EXEC"})
	case 1:
		w.do([]string{"EVAL", "redis.call('rpush', KEYS[1], 1, 2) redis.call('zadd', KEYS[2], 1, 'a') return redis.call('rpush', ARGV[1], 3)", "2", w.key("l"), w.key("z"), w.key("l")})
	case 2:
		w.do(push(), push(), push())
	default:
		w.do(push())
	}
	w.pause()
}

// rule does what concerns everybody.
func (w *workload) rule() {
	switch w.r.Intn(21) {
	case 0, 1:
		w.line(Do, "FLUSHALL")
	case 2:
		w.line(Do, "SELECT "+w.pick("0", "1", "2"))
		w.line(Do, w.pick("FLUSHDB", "FLUSHDB SYNC", "FLUSHDB ASYNC"))
	case 3, 4:
		w.line(Do, w.pick("SWAPDB 0 1", "SWAPDB 1 2", "SWAPDB 0 0"))
	case 5, 6, 7:
		w.line(Do, "BGSAVE")
	case 8:
		w.line(Do, w.pick("BGSAVE CANCEL", "BGSAVE SCHEDULE", "SAVE"))
	case 9:
		if w.recorded { // of what a file leaves out, since it is due, or brings along, no commit tells
			w.line(Do, "DEBUG DIGEST")
			return
		}
		w.line(Do, w.pick("DEBUG RELOAD", "DEBUG RELOAD", "DEBUG DIGEST", "DEBUG SLEEP 0.001"))
	case 10:
		w.line(Do, "CONFIG SET "+w.pick("notify-keyspace-events KEA", "maxmemory-policy volatile-lfu", "hz 100", "hz 10", "io-threads 1", "io-threads 4", "rdb-key-save-delay 5",
			"list-max-listpack-size 2", "hash-max-listpack-entries 2", "set-max-intset-entries 1", "zset-max-listpack-entries 2", "slowlog-log-slower-than 0", "activedefrag yes"))
	case 11, 12:
		w.line(Do, w.pick("CLIENT KILL TYPE pubsub", "CLIENT KILL ID "+strconv.Itoa(1+w.r.Intn(8)), "CLIENT KILL TYPE normal", "CLIENT UNBLOCK "+strconv.Itoa(1+w.r.Intn(8))+" ERROR",
			"CLIENT KILL SKIPME no ID "+strconv.Itoa(1+w.r.Intn(8))))
	case 13, 14:
		w.line(Do, w.pick("CLIENT PAUSE 3 WRITE", "CLIENT PAUSE 2", "CLIENT UNPAUSE", "CLIENT NO-EVICT on"))
	case 15:
		w.line(Do, w.pick("CLIENT LIST", "INFO everything", "MEMORY PURGE", "MEMORY STATS", "LATENCY RESET", "SLOWLOG GET", "CONFIG RESETSTAT", "PUBSUB CHANNELS"))
	case 16:
		w.line(Do, "DEBUG SET-ACTIVE-EXPIRE "+w.pick("0", "1", "1"))
	case 17:
		w.do(w.script())
	case 18:
		w.line(Do, "CONFIG SET tracking-table-max-keys "+w.pick("1", "3", "0", "1000000"))
	default:
		w.do(w.plain(), w.plain())
	}
	w.pause()
}

// guard makes, changes and removes users, becomes one of them, and does what that one may or may not do.
func (w *workload) guard() {
	user := func() string { return "u" + w.num(3) }
	switch w.r.Intn(8) {
	case 0, 1:
		w.line(Do, "ACL SETUSER "+user()+" on nopass "+w.pick("+@all ~*", "+@read ~s* ~l*", "+@all -@dangerous ~s1 %R~*", "resetkeys ~n*", "+get +set ~* (+incr ~n*)", "off", "&ch1", "reset", "allchannels allkeys"))
	case 2:
		w.line(Do, w.pick("ACL DELUSER "+user(), "ACL DELUSER "+user(), "ACL LIST", "ACL LOG", "ACL LOG RESET", "ACL WHOAMI", "ACL GETUSER "+user(), "ACL DRYRUN "+user()+" SET s1 x"))
	case 3:
		w.line(Do, w.pick("AUTH "+user()+" x", "AUTH "+user()+" x", "RESET", "AUTH default x", "HELLO 2 AUTH "+user()+" x"))
	case 4:
		w.do([]string{"MULTI"}, w.plain(), w.plain(), []string{"EXEC"})
	case 5:
		w.do(w.script())
	case 6:
		w.line(Do, w.pick("BLPOP "+w.key("l")+" "+w.soon(), "BLMOVE "+w.key("l")+" "+w.key("l")+" LEFT RIGHT "+w.soon()))
	default:
		w.do(w.plain(), w.plain(), w.plain())
	}
	w.pause()
}

// remember reads keys into a cache, changes them, and is told of what others change.
func (w *workload) remember() {
	key := func() string { return "c" + w.num(min(w.keys, 8)) }
	switch w.r.Intn(12) {
	case 0:
		w.line(Cache, "on "+w.pick("", "", "", "BCAST", "BCAST PREFIX c", "OPTIN", "OPTOUT", "NOLOOP", "BCAST NOLOOP PREFIX c", "OPTIN NOLOOP"))
	case 1, 2, 3, 4, 5, 6:
		w.line(Cache, "read "+key())
	default:
		k, v := key(), w.num(1000)
		w.line(Cache, "write "+w.pick("SET "+k+" "+v, "SET "+k+" "+v+" PX "+w.num(20)+"0", "DEL "+k, "APPEND "+k+" "+v, "PEXPIRE "+k+" "+w.num(9), "MSET "+key()+" "+v+" "+key()+" "+v,
			"RENAME "+k+" "+key(), "COPY "+k+" "+key()+" REPLACE", "GETDEL "+k, "EVAL return#redis.call('set',KEYS[1],ARGV[1]) 1 "+k+" "+v, "EVAL return#redis.call('incr',ARGV[1]) 0 "+k,
			"GETEX "+k+" PX 3", "RESTORE "+k+" 0 x REPLACE", "UNLINK "+k+" "+key(), "LPUSH "+k+" x"))
	}
	w.pause()
}

// log has numbers in the ledger, beside all that can be done to the append-only file.
func (w *workload) log() {
	switch w.r.Intn(12) {
	case 0, 1:
		w.add(Log, "rewrite")
	case 2:
		w.add(Log, "policy", w.pick("always", "everysec", "no"))
	case 3:
		w.add(Log, w.pick("off", "on", "on"))
	case 4:
		w.add(Log, "look")
	case 5, 6:
		w.add(Note, "exec")
	default:
		w.add(Note)
	}
	w.pause()
}

// keep has a number that can be told in a file, and saves it.
func (w *workload) keep() {
	switch w.r.Intn(5) {
	case 0:
		w.add(Pledge)
	case 1, 2:
		w.add(Pledge, "save")
	case 3:
		w.line(Do, "BGSAVE")
	default:
		w.line(Do, w.pick("FLUSHALL", "BGSAVE CANCEL", "BGSAVE", "FLUSHDB"))
	}
	w.pause()
}

// listen subscribes, monitors, reads or does not read.
func (w *workload) listen() {
	switch w.r.Intn(9) {
	case 0, 1:
		w.line(Send, w.pick("SUBSCRIBE ch1 ch2 ch3", "PSUBSCRIBE ch* __key*", "MONITOR", "SUBSCRIBE ch0 ch1", "SSUBSCRIBE ch0 ch3", "SSUBSCRIBE ch1", "HELLO 3"))
	case 2:
		w.line(Send, w.pick("UNSUBSCRIBE ch1", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "SUNSUBSCRIBE ch3", "RESET"))
	case 3:
		w.add(Stall)
	case 4:
		w.add(Read)
	case 5:
		w.line(With, "MULTI")
		w.add(With, w.script()...)
		w.line(With, w.pick("SUBSCRIBE ch5", "PSUBSCRIBE x*", "UNSUBSCRIBE"))
		w.line(Send, "EXEC")
	case 6:
		w.add(w.pick(Shut, Reset))
	default:
		w.add(Send, w.plain()...)
	}
	w.pause()
}

// die does anything and is gone before the answer, in the middle of what it says, or without reading.
func (w *workload) die() {
	if w.r.Intn(4) == 0 {
		w.add(Stall)
	}
	for range w.r.Intn(5) {
		switch w.r.Intn(8) {
		case 0:
			w.add(Send, "BLPOP", w.key("l"), "0")
		case 1:
			w.add(Send, w.script()...)
		case 2:
			w.line(With, "WATCH "+w.key("s"))
			w.line(With, "MULTI")
			w.add(With, w.queued()...)
			w.line(Send, w.pick("EXEC", "EXEC", "PING"))
		case 3:
			w.add(Send, "SET", w.key("s"), strings.Repeat("b", w.r.Intn(40000)))
		case 4:
			w.line(Send, "LRANGE "+w.key("l")+" 0 -1")
		default:
			w.add(Send, w.plain()...)
		}
	}
	if w.r.Intn(3) == 0 {
		w.add(Part, append([]string{w.num(30)}, w.plain()...)...)
	}
	w.pause()
	w.add(w.pick(Shut, Reset, Reset))
}

// beJudged does operations of which all replies have to be explained.
func (w *workload) beJudged() {
	w.serial++
	mixes := testkit.Mixes()
	o := mixes[w.r.Intn(len(mixes))].Next(w.r, fmt.Sprint("u", w.serial))
	words := opWords(o)
	if len(o.Watch) > 0 && w.r.Intn(3) == 0 {
		words[1] = w.pick("a", "b", "c", "d") + "!" + words[1]
	}
	w.add(Op, words...)
	w.count += len(o.Commands) - 1
	w.pause()
}
