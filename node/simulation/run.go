//go:build sim

package simulation

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/sim"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
	"sigrun/node/nodetest"
	"sigrun/shards/exec"
)

// Outcome is what came of a plan.
type Outcome struct {
	sim.Result
	Wrong   []string // nothing, if all is well
	Choices Choices  // what the schedule decided
	Begun   []Step   // of the plan: the others had not begun when it ended
}

// Failed reports whether anything was wrong.
func (o *Outcome) Failed() bool { return len(o.Wrong) > 0 }

// run is one that is under way.
type run struct {
	set     *Settings
	plan    *Plan
	begun   []bool // by step of the plan
	node    *node.Node
	engine  *engine
	shards  *exec.Engine
	rests   int
	disk    *vfs.Mem
	tape    *nodetest.Tape
	states  []nodetest.Moment
	calm    bool // nothing fails any more
	onDisk  int  // operations on files that last
	moments int64
	history []testkit.Done
	vault   vault
	goods   goods
	ledger  ledger
	left    *vfs.Mem
	wrong   []string
}

// haveGone is what a trace has where nothing is left but to look at what is there.
const haveGone = "all clients have gone"

// bounds of a run
const (
	mostSteps = 1_000_000
	mostTime  = 20 * time.Minute
)

// Run runs a plan. Only one runs at a time.
func Run(t *testing.T, p *Plan, trace bool) (o *Outcome) {
	x := &run{set: &p.Settings, plan: p, begun: make([]bool, len(p.Steps)), vault: vault{set: map[int64]bool{}, saved: map[int64]bool{}},
		goods: goods{sure: map[int64]bool{}, got: map[int64]bool{}}}
	o = &Outcome{}
	var by sim.Schedule
	dice := newDice(x.set)
	if by = dice; p.Choices != nil {
		by = &replay{left: *p.Choices}
	}
	options := sim.Options{Schedule: by, Chance: uint64(x.set[Chance]), Step: x.set.nanos(Cost), Look: x.set.nanos(Look),
		Steps: mostSteps, Limit: mostTime, Trace: trace, Rest: x.rest}
	bubble(t, x, func() { o.Result = sim.Run(options, x.main) })
	if o.Choices = dice.made; p.Choices != nil {
		o.Choices = *p.Choices
	}
	if o.Stuck != "" {
		x.fail("%s\n%s", o.Stuck, strings.Join(append(o.Waiting, x.unfinished()...), "\n"))
	}
	if len(x.wrong) == 0 && x.set.is(Judged) && !testkit.Explained(x.history) {
		x.fail("no order explains the replies:\n%s", x.told())
	}
	o.Wrong = x.wrong
	for i, s := range p.Steps {
		if x.begun[i] {
			o.Begun = append(o.Begun, s)
		}
	}
	return o
}

// unfinished tells which tokens are held and what waits for them, beside who waits for what.
func (x *run) unfinished() []string {
	if x.node == nil {
		return nil
	}
	return x.node.Leftovers()
}

// bubble runs fn in one; that goroutines are left which nobody can end is a fault of the run.
func bubble(t *testing.T, x *run, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			x.fail("%v", p)
		}
	}()
	synctest.Test(t, func(*testing.T) { fn() })
}

func (x *run) fail(format string, a ...any) { x.wrong = append(x.wrong, fmt.Sprintf(format, a...)) }

// main is the life of the node.
func (x *run) main() {
	if !x.start() {
		return
	}
	over := make(chan struct{})
	var all, watchers sim.WaitGroup
	if x.set.is(Recorded) {
		x.record(&watchers, over)
	}
	sim.Sleep(x.set.micros(Lead))
	for _, id := range x.plan.clients() {
		c := &client{x: x, id: id}
		all.Go("client "+strconv.Itoa(id), c.run)
	}
	if x.set.is(Endless) {
		watchers.Go("ender of scripts", func() { x.endScripts(over) })
	}
	all.Wait()
	sim.Note(haveGone)
	close(over)
	watchers.Wait()
	x.calm = true
	x.check()
	if err := x.node.Close(); err != nil {
		x.fail("the end: %v", err)
	}
	x.checkReplay()
	x.checkDisk()
	x.checkLosses()
}

// record has the commits recorded, from the beginning or from when others are at work, and looks now and then at what there is, which
// must come of the commits up to then.
func (x *run) record(watchers *sim.WaitGroup, over <-chan struct{}) {
	late := sim.IntN(2) == 0 && !x.set.is(Endless) && x.tape == nil
	if !late && x.tape == nil {
		x.tape = nodetest.Record(x.node)
	}
	if x.set.is(Endless) { // nobody would end a script for which the tokens are waited for
		return
	}
	watchers.Go("looker", func() {
		for i := range 5 {
			if sim.Either("waits a while", over, time.After(time.Duration(50+sim.IntN(5000))*time.Microsecond)) == 0 && x.tape != nil {
				return
			}
			if x.tape == nil {
				x.tape = nodetest.Record(x.node)
			} else if i > 0 {
				x.states = append(x.states, nodetest.Look(x.node))
			}
		}
	})
}

// endScripts ends scripts that do not end. That INFO is answered comes first: it waits for no script.
func (x *run) endScripts(over chan struct{}) {
	c := &client{x: x, id: 999}
	defer c.leave()
	for c.connected() {
		c.ask([]string{"INFO", "server"}, []string{"SCRIPT", "KILL"})
		if sim.Either("waits a while", over, time.After(time.Duration(1+sim.IntN(9))*time.Millisecond)) == 0 {
			return
		}
	}
}

