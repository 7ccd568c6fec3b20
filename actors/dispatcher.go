// Package actors makes shards actors: a shard is whatever its token guards, its
// mail comes by rings, and whoever holds the token runs it. The package owns tokens,
// rings, claims on several tokens, executors and workers, and decides who runs a
// shard; it never looks into a command and never executes one (a Runner does).
//
// Three ways lead to a token:
//
//   - Try/Release: a loop takes a free token for one command and runs it in place.
//   - Post: the command went into a Call; it is pushed to the (loop, shard) ring and
//     the loop's bit set in the token's word. Who holds the token serves the ring when
//     it releases; if nobody holds it, the poster does.
//   - Claim: a call that needs several tokens takes them in ascending order. Where one
//     is held it waits in that token's queue, and the holder that releases it hands the
//     token over and goes on claiming for it.
//
// Ascending order excludes deadlock; nobody ever blocks in here but Acquire, which is
// for goroutines that may.
package actors

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v3"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// Runner executes calls for one goroutine: a loop, an executor, a worker. It is not safe for concurrent use.
type Runner interface {
	// RunCall executes a call whose whole Set is held, into call.Out.
	RunCall(c *call.Call) call.Verdict
	// Loop is the loop that this runner belongs to, -1 for other goroutines.
	Loop() int
	// Chores does a slice of shard's background work, if there is any; its token is held.
	Chores(shard int) (did, more bool)
	// Tidy does background work that belongs to no shard; no token is held. more: call
	// again soon.
	Tidy() (more bool)
}

// Options of a Dispatcher.
type Options struct {
	Shards    int
	Loops     int
	Ring      int // places in each ring
	Chaos     *Chaos
	NewRunner func() Runner // for executors and workers
}

// Stats counts what INFO shows. Those that all loops may write at once are striped.
type Stats struct {
	HandOffs  *xsync.Counter // commands that went by mail
	LostTries *xsync.Counter // tokens that were not to be had at the first try
	AllTokens atomic.Uint64  // sections that held every token
	Claims    atomic.Uint64  // sections that held several tokens
	Queued    atomic.Uint64  // claims that had to wait
	Executed  atomic.Uint64  // calls that executors ran
	PassedOn  atomic.Uint64  // mail left for another because the slice was used up
}

// Dispatcher owns the tokens of one node's shards and the rings between loops and
// shards.
type Dispatcher struct {
	Stats     Stats
	tokens    []Token
	mail      [][]mailbox // [loop][shard]
	inboxes   []*Inbox
	chaos     *Chaos
	executors executors
	upkeep    *upkeep

	upkeepShare atomic.Int64 // per cent of a core
	waiters     sync.Pool    // of *waiter
	workers     []*worker
	Shared      atomic.Bool    // more than one loop is awake
	backlogged  []backlogged   // by loop
	lent        []atomic.Int32 // worker+1 that runs a shard, 0: whoever comes
}

// mailbox is the way from one loop to one shard. Calls that do not fit the ring wait
// in backlog, which the loop owns.
type mailbox struct {
	ring    *Ring[call.Call]
	backlog call.Queue
	waiting int // calls in backlog
}

// backlogged counts a loop's calls that wait for room in rings; the loop's own.
type backlogged struct {
	calls int
	_     [56]byte
}

// Blocking is a Dispatcher whose tokens may be waited for. Nobody can make one of a Dispatcher: who makes that gives it on, to goroutines that
// may block, and has loops and control, which may not, know the Dispatcher.
type Blocking struct{ *dispatcher }

type dispatcher = Dispatcher

// Acquire takes all tokens of set and waits for them.
func (b Blocking) Acquire(set *call.ShardSet) { b.acquire(set) }

// Dispatcher is the same for those who must not wait.
func (b Blocking) Dispatcher() *Dispatcher { return b.dispatcher }

// New makes a dispatcher whose loops are not attached yet.
func New(o Options) Blocking {
	d := &Dispatcher{
		Stats:      Stats{HandOffs: xsync.NewCounter(), LostTries: xsync.NewCounter()},
		tokens:     make([]Token, o.Shards),
		mail:       make([][]mailbox, o.Loops),
		inboxes:    make([]*Inbox, o.Loops),
		backlogged: make([]backlogged, o.Loops),
		lent:       make([]atomic.Int32, o.Shards),
		chaos:      o.Chaos,
	}
	d.SetUpkeepShare(leastShare)
	d.executors.init(d, o.NewRunner)
	for l := range d.mail {
		d.mail[l] = make([]mailbox, o.Shards)
		for s := range d.mail[l] {
			d.mail[l][s].ring = NewRing[call.Call](o.Ring)
		}
		d.inboxes[l] = newInbox(o.Shards, o.Ring, func() {})
	}
	return Blocking{d}
}

