//go:build sim

package simulation

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"sigrun/internal/sim"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node/nodetest"
	"sigrun/shards/exec"
)

// ledgerDB has one key, ledger, that is given numbers, each of them once. By it what an append-only file has kept is found among all that there ever was: the
// state behind one of the commits, and behind all that were acknowledged and have to survive.
const ledgerDB = 6

// ledger is what is known of the append-only file.
type ledger struct {
	last    int64   // number
	on      bool    // what is done comes into the file, whose base is there
	policy  string  // appendfsync
	busy    bool    // somebody changes one of these
	changes int     // how often that was
	written []int64 // numbers that were answered while it was on: they survive a process that is killed
	synced  []int64 // those of them that were under always: they survive a loss of power
	seen    int     // moments at which something could have been lost
	losses  []loss  // some of them, drawn by lot
}

// loss is what was left at a moment.
type loss struct {
	what   string
	files  *vfs.Mem
	sure   []int64 // numbers, at least one of them or a later one is there
	number int64   // what is there
	moment nodetest.Moment
	found  bool
}

// mostLosses bounds what is looked at in the end.
const mostLosses = 3

// policies of appendfsync, by the setting.
var policies = []string{1: "always", 2: "everysec", 3: "no"}

// note gives the ledger the next number, alone or together with others.
func (c *client) note(args []string) {
	l := &c.x.ledger
	l.last++
	n, changes, busy := l.last, l.changes, l.busy
	text := strconv.FormatInt(n, 10)
	set := [][]string{{"SELECT", strconv.Itoa(ledgerDB)}, {"SET", "ledger", text}}
	want := "+OK\r\n"
	if len(args) > 0 {
		set = [][]string{set[0], {"MULTI"}, {"INCR", "page1"}, set[1], {"INCR", "page2"}, {"EXEC"}}
		want = "*3\r\n"
	}
	if strings.HasPrefix(c.ask(set...), want) && l.on && !busy && !l.busy && l.changes == changes {
		if l.written = append(l.written, n); l.policy == policies[1] {
			l.synced = append(l.synced, n)
		}
	}
	c.ask([]string{"SELECT", "0"})
	c.atHome = false
}

// log does something about the append-only file.
func (c *client) log(args []string) {
	l := &c.x.ledger
	if args[0] == "rewrite" {
		c.ask([]string{"BGREWRITEAOF"})
		return
	}
	if l.busy {
		return
	}
	l.busy = true
	defer func() { l.busy = false }()
	l.changes++
	switch args[0] {
	case "policy":
		if l.policy = ""; c.ask([]string{"CONFIG", "SET", "appendfsync", args[1]}) == "+OK\r\n" {
			l.policy = args[1]
		}
	case "off":
		l.on = false
		c.ask([]string{"CONFIG", "SET", "appendonly", "no"})
	case "on":
		c.ask([]string{"CONFIG", "SET", "appendonly", "yes"})
	}
	info, _ := testkit.Parse([]byte(c.ask([]string{"INFO", "persistence"})))
	is := func(field string) string { return testkit.InfoField(info.Text, field) }
	l.on = l.on || is("aof_enabled") == "1" && is("aof_rewrite_in_progress") == "0"
}

// mayLose keeps what would be left now, or not.
func (x *run) mayLose() {
	l := &x.ledger
	if !x.set.is(Appends) || x.calm || sim.IntN(8) != 0 {
		return
	}
	at := len(l.losses)
	if l.seen++; at == mostLosses {
		if at = sim.IntN(l.seen); at >= mostLosses {
			return
		}
	} else {
		l.losses = append(l.losses, loss{})
	}
	l.losses[at] = x.lose(sim.IntN(2) == 0)
}

func (x *run) lose(kill bool) loss {
	l := &x.ledger
	if kill {
		return loss{what: "a kill", files: x.disk.Killed(), sure: l.written[:len(l.written):len(l.written)]}
	}
	var chance *rand.Rand
	if sim.IntN(3) > 0 {
		chance = rand.New(rand.NewPCG(sim.Uint64(), 6))
	}
	return loss{what: "a loss of power", files: x.disk.Crash(chance), sure: l.synced[:len(l.synced):len(l.synced)]}
}

// checkLosses starts nodes from what was left, and looks for what they hold among the states behind the commits.
func (x *run) checkLosses() {
	losses := x.ledger.losses
	if len(losses) == 0 || len(x.wrong) > 0 {
		return
	}
	for i := range losses {
		o, c := x.another(losses[i].files, [2]string{"appendonly", "yes"}, [2]string{"appendfsync", "no"}, [2]string{"import-mode", "yes"})
		if o == nil {
			x.fail("what %s left: %v", losses[i].what, losses[i].files.Names())
			return
		}
		losses[i].moment, losses[i].number = nodetest.Look(o.node), o.noted()
		c.leave()
		o.end(x)
	}
	o, c := x.another(nil)
	if o == nil {
		return
	}
	x.want(c, "+OK\r\n", "CLIENT", "IMPORT-SOURCE", "ON")
	err := x.tape.Each(func(args ...string) []byte { return []byte(c.ask(args)) }, func(uint64) { o.compare(losses) })
	if err != nil {
		x.fail("replayed: %v", err)
	}
	c.leave()
	o.end(x)
	for i := range losses {
		if l := &losses[i]; !l.found {
			x.fail("what %s left is no state behind all of %v: it has %d, and %d keys", l.what, l.sure, l.number, len(l.moment.Digests))
		}
	}
}

// compare compares what the node holds with what was left, where the ledger says that they may be alike.
func (x *run) compare(losses []loss) {
	number := x.noted()
	var now *nodetest.Moment
	for i := range losses {
		l := &losses[i]
		if l.must(number) { // what came before it is too little
			l.found = false
		}
		if l.number != number || l.found {
			continue
		}
		if now == nil {
			look := nodetest.Look(x.node)
			now = &look
		}
		l.found = len(now.Differences(&l.moment)) == 0
	}
}

// must reports whether a number has to survive. It is asked once for each: from then on there are other ones.
func (l *loss) must(number int64) bool {
	for i, n := range l.sure {
		if n == number {
			l.sure = append(append([]int64(nil), l.sure[:i]...), l.sure[i+1:]...)
			return true
		}
	}
	return false
}

// noted is the number in the ledger, 0: there is none. It looks between two steps and needs no tokens.
func (x *run) noted() (n int64) {
	if x.shards == nil {
		x.node.Still(func(e *exec.Engine) { x.shards = e })
	}
	d := x.shards.Space.Existing(ledgerDB)
	if d == nil {
		return 0
	}
	k := x.shards.Space.Hasher().Key([]byte("ledger"))
	e := d.Part(x.shards.Owner(k.Slot)).Find(&k)
	if e == 0 {
		return 0
	}
	var buf [20]byte
	n, err := strconv.ParseInt(string(e.String(&buf)), 10, 64)
	if err != nil {
		x.fail("the ledger holds %s", fmt.Sprintf("%q", e.String(&buf)))
	}
	return n
}