// start starts the node.
func (x *run) start() bool {
	e := &engine{room: int(x.set[Room])}
	x.calm = true
	n, err := start(e, x.files(), x.set.micros(Disorder), x.set.is(Appends), x.set.config())
	x.calm = false
	if err != nil {
		x.fail("the start: %v", err)
		return false
	}
	x.node, x.engine = n, e
	x.tighten()
	n.Still(func(e *exec.Engine) { x.shards = e })
	if x.set.is(Appends) {
		x.tape = nodetest.Record(n)
		x.ledger.on, x.ledger.policy = true, policies[x.set[Appends]]
	}
	return true
}

// tighten leaves little memory.
func (x *run) tighten() {
	if !x.set.is(Tight) {
		return
	}
	c := &client{x: x, id: 998}
	if !c.connected() {
		return
	}
	info, _ := testkit.Parse([]byte(c.ask([]string{"INFO", "memory"})))
	used, _ := strconv.ParseInt(testkit.InfoField(info.Text, "used_memory"), 10, 64)
	x.want(c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "volatile-lru", "maxmemory", strconv.FormatInt(used+x.set[Tight], 10))
	c.leave()
}

// start starts a node; loads: with what is in the files.
func start(e *engine, files vfs.FS, disorder time.Duration, loads bool, parameters [][2]string) (*node.Node, error) {
	cfg := config.New(glob.Match)
	for _, p := range parameters {
		if err := cfg.Override(p[0], p[1]); err != nil {
			return nil, err
		}
	}
	n, err := node.Start(node.Options{Config: cfg, Log: slog.New(slog.DiscardHandler), FS: files, Engine: e, Disorder: disorder, Loads: loads})
	if err == nil && loads {
		err = n.Load()
	}
	return n, err
}

// config is what the settings say of the configuration.
func (s *Settings) config() [][2]string {
	num := func(of Setting) string { return strconv.FormatInt(s[of], 10) }
	list := [][2]string{{"port", "0"}, {"databases", "7"}, {"enable-debug-command", "yes"}, {"dir", "/"}, {"shards", num(Shards)}, {"io-threads", num(Loops)},
		{"ring-size", num(Ring)}, {"ignition-workers", num(Workers)}, {"ignition", "off"}, {"hz", num(Hz)}, {"rdb-key-save-delay", num(Delay)},
		{"save", ""}, {"stop-writes-on-bgsave-error", "no"}, {"chaos-seed", num(Chaos)}}
	set := func(name, value string, when bool) {
		if when {
			list = append(list, [2]string{name, value})
		}
	}
	set("ignition", "forced", s.is(Forced))
	set("busy-reply-threshold", num(Endless), s.is(Endless))
	set("save", "1 1", s.is(Saves))
	set("pipeline-order", "relaxed", s.is(Relaxed))
	if s.is(Appends) {
		list = append(list, [2]string{"appendonly", "yes"}, [2]string{"appendfsync", policies[s[Appends]]}, [2]string{"auto-aof-rewrite-min-size", "20kb"},
			[2]string{"aof-use-rdb-preamble", []string{"yes", "no"}[s[Phrased]]})
	}
	return list
}

// moment counts what clients do and see.
func (x *run) moment() int64 {
	x.moments++
	return x.moments
}

// done notes an operation for judgement.
func (x *run) done(c *client, o testkit.Op, reply string, begin int64) {
	if !x.set.is(Judged) {
		return
	}
	for _, r := range refusals {
		if strings.HasPrefix(reply, r) {
			return
		}
	}
	if o, reply = unrefused(o, reply); len(o.Commands) == 0 {
		return
	}
	end := x.moment()
	for _, part := range x.parts(o, reply) {
		x.history = append(x.history, testkit.Done{Client: c.id, Op: part, Reply: reply, Begin: begin, End: end})
	}
}

// parts is what may have been done without the rest: each command of a script whose reply nobody has seen may have been refused, once a file has failed.
func (x *run) parts(o testkit.Op, reply string) (each []testkit.Op) {
	if !o.Unit.Script() || reply != testkit.Unknown || !x.vault.failed {
		return []testkit.Op{o}
	}
	for _, c := range o.Commands {
		each = append(each, testkit.Op{Commands: [][]string{c}})
	}
	return each
}

// unrefused is what a script did whose single commands were refused in part, since nothing can be kept.
func unrefused(o testkit.Op, reply string) (testkit.Op, string) {
	if !o.Unit.Script() || !strings.Contains(reply, refusals[0]) {
		return o, reply
	}
	all, err := testkit.Parse([]byte(reply))
	if err != nil || len(all.Elems) != len(o.Commands) {
		return o, reply
	}
	var done [][]string
	var answers strings.Builder
	for i, e := range all.Elems {
		if e.Type != '-' || !strings.HasPrefix(e.Text, refusals[0][1:]) {
			done = append(done, o.Commands[i])
			answers.WriteString(e.Raw)
		}
	}
	o.Commands = done
	return o, fmt.Sprintf("*%d\r\n%s", len(done), answers.String())
}

// told is the history as text.
func (x *run) told() string {
	var b strings.Builder
	for _, d := range x.history {
		fmt.Fprintf(&b, "%4d to %4d client %d: %s -> %q\n", d.Begin, d.End, d.Client, d.Op, d.Reply)
	}
	return b.String()
}
