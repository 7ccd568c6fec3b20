package actors

import (
	"math/bits"
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
)

// Inbox is where a loop's finished calls come home: one ring per shard and a bit
// for every ring that has something in it.
type Inbox struct {
	boxes   []outbox // by shard; the producer side belongs to the holder of its token
	mail    []atomic.Uint64
	pending atomic.Bool // a wake-up is on its way or the loop is about to look
	wake    func()
}

// outbox is the way from one shard to one loop. What does not fit the ring waits in
// backlog, a list through the calls themselves: it is bounded by the clients that
// wait, and costs no memory.
type outbox struct {
	ring       *Ring[call.Call]
	backlogged atomic.Bool // set by the producer: the consumer asks for more when it has drained
	backlog    call.Queue  // producer's
}

// put is the producer's side: the caller holds the shard's token.
func (b *outbox) put(c *call.Call) {
	if b.backlog.Empty() && b.ring.Push(c) {
		return
	}
	b.backlog.Push(c)
	sim.Yield("has a backlog")
	b.backlogged.Store(true)
}

// refill moves what fits from the backlog to the ring and reports whether it moved
// anything. The caller holds the shard's token.
func (b *outbox) refill() bool {
	moved := false
	for c := b.backlog.Pop(); c != nil; c = b.backlog.Pop() {
		if !b.ring.Push(c) {
			b.unpop(c)
			return moved
		}
		moved = true
	}
	b.backlogged.Store(false)
	return moved
}

// unpop puts back the call that was popped last.
func (b *outbox) unpop(c *call.Call) {
	rest := b.backlog
	b.backlog = call.Queue{}
	b.backlog.Push(c)
	b.backlog.Append(&rest)
}

func newInbox(shards, ringSize int, wake func()) *Inbox {
	in := &Inbox{boxes: make([]outbox, shards), mail: make([]atomic.Uint64, (shards+63)/64), wake: wake}
	for i := range in.boxes {
		in.boxes[i].ring = NewRing[call.Call](ringSize)
	}
	return in
}

// notify tells the loop that shard has something for it. own is true when the loop
// itself is running this: it looks at the end of its turn.
func (in *Inbox) notify(shard int, own bool) {
	sim.Yield("notifies")
	in.mail[shard>>6].Or(1 << (shard & 63))
	sim.Yield("has put the bit")
	if !in.pending.Swap(true) && !own {
		in.wake()
	}
}

// unhush lets what comes wake the loop again, and wakes it for what came before.
func (in *Inbox) unhush() {
	sim.Yield("unhushes")
	in.pending.Store(false)
	sim.Yield("is not quiet any more")
	for i := range in.mail {
		if in.mail[i].Load() != 0 {
			if !in.pending.Swap(true) {
				in.wake()
			}
			return
		}
	}
}

// Pending reports whether something may wait; one atomic load, for every turn.
func (in *Inbox) Pending() bool { return in.pending.Load() }

// Drain hands every call that came home to fn. Only the loop calls it. Shards whose
// backlog or mail wants a holder are served with r.
func (d *Dispatcher) Drain(loop int, r Runner, fn func(*call.Call)) {
	in := d.inboxes[loop]
	sim.Yield("drains")
	in.pending.Store(false)
	sim.Yield("has noted that it drains")
	for w := range in.mail {
		set := in.mail[w].Swap(0)
		for ; set != 0; set &= set - 1 {
			shard := w<<6 + bits.TrailingZeros64(set)
			box := &in.boxes[shard]
			for c := box.ring.Pop(); c != nil; c = box.ring.Pop() {
				fn(c)
			}
			sim.Yield("has drained a ring")
			if box.backlogged.Load() {
				d.tokens[shard].postMail(loop)
			}
			d.serveIfFree(shard, r)
		}
	}
}
