package exec

import (
	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/commit"
	"sigrun/shards/observe"
)

// Run executes cmd for cl, reply to out. The tokens of held are held, or with nil
// that of cmd.Shard.
func (c *Ctx) Run(cmd *call.Command, cl *call.Client, out *resp.Writer, held *call.ShardSet, from Caller) call.Verdict {
	if held == nil {
		if cmd.Shard >= 0 && !c.k.Slots.OwnIn(cmd.Slot, cmd.Shard) {
			if verdict, stop := c.strayed(cmd, cl, out); stop {
				return verdict
			}
		}
	} else if c.k.Slots.Clustered() && len(cmd.Spec.Keys) > 0 {
		if one := [1]call.Command{*cmd}; c.misplaced(one[:], cl, out) {
			return call.Verdict{}
		}
	}
	if c.laps.n != 0 && !cmd.Spec.Brief() {
		c.Lap()
	}
	c.begin(cmd, cl, out, held, from)
	if cmd.Spec.Flags&writes != 0 && c.mustWiden(cmd) {
		return c.wants(call.NeedMore)
	}
	if cl.Marks != 0 || c.shown {
		c.noticed(cmd, cl)
	}
	mark := out.Mark()
	if err := c.e.Handlers[cmd.Spec.ID()](c); err != nil {
		return c.unfinished(cmd, err, mark)
	}
	if c.line != nil {
		c.showRan()
	}
	if cmd.Spec.Brief() {
		c.ranBrief(cmd, out.Mark()-mark)
	} else {
		c.replied(cmd.Spec, out.B[mark:])
		c.ran(cmd, out.Mark()-mark)
	}
	if c.changes != 0 || c.stirred {
		c.done()
	}
	return call.Verdict{Seq: c.newest()}
}

// noticed is told of a command that is about to run before somebody's eyes: of those who read MONITOR, or of a client that is to
// hear when what it reads is changed.
func (c *Ctx) noticed(cmd *call.Command, cl *call.Client) {
	if cl.Marks&call.Shown != 0 || c.shown {
		c.line = c.lineOf(cmd, cl)
	}
	if cl.Marks&call.Tracks != 0 {
		c.remember()
	}
}

// done follows a command that did something, and ended well.
func (c *Ctx) done() {
	if c.changes != 0 {
		c.note()
	}
	c.finish()
}

// wants is the verdict on a command that has to run again with the tokens of wanted.
func (c *Ctx) wants(outcome call.Outcome) call.Verdict {
	set := c.wanted
	return call.Verdict{Outcome: outcome, Want: &set}
}

func (c *Ctx) begin(cmd *call.Command, cl *call.Client, out *resp.Writer, held *call.ShardSet, from Caller) {
	c.cmd, c.Spec, c.Args = cmd, cmd.Spec, cmd.Args
	c.Client, c.Out = cl, out
	c.held, c.from = held, from
	c.changes = 0
	if invariants.Enabled || !cmd.Spec.Brief() {
		c.counted = c.tally.Counts()
	}
	c.db = cl.DB
	if cmd.Shard >= 0 && len(cmd.Args) > 1 {
		c.first.Name, c.first.Hash, c.first.Slot = cmd.Args[1], cmd.Hash, cmd.Slot
	}
}

// unfinished follows a handler that returned err.
func (c *Ctx) unfinished(cmd *call.Command, err error, mark int) call.Verdict {
	if err != errMore && err != errLong && err != errApart && err != errNextShard {
		c.showRan()
	}
	c.line = nil
	verdict := c.failed(err, mark)
	if verdict.Outcome == call.Finished {
		c.ran(cmd, c.Out.Mark()-mark)
	}
	return verdict
}

// failed takes the reply back and answers with the error, or passes on what the
// handler asked for instead.
func (c *Ctx) failed(err error, mark int) call.Verdict {
	if err == errNextShard {
		c.finish() // of keys that were due on the way; what was written stays
		return call.Verdict{Outcome: call.NextShard, Seq: c.newest()}
	}
	c.Out.Rewind(mark)
	switch err {
	case errWait:
		c.rewritten = nil
		c.finish() // of what it did before
		return c.park()
	case errMore:
		c.leave()
		return c.wants(call.NeedMore)
	case errLong:
		c.leave()
		return c.wants(call.Lasts)
	case errApart:
		c.leave()
		c.wanted = call.ShardSet{}
		c.Route(c.cmd, &c.wanted)
		verdict := c.wants(call.Apart)
		verdict.Bring, c.bring = c.bring, nil
		return verdict
	}
	if e, ok := err.(*resp.Error); ok {
		c.Out.Error(e)
	} else {
		c.Out.Error(resp.Errorf("ERR %s", err))
	}
	c.erred(c.cmd.Spec, c.Out.B[mark:])
	c.rewritten = nil
	c.finish()
	return call.Verdict{Seq: c.newest()}
}

// leave ends a command that begins again elsewhere: nothing of it counts but that keys which were due on the way are
// gone. In a script that is the script's business, which begins again as a whole.
func (c *Ctx) leave() {
	c.rewritten = nil
	if c.inTx {
		return
	}
	if c.Spec.Brief() { // which is not asked for its counts when it begins, and has none before it asks for more
		invariants.Assert(c.tally.Counts() == c.counted, "a brief command counted what it looked up before it began again")
	} else {
		c.tally.Restore(c.counted)
	}
	c.commit.Withdraw(commit.Mark{})
	c.again = nil
	c.finish()
}

