package exec

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/blocking"
	"sigrun/shards/commit"
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
)

// waitRequest is what a handler asked to wait for: keys by their positions.
type waitRequest struct {
	typ         db.Type
	first, last int
	deadline    int64
	nullBulk    bool
	live        bool
	since       [][]byte
}

// Wait ends a handler that found nothing: the client waits for a value of type typ under
// one of the keys at argument positions first..last, until deadline (unix ms, 0 for ever), and is answered null
// then: a bulk string or an array. Ask MayWait first.
func (c *Step) Wait(typ db.Type, first, last int, deadline int64, nullBulk bool) error {
	c.wait = waitRequest{typ: typ, first: first, last: last, deadline: deadline, nullBulk: nullBulk}
	return errWait
}

// WaitLive is Wait for a client that is tried, too, when one of its keys is removed or
// comes to hold another type: its command fails then. Not so a waiter's: one that is not
// served by a value of the right type stays, and does not keep it from those behind.
func (c *Step) WaitLive(typ db.Type, first, last int, deadline int64) error {
	c.wait = waitRequest{typ: typ, first: first, last: last, deadline: deadline, live: true}
	return errWait
}

// Note keeps what the handler found when it began to wait, for when it is tried again. Call it behind Wait.
func (c *Step) Note(since [][]byte) { c.wait.since = since }

// Noted is what the handler kept when the client began to wait, nil when it has not waited.
func (c *Step) Noted() [][]byte {
	if c.serving == nil {
		return nil
	}
	return c.serving.Block.Since
}

// MayWait reports whether the command may make its client wait.
func (c *Step) MayWait() bool { return !c.Client.NoBlock }

// Serving reports whether the handler is tried for a client that already waits.
func (c *Step) Serving() bool { return c.serving != nil }

// waiters is what runs those who wait: clients whose commands found nothing.
type waiters struct {
	c    *Ctx
	sub  *Ctx          // runs waiters
	need call.ShardSet // of a Ctx that serves waiters: what the present one takes
}

// park registers the running command as a waiting call with every key it asked for. The
// call is Parked last: from then on its home may end the wait.
func (t *waiters) park() call.Verdict {
	c := t.c
	if c.serving != nil {
		return call.Verdict{Outcome: call.Waiting}
	}
	w := c.wait
	waiting := c.from.Detach()
	b := call.Block{Deadline: w.deadline, First: w.first, Last: w.last, DB: c.Client.DB,
		Type: uint8(w.typ), Many: len(c.Keys()) > 1, Live: w.live, Since: w.since}
	if w.nullBulk {
		b.Late = (*resp.Writer).Null
	}
	waiting.Park(b)
	for i := w.first; i <= w.last; i++ {
		k := c.k.Space.Hasher().Key(waiting.Args[i])
		s := c.shardOf(&k)
		s.Blocked.Add(c.Client.DB, string(waiting.Args[i]), waiting)
		s.Refresh()
	}
	waiting.Seq = c.newest()
	waiting.SetState(call.Parked)
	return call.Verdict{Outcome: call.Waiting}
}

// mustWiden reports that somebody waits for a key of the command who can only be
// served with tokens that are not held; wanted says which.
func (t *waiters) mustWiden(cmd *call.Command) bool {
	c := t.c
	if !c.anyEventful(cmd) {
		return false
	}
	c.wanted = call.ShardSet{}
	c.widen(cmd, &c.wanted)
	for s := c.wanted.Next(0); s >= 0; s = c.wanted.Next(s + 1) {
		if !c.holds(s) {
			c.Route(cmd, &c.wanted)
			return true
		}
	}
	return false
}

// TakeAlong has a script that is about to begin begin again, when those who wait for its keys can only be served with more tokens. They are
// nothing that it would want the next time.
func (t *waiters) TakeAlong() error {
	if t.mustWiden(t.c.cmd) {
		return errMore
	}
	return nil
}