// Attach gives loop the function that makes it call Drain soon. Before the loop runs.
func (d *Dispatcher) Attach(loop int, wake func()) { d.inboxes[loop].wake = wake }

// Inbox is loop's own.
func (d *Dispatcher) Inbox(loop int) *Inbox { return d.inboxes[loop] }

// Shards is the number of tokens.
func (d *Dispatcher) Shards() int { return len(d.tokens) }

// Ahead begins to bring the token of shard to this core, for a Try that comes soon. It
// pays when several loops take turns with the tokens (Shared).
func (d *Dispatcher) Ahead(shard int) { prefetchWrite(&d.tokens[shard]) }

// Try takes the token of shard if it is free and nobody waits for it.
func (d *Dispatcher) Try(shard int) bool {
	if d.chaos != nil {
		return d.tryInChaos(shard)
	}
	return d.tokens[shard].try()
}

const (
	spinFor  = 2 * time.Microsecond
	yieldFor = 20 * time.Microsecond
)

// TryHard is what follows a lost Try: it spins about 2 µs, then yields up to 20 µs
// more. It gives up at once when the holder announced that it may last or when the
// shard is lent to a worker.
func (d *Dispatcher) TryHard(shard int) bool {
	d.Stats.LostTries.Inc()
	t := &d.tokens[shard]
	if d.chaos != nil || d.lent[shard].Load() != 0 {
		return false
	}
	for start, rounds := time.Now(), 0; ; rounds++ {
		sim.Yield("tries hard")
		if t.word.Load()&long != 0 {
			return false
		}
		for i := 0; i < 16; i++ {
			if t.word.Load() == 0 && t.try() {
				return true
			}
		}
		spent := time.Since(start)
		if spent > yieldFor {
			return false
		}
		if spent > spinFor {
			sim.Gosched()
		}
	}
}

// Release gives the token of shard back. Mail that came meanwhile is served with r, a slice
// of it, and then a claim that waits gets the token: so neither keeps the other from its
// turn for longer than a slice or a hold, however much of it comes.
func (d *Dispatcher) Release(shard int, r Runner) {
	if d.chaos != nil && d.chaos.delay() {
		return
	}
	t := &d.tokens[shard]
	if !t.drop() {
		d.releaseSlow(shard, r)
	}
}

// The slice of mail that one holder serves before it passes the token on.
const (
	serveCalls = 64
	serveTime  = 100 * time.Microsecond
)

func (d *Dispatcher) releaseSlow(shard int, r Runner) {
	t := &d.tokens[shard]
	t.setLong(false)
	budget := serveCalls
	start := time.Now()
	for {
		w := t.word.Load()
		spent := budget <= 0 || time.Since(start) > serveTime
		switch {
		case w&mailMask != 0 && !spent:
			budget -= d.serveMail(shard, w&mailMask, r, budget)
		case w&queued != 0:
			d.granted(t.popWaiter(), r)
			return
		case w&mailMask == 0:
			if t.drop() {
				return
			}
		default:
			d.Stats.PassedOn.Add(1)
			d.passOn(shard, r)
			return
		}
	}
}

// passOn frees a token whose mail is not served yet and wakes a loop that has mail
// there: it, or whoever comes first, goes on.
func (d *Dispatcher) passOn(shard int, r Runner) {
	t := &d.tokens[shard]
	sim.Yield("passes on")
	w := t.word.And(^held)
	sim.Yield("passed on")
	for l := range d.inboxes {
		if w&mailBit(l) != 0 {
			d.inboxes[l].notify(shard, false)
			return
		}
	}
}

// serveMail runs up to budget calls of the loops whose bits are set and returns how
// many it ran (at least 1, so that a slice ends). It begins with the loop at which the
// last slice ended.
func (d *Dispatcher) serveMail(shard int, bits uint64, r Runner, budget int) int {
	t := &d.tokens[shard]
	ran, first := 1, t.turn
	for i := range d.mail {
		l := (first + i) % len(d.mail)
		bit := mailBit(l)
		if bits&bit == 0 {
			continue
		}
		sim.Yield("serves")
		t.word.And(^bit) // before the ring is read: what comes later sets it again
		if d.inboxes[l].boxes[shard].refill() {
			d.inboxes[l].notify(shard, r.Loop() == l)
		}
		for ran <= budget {
			c := d.mail[l][shard].ring.Pop()
			if c == nil {
				break
			}
			ran++
			d.runHeld(shard, c, r)
		}
		sim.Yield("has served")
		if d.hasMail(l, shard) {
			t.word.Or(bit)
		}
		if ran > budget {
			t.turn = (l + 1) % len(d.mail)
			break
		}
	}
	return ran
}

