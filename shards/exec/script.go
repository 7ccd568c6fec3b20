package exec

import (
	"sync/atomic"
	"time"

	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/commit"
	"sigrun/shards/observe"
	"sigrun/storage/db"
)

// ScriptRun is a script that a Ctx executes. Commands of the script run under the tokens
// that the call holds. One that needs another ends the script: it is undone and starts
// again with all tokens. So, until it holds all of them, a script writes only what can
// be taken back, and says nothing to anybody.
type ScriptRun struct {
	shown    [][]byte // lines of MONITOR, withheld while the script may start again
	c        *Ctx
	kill     func()
	readOnly bool
	all      bool // every token is held: nothing has to be taken back
	restart  bool
	active   bool
	undo     undo
	cmd      call.Command // the command that the script runs
	out      resp.Writer
	before   outer
	changes  int
	counted  []countedCall // while the script may start again
	later    []func()      // what is to be said once it cannot any more
	erred    bool          // it answered an error of its own
	full     bool          // memory was over its limit when it began
	MayGrow  bool          // it has declared that this is nothing to it
	MayCross bool          // keys of several slots are nothing to it either
	slot     int           // in a cluster: of its keys, or of the key that it used last; -1: of none

	// Under scripts.mu, but for fate, and where slow is only read.
	running bool
	slow    atomic.Bool
	since   time.Time
	timer   *time.Timer
	fate    atomic.Uint32
	halved  bool // it is killed although it has written: the node goes down
}

// What the fate of a script is. Who kills one and the script that is about to write for the first time each move it on from undecided, so that none is killed
// that has written.
const (
	undecided uint32 = iota
	written
	killed
)

// stop kills the script, unless it has written.
func (r *ScriptRun) stop() bool {
	if !r.fate.CompareAndSwap(undecided, killed) && r.fate.Load() == written {
		return false
	}
	r.kill()
	return true
}

// mayWrite reports whether the script may still write; it cannot be stopped then any more.
func (r *ScriptRun) mayWrite() bool {
	return r.fate.Load() == written || r.fate.CompareAndSwap(undecided, written)
}

// outer is the state of the Ctx that belongs to the command which runs the script.
type outer struct {
	cmd      *call.Command
	out      *resp.Writer
	database int // that its client has selected
	inTx     bool
	noBlock  bool
	commit   commit.Mark
	counts   observe.Taken
}

// BeginScript makes the running command one that runs a script; kill ends it from any
// goroutine.
func (c *Ctx) BeginScript(readOnly bool, kill func()) *ScriptRun {
	r := c.Script
	if r == nil {
		r = &ScriptRun{c: c}
		c.Script = r
	}
	r.kill, r.readOnly, r.restart, r.changes = kill, readOnly, false, c.changes
	r.all = c.held != nil && c.held.Covers(c.k.All())
	r.out.Proto, r.out.Gone, r.out.Cut = 2, c.Out.Gone, false
	r.fate.Store(undecided)
	r.active = true
	r.erred, r.full, r.MayGrow, r.MayCross = false, c.OutOfMemory(), false, false
	if c.k.Slots.Clustered() {
		one := [1]call.Command{*c.cmd}
		r.slot, _, _, _ = c.oneSlot(one[:])
	}
	r.before = outer{cmd: c.cmd, out: c.Out, database: c.Client.DB, inTx: c.inTx, noBlock: c.Client.NoBlock, commit: c.commit.Mark(), counts: c.tally.Counts()}
	if !c.inTx {
		c.micros = 0
	}
	c.inTx, c.Client.NoBlock, c.Client.Scripted = true, true, true
	if c.line != nil {
		r.shown, c.line = append(r.shown, c.line), nil
		r.showSafe()
	}
	c.e.scripts.begin(r)
	return r
}