// RunCall executes a call whose Set is held.
func (c *Ctx) RunCall(cl *call.Call) (verdict call.Verdict) {
	if c.e.Crashed != nil {
		defer c.guard(cl)
	}
	c.lookAtTime()
	cl.Out.Proto = cl.Client.Proto
	c.running = cl
	c.startTiming()
	if cl.Sent != 0 {
		c.Delayed(cl.Spec.ID(), observe.RingDelay, cl.Sent, c.laps.from)
		cl.Sent = 0
	}
	defer func() {
		c.running = nil
		if c.laps.tracked && verdict.Outcome == call.Finished { // else it is not ours any more
			cl.Ended = max(c.laps.from, 1)
		}
	}()
	c.shown = c.e.watched()
	defer func() { c.shown = false }()
	if cl.Tx != nil {
		since := c.laps.from
		verdict = c.RunTx(cl.Tx, cl.Client, &cl.Out, &cl.Set, cl.From.(Caller))
		if verdict.Outcome == call.Finished {
			c.Show(&cl.Command, cl.Client)
			c.Book(&cl.Command, cl.Client, since, cl.Out.B)
		}
		return verdict
	}
	defer c.Lap()
	if c.refused(cl) {
		return call.Verdict{}
	}
	held := &cl.Set
	if !c.Owned(&cl.Command, held) {
		c.wanted = call.ShardSet{}
		c.Route(&cl.Command, &c.wanted)
		return c.wants(call.NeedMore)
	}
	return c.Run(&cl.Command, cl.Client, &cl.Out, held, c)
}

// Detach makes c the Caller of calls: a call that has to wait is already one.
func (c *Ctx) Detach() *call.Call { return c.running }

// TakeBlock gives nothing: the arguments of a call are its own.
func (c *Ctx) TakeBlock(int) (b offheap.Block, n int, ok bool) { return offheap.Block{}, 0, false }

// Visit is nil: a call has the tokens of its set.
func (c *Ctx) Visit() *call.Visit { return nil }

// RunHere is never asked of a call: only transactions contain commands of the
// session, and they carry a Caller of their own.
func (c *Ctx) RunHere(*call.Command, *resp.Writer) { panic("BUG: a call has no session to run in") }

// Owned checks that slots did not move to a shard outside of held since the
// command was routed.
func (c *Ctx) Owned(cmd *call.Command, held *call.ShardSet) bool {
	if cmd.Shard >= 0 {
		return held.Has(c.k.Owner(cmd.Slot))
	}
	if len(cmd.Spec.Keys) == 0 {
		return true
	}
	var now call.ShardSet
	c.Route(cmd, &now)
	return held.Covers(&now)
}

// RunTx executes a transaction whose tokens are held: EXEC's queue as one step.
func (c *Ctx) RunTx(queue []call.Command, cl *call.Client, out *resp.Writer, held *call.ShardSet, from Caller) call.Verdict {
	c.held = held // what ran before held others
	if !c.txOwned(queue, cl, held) {
		return c.wants(call.NeedMore)
	}
	if c.k.Slots.Clustered() && c.misplaced(queue, cl, out) {
		c.k.Unwatch(cl.Watching, held)
		return call.Verdict{}
	}
	dirty := c.watchChanged(cl)
	c.k.Unwatch(cl.Watching, held)
	if dirty {
		out.NullArray()
		return call.Verdict{Seq: c.newest()}
	}
	c.inTx, c.micros = true, 0
	c.asked = false
	cl.NoBlock = true
	out.Array(len(queue))
	for i := range queue {
		cmd := &queue[i]
		if c.refusedQueued(cmd, cl, out) {
			continue
		}
		if c.e.Handlers[cmd.Spec.ID()] == nil {
			c.Lap()
			from.RunHere(cmd, out)
			c.asked = c.asked || cmd.Spec.Has(command.Asks)
			c.Lap()
			continue
		}
		if !cmd.Spec.Brief() {
			c.Lap()
		}
		c.begin(cmd, cl, out, held, from)
		if cl.Marks != 0 || c.shown {
			c.noticed(cmd, cl)
		}
		mark := out.Mark()
		err := c.e.Handlers[cmd.Spec.ID()](c)
		c.showRan()
		if err != nil {
			c.failed(err, mark)
		} else {
			if !cmd.Spec.Brief() {
				c.replied(cmd.Spec, out.B[mark:])
			}
			c.note()
		}
		c.ran(cmd, out.Mark()-mark)
	}
	c.Lap()
	cl.NoBlock = false
	c.inTx, c.asked = false, false
	c.held, c.Spec = held, nil // what is to be done now is the whole transaction's
	c.finish()
	return call.Verdict{Seq: c.newest()}
}

// txOwned checks that held covers every key as slots are owned now, and whoever
// waits for them; if not, it leaves in wanted what is missing.
func (c *Ctx) txOwned(queue []call.Command, cl *call.Client, held *call.ShardSet) bool {
	c.wanted = call.ShardSet{}
	c.Client = cl
	for i := range queue {
		cmd := &queue[i]
		c.Route(cmd, &c.wanted)
		if isScript(cmd.Spec) { // it cannot start again in the middle of a transaction
			c.wanted.Union(c.k.All())
		}
		if cmd.Spec.Flags&writes != 0 {
			c.widen(cmd, &c.wanted)
		}
	}
	c.k.WatchSet(cl.Watching, &c.wanted)
	return held.Covers(&c.wanted)
}