// anyEventful reports whether somebody waits for or watches keys of a shard that is held.
func (t *waiters) anyEventful(cmd *call.Command) bool {
	c := t.c
	if cmd.Shard >= 0 {
		return c.k.Shards[cmd.Shard].Eventful()
	}
	for s := c.held.Next(0); s >= 0; s = c.held.Next(s + 1) {
		if c.k.Shards[s].Eventful() {
			return true
		}
	}
	return false
}

// widen adds to set what the waiters of the command's keys need, and the waiters of
// the keys that serving those would fill.
func (t *waiters) widen(cmd *call.Command, set *call.ShardSet) {
	c := t.c
	if cmd.Shard >= 0 {
		k := c.commandKey(cmd)
		c.widenKey(&k, set, maxWiden)
		return
	}
	if !c.hashed(cmd) {
		return
	}
	for i := range c.keys {
		c.widenKey(&c.keys[i], set, maxWiden)
	}
}

// maxWiden bounds the waiters whose tokens a write takes along, those that chains of
// BLMOVE lead to included. Who comes behind them is served in further steps.
const maxWiden = 16

// widenKey adds what the waiters of k need, up to left of them, and returns how many it
// may still look at.
func (t *waiters) widenKey(k *db.Key, set *call.ShardSet, left int) int {
	c := t.c
	s := c.shardOf(k)
	if !c.holds(s.ID) || s.Blocked.Empty() {
		return left
	}
	s.Blocked.Many(c.Client.DB, k.Name, func(w *call.Call) bool {
		if left--; left <= 0 {
			return false
		}
		c.needs(w, set)
		for _, p := range w.Spec.Keys {
			if first, _, _, ok := p.Range(w.Args); ok && p.Flags&command.KeyInsert != 0 {
				next := c.k.Space.Hasher().Key(w.Args[first])
				left = c.widenKey(&next, set, left)
			}
		}
		return left > 0
	})
	return left
}

// serveReady serves the clients that wait for keys which got values, in the order
// of the keys and for each key in the order in which they came. Each of them is a commit of its own.
func (t *waiters) serveReady() {
	c := t.c
	if len(c.ready) == 0 {
		return
	}
	if c.Client != nil && c.Client.Replays { // what is done once more is nobody's to take; see Reloaded
		clear(c.ready)
		c.ready = c.ready[:0]
		return
	}
	c.lookAtTime() // who waited must not get what has expired meanwhile
	for i := 0; i < len(c.ready); i++ {
		c.serveKey(c.ready[i])
	}
	clear(c.ready)
	c.ready = c.ready[:0]
}

// Reloaded serves whoever waits for what there is now that an append-only file was read anew. All tokens are held, by nobody's command.
func (t *waiters) Reloaded(all *call.ShardSet) {
	c := t.c
	c.cmd, c.Spec, c.Client, c.held = nil, nil, nil, all
	for i := range c.k.Shards {
		c.k.Shards[i].Blocked.Each(func(database int, name string) {
			c.ready = append(c.ready, commit.Signal{DB: database, Name: []byte(name), Ready: true})
		})
	}
	t.serveReady()
}

func (t *waiters) serveKey(sig commit.Signal) {
	c := t.c
	c.db = sig.DB // what is found to be due there is told of that database
	k := c.k.Space.Hasher().Key(sig.Name)
	s := c.shardOf(&k)
	if !c.holds(s.ID) {
		panic("BUG: a key is served without its token")
	}
	for i, done := 0, false; !done; {
		typ := uint8(blocking.None)
		if e := c.find(s.Part(sig.DB), &k, true); e != 0 {
			typ = uint8(e.Type())
		}
		if c.stirred { // its time had come
			c.leaves(call.ByExpiry)
		}
		var w *call.Call
		if w, i = s.Blocked.Next(sig.DB, sig.Name, i, typ, sig.Ready); w == nil {
			break
		}
		switch c.serve(s, sig, w) {
		case stays:
			i++
		case later:
			done = true
		}
	}
	s.Refresh()
}