// End is told what became of the script. An error says that it must start again: its
// effects have been taken back then, and the handler returns it.
func (r *ScriptRun) End() error {
	c := r.c
	c.commit.Half = c.e.scripts.end(r) || c.commit.Half
	r.active = false
	r.restart = r.restart && r.fate.Load() != killed // who killed it was told so
	b := &r.before
	c.Client.DB, c.Client.NoBlock, c.Client.Scripted, c.inTx = b.database, b.noBlock, false, b.inTx
	c.begin(b.cmd, c.Client, b.out, c.held, c.from)
	c.changes = r.changes
	if c.Recording() {
		c.Unrecorded()
	}
	if !r.restart {
		r.undo.forget()
		r.showShown()
		r.tell()
		return nil
	}
	r.shown = nil
	r.untold()
	c.counted = b.counts
	r.undo.apply()
	c.commit.Withdraw(b.commit)
	c.again = nil
	c.changes = 0
	c.wanted = *c.k.All()
	c.e.Stats.ScriptRestarts.Add(1)
	return errMore
}

// Erred counts an error that the script answers with, on its own or within a list. One that a command of the script brought
// up, which is known, was counted there, and here only as a failure of the script. The script is past the point where it may
// start again.
func (r *ScriptRun) Erred(text string, known bool) {
	failed := &r.c.tally.Command(r.before.cmd.Spec.ID()).Failed
	switch {
	case known:
		failed.Inc()
		return
	case !r.erred:
		r.erred = true
		failed.Inc()
	}
	r.c.e.Errors.Note(text, true)
}

// countedCall is a command of a script that may start again, which would count it twice.
type countedCall struct {
	id command.ID
	ns uint64
}

// maxWithheld bounds what is remembered: a script that does more starts again with all tokens.
const maxWithheld = 64 << 10

// count counts the command that the script just ran.
func (r *ScriptRun) count(ticks uint64) {
	c := r.c
	if r.all {
		c.book(&r.cmd, c.Client, ticks, len(r.out.B))
		return
	}
	ns := c.e.Watch.Nanos(ticks)
	r.counted = append(r.counted, countedCall{r.cmd.Spec.ID(), ns})
	if reply := len(r.out.B); c.laps.closer(&r.cmd, ticks, reply) {
		cmd := r.cmd.Clone()
		r.Say(func() { c.lookCloser(&cmd, c.Client, ns, reply) })
	}
}

// Say runs fn, which tells somebody what the script does, now or when it is known that this stands.
func (r *ScriptRun) Say(fn func()) {
	if r.withholds() && len(r.later) < maxWithheld { // more than that is said at once, and perhaps twice
		r.later = append(r.later, fn)
		return
	}
	fn()
}

// withholds reports whether a script runs that may start again.
func (r *ScriptRun) withholds() bool { return r != nil && r.active && !r.all }

// wrote reports whether a script that may start again has changed the key.
func (r *ScriptRun) wrote(database int, k *db.Key) bool {
	return r.withholds() && r.undo.has(database, k)
}

// tell counts and says what was withheld.
func (r *ScriptRun) tell() {
	for _, one := range r.counted {
		r.c.executed(r.c.Client)
		r.c.tally.Command(one.id).Count(one.ns, 1, r.c.laps.tracked)
	}
	for _, fn := range r.later {
		fn()
	}
	r.untold()
}

// untold forgets what was withheld: the script starts again.
func (r *ScriptRun) untold() {
	clear(r.later)
	r.counted, r.later = r.counted[:0], r.later[:0]
}

// Overdue reports whether the script that runs makes the node busy.
func (r *ScriptRun) Overdue() bool { return r.active && r.slow.Load() }

// SetResp chooses the dialect of the replies that the script gets.
func (r *ScriptRun) SetResp(version int) { r.out.Proto = uint8(version) }

// Call runs a command of the script. The reply is valid until the next one. An error
// ends the script: it must start again, or was killed.
func (r *ScriptRun) Call(args [][]byte) (reply []byte, err error) {
	r.out.B = r.out.B[:0]
	proto := r.out.Proto
	if r.withholds() && len(r.counted)+len(r.later) >= maxWithheld {
		r.restart = true
		return nil, errMore
	}
	if refusal, counted := r.refuse(args); refusal != nil {
		r.c.Refused(&r.cmd, counted.Text)
		r.out.Error(refusal)
		return r.out.B, nil
	}
	if err := r.secure(); err != nil {
		r.restart = true
		return nil, err
	}
	if r.c.k.Slots.Clustered() && r.departed() {
		return r.out.B, nil
	}
	if r.cmd.Spec.Flags&writes != 0 && !r.mayWrite() {
		return nil, errKilled
	}
	r.show()
	r.run()
	r.out.Proto = proto
	if r.restart {
		return nil, errMore
	}
	if r.out.Cut {
		r.out.Rewind(0)
		r.out.Cut = false
		r.out.Error(resp.ErrReplyTooLarge)
	}
	return r.out.B, nil
}