// hasMail reports whether a loop, or one that shares its bit, has mail in a ring of shard: what another one posted while the bit was cleared for
// this one would lie there untold.
func (d *Dispatcher) hasMail(loop, shard int) bool {
	for l := loop % mailBits; l < len(d.mail); l += mailBits {
		if !d.mail[l][shard].ring.Empty() {
			return true
		}
	}
	return false
}

// runHeld runs a call of one shard whose token is held.
func (d *Dispatcher) runHeld(shard int, c *call.Call, r Runner) {
	if !c.Move(call.Pending, call.Running) {
		d.deliver(shard, c, r)
		return
	}
	if c.Work != nil {
		c.Work()
		d.finish(shard, c, r)
		return
	}
	switch verdict := r.RunCall(c); verdict.Outcome {
	case call.Waiting:
	case call.Finished:
		c.Seq = verdict.Seq
		d.finish(shard, c, r)
	default: // it needs tokens of other shards, and queues for this one with them
		c.Set.Union(verdict.Want)
		c.SetState(call.Pending)
		d.Submit(c)
	}
}

// finish marks a call done and sends it home.
func (d *Dispatcher) finish(shard int, c *call.Call, r Runner) {
	c.SetState(call.Done)
	d.deliver(shard, c, r)
}

// Finish sends a call that was waiting in shard home; the token of shard is held.
func (d *Dispatcher) Finish(shard int, c *call.Call, r Runner) { d.finish(shard, c, r) }

func (d *Dispatcher) deliver(shard int, c *call.Call, r Runner) {
	if c.Loop < 0 {
		return
	}
	in := d.inboxes[c.Loop]
	in.boxes[shard].put(c)
	in.notify(shard, r.Loop() == c.Loop)
}

// serveIfFree serves mail of shard that nobody holds the token for.
func (d *Dispatcher) serveIfFree(shard int, r Runner) {
	t := &d.tokens[shard]
	if w := t.word.Load(); w&mailMask != 0 && w&held == 0 && t.seize() {
		d.Release(shard, r)
	}
}

// Post sends c to its only shard. The poster serves the shard when nobody else does.
// Only loop calls it for itself.
func (d *Dispatcher) Post(loop, shard int, c *call.Call, r Runner) {
	d.Stats.HandOffs.Inc()
	box := &d.mail[loop][shard]
	if !box.backlog.Empty() || !box.ring.Push(c) {
		box.backlog.Push(c)
		box.waiting++
		d.backlogged[loop].calls++
	}
	d.announce(loop, shard, r)
}

// announce tells of mail and serves the shard if nobody holds its token and no worker
// has borrowed it.
func (d *Dispatcher) announce(loop, shard int, r Runner) {
	t := &d.tokens[shard]
	free := t.postMail(loop)
	if w := d.lent[shard].Load(); w != 0 {
		d.workers[w-1].notify(shard)
		return
	}
	if free && t.seize() {
		d.Release(shard, r)
	}
}

// Backlogged reports whether calls of loop wait for room in a ring.
func (d *Dispatcher) Backlogged(loop int) bool { return d.backlogged[loop].calls > 0 }

// Pump moves calls from loop's backlogs to rings that have room again; the loop calls
// it at the end of a turn while Backlogged.
func (d *Dispatcher) Pump(loop int, r Runner) (left int) {
	if !d.Backlogged(loop) {
		return 0
	}
	for s := range d.mail[loop] {
		box := &d.mail[loop][s]
		if box.waiting == 0 {
			continue
		}
		for !box.backlog.Empty() {
			c := box.backlog.Pop()
			if !box.ring.Push(c) {
				rest := box.backlog
				box.backlog = call.Queue{}
				box.backlog.Push(c)
				box.backlog.Append(&rest)
				break
			}
			box.waiting--
			d.backlogged[loop].calls--
		}
		d.announce(loop, s, r)
		left += box.waiting
	}
	return left
}