// outcome is what came of trying a waiting call: it was served (or somebody else was
// faster), stays where it is, or needs tokens that are not held, as does all behind it.
type outcome uint8

const (
	served outcome = iota
	stays
	later
)

// needs adds the shards that serving w takes to set: as its keys are owned now, which
// may differ from when it began to wait.
func (t *waiters) needs(w *call.Call, set *call.ShardSet) {
	c := t.c
	for _, p := range w.Spec.Keys {
		if first, last, step, ok := p.Range(w.Args); ok {
			for i := first; i <= last; i += step {
				k := c.k.Space.Hasher().Key(w.Args[i])
				set.Add(c.k.Owner(k.Slot))
			}
		}
	}
}

// serve tries the command of a waiting call again.
func (t *waiters) serve(s *keyspace.Shard, sig commit.Signal, w *call.Call) outcome {
	c := t.c
	sub := c.subCtx()
	sub.need = call.ShardSet{}
	c.needs(w, &sub.need)
	if !c.holdsAll(&sub.need) {
		c.serveLater(sig, &sub.need)
		return later
	}
	if !w.Move(call.Parked, call.Running) {
		return served
	}
	sub.Now, sub.clock, sub.serving, sub.running = c.Now, c.clock, w, w
	w.Out.Proto = w.Client.Proto
	sub.begin(&w.Command, w.Client, &w.Out, &sub.need, sub)
	sub.keysOf = nil
	sub.startTiming()
	if w.Client.Marks&call.Tracks != 0 {
		sub.remember()
	}
	mark := w.Out.Mark()
	var err error
	refused := sub.refused(w) // its user may have changed while it waited
	if !refused {
		err = c.e.Handlers[w.Spec.ID()](sub)
	}
	sub.running = nil
	switch err {
	case nil:
		sub.note()
	case errWait:
		sub.rewritten = nil
	default:
		sub.failed(err, mark)
	}
	sub.leaves(call.ByWaiter)
	c.ready = append(c.ready, sub.ready...)
	sub.ready, sub.changes = sub.ready[:0], 0
	if err == errWait {
		sub.serving = nil
		w.SetState(call.Parked)
		return stays
	}
	w.Seq = sub.newest()
	if !refused {
		sub.ran(&w.Command, w.Out.Mark()-mark)
	}
	sub.Lap()
	sub.serving = nil
	c.k.Forget(w, &sub.need)
	c.e.Actors.Finish(s.ID, w, c)
	return served
}

func (c *Step) holdsAll(set *call.ShardSet) bool {
	if c.held != nil {
		return c.held.Covers(set)
	}
	for s := set.Next(0); s >= 0; s = set.Next(s + 1) {
		if !c.holds(s) {
			return false
		}
	}
	return true
}

// serveLater serves a key in a step of its own, with the tokens that its first
// waiter needs: only where they could not be known before (a chain of BLMOVEs, a
// SELECT within a transaction). A step that finds a waiter who needs others takes them
// along in the next: those before him stay, and would be needed again.
func (t *waiters) serveLater(sig commit.Signal, set *call.ShardSet) {
	c := t.c
	k := c.k.Space.Hasher().Key(sig.Name)
	later := &call.Call{Loop: -1, Set: *set}
	if sig.Held != nil {
		later.Set.Union(sig.Held)
	}
	sig.Held = &later.Set
	later.Set.Add(c.shardOf(&k).ID)
	e := c.e
	later.Work = func() {
		x := e.Borrow()
		defer e.GiveBack(x)
		x.cmd, x.Spec, x.Client, x.held = nil, nil, nil, &later.Set
		if !x.holds(x.shardOf(&k).ID) { // the slot has moved
			x.serveLater(sig, &later.Set)
			return
		}
		x.ready = append(x.ready, sig)
		x.serveReady()
	}
	c.e.Actors.Submit(later)
}

func (t *waiters) subCtx() *Ctx {
	c := t.c
	if c.sub == nil {
		c.sub = c.e.NewCtx(c.loop)
	}
	return c.sub
}