// Named finds a command by its words, nil when there is none.
func (c *Router) Named(args [][]byte) *command.Spec {
	spec := c.e.Table.Lookup(args[0])
	if spec != nil && len(spec.Subs) > 0 {
		if len(args) < 2 {
			return nil
		}
		return spec.Sub(args[1])
	}
	return spec
}

// Executes reports whether shards run a command, and no session or node does.
func (c *Router) Executes(spec *command.Spec) bool { return c.e.Handlers[spec.ID()] != nil }

// refuse looks the command up and checks whether a script may run it. What is counted may have other words.
func (r *ScriptRun) refuse(args [][]byte) (refusal, counted *resp.Error) {
	spec := r.c.Named(args)
	r.cmd = call.Command{Spec: spec, Args: args, Asking: r.before.cmd.Asking || r.c.asked}
	switch {
	case spec == nil:
		return resp.ErrScriptUnknown, resp.ErrScriptUnknown
	case !spec.ArityOK(len(args)):
		return resp.ErrScriptArity, resp.ErrScriptArity
	case spec.Has(command.NoScript) && (!r.c.k.Settings.ScriptsMayAll.Load() || isScript(spec)): // one within another nobody could take back
		return resp.ErrScriptForbidden, resp.ErrScriptForbidden
	}
	if u, d := r.c.forbidden(&r.cmd, r.c.Client, acl.InLua); u != nil {
		return u.ScriptRefusal(d, spec), u.Refusal(d, spec)
	}
	if refusal = r.unwritable(spec); refusal == nil && r.c.k.Slots.Clustered() {
		refusal = r.notHere()
	}
	return refusal, refusal
}

// departed answers a command some of whose keys have left with their slot, and reports whether it did. The tokens are held.
func (r *ScriptRun) departed() bool {
	one := [1]call.Command{r.cmd}
	t, err := r.c.place(one[:], r.c.Client)
	if err == nil && t.onItsWay() {
		err = r.c.travels(t, one[:], r.c.Client)
	}
	if err == nil {
		return false
	}
	r.c.Refused(&r.cmd, resp.ErrScriptNotLocal.Text)
	r.out.Error(resp.ErrScriptNotLocal)
	return true
}

// notHere is why a command of a script may not use its keys on this node of a cluster.
func (r *ScriptRun) notHere() *resp.Error {
	c := r.c
	one := [1]call.Command{r.cmd}
	t, err := c.place(one[:], c.Client)
	switch err {
	case nil:
		if !t.keyed {
			return nil
		}
	case resp.ErrClusterReadOnly:
		return resp.Errorf("ERR Can not execute a write command '%s' while the cluster is down and readonly", r.cmd.Spec.FullName())
	case resp.ErrClusterDown:
		return resp.Errorf("ERR Can not execute a command '%s' while the cluster is down", r.cmd.Spec.FullName())
	default:
		return resp.ErrScriptNotLocal
	}
	n := int(t.slot)
	if !r.MayCross && r.slot >= 0 && r.slot != n {
		return resp.ErrScriptCrossSlot
	}
	r.slot = n
	return nil
}

// unwritable is why a command that writes may not now.
func (r *ScriptRun) unwritable(spec *command.Spec) *resp.Error {
	switch {
	case r.readOnly && spec.Flags&(command.Write|command.MayReplicate) != 0:
		return resp.ErrScriptWrites
	case spec.Has(command.DenyOOM) && !r.MayGrow && r.noRoom():
		return resp.ErrOOM
	case spec.Has(command.Write) && r.c.k.Settings.Refused.Load() != nil:
		return r.c.k.Settings.Refused.Load()
	}
	return nil
}

// noRoom reports whether the script may take no more memory. What it has begun it may end, but not if the process would end by that: it may be
// without an end.
func (r *ScriptRun) noRoom() bool { return r.c.e.Evict.Full() || r.full && r.fate.Load() != written }

// secure routes the command and makes sure that it can be taken back, and that those who wait for what it writes can be served when
// the script is over.
func (r *ScriptRun) secure() error {
	c, cmd := r.c, &r.cmd
	c.keysOf = nil
	if cmd.Spec.SingleKey() && len(cmd.Args) > 1 {
		k := c.k.Space.Hasher().Key(cmd.Args[1])
		cmd.Hash, cmd.Slot, cmd.Shard = k.Hash, k.Slot, int32(c.k.Owner(k.Slot))
	} else {
		cmd.Shard = c.keyless(cmd)
	}
	if r.all {
		return nil
	}
	if len(r.counted)+len(r.later) >= maxWithheld {
		return errMore
	}
	if cmd.Spec.Flags&command.MayReplicate != 0 || c.e.Handlers[cmd.Spec.ID()] == nil {
		return errMore // what others run, they have told of at once
	}
	if cmd.Spec.Carries {
		return errMore
	}
	if leaves := cmd.Spec.Leaves; leaves != nil && leaves(cmd.Args, c.Client.DB) {
		return errMore // nothing is saved there
	}
	if cmd.Shard >= 0 {
		if !c.holds(int(cmd.Shard)) {
			return errMore
		}
	} else if cmd.Shard == call.ManyShards {
		c.wanted = call.ShardSet{}
		c.Route(cmd, &c.wanted)
		if !c.held.Covers(&c.wanted) {
			return errMore
		}
	}
	if cmd.Spec.Flags&writes == 0 {
		return nil
	}
	if c.mustWiden(cmd) { // who waits for a key that was not declared, or in another database
		return errMore
	}
	return r.undo.save(c, cmd)
}

// show has MONITOR show the command: at once when the script cannot start again any
// more, else when it is over.
func (r *ScriptRun) show() {
	if !r.c.shows(r.cmd.Spec) {
		return
	}
	r.shown = append(r.shown, r.c.e.Monitors.Line(r.c.Client.DB, "lua", r.c.e.Redact(&r.cmd)))
	r.showSafe()
}

// showSafe shows what is known to stand.
func (r *ScriptRun) showSafe() {
	if r.all {
		r.showShown()
	}
}

func (r *ScriptRun) showShown() {
	if len(r.shown) > 0 && (r.fate.Load() == written || r.all && !r.readOnly) { // else it shows nothing that is to be kept
		r.c.numbered()
	}
	for _, line := range r.shown {
		r.c.e.Monitors.Feed(r.c.loop, line)
	}
	r.shown = nil
}

func (r *ScriptRun) run() {
	c, cmd := r.c, &r.cmd
	handler := c.e.Handlers[cmd.Spec.ID()]
	if handler == nil {
		r.elsewhere()
		return
	}
	from := c.from
	c.begin(cmd, c.Client, &r.out, c.held, from)
	if c.Client.Marks&call.Tracks != 0 {
		c.remember()
	}
	since := c.e.Watch.Now()
	if err := handler(c); err != nil {
		if c.failed(err, 0).Outcome != call.Finished {
			r.restart = true
		}
	} else {
		c.note()
	}
	if !r.restart {
		r.count(c.e.Watch.Now() - since)
	}
	r.changes += c.changes
	if r.all {
		r.relieve()
	}
}

// manyEvents is how many events a script keeps for its end.
const manyEvents = 1024

// relieve keeps what a script that nothing ends holds of its commit small. Where the script runs for a call, its reply is
// apart from what its client is told.
func (r *ScriptRun) relieve() {
	c := r.c
	c.commit.Condense()
	if len(c.commit.Events) >= manyEvents && c.running != nil {
		c.numbered()
		c.tell(c.commit.Events)
		clear(c.commit.Events)
		c.commit.Events = c.commit.Events[:0]
	}
}

// elsewhere runs a command of the session or of control.
func (r *ScriptRun) elsewhere() {
	c, cmd := r.c, &r.cmd
	from := c.from
	if c.running != nil {
		from, _ = c.running.From.(Caller)
	}
	if from != nil {
		from.RunHere(cmd, &r.out)
		return
	}
	// The script stands in a file that is loaded: there is no connection that could be asked or set up, but a database is selected.
	if n, ok := cmd.Selects(c.k.Space.Databases()); ok {
		c.Client.DB = n
	}
	r.out.OK()
}
